"""API keys as texts: easy to find where they leaked, hard to mistype, impossible to guess."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Final, NewType

from foundation.clock import Micros
from foundation.security.policy import Access, Operation, Principal, Role

KeyId = NewType("KeyId", str)
"""Says which key it is; no secret."""

PREFIX: Final = "eg"
_DIGITS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LETTERS: Final = string.digits + string.ascii_lowercase
ID_LENGTH: Final = 12
_SECRET_LENGTH: Final = 32  # of 62 characters: 190 random bits
_CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(rf"{PREFIX}_([0-9a-z]{{{ID_LENGTH}}})_[0-9A-Za-z]{{38}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is stored, without its hashes.

    Attributes:
        scopes: what it is for; None: all that its role may do.
        expires_at: FOREVER where it never does.
        revoked_at: FOREVER while it was not.
        used_at: when it was last shown, about; 0: never.
        grace_until: how long the secret before the last rotation holds; 0: there is none.
    """

    id: KeyId
    name: str
    role: Role
    scopes: frozenset[Operation] | None
    access: Access
    created_at: Micros
    created_by: str
    expires_at: int
    revoked_at: int
    used_at: int
    grace_until: int

    @property
    def principal(self) -> Principal:
        """Answer who calls with it."""
        return Principal(f"key:{self.id}", self.name, self.role, self.scopes, self.access, self.id)

    def state(self, now: Micros) -> str:
        """Say in a word whether it holds: active, expired or revoked."""
        if self.revoked_at <= now:
            return "revoked"
        return "expired" if self.expires_at <= now else "active"


def new_key_id() -> KeyId:
    """Make up an id that no other key has."""
    return KeyId("".join(secrets.choice(_ID_LETTERS) for _ in range(ID_LENGTH)))


def new_key_text(key_id: KeyId) -> str:
    """Make a secret for a key: `eg_ID_SECRETCHECKSUM`, with 190 bits that nobody can guess."""
    secret = "".join(secrets.choice(_DIGITS) for _ in range(_SECRET_LENGTH))
    body = f"{PREFIX}_{key_id}_{secret}"
    return body + _checksum(body)


def key_id_of(text: str) -> KeyId | None:
    """Read which key a text claims to be; None for what was never one, or was mistyped."""
    match = _FORM.fullmatch(text)
    if match is None or _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
        return None
    return KeyId(match[1])


def peppered(pepper: bytes, text: str) -> str:
    """Hash a key for keeping: who steals the hashes alone can't even test guesses.

    A slow hash would add nothing: the secrets are random and far too many to be tried.

    Returns:
        HMAC-SHA256 as 64 hexadecimal digits.
    """
    return hmac.new(pepper, text.encode(), hashlib.sha256).hexdigest()


def _checksum(body: str) -> str:
    rest = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
