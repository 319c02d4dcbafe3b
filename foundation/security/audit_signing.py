"""Statements about the audit log that only who has the key can make: how far it went, and its hash.

Source: Ed25519, RFC 8032.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from foundation.clock import Micros
from foundation.errors import InvalidInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Kind = Literal["head", "checkpoint"]
"""A head is replaced at each commit, a checkpoint stays; neither passes for the other."""

_END: Final = "-----END PUBLIC KEY-----"
_NO_KEY: Final = "is no Ed25519 {kind} key in PEM form"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log had this hash at this seq, signed.

    Attributes:
        seq: of the newest entry that it vouches for, and so for all before it.
        hash: that entry's.
        at: when it was signed.
        public_key: whose signature it is, 64 hexadecimal digits.
        signature: 128 hexadecimal digits.
    """

    seq: int
    hash: str
    at: Micros
    public_key: str
    signature: str

    def holds(self, kind: Kind) -> bool:
        """Tell whether the key that it names signed it; whether that counts is another matter."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(self.signature), _message(kind, self.seq, self.hash, self.at))
        except (InvalidSignature, ValueError, TypeError):
            return False
        return True

    def line(self) -> str:
        """Write it as a line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))


def read_line(line: str) -> Checkpoint | None:
    """Read a line that `line` wrote; None where it is none."""
    try:
        found: Mapping[str, Any] = json.loads(line)
        checkpoint = Checkpoint(
            int(found["seq"]),
            str(found["hash"]),
            Micros(int(found["at"])),
            str(found["public_key"]),
            str(found["signature"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return checkpoint if 0 < checkpoint.seq < 1 << 63 else None


class Signer:
    """Signs with one private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw().hex()
        """64 hexadecimal digits."""

    def sign(self, kind: Kind, seq: int, digest: str, at: Micros) -> Checkpoint:
        """State that the log has this hash at this seq."""
        signature = self._key.sign(_message(kind, seq, digest, at)).hex()
        return Checkpoint(seq, digest, at, self.public_key, signature)


def new_private_pem() -> bytes:
    """Make a private key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read_signer(pem: bytes, where: str) -> Signer:
    """Read a private key.

    Raises:
        InvalidInput: it is none; the message names only where it came from.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        reason = _NO_KEY.format(kind="private")
        raise InvalidInput(f"{where} {reason}: make one with `openssl genpkey -algorithm ed25519`")
    return Signer(key)


def public_pem(public_key: str) -> str:
    """Write a public key, given as hexadecimal digits, as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def read_public_keys(text: str, where: str) -> frozenset[str]:
    """Read public keys, one after the other in PEM form, as hexadecimal digits.

    Raises:
        InvalidInput: there is none, or something else.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    found = set()
    for part in text.split(_END)[:-1]:
        try:
            key = load_pem_public_key((part.strip() + "\n" + _END + "\n").encode())
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidInput(
                f"{where} {_NO_KEY.format(kind='public')}: `elders audit key` has one"
            )
        found.add(key.public_bytes_raw().hex())
    if not found:
        raise InvalidInput(f"{where} {_NO_KEY.format(kind='public')}: `elders audit key` has one")
    return frozenset(found)


def _message(kind: Kind, seq: int, digest: str, at: Micros) -> bytes:
    return f"elders-audit-1 {kind}\n{seq}\n{digest}\n{at}\n".encode()
