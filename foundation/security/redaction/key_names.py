"""Which fields hold secrets, by their names: whole words of them, in any way of writing."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.folding import fold
from foundation.security.redaction.wording import words

_WORDS: Final = deferred(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
"""`XMLHttpToken2` is XML, Http, Token and 2."""

_SECRET: Final = words(
    "password passwords passwd passwort passphrase passcode pwd pw secret secrets credential"
    " credentials token authorization cookie apikey apitoken accesstoken refreshtoken authtoken"
    " secretkey"
    " privatekey accesskey clientsecret sessionid jwt bearer otp totp"
)
_KEYS: Final = words(
    "api access private secret encryption encrypting decryption signing signature master account"
    " subscription ssh auth authentication hmac session deploy shared webhook"
    " admin root gpg pgp rsa tls ssl"
)
"""What makes a key a secret one; `primary_key`, `sort_key` and `public_key` are none."""

_PERSONAL: Final = {
    Kind.SSN: ("ssn", "social security", "social security number"),
    Kind.MY_NUMBER: ("mynumber", "my number", "individual number"),
    Kind.CARD: (
        *("creditcard", "credit card", "card number", "cardnumber", "cvv", "cvc", "card pin"),
        *("pan number", "credit card number"),
    ),
    Kind.SECRET: ("pin code", "pincode", "security code", "recovery code", "backup code"),
    Kind.IBAN: ("iban",),
    Kind.NATIONAL_ID: ("passport number", "passport no", "national id", "tax id", "nino"),
    Kind.BANK_ACCOUNT: ("bank account", "bank account number", "account number"),
}
_BY_PHRASE: Final = {phrase: kind for kind, phrases in _PERSONAL.items() for phrase in phrases}
_LONGEST_PHRASE: Final = 3

_ABOUT: Final = words(
    "count counts length len size limit limits budget policy name names type types kind format path"
    " file files dir folder url uri endpoint link expiry expires expired expiration ttl lifetime"
    " age timeout seconds minutes hours days at on date time created updated changed rotation"
    " rotated required enabled disabled valid validity strength hint min max minimum maximum usage"
    " used cost price rate per total index idx position offset id ids arn ref reference"
    " version field column label title prefix suffix pattern regex rule rules description message"
    " error errors status state reset change manager provider scope scopes audience issuer class"
    " bucket ring store generator validator encoder counter counts list map set store help text"
    " placeholder visible shown algorithm"
)
"""A last word that says what the field tells of the secret: `token_count`, `password_policy`."""

_TOKENS: Final = words("access refresh auth api bearer session secret csrf")
"""What makes tokens in the plural secret ones; `prompt_tokens` and `tokens` are numbers."""

_LOGINS: Final = words(
    "smtp imap mail db database user admin root mysql pg postgres redis ldap auth login ftp http"
    " https proxy ssh wifi"
)
"""Whose pass is a password: `smtp_pass`; `first_pass` is none."""

_NOT_TOKENS: Final = words(
    "max min num n total eos bos pad unk mask sep cls stop start end prompt completion input output"
    " cached reasoning next previous prev page continuation first last special vocab word sub"
    " current unknown cursor sync begin image audio"
)
"""What makes a token a piece of text, or the place to read on."""

_FLAGS: Final = words("is has have needs use uses with without no allow show hide")
_JAPANESE: Final = {
    **dict.fromkeys(
        (
            *("パスワード", "暗証番号", "パスフレーズ", "秘密鍵", "apiキー", "アクセストークン"),
            *("アクセスキー", "シークレットキー", "シークレット", "認証キー", "暗号化キー"),
            *("認証トークン", "合言葉"),
        ),
        Kind.SECRET,
    ),
    **dict.fromkeys(("マイナンバー", "個人番号"), Kind.MY_NUMBER),
    **dict.fromkeys(("カード番号", "クレジットカード"), Kind.CARD),
    **dict.fromkeys(("口座番号",), Kind.BANK_ACCOUNT),
    **dict.fromkeys(("旅券番号", "パスポート番号", "免許証番号", "基礎年金番号"), Kind.NATIONAL_ID),
    "社会保障番号": Kind.SSN,
}
_LONGEST_NAME: Final = 200


@lru_cache(maxsize=4_096)
def sensitive_key(name: str) -> Kind | None:
    """Tell what a field of this name holds, or None where it is nothing sensitive.

    `api_key`, `accessToken`, `X-Api-Key`, `SSN` and `ログインパスワード` are; `monkey`,
    `tokenizer`, `prompt_tokens`, `primary_key`, `password_policy` and `トークン数` are not.
    """
    if len(name) > _LONGEST_NAME:
        return None
    plain = fold(name).text
    if not plain.isascii():
        ending = plain.lower().strip(" *:()[]")
        return next((kind for end, kind in _JAPANESE.items() if ending.endswith(end)), None)
    parts = [word.lower() for word in _WORDS.findall(plain)]
    while parts and parts[-1].isdigit():
        parts.pop()
    if not parts or parts[-1] in _ABOUT or parts[0] in _FLAGS:
        return None
    return _of_words(parts)


def _of_words(parts: list[str]) -> Kind | None:
    for size in range(_LONGEST_PHRASE, 0, -1):
        for at in range(len(parts) - size + 1):
            kind = _BY_PHRASE.get(" ".join(parts[at : at + size]))
            if kind is not None:
                return kind
    for before, word in zip(("", *parts), parts, strict=False):
        if word == "token" and before in _NOT_TOKENS:
            continue
        if word in _SECRET or word.endswith(("password", "passwd")):
            return Kind.SECRET
        if word == "tokens" and before in _TOKENS:
            return Kind.SECRET
        if word == "pass" and before in _LOGINS:
            return Kind.SECRET
        if word in {"key", "keys"} and before in _KEYS:
            return Kind.SECRET
    return None
