"""Values that can be had back with a key: pseudonyms to search and join by, and encrypted ones."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from foundation.errors import Forbidden, InvalidInput
from foundation.patterns import deferred
from foundation.security.redaction.findings import CREDENTIALS, Kind
from foundation.security.redaction.folding import fold

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_SEALED: Final = deferred(r"\[(ENCRYPTED|PSEUDONYM):([a-z_]{2,20}):([A-Za-z0-9_=-]{26,})\]")
_KEY_BYTES: Final = 32
_BLOCK: Final = 16
_VERSION: Final = b"\x80"
_NO_TIME: Final = bytes(8)
"""A token's time would tell when a document came, and make it a new one each time it comes."""


class Sealer:
    """Seals values with the first key, and opens what any of its keys sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Check the keys; nothing heavy is imported before something is sealed.

        Args:
            keys: as `new_key` makes them, the current one first.

        Raises:
            InvalidInput: there is none, or one is no key. The message does not repeat it.
        """
        if not keys:
            raise InvalidInput("sealing needs a key: make one with `new_key`, and keep it safe")
        self._keys = [_decoded(key, number) for number, key in enumerate(keys, start=1)]

    def encrypt(self, kind: Kind, value: str, collection: str, document: str) -> str:
        """Encrypt a value as a Fernet token (AES-128-CBC, HMAC-SHA256).

        The initialisation vector is derived from key, collection, document and value, as in
        SIV modes: a document that comes again has the same tokens and so is unchanged, and the
        same value in two documents does not show.
        """
        token = _token(self._keys[0], value, f"{collection}\0{document}")
        return f"[ENCRYPTED:{kind.value}:{token}]"

    def pseudonymise(self, kind: Kind, value: str, collection: str) -> str:
        """Give a value the name that it has throughout a collection (AES-256-SIV, RFC 5297).

        Numbers and addresses lose their way of writing first, so that `03-1234-5678` and
        `０３（１２３４）５６７８` have one pseudonym; that form is what comes back.
        """
        sealed = self._siv[0].encrypt(
            canonical(kind, value).encode(), _scope(kind.value, collection)
        )
        return f"[PSEUDONYM:{kind.value}:{_letters(sealed)}]"

    def reveal(self, text: str, collection: str) -> str:
        """Put the values back; pseudonyms of other collections are refused.

        Raises:
            Forbidden: no key opens one of them.
        """
        return self._each(text, collection, lambda _form, _kind, value: value)

    def rotate(self, text: str, collection: str, document: str) -> str:
        """Seal with the first key what older keys sealed.

        Raises:
            Forbidden: as `reveal`.
        """

        def again(form: str, kind: Kind, value: str) -> str:
            if form == "ENCRYPTED":
                return self.encrypt(kind, value, collection, document)
            return self.pseudonymise(kind, value, collection)

        return self._each(text, collection, again)

    def _each(self, text: str, collection: str, do: Callable[[str, Kind, str], str]) -> str:
        parts, at = [], 0
        for found in _SEALED.finditer(text):
            form, kind, sealed = found[1], found[2], found[3]
            value = self._opened(form, kind, sealed, collection)
            parts += [text[at : found.start()], do(form, Kind(kind), value)]
            at = found.end()
        return "".join((*parts, text[at:]))

    def _opened(self, form: str, kind: str, sealed: str, collection: str) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.fernet import InvalidToken

        try:
            if form == "ENCRYPTED":
                return self._fernets.decrypt(sealed).decode()
            data = base64.b32decode(sealed.upper() + "=" * (-len(sealed) % 8))
        except (InvalidToken, binascii.Error):
            data = b""
        for siv in self._siv if data else ():
            try:
                return siv.decrypt(data, _scope(kind, collection)).decode()
            except InvalidTag:
                continue
        raise Forbidden(
            f"no key opens a sealed value ({kind}) of {collection!r}: give the key it was sealed"
            " with, behind the current one, or look whether the text was changed"
        )

    @cached_property
    def _fernets(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in self._keys])

    @cached_property
    def _siv(self) -> list[AESSIV]:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return [AESSIV(_derived(key, b"pseudonyms", 64)) for key in self._keys]


@dataclass(frozen=True, slots=True)
class Seals:
    """A sealer for one document: what a `Treatment` needs besides kind and value."""

    sealer: Sealer
    collection: str
    document: str

    def encrypt(self, kind: Kind, value: str) -> str:
        """Encrypt for the document."""
        return self.sealer.encrypt(kind, value, self.collection, self.document)

    def pseudonymise(self, kind: Kind, value: str) -> str:
        """Name for the collection."""
        return self.sealer.pseudonymise(kind, value, self.collection)


def new_key() -> str:
    """Draw a key: 32 bytes in URL-safe base64, which Fernet takes, too."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def canonical(kind: Kind, value: str) -> str:
    """Write a value as others that mean the same are written; secrets stay as they are."""
    if kind in CREDENTIALS:
        return value
    plain = fold(value).text
    if kind is Kind.EMAIL:
        return plain.lower()
    return "".join(c for c in plain if c.isalnum() or c == "+").upper()


def _decoded(key: str, number: int) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(key)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != _KEY_BYTES:
        raise InvalidInput(
            f"key {number} for sealing is not 32 bytes in URL-safe base64: make one with `new_key`"
        )
    return decoded


def _derived(key: bytes, purpose: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt=None, info=b"elders-guild " + purpose).derive(key)


def _token(key: bytes, value: str, document: str) -> str:
    """Write a Fernet token (its specification's version 0x80) with a derived vector."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC
    from cryptography.hazmat.primitives.padding import PKCS7

    data = value.encode()
    scope = document.encode()
    drawn_from = len(scope).to_bytes(8, "big") + scope + data
    vector = hmac.digest(_derived(key, b"vectors", 32), drawn_from, "sha256")[:_BLOCK]
    padder, encryptor = (
        PKCS7(8 * _BLOCK).padder(),
        Cipher(AES(key[_BLOCK:]), CBC(vector)).encryptor(),
    )
    padded = padder.update(data) + padder.finalize()
    body = _VERSION + _NO_TIME + vector + encryptor.update(padded) + encryptor.finalize()
    return base64.urlsafe_b64encode(body + hmac.digest(key[:_BLOCK], body, "sha256")).decode()


def _scope(kind: str, collection: str) -> list[bytes]:
    return [collection.encode(), kind.encode()]


def _letters(sealed: bytes) -> str:
    """Write bytes so that analysers of words see one word."""
    return base64.b32encode(sealed).decode().rstrip("=").lower()
