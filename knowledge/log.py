"""The change log: numbering what happens, and finding the way back to a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, select, update

from foundation.clock import Clock, Micros, parse_moment, to_datetime
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import changes, counters
from foundation.errors import InvalidInput
from foundation.ids import FOREVER, ChunkId, DocumentId, Seq
from knowledge.model import Change

AnyRow = Row[*tuple[Any, ...]]
"""A row of a query; its columns are known by their names."""

PURGED: Final = "document.purged"
"""The kind of change of which followers must know more than that it was made."""


@dataclass(slots=True)
class Ledger:
    """Numbers for one write transaction: seqs, chunk and document numbers without gaps.

    Holding the counters' row locked until the commit makes the order of seqs the order of
    commits, so that a follower that has seen seq n has seen all before it.
    """

    connection: Connection
    now: Micros
    actor: str
    seq: int
    chunk: int
    document: int
    name: int
    rows: list[dict[str, Any]] = field(default_factory=list)

    def note(
        self,
        kind: str,
        *,
        collection: str,
        document_id: DocumentId | None = None,
        subject: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> Seq:
        """Add a line to the log and answer its seq."""
        self.seq += 1
        self.rows.append(
            {
                "seq": self.seq,
                "at": self.now,
                "kind": kind,
                "collection": collection,
                "document_id": document_id,
                "subject": subject,
                "actor": self.actor,
                "details": dict(details or {}),
            }
        )
        return Seq(self.seq)

    def next_chunk(self) -> ChunkId:
        """Take the next chunk number; numbers are never used twice, purged or not."""
        self.chunk += 1
        return ChunkId(self.chunk)

    def next_document(self) -> int:
        """Take the next document number."""
        self.document += 1
        return self.document

    def next_name(self) -> int:
        """Take the next number of a name; numbers are never used twice."""
        self.name += 1
        return self.name

    def flush(self) -> None:
        """Write the log's lines and the counters."""
        bulk_insert(self.connection, changes, self.rows)
        self.rows = []
        self.connection.execute(
            update(counters)
            .where(counters.c.id == 1)
            .values(seq=self.seq, chunk=self.chunk, document=self.document, name=self.name)
        )


@contextmanager
def writing(database: Database, clock: Clock, actor: str) -> Iterator[Ledger]:
    """Open the one write transaction; leaving it normally commits all, an error commits nothing."""
    with database.write() as connection:
        row = connection.execute(
            update(counters)
            .where(counters.c.id == 1)
            .values(seq=counters.c.seq)
            .returning(counters.c.seq, counters.c.chunk, counters.c.document, counters.c.name)
        ).one()
        ledger = Ledger(connection, clock(), actor, row.seq, row.chunk, row.document, row.name)
        yield ledger
        ledger.flush()


def head(connection: Connection) -> Seq:
    """Answer the newest committed seq."""
    return Seq(connection.execute(select(counters.c.seq)).scalar_one())


@dataclass(frozen=True, slots=True)
class AsOf:
    """A point in the past: a change seq, or a moment on the clock of the content."""

    seq: Seq | None = None
    time: Micros | None = None

    @property
    def is_now(self) -> bool:
        """Tell whether it is no point in the past."""
        return self.seq is None and self.time is None

    def holds(self, table: FromClause) -> ColumnElement[bool]:
        """Make the condition that a row of `table` is valid at this point (now, if neither)."""
        if self.seq is not None:
            return and_(table.c.valid_from <= self.seq, table.c.valid_to > self.seq)
        if self.time is not None:
            return and_(table.c.time_from <= self.time, table.c.time_to > self.time)
        return table.c.valid_to == FOREVER

    def keeps(self, table: FromClause) -> ColumnElement[bool]:
        """Make the same condition for rows that another condition finds.

        SQLite, which does not know how many rows an index finds, would else begin with the one on
        `valid_to`, which finds nearly all.
        """
        if self.seq is not None:
            return and_(table.c.valid_from + 0 <= self.seq, table.c.valid_to + 0 > self.seq)
        if self.time is not None:
            return and_(table.c.time_from + 0 <= self.time, table.c.time_to + 0 > self.time)
        return table.c.valid_to + 0 == FOREVER


NOW = AsOf()


def parse_as_of(value: str | int | None, *, head: Seq, now: Micros) -> AsOf:
    """Read a seq (`42`, `seq:42`) or an ISO time; None means now.

    Raises:
        InvalidInput: neither of them, or it lies in the future.
    """
    if value is None or value == "":
        return NOW
    given = str(value).strip()
    text = given.removeprefix("seq:")
    if _is_number(text) and (text != given or not _is_compact_date(text)):
        if int(text) > head:
            raise InvalidInput(f"as_of {text} lies in the future: no change has this number yet")
        return AsOf(seq=Seq(int(text)))
    moment = parse_moment(text)
    if moment > now:
        raise InvalidInput(
            f"as_of {text} lies in the future: it is {to_datetime(now).isoformat()} now"
        )
    return AsOf(time=moment)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _is_compact_date(text: str) -> bool:
    return (
        len(text) == 8
        and "1900" <= text[:4] <= "2199"
        and "01" <= text[4:6] <= "12"
        and "01" <= text[6:] <= "31"
    )


def read_changes(
    connection: Connection, *, after: int = 0, limit: int = 100, document_id: str | None = None
) -> list[Change]:
    """List the log's lines after a seq, oldest first."""
    query = select(changes).where(changes.c.seq > after).order_by(changes.c.seq).limit(limit)
    if document_id:
        query = query.where(changes.c.document_id == document_id)
    return [Change(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public mapping
