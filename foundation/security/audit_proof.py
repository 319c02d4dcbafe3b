"""What is wrong with an entry or a checkpoint of the audit log, judged by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row

from foundation.security.audit_end import Place
from foundation.security.audit_entry import canonical, chain_hash
from foundation.security.audit_signing import Checkpoint, Kind

_FARTHEST: Final = 1_000_000
"""Places to either side at which an entry that was moved is looked for: a second's work."""


class Reason(StrEnum):
    """What is wrong."""

    EDITED = "edited"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    REWRITTEN = "rewritten"
    CUT = "cut"
    SIGNATURE = "bad signature"
    UNKNOWN_KEY = "unknown key"
    HEAD = "no head"
    TAMPERED = "tampered"


@dataclass(frozen=True, slots=True)
class Problem:
    """The first entry that is not as it was written, or that nothing vouches for, and why."""

    first_bad: int
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for an entry that the database's driver can't read."""

    seq: int


def judge(row: Row[Any] | Unreadable, before: Place, *, vouched: int, last: int) -> Problem | None:
    """Judge an entry by the one before it; None where it is as it was written.

    Args:
        row: the entry's.
        before: where the entry before it stands; its hash is right.
        vouched: the newest entry that a trusted signature vouches for.
        last: the number of the newest entry.
    """
    seq = before.seq + 1
    if row.seq != seq:
        return _misplaced(row.seq, seq)
    if isinstance(row, Unreadable):
        return Problem(seq, Reason.EDITED, "it holds what can't be read")
    problem = _judge_content(row, last)
    if problem or row.previous == before.hash:
        return problem
    return _not_followed(seq, vouched)


def judge_checkpoint(
    checkpoint: Checkpoint, kind: Kind, digest: str, trusted: Collection[str], *, vouched: int
) -> Problem | None:
    """Judge a signed statement about the entry whose hash this is; None where it agrees."""
    seq = checkpoint.seq
    if not checkpoint.holds(kind):
        return Problem(seq, Reason.SIGNATURE, f"the signature of the {kind} there is wrong")
    if checkpoint.public_key not in trusted:
        key = checkpoint.public_key[:16]
        detail = f"the {kind} there is signed by a key that is not trusted here ({key}…)"
        return Problem(seq, Reason.UNKNOWN_KEY, detail)
    if checkpoint.hash != digest:
        first = min(vouched + 1, seq)
        detail = f"entries {first} to {seq} are not those that a {kind} was signed over"
        return Problem(first, Reason.REWRITTEN, detail)
    return None


def _misplaced(found: object, wanted: int) -> Problem:
    if isinstance(found, int) and found > wanted:
        many = f"entries {wanted} to {found - 1} are" if found - 1 > wanted else "it is"
        return Problem(wanted, Reason.MISSING, f"{many} not there")
    seq = found if isinstance(found, int) else wanted
    return Problem(seq, Reason.INSERTED, "an entry stands where none was written")


def _judge_content(row: Row[Any], last: int) -> Problem | None:
    """Compare an entry with its own hash."""
    seq = row.seq
    try:
        content = canonical(row._mapping)  # noqa: SLF001 - its public name: columns have the plain ones
        own = chain_hash(row.previous, seq, content)
    except (TypeError, ValueError, OverflowError):
        return Problem(seq, Reason.EDITED, "it holds what the program never writes")
    if own == row.hash:
        return None
    place = _original(row, content, last)
    if place:
        return Problem(seq, Reason.REORDERED, f"what stands there was written as entry {place}")
    return Problem(seq, Reason.EDITED, "it does not match its hash")


def _not_followed(seq: int, vouched: int) -> Problem:
    """Blame the entry before: this one is as it was written, and followed another one.

    Unless a signature vouches for that one: then this one was made to fit itself.
    """
    if seq - 1 > vouched:
        detail = f"entry {seq} followed another one: it was changed, and its hash with it"
        return Problem(seq - 1, Reason.EDITED, detail)
    return Problem(seq, Reason.EDITED, f"it does not follow entry {seq - 1}")


def _original(row: Row[Any], content: bytes, last: int) -> int:
    """Search around for the place at which the entry matches its hash; 0 if there is none."""
    start = hashlib.sha256(bytes.fromhex(row.previous))
    for seq in range(max(1, row.seq - _FARTHEST), min(last, row.seq + _FARTHEST) + 1):
        tried = start.copy()
        tried.update(seq.to_bytes(8) + content)
        if tried.hexdigest() == row.hash:
            return seq
    return 0
