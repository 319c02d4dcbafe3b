"""Typed identifiers and the content hashes that make work idempotent."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from typing import Final, NewType

DocumentId = NewType("DocumentId", str)
VersionId = NewType("VersionId", str)
GroupId = NewType("GroupId", str)
ChunkId = NewType("ChunkId", int)
"""Chunks are numbered, so that every index can hold them as plain integers."""

Seq = NewType("Seq", int)
"""A position in the change log: 1, 2, 3 … without gaps, in the order of commits."""

Sha256 = NewType("Sha256", str)
"""64 hexadecimal digits."""

FOREVER: Final = 2**63 - 1
"""`valid_to` and `time_to` of what still holds."""


def new_id() -> str:
    """Make a random (version 4) UUID."""
    return str(uuid.uuid4())


def content_hash(*parts: str) -> Sha256:
    """Hash texts exactly; the parts are kept apart by NUL, which no stored text holds."""
    return Sha256(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest())


def normalised_hash(text: str) -> Sha256:
    """Hash what a reader would call the same text: NFKC, runs of white space as one space."""
    return content_hash(" ".join(unicodedata.normalize("NFKC", text).split()))
