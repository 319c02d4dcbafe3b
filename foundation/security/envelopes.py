"""Messages that nobody on the way reads, changes, or sends in another's name."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from foundation.clock import Micros
from foundation.errors import Forbidden, InvalidInput

KEY_BYTES: Final = 32
"""Of a key for AES-256, and of both halves of one for Ed25519."""

_VERSION: Final = 1
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_SIGNATURE_BYTES: Final = 64
_LENGTH_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class Header:
    """What can be read from outside, and not be changed.

    Attributes:
        key_id: names the key that the content is encrypted with.
        id: of this envelope; no other one has it.
        issued_at: when it was sealed.
        expires_at: from when on nobody is to accept it.
    """

    key_id: str
    sender: str
    recipient: str
    id: str
    issued_at: Micros
    expires_at: Micros

    def check_time(self, now: Micros, *, skew: int, lifetime: int) -> None:
        """Check that it is to be accepted now.

        Args:
            now: what time it is here.
            skew: microseconds that the sender's clock may differ.
            lifetime: microseconds that an envelope may be valid.

        Raises:
            Forbidden: it has expired, is of the future, or is valid for too long.
        """
        if now >= self.expires_at + skew:
            raise Forbidden(f"the envelope {self.id} of {self.sender} has expired")
        if self.issued_at > now + skew:
            raise Forbidden(
                f"the envelope {self.id} of {self.sender} is of the future: set the clocks"
            )
        if self.expires_at - self.issued_at > lifetime:
            raise Forbidden(f"the envelope {self.id} of {self.sender} is valid for too long")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a process knows: it may open all, and seal in the names whose keys it has.

    Attributes:
        encryption: AES-256 keys by id, the current one first; old ones open what they sealed.
        senders: each sender's Ed25519 public keys; older ones stay until nothing of them is left.
        signing: the private keys of those in whose name this process sends.
    """

    encryption: Mapping[str, bytes] = field(repr=False)
    senders: Mapping[str, Sequence[bytes]]
    signing: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        every = (*self.encryption.values(), *self.signing.values())
        public = [each for found in self.senders.values() for each in found]
        if not self.encryption or any(len(each) != KEY_BYTES for each in (*every, *public)):
            raise InvalidInput(f"envelopes need keys, each of {KEY_BYTES} bytes")


def seal(
    content: bytes,
    keys: Keys,
    *,
    sender: str,
    recipient: str,
    envelope_id: str,
    issued_at: Micros,
    expires_at: Micros,
) -> bytes:
    """Encrypt (AES-256-GCM, the header as associated data) and sign (Ed25519) a message.

    Layout: two bytes with the header's length, the header as JSON, a random nonce of 12 bytes, the
    ciphertext with its tag, and the signature over all that comes before it.

    Raises:
        Forbidden: there is no key to sign in the sender's name.
        InvalidInput: a name is too long.

    Source: NIST SP 800-38D, RFC 8032. Draw a new key before 2**32 envelopes were sealed with one.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret = keys.signing.get(sender)
    if secret is None:
        raise Forbidden(f"this process has no key to send as {sender}: give it that key")
    key_id, key = next(iter(keys.encryption.items()))
    header = _written(Header(key_id, sender, recipient, envelope_id, issued_at, expires_at))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = header + nonce + AESGCM(key).encrypt(nonce, content, header)
    return sealed + Ed25519PrivateKey.from_private_bytes(secret).sign(sealed)


def unseal(envelope: bytes, keys: Keys, *, recipient: str) -> tuple[Header, bytes]:
    """Open what `seal` made; whether it is valid at this time, its header tells.

    Raises:
        Forbidden: it is no envelope, was changed, is for another recipient, or its signature is
            by no key of the sender that it names.
    """
    from cryptography.exceptions import InvalidSignature, InvalidTag
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed, signature = envelope[:-_SIGNATURE_BYTES], envelope[-_SIGNATURE_BYTES:]
    written, header = _read(sealed)
    for public in keys.senders.get(header.sender, ()):
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, sealed)
            break
        except InvalidSignature:
            continue
    else:
        raise Forbidden(f"an envelope was not sealed by {header.sender[:80]}, as it says it was")
    if header.recipient != recipient:
        raise Forbidden(f"the envelope {header.id} is for {header.recipient}, not {recipient}")
    key = keys.encryption.get(header.key_id)
    if key is None:
        raise Forbidden(f"the key {header.key_id[:80]!r} of {header.id} is not known: add it")
    rest = sealed[len(written) :]
    try:
        content = AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], written)
    except InvalidTag as error:
        raise Forbidden(f"the key {header.key_id!r} does not open {header.id}") from error
    return header, content


def new_signing_key() -> tuple[bytes, bytes]:
    """Draw a key for Ed25519: the private half, then the public one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def _written(header: Header) -> bytes:
    told = json.dumps({"version": _VERSION, **asdict(header)}, ensure_ascii=False).encode()
    if len(told) >= 1 << (8 * _LENGTH_BYTES):
        raise InvalidInput("the names on an envelope are too long")
    return len(told).to_bytes(_LENGTH_BYTES, "big") + told


def _read(sealed: bytes) -> tuple[bytes, Header]:
    end = _LENGTH_BYTES + int.from_bytes(sealed[:_LENGTH_BYTES], "big")
    if len(sealed) < end + _NONCE_BYTES + _TAG_BYTES:
        raise _no_envelope(sealed)
    try:
        told: dict[str, Any] = json.loads(sealed[_LENGTH_BYTES:end])
        version = told.pop("version")
        header = Header(**told)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _no_envelope(sealed) from error
    texts = (header.key_id, header.sender, header.recipient, header.id)
    times = (header.issued_at, header.expires_at)
    if version != _VERSION or not all(isinstance(each, str) for each in texts):
        raise _no_envelope(sealed)
    if not all(type(each) is int for each in times):
        raise _no_envelope(sealed)
    return sealed[:end], header


def _no_envelope(data: bytes) -> Forbidden:
    return Forbidden(f"{len(data)} bytes are no envelope that this program can open")
