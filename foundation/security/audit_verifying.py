"""Is the audit log as it was written? One pass over it, in constant memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import SQLAlchemyError

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import audit_checkpoints, audit_entries, audit_head
from foundation.security.audit_chain import TAMPERED
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_end import HEAD_ID, LARGEST_SEQ, START, Place, read_signed
from foundation.security.audit_entry import stored
from foundation.security.audit_outside import Outside
from foundation.security.audit_proof import (
    Problem,
    Reason,
    Unreadable,
    judge,
    judge_checkpoint,
)
from foundation.security.audit_signing import Checkpoint, Kind

_Entry = Row[Any] | Unreadable

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found.

    Attributes:
        entries: how many entries are in order, up to the first problem.
        vouched: the newest entry that a trusted signature vouches for.
        checkpoints: how many signed statements agree with the log.
        unread: lines of checkpoint files that are none, such as torn ones.
        problem: the first thing that is wrong; None where nothing is.
    """

    entries: int
    vouched: int
    checkpoints: int
    unread: int
    problem: Problem | None


def verify(
    database: Database, trusted: Collection[str], *, files: Sequence[CheckpointFile] = ()
) -> Verdict:
    """Recompute the chain of hashes and compare it with everything that was signed.

    Others may append meanwhile: what was there at the start is judged.

    Args:
        database: that holds the log.
        trusted: public keys whose signatures count, as hexadecimal digits.
        files: checkpoints that were kept outside the database.

    Raises:
        NotFound: there is no such file.
        Unavailable: the database did not answer.
    """
    walk = _Walk(database, trusted)
    problem = walk.run()
    outside = Outside(database, trusted)
    for file in files:
        outside.compare(file, before=problem.first_bad if problem else None, last=walk.place.seq)
    problems = [each for each in (problem, outside.problem()) if each]
    return Verdict(
        entries=walk.place.seq,
        vouched=max(walk.vouched, min(outside.vouched, walk.place.seq)),
        checkpoints=walk.checkpoints + outside.checkpoints,
        unread=outside.unread,
        problem=min(problems, key=lambda each: each.first_bad, default=None),
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """What one glance at the beginning shows.

    Attributes:
        head: the signed end.
        signed: whether its signature is right, whoever's it is.
        newest: the largest number of an entry.
        beyond: whether there is an entry after the head.
        checkpoint_beyond: the number of a checkpoint after the head; 0 if there is none.
    """

    head: Checkpoint | None
    signed: bool
    newest: int
    beyond: bool
    checkpoint_beyond: int

    @property
    def last(self) -> int:
        """Answer how far the log goes, as far as anybody vouches for it."""
        return self.head.seq if self.head and self.signed else self.newest


class _Walk:
    """Goes through the log from its first entry."""

    def __init__(self, database: Database, trusted: Collection[str]) -> None:
        self._database = database
        self._trusted = trusted
        self._after = -LARGEST_SEQ
        self.place = START
        self.vouched = 0
        self.checkpoints = 0

    def run(self) -> Problem | None:
        """Answer the first problem."""
        start = self._look()
        while page := self._page(start.last):
            checkpoints = self._checkpoints(page[-1].seq)
            for row in page:
                if problem := self._step(row, checkpoints.get(row.seq, ()), start.last):
                    return problem
            self._after = page[-1].seq
        return self._ended(start)

    def _look(self) -> _Start:
        entries, signed = audit_entries.c, audit_checkpoints.c
        with self._database.read() as connection:
            head = _readable_head(connection)
            counts = head is not None and head.holds("head")
            newest = select(func.max(entries.seq)).where(entries.seq <= LARGEST_SEQ)
            newest_seq = connection.execute(newest).scalar() or 0
            last = head.seq if head and counts else newest_seq
            beyond = select(entries.seq).where(entries.seq > last).limit(1)
            later = select(signed.seq).where(signed.seq > last).order_by(signed.seq).limit(1)
            return _Start(
                head,
                counts,
                newest_seq,
                connection.execute(beyond).first() is not None,
                connection.execute(later).scalar() or 0,
            )

    def _page(self, last: int) -> Sequence[_Entry]:
        """Read on; an entry whose bytes no driver can read is found by reading one at a time."""
        for limit in (_PAGE, 1):
            try:
                return self._rows(last, limit)
            except (SQLAlchemyError, ValueError):
                continue
        return [Unreadable(self.place.seq + 1)]

    def _rows(self, last: int, limit: int) -> Sequence[_Entry]:
        seq = audit_entries.c.seq
        query = select(audit_entries).where(seq > self._after, seq <= last).order_by(seq)
        with self._database.read() as connection:
            return connection.execute(query.limit(limit)).all()

    def _checkpoints(self, upto: int) -> dict[int, list[Checkpoint]]:
        seq = audit_checkpoints.c.seq
        query = select(audit_checkpoints).where(seq > self._after, seq <= upto)
        found: dict[int, list[Checkpoint]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.seq, []).append(read_signed(row))
        return found

    def _step(self, row: _Entry, signed: Iterable[Checkpoint], last: int) -> Problem | None:
        problem = judge(row, self.place, vouched=self.vouched, last=last)
        if problem or isinstance(row, Unreadable):
            return problem
        self.place = Place(row.seq, row.hash)
        for checkpoint in signed:
            if problem := self._compare(checkpoint, "checkpoint"):
                return problem
        if row.operation == TAMPERED and not self._is_trusted_by_now(row):
            first = min(self.vouched + 1, row.seq)
            detail = f"a writer found the log changed before entry {row.seq}, which says how"
            return Problem(first, Reason.TAMPERED, detail)
        return None

    def _compare(self, checkpoint: Checkpoint, kind: Kind) -> Problem | None:
        """Compare a signed statement with the entry just read."""
        digest = self.place.hash
        problem = judge_checkpoint(checkpoint, kind, digest, self._trusted, vouched=self.vouched)
        if problem is None:
            self.vouched = self.place.seq
            self.checkpoints += 1
        return problem

    def _is_trusted_by_now(self, row: Row[Any]) -> bool:
        """Tell whether all that the writer found was a key that was not trusted at that time."""
        told = stored(row._mapping).entry.metadata  # noqa: SLF001 - its public name
        return str(told.get("public_key")) in self._trusted

    def _ended(self, start: _Start) -> Problem | None:
        """Compare the end of the chain with the signed head."""
        seq, head = self.place.seq, start.head
        if seq < start.last:
            detail = f"the log ends with entry {seq}; entry {start.last} was signed as its last"
            return Problem(seq + 1, Reason.CUT, detail)
        if start.checkpoint_beyond:
            beyond = start.checkpoint_beyond
            detail = f"the log ends with entry {seq}; there is a checkpoint of entry {beyond}"
            return Problem(seq + 1, Reason.CUT, detail)
        unvouched = min(self.vouched + 1, max(seq, 1))
        if head is None:
            detail = "the signed head is gone: the log may have been cut"
            return Problem(unvouched, Reason.HEAD, detail) if seq else None
        if not start.signed:
            detail = "the signature of the head is wrong: the log may have been cut"
            return Problem(unvouched, Reason.SIGNATURE, detail)
        return self._compare(head, "head") or (
            Problem(seq + 1, Reason.INSERTED, "an entry was added without a signature")
            if start.beyond
            else None
        )


def _readable_head(connection: Connection) -> Checkpoint | None:
    """Read the head; one that holds what no driver can read is one whose signature is wrong."""
    query = select(audit_head).where(audit_head.c.id == HEAD_ID)
    try:
        row = connection.execute(query).one_or_none()
    except (SQLAlchemyError, ValueError):
        return Checkpoint(0, "", Micros(0), "", "")
    return None if row is None else read_signed(row)
