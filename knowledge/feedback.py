"""What people say of what a search found: kept as changes, each can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from foundation.clock import Clock, Micros
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import changes, chunks, documents, feedback
from foundation.errors import InvalidInput, NotFound
from foundation.ids import FOREVER, ChunkId, DocumentId, Seq, content_hash
from knowledge.log import NOW, AsOf, Ledger, writing
from knowledge.questions import one_spelling

UNDO: Final = "undo"
"""Not a kind of feedback but the end of all that an actor said of a query and its answer."""

_LONGEST_QUERY: Final = 32_768
_LOWEST_RANK: Final = 1_000_000


class FeedbackKind(StrEnum):
    """What somebody did with an answer, or thought of it."""

    CLICKED = "clicked"
    USEFUL = "useful"
    WRONG = "wrong"


_OPINIONS: Final = (FeedbackKind.USEFUL, FeedbackKind.WRONG)
"""Of these an actor's last one holds."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an actor said of one answer to one query: it holds from its `seq` until `valid_to`.

    Attributes:
        chunk_id: None where the whole document was meant.
        rank: where it stood among the hits, from 1; None where nobody said.
    """

    seq: Seq
    kind: FeedbackKind
    query: str
    document_id: DocumentId
    source_id: str
    collection: str
    chunk_id: ChunkId | None
    rank: int | None
    actor: str
    at: Micros
    valid_to: int = FOREVER


@dataclass(frozen=True, slots=True)
class Answer:
    """What feedback is about: a passage, or a whole document."""

    chunk_id: ChunkId | None = None
    document_id: DocumentId | None = None


class FeedbackLog:
    """Takes feedback in, each as a change, and lists it."""

    def __init__(
        self, database: Database, clock: Clock, known: Callable[[DocumentId], bool] = lambda _: True
    ) -> None:
        """Take the truth, the time, and what tells which documents there are for the asker."""
        self._database = database
        self._clock = clock
        self._known = known

    def give(
        self,
        query: str,
        answer: Answer,
        kind: str,
        *,
        rank: int | None = None,
        actor: str = "user",
    ) -> Feedback:
        """Record what somebody says; said again it changes nothing.

        The opinion (useful, wrong) that the actor had of it before ends; a click stays.

        Raises:
            InvalidInput: the query is empty or too long, or there is no such kind or rank.
            NotFound: there is no such passage or document.
        """
        text, said = checked_query(query), _kind(kind)
        if rank is not None and not 1 <= rank <= _LOWEST_RANK:
            raise InvalidInput(f"rank is {rank}; it counts hits from 1")
        with writing(self._database, self._clock, actor) as ledger:
            about = _about(ledger.connection, answer, self._known)
            before = _said(ledger.connection, text, about, actor)
            for row in before:
                if row.kind == said:
                    return _feedback(row)
            seq = _note(ledger, f"feedback.{said}", about, {"query": text, "rank": rank})
            rivals = [row.seq for row in before if {row.kind, said} == set(_OPINIONS)]
            _end(ledger.connection, rivals, seq)
            given = Feedback(
                seq, said, text, about.document_id, about.source_id, about.collection,
                about.chunk_id, rank, actor, ledger.now,
            )  # fmt: skip
            bulk_insert(ledger.connection, feedback, [_row(given)])
        return given

    def undo(self, query: str, answer: Answer, *, actor: str = "user") -> Sequence[Feedback]:
        """Take back all that an actor said of an answer to a query.

        Raises:
            NotFound: there is no such answer, or the actor said nothing of it that still holds.
        """
        text = checked_query(query)
        with writing(self._database, self._clock, actor) as ledger:
            about = _about(ledger.connection, answer, self._known)
            before = _said(ledger.connection, text, about, actor)
            if not before:
                raise NotFound(
                    f"{actor!r} said nothing of this answer to {text[:80]!r} that still holds:"
                    " `elders feedback list` shows all"
                )
            seq = _note(ledger, "feedback.undone", about, {"query": text})
            _end(ledger.connection, [row.seq for row in before], seq)
        return [_feedback(row, valid_to=seq) for row in before]

    def list(
        self,
        *,
        query: str | None = None,
        current: bool = True,
        after: int = 0,
        limit: int | None = None,
    ) -> Sequence[Feedback]:
        """List feedback, oldest first; with `current` only what holds.

        Args:
            query: only of this one, however it is spaced or capitalised.
            current: leave out what was taken back or replaced.
            after: the seq of the last one of the page before.
            limit: at most so many.
        """
        wanted = _rows().where(feedback.c.seq > after).order_by(feedback.c.seq).limit(limit)
        if query is not None:
            wanted = wanted.where(feedback.c.query_hash == query_hash(query))
        if current:
            wanted = wanted.where(feedback.c.valid_to == FOREVER)
        with self._database.read() as connection:
            return [_feedback(row) for row in connection.execute(wanted)]


def held(connection: Connection, at: AsOf = NOW) -> list[Feedback]:
    """Read what held at a moment, oldest first; a time means the log's clock, when it was said."""
    query = _rows().where(_holding(connection, at)).order_by(feedback.c.seq)
    return [_feedback(row) for row in connection.execute(query)]


def query_hash(query: str) -> str:
    """Make one hash of all spellings of a query: width, case and white space do not matter."""
    return content_hash(one_spelling(query))


def checked_query(query: str) -> str:
    """Answer the query without the space around it.

    Raises:
        InvalidInput: nothing is left, or it is longer than any that is searched for.
    """
    text = query.strip()
    if not text:
        raise InvalidInput("the query is empty: say what was searched for")
    if len(text) > _LONGEST_QUERY:
        raise InvalidInput(
            f"the query has {len(text):,} characters; at most {_LONGEST_QUERY:,} are searched"
        )
    return text


@dataclass(frozen=True, slots=True)
class _About:
    document_id: DocumentId
    source_id: str
    collection: str
    chunk_id: ChunkId | None


def _kind(kind: str) -> FeedbackKind:
    try:
        return FeedbackKind(kind)
    except ValueError as error:
        known = ", ".join(each.value for each in FeedbackKind)
        raise InvalidInput(f"{kind[:80]!r} is no kind of feedback: {known}") from error


def _about(connection: Connection, answer: Answer, known: Callable[[DocumentId], bool]) -> _About:
    if (answer.chunk_id is None) == (answer.document_id is None):
        raise InvalidInput("feedback is about a passage or a document: name one of them")
    named = select(documents.c.id, documents.c.source_id, documents.c.collection)
    if answer.chunk_id is None:
        what = f"document {str(answer.document_id)[:80]}"
        query = named.where(documents.c.id == answer.document_id)
    else:
        what = f"passage {answer.chunk_id}"
        query = named.join(chunks, chunks.c.document_id == documents.c.id)
        query = query.where(chunks.c.id == answer.chunk_id)
    if not abs(answer.chunk_id or 0) <= FOREVER:  # no database has such a number
        raise NotFound(f"there is no {what}")
    row = connection.execute(query).first()
    if row is None or not known(row.id):
        raise NotFound(f"there is no {what}: it is named by a hit's chunk_id or document")
    return _About(row.id, row.source_id, row.collection, answer.chunk_id)


def _said(connection: Connection, text: str, about: _About, actor: str) -> Sequence[Row[Any]]:
    """Read what an actor said of an answer that still holds, under any spelling of the query."""
    query = _rows().where(
        feedback.c.query_hash == query_hash(text),
        feedback.c.valid_to == FOREVER,
        feedback.c.document_id == about.document_id,
        feedback.c.chunk_id.is_not_distinct_from(about.chunk_id),
        feedback.c.actor == actor,
    )
    return connection.execute(query.order_by(feedback.c.seq)).all()


def _note(ledger: Ledger, kind: str, about: _About, details: Mapping[str, Any]) -> Seq:
    """Write the log's line; the query is in its details, which a purge of the document empties."""
    return ledger.note(
        kind,
        collection=about.collection,
        document_id=about.document_id,
        subject=about.source_id,
        details={**details, "chunk": about.chunk_id},
    )


def _end(connection: Connection, seqs: Sequence[int], seq: Seq) -> None:
    if seqs:
        ended = update(feedback).where(feedback.c.seq.in_(seqs))
        connection.execute(ended.values(valid_to=seq))


def _rows() -> Select[Any]:
    return select(feedback, documents.c.source_id, documents.c.collection).join(
        documents, documents.c.id == feedback.c.document_id
    )


def _holding(connection: Connection, at: AsOf) -> ColumnElement[bool]:
    seq = at.seq
    if seq is None and at.time is not None:
        newest = select(func.max(changes.c.seq)).where(changes.c.at <= at.time)
        seq = Seq(connection.execute(newest).scalar_one() or 0)
    if seq is None:
        return feedback.c.valid_to == FOREVER
    return (feedback.c.seq <= seq) & (feedback.c.valid_to > seq)


def _row(given: Feedback) -> dict[str, Any]:
    return {
        "seq": given.seq,
        "valid_to": given.valid_to,
        "kind": given.kind.value,
        "query": given.query,
        "query_hash": query_hash(given.query),
        "document_id": given.document_id,
        "chunk_id": given.chunk_id,
        "rank": given.rank,
        "actor": given.actor,
        "at": given.at,
    }


def _feedback(row: Row[Any], *, valid_to: int | None = None) -> Feedback:
    return Feedback(
        seq=row.seq,
        kind=FeedbackKind(row.kind),
        query=row.query,
        document_id=row.document_id,
        source_id=row.source_id,
        collection=row.collection,
        chunk_id=row.chunk_id,
        rank=row.rank,
        actor=row.actor,
        at=row.at,
        valid_to=row.valid_to if valid_to is None else valid_to,
    )
