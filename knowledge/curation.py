"""What people decided: recorded by names and keys, replayable, never overwritten by ingestion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, select, update

from foundation.clock import Clock, Micros
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import decisions
from foundation.errors import InvalidInput, NotFound
from foundation.ids import FOREVER, Seq
from knowledge.extraction.normalise import clean_surface, skeleton
from knowledge.graph.identities import DIFFERENT, RENAMED, SAME, evidence_around
from knowledge.graph.naming import usages
from knowledge.log import NOW, Ledger, writing
from knowledge.questions import Intent, checked_question

LABELLED: Final = "documents.labelled"
REJECTED: Final = "patterns.rejected"
ACCEPTED: Final = "patterns.accepted"
SETTLED: Final = "contradictions.settled"
INTENDED: Final = "questions.intended"
UNDONE: Final = "decisions.undone"

KINDS: Final = (SAME, DIFFERENT, RENAMED, LABELLED, REJECTED, ACCEPTED, SETTLED, INTENDED)

_RIVALS: Final = {
    SAME: (SAME, DIFFERENT),
    DIFFERENT: (SAME, DIFFERENT),
    REJECTED: (REJECTED, ACCEPTED),
    ACCEPTED: (REJECTED, ACCEPTED),
    LABELLED: (LABELLED,),
}
"""Of these kinds one decision holds for a subject and object; the next one ends it."""

_PAIRS: Final = (SAME, DIFFERENT)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided: it holds from its `seq` until `valid_to`.

    Attributes:
        subject, object: skeletons, a document's collection and source id, a pattern's key, or a
            question in its one spelling and the intent that it had.
        data: what the kind needs: {"names": […]} as they were written, {"value": …}, {"query": …}.
    """

    seq: Seq
    kind: str
    subject: str
    object: str
    data: Mapping[str, Any]
    actor: str
    at: Micros
    valid_to: int = FOREVER


class Curation:
    """Records what people decide about entities, documents, patterns and questions as changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def merge(self, first: str, second: str, *, actor: str = "user") -> Decision:
        """Say that two names are of one entity."""
        return self._pair(SAME, first, second, actor)

    def keep_apart(self, first: str, second: str, *, actor: str = "user") -> Decision:
        """Say that two names are not of one entity, whatever passages say."""
        return self._pair(DIFFERENT, first, second, actor)

    def split(self, name: str, *, actor: str = "user") -> list[Decision]:
        """Take a name out of its entity: it is none of the entity's other names.

        Raises:
            NotFound: the name shares its entity with no other.
        """
        own = _key(name)
        with self._database.read() as connection:
            resolution = evidence_around(connection, [own], NOW).resolution()
            mine = resolution.entity(own)
            others = {s for s, e in resolution.entities.items() if e == mine and s != own}
            used = usages(connection, others, NOW)
        if not others:
            raise NotFound(f"{name!r} is the only name of its entity: there is nothing to split")
        written = [used[s].alias(s).surface if s in used else s for s in sorted(others)]
        return [self._pair(DIFFERENT, name, other, actor) for other in written]

    def rename(self, name: str, label: str, *, actor: str = "user") -> Decision:
        """Give an entity the label that people shall see."""
        shown = clean_surface(label)
        if not shown:
            raise InvalidInput(f"{label[:80]!r} is no label: give a name")
        return self.decide(RENAMED, _key(name), shown, {"names": [name, shown]}, actor=actor)

    def decide(
        self,
        kind: str,
        subject: str,
        target: str = "",
        data: Mapping[str, Any] | None = None,
        *,
        actor: str = "user",
    ) -> Decision:
        """Record a decision; the one that held for the same thing ends.

        Raises:
            InvalidInput: there is no such kind.
        """
        if kind not in KINDS:
            raise InvalidInput(f"{kind[:80]!r} is no kind of decision: {', '.join(KINDS)}")
        with writing(self._database, self._clock, actor) as ledger:
            return _record(ledger, kind, subject, target, dict(data or {}))

    def undo(self, seq: int, *, actor: str = "user") -> Decision:
        """End a decision, so that what the machine holds counts again.

        Raises:
            NotFound: there is no such decision, or it does not hold any more.
        """
        with writing(self._database, self._clock, actor) as ledger:
            found = _holding(ledger.connection, decisions.c.seq == seq)
            if found is None:
                raise NotFound(
                    f"no decision of change {seq} holds; `elders curation list` shows all"
                )
            _undo(ledger, found)
        return found

    def intend(self, question: str, intent: str, *, actor: str = "user") -> Decision:
        """Say what the asker of a question wanted; the last word holds, said again it is the same.

        Raises:
            InvalidInput: the question is empty or too long, or there is no such intent.
        """
        subject = checked_question(question)
        if intent not in list(Intent):
            raise InvalidInput(f"{intent[:80]!r} is no intent: {', '.join(Intent)}")
        with writing(self._database, self._clock, actor) as ledger:
            known = _holding(ledger.connection, _intent_of(subject))
            if known is not None and known.object == intent:
                return known
            return _record(ledger, INTENDED, subject, str(intent), {"query": question.strip()})

    def undo_intent(self, question: str, *, actor: str = "user") -> Decision:
        """Take back what was said last of a question: what was said before holds again.

        Raises:
            InvalidInput: the question is empty or too long.
            NotFound: nobody said an intent of it that still holds.
        """
        subject = checked_question(question)
        with writing(self._database, self._clock, actor) as ledger:
            found = _holding(ledger.connection, _intent_of(subject))
            if found is None:
                raise NotFound(
                    f"nobody said what {question.strip()[:80]!r} was after that still holds:"
                    " `elders feedback intents` shows all"
                )
            _undo(ledger, found)
        return found

    def list(
        self,
        *,
        kind: str | None = None,
        subject: str | None = None,
        current: bool = True,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Decision]:
        """List decisions, oldest first; with `current` only those that hold."""
        with self._database.read() as connection:
            return standing(
                connection, kind=kind, subject=subject, current=current, after=after, limit=limit
            )

    def _pair(self, kind: str, first: str, second: str, actor: str) -> Decision:
        one, other = sorted((_key(first), _key(second)))
        if one == other:
            raise InvalidInput(
                f"{first!r} and {second!r} are spellings of one name: they differ in case,"
                " punctuation or number only"
            )
        return self.decide(kind, one, other, {"names": [first, second]}, actor=actor)


def standing(
    connection: Connection,
    *,
    kind: str | None = None,
    subject: str | None = None,
    current: bool = True,
    after: int = 0,
    limit: int | None = None,
) -> list[Decision]:
    """Read decisions in a transaction, oldest first, those of changes past `after`."""
    query = select(decisions).where(decisions.c.seq > after)
    query = query.order_by(decisions.c.seq).limit(limit)
    if kind is not None:
        query = query.where(decisions.c.kind == kind)
    if subject is not None:
        query = query.where(decisions.c.subject == subject)
    if current:
        query = query.where(decisions.c.valid_to == FOREVER)
    return [Decision(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001


def _intent_of(subject: str) -> ColumnElement[bool]:
    return and_(decisions.c.kind == INTENDED, decisions.c.subject == subject)


def _holding(connection: Connection, which: ColumnElement[bool]) -> Decision | None:
    row = connection.execute(
        select(decisions).where(which, decisions.c.valid_to == FOREVER)
    ).first()
    return None if row is None else Decision(**row._mapping)  # noqa: SLF001 - public in SQLAlchemy


def _key(name: str) -> str:
    found = skeleton(clean_surface(name) or name)
    if not found:
        raise InvalidInput(f"{name[:80]!r} is no name")
    return found


def _record(ledger: Ledger, kind: str, subject: str, target: str, data: dict[str, Any]) -> Decision:
    seq = _note(ledger, kind, subject, target, data, kind)
    if kind in _RIVALS:
        _end(ledger.connection, _RIVALS[kind], subject, target, seq)
    else:
        _end(ledger.connection, (kind,), subject, None, seq)
    decision = Decision(seq, kind, subject, target, data, ledger.actor, ledger.now)
    bulk_insert(ledger.connection, decisions, [asdict(decision)])
    return decision


def _note(
    ledger: Ledger, change: str, subject: str, target: str, data: Mapping[str, Any], kind: str
) -> Seq:
    """Write the log's line; of decisions about names it lists these, for the graph's follower."""
    names = [subject, target] if kind in _PAIRS else [subject]
    change = f"{kind}.undone" if change == UNDONE else change
    return ledger.note(
        change,
        collection="",
        subject=subject,
        details={"object": target, "names": names, "data": dict(data)},
    )


def _undo(ledger: Ledger, found: Decision) -> None:
    ended = _note(ledger, UNDONE, found.subject, found.object, found.data, found.kind)
    _end(ledger.connection, (found.kind,), found.subject, found.object, ended)
    _reopen(ledger.connection, found)


def _reopen(connection: Connection, undone: Decision) -> None:
    """Let the decision hold again that the undone one had ended."""
    connection.execute(
        update(decisions)
        .where(decisions.c.valid_to == undone.seq, decisions.c.subject == undone.subject)
        .values(valid_to=FOREVER)
    )


def _end(
    connection: Connection, kinds: Sequence[str], subject: str, target: str | None, seq: Seq
) -> None:
    same = and_(decisions.c.subject == subject, decisions.c.kind.in_(kinds))
    if target is not None:
        same = and_(same, decisions.c.object == target)
    connection.execute(
        update(decisions).where(same, decisions.c.valid_to == FOREVER).values(valid_to=seq)
    )
