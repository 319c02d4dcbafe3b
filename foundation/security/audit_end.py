"""Where the audit log ends, and whether that is as it was left."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from foundation.database.schema import audit_entries, audit_head
from foundation.security.audit_entry import GENESIS
from foundation.security.audit_signing import Checkpoint

HEAD_ID: Final = 1
"""Of the only row that `audit_head` has."""

LARGEST_SEQ: Final = (1 << 63) - 1
"""SQLite takes a text for a number, and sorts it behind all numbers."""

_DIGITS: Final = frozenset("0123456789abcdef")


class Place(NamedTuple):
    """An entry's number and hash."""

    seq: int
    hash: str


START: Final = Place(0, GENESIS)


@dataclass(frozen=True, slots=True)
class End:
    """Where the log goes on.

    Attributes:
        place: of the newest entry there is, or was.
        head: the signed statement about it, if there is one.
        problem: what is wrong; empty where all is well.
        unknown_key: a key whose signature is right but does not count here; else empty.
    """

    place: Place
    head: Checkpoint | None
    problem: str = ""
    unknown_key: str = ""


def read_end(
    connection: Connection, seen: Checkpoint | None, trusted: Callable[[], Collection[str]]
) -> End:
    """Lock the log's end and look at it.

    Where entries are missing at the end, `place` is where they were: the gap stays and is found.

    Args:
        connection: of a `write()`.
        seen: the head that this process saw or wrote last.
        trusted: answers the public keys whose signatures count.
    """
    lock = select(audit_head).where(audit_head.c.id == HEAD_ID).with_for_update()
    row = connection.execute(lock).one_or_none()
    head, last = read_signed(row) if row else None, _last(connection)
    problem, unknown = _problem(head, last, seen, trusted)
    signed = [seen, head if head and (head == seen or head.holds("head")) else None]
    places = [*(Place(each.seq, each.hash) for each in signed if each), last]
    return End(max(places, key=lambda place: place.seq), head, problem, unknown)


def read_signed(row: Row[Any]) -> Checkpoint:
    """Read a row of `audit_head` or `audit_checkpoints`."""
    return Checkpoint(row.seq, row.hash, row.at, row.public_key, row.signature)


def _last(connection: Connection) -> Place:
    """Read where the newest entry stands; a hash that is none counts as the first."""
    newest = (
        select(audit_entries.c.seq, audit_entries.c.hash)
        .where(audit_entries.c.seq <= LARGEST_SEQ)
        .order_by(audit_entries.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    if row is None:
        return START
    whole = isinstance(row.hash, str) and len(row.hash) == len(GENESIS) and {*row.hash} <= _DIGITS
    return Place(max(row.seq, 0), row.hash if whole else GENESIS)


def _problem(
    head: Checkpoint | None,
    last: Place,
    seen: Checkpoint | None,
    trusted: Callable[[], Collection[str]],
) -> tuple[str, str]:
    """Say what is wrong with the end, and which key is unknown."""
    if head is None:
        return ("its signed head is gone" if seen or last.seq else ""), ""
    problem = _forged(head, seen) or _torn(head, last)
    if problem or head == seen or head.public_key in trusted():
        return problem, ""
    return "its head is signed by a key that is not trusted here", head.public_key


def _forged(head: Checkpoint, seen: Checkpoint | None) -> str:
    if head == seen:
        return ""
    if not head.holds("head"):
        return "the signature of its head is wrong"
    if seen and (head.seq < seen.seq or (head.seq == seen.seq and head.hash != seen.hash)):
        return f"it went back from entry {seen.seq} to entry {head.seq}"
    return ""


def _torn(head: Checkpoint, last: Place) -> str:
    if last.seq != head.seq:
        return f"it ends with entry {last.seq}, but entry {head.seq} was signed as its last"
    return "" if last.hash == head.hash else f"its last entry, {last.seq}, is not the signed one"
