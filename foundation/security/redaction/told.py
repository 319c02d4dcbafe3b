"""Secrets that are told in a sentence: "the password is …", 「パスワードは…です」."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.matching import Match
from foundation.security.redaction.wording import words

_HINTS: Final = words(
    "pass pw パス 暗証 合言葉 キー 秘密鍵 シークレット トークン"
    " root admin user guest deploy sa/ oracle postgres ubuntu"
)
_LABEL: Final = r"\b(?:pass(?:word|phrase|code|wd)s?|pw|pwd)\b"
_SAID: Final = deferred(
    _LABEL + r"(?:\s{1,2}[a-z]{2,10}){0,5}?\s{1,2}"
    r"(?:(?:is|was|to|of|as|=|:)\s{1,2}[\"'`]?|[\"'`])([^\s\"'`,;<>()\[\]]{4,200})",
    re.IGNORECASE | re.ASCII,
)
_BESIDE: Final = deferred(
    _LABEL + r"[\"')]{0,2}[\s:]{1,4}[\"'`(「『]{0,2}([^\s\"'`,;<>()\[\]」』、。]{6,200})",
    re.IGNORECASE | re.ASCII,
)
_JAPANESE_LABEL: Final = (
    "(パスワード|パスフレーズ|暗証番号|合言葉|(?:api|アクセス|シークレット|認証|暗号化)キー"
    "|アクセストークン|認証トークン|シークレット|秘密鍵)"
)
_SAID_IN_JAPANESE: Final = deferred(
    _JAPANESE_LABEL
    + "[」』)\"']?\\s{0,3}(?:[はがを:=]|(?=[「『]))\\s{0,3}[「『\"']?([!-~]{4,200})",
    re.IGNORECASE,
)
_BESIDE_IN_JAPANESE: Final = deferred(
    _JAPANESE_LABEL + "[」』)\"']?[\\s→(]{1,3}[「『\"'(]?([!-~]{6,200})", re.IGNORECASE
)
_PAIR: Final = deferred(
    r"(?<![\w/.-])(?:root|admin|administrator|guest|deploy|sa|oracle|postgres|ubuntu|user)\s?/\s?"
    r"([A-Za-z0-9!#$%&*+.=?@^_~-]{6,200})(?![\w/])",
    re.IGNORECASE | re.ASCII,
)
_NEAR: Final = deferred(
    r"(?:\bpass\b|\bpass(?:word|phrase|code)s?\b|パス(?:ワード|フレーズ)?)[^\n]{0,40}?[\s「『(\"']"
    r"([A-Za-z0-9._-]{1,40}[!#$%&*^~?][A-Za-z0-9!#$%&*^~?._-]{0,40})",
    re.IGNORECASE | re.ASCII,
)
_PLACEHOLDER: Final = deferred(
    r"[*•x._?#-]+|[<\[{(].*|\$[A-Z_{(].*|%\w+%|%[sd(].*"
    r"|(?:your|my|the|some|example|sample|dummy|enter)[-_ ].*(?:pass|secret|token|key|here).*"
    r"|.*(?:\*{3,}|x{6,}|\.{3}|\$\{|\{\{|placeholder|redacted|change_?me).*"
    r"|(?:test)?(?:password|passwd|pass|pwd|secret|token|key|none|null|nil|undefined|true|false"
    r"|str|string|bytes|int|number|bool|boolean|any|object|text|optional|required|yes|no|on|off"
    r"|env|input|self|this|value|default|empty|unset|hidden|secretstr|varchar|basic|bearer|digest"
    r"|negotiate)",
    re.IGNORECASE,
)
_TECHNICAL: Final = deferred(r"[A-Za-z]{1,8}[-/ ]?[0-9]{1,5}", re.ASCII)
"""SHA-256, OAuth2, RFC-6750: what stands beside the word in texts about passwords."""

_SHORTEST: Final = 4


def find_told(text: str) -> Iterator[Match]:
    """Find secrets in prose: what is drawn, in the place where one would be told."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return
    for found in _SAID.finditer(text):
        value = found[1].rstrip(".?:")
        if is_drawn(value):
            yield _match(found.start(1), value)
    for found in _SAID_IN_JAPANESE.finditer(text):
        value = found[2].rstrip(".?,;)]}'\"")
        if is_drawn(value) or (found[1] == "暗証番号" and value.isdigit()):
            yield _match(found.start(2), value)
    for pattern in (_BESIDE, _BESIDE_IN_JAPANESE, _PAIR, _NEAR):
        for found in pattern.finditer(text):
            group = found.lastindex or 1
            value = found[group].rstrip(".?,;:)]}'\"")
            if _is_strong(value):
                yield _match(found.start(group), value)


def _match(start: int, value: str) -> Match:
    return Match(Kind.SECRET, start, start + len(value), "a secret that is told")


def is_placeholder(value: str) -> bool:
    """Tell what stands where a secret will: `<password>`, `${TOKEN}`, `xxxx`, `str`."""
    return _PLACEHOLDER.fullmatch(value) is not None


def is_drawn(value: str) -> bool:
    """Tell what nobody writes in a sentence: letters with digits or with signs among them."""
    letters = any(map(str.isalpha, value))
    digits = any(map(str.isdigit, value))
    signs = any(not c.isalnum() and c not in "-'’./" for c in value)
    drawn = len(value) >= _SHORTEST and letters and (digits or signs)
    return drawn and not is_placeholder(value)


def _is_strong(value: str) -> bool:
    """Tell what follows the word itself: letters, digits and a sign or both cases, no term."""
    digits = any(map(str.isdigit, value))
    signs = any(not c.isalnum() and c not in "'’./:" for c in value)
    cases = any(map(str.isupper, value)) and any(map(str.islower, value))
    return (
        digits
        and any(map(str.isalpha, value))
        and (signs or cases)
        and not is_placeholder(value)
        and not _TECHNICAL.fullmatch(value)
    )
