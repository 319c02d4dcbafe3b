"""Record new content: documents, versions, descriptions and deletions, a round at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from foundation.clock import Micros
from foundation.database.bulk import bulk_insert
from foundation.database.schema import collections, spans, versions
from foundation.ids import DocumentId, VersionId, new_id
from foundation.security.policy import labels_of
from knowledge.history import ChangeSummary, Sections, first_summary, sections, summarise
from knowledge.log import Ledger
from knowledge.model import Outcome, Removal, Result
from knowledge.passages import Wanted, batches
from knowledge.prepare import Prepared
from knowledge.rows import Rows
from knowledge.states import State, load_by_source

Entry = Prepared | Removal

_TEXTS = 100
"""Replaced texts in memory at once, for their change summaries."""


@dataclass(slots=True)
class Round:
    """What a round of entries (no document twice) changed.

    Attributes:
        collection: where all of it is.
        results: one for each entry, in order.
        touched: what should be searchable of the documents whose content changed.
        signed: those of them that have content now, and those with other labels for access.
    """

    collection: str
    results: list[Result] = field(default_factory=list)
    touched: dict[DocumentId, Wanted] = field(default_factory=dict)
    signed: dict[DocumentId, Prepared] = field(default_factory=dict)


def rounds(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Split a batch so that no document stands twice in a round: a history stays in order."""
    start, seen = 0, set[str]()
    for index, entry in enumerate(entries):
        if entry.source_id in seen:
            yield entries[start:index]
            start, seen = index, set()
        seen.add(entry.source_id)
    if start < len(entries):
        yield entries[start:]


def ensure_collection(ledger: Ledger, name: str) -> None:
    """Create the collection where it is new."""
    known = select(collections.c.name).where(collections.c.name == name)
    if ledger.connection.execute(known).first() is None:
        seq = ledger.note("collection.added", collection=name, subject=name)
        bulk_insert(ledger.connection, collections, [{"name": name, "created_seq": seq}])


def commit_round(ledger: Ledger, collection: str, entries: Sequence[Entry]) -> Round:
    """Record versions, descriptions and deletions; chunks and duplicates have their own steps."""
    states = load_by_source(ledger.connection, collection, [e.source_id for e in entries])
    past = _past(ledger, states, entries)
    recorder = _Recorder(ledger, collection, states, _changes(ledger, states, entries), past)
    for entry in entries:
        if isinstance(entry, Removal):
            recorder.remove(entry)
        else:
            recorder.put(entry)
    recorder.rows.write(ledger.connection)
    return recorder.done


class _Recorder:
    """Turns the entries of one round into rows, log lines and results."""

    def __init__(
        self,
        ledger: Ledger,
        collection: str,
        states: dict[str, State],
        changes: Mapping[VersionId, ChangeSummary],
        past: frozenset[tuple[DocumentId, str]],
    ) -> None:
        self._ledger = ledger
        self._states = states
        self._changes = changes
        self._past = past
        self.done = Round(collection)
        self.rows = Rows()

    def put(self, entry: Prepared) -> None:
        """Record a version where the content is new, else its description where that is."""
        state = self._states.get(entry.source_id)
        if state and _is_current(state, entry):
            self._describe_again(state, entry)
        elif state and (state.id, entry.sha256) in self._past:
            reason = "is in its history already"
            self._answer(Result(entry.source_id, Outcome.UNCHANGED, state.id, reason=reason))
        else:
            self._add_version(state or self._new_document(entry.source_id), entry)

    def remove(self, removal: Removal) -> None:
        """End the current version: the document is deleted, its history stays."""
        state = self._states.get(removal.source_id)
        if state is None or not state.current:
            self._answer(Result(removal.source_id, Outcome.UNCHANGED, reason="was not there"))
            return
        if removal.time is not None and removal.time < state.floor:
            reason = "is older than what holds"
            self._answer(Result(removal.source_id, Outcome.UNCHANGED, state.id, reason=reason))
            return
        seq = self._ledger.note(
            "document.deleted",
            collection=state.collection,
            document_id=state.id,
            subject=str(state.version_id),
            details={
                "source_id": state.source_id,
                "author": removal.author,
                "message": removal.message,
            },
        )
        moment = self._moment(removal.time, state.floor)
        self.rows.end_version(state, (seq, moment))
        self.done.touched[state.id] = Wanted(state.id, None, seq, moment)
        self._answer(
            Result(removal.source_id, Outcome.DELETED, state.id, state.version_id, state.version)
        )

    def _new_document(self, source_id: str) -> State:
        number = self._ledger.next_document()
        state = State(DocumentId(new_id()), number, self.done.collection, source_id)
        self.rows.add_document(state, self._ledger.now)
        return state

    def _add_version(self, state: State, entry: Prepared) -> None:
        draft, version_id, number = entry.draft, VersionId(new_id()), state.version + 1
        seq = self._ledger.note(
            "version.added" if state.version else "document.added",
            collection=state.collection,
            document_id=state.id,
            subject=version_id,
            details={"source_id": state.source_id, "version": number},
        )
        moment = self._moment(draft.time, state.floor)
        if state.current:
            self.rows.end_version(state, (seq, moment))
        self.rows.add_version(
            state,
            entry,
            version_id=version_id,
            change=self._change(state, entry).as_json(),
            now=self._ledger.now,
            since=(seq, moment),
        )
        if not state.same_description(draft):
            described = Micros(max(moment, state.described_floor))
            self.rows.describe(state, entry, (seq, described))
        self.done.touched[state.id] = Wanted(state.id, version_id, seq, moment)
        self.done.signed[state.id] = entry
        outcome = Outcome.UPDATED if state.current else Outcome.ADDED
        self._answer(
            Result(draft.source_id, outcome, state.id, version_id, number, len(draft.spans))
        )

    def _change(self, state: State, entry: Prepared) -> ChangeSummary:
        known = self._changes.get(state.version_id) if state.version_id else None
        return known or first_summary(entry.draft.text, _sections(entry))

    def _describe_again(self, state: State, entry: Prepared) -> None:
        """The content is the same: perhaps what is said about it is not."""
        outcome, reason = Outcome.UNCHANGED, ""
        if not state.same_description(entry.draft):
            seq = self._ledger.note(
                "document.described",
                collection=state.collection,
                document_id=state.id,
                subject=state.id,
                details={"source_id": state.source_id},
            )
            moment = self._moment(entry.draft.time, max(state.floor, state.described_floor))
            self.rows.describe(state, entry, (seq, moment))
            if labels_of(state.described.get("metadata", {})) != labels_of(entry.draft.metadata):
                self.done.signed[state.id] = entry
            outcome, reason = Outcome.UPDATED, "metadata only, no new version"
        self._answer(
            Result(
                entry.source_id, outcome, state.id, state.version_id, state.version, reason=reason
            )
        )

    def _moment(self, given: Micros | None, floor: int) -> Micros:
        """Date a change: by its source or by the clock, but not before what it follows."""
        return Micros(max(self._ledger.now if given is None else given, floor))

    def _answer(self, result: Result) -> None:
        self.done.results.append(result)


def _is_current(state: State, entry: Prepared) -> bool:
    return state.current and state.sha256 == entry.sha256


def _past(
    ledger: Ledger, states: Mapping[str, State], entries: Sequence[Entry]
) -> frozenset[tuple[DocumentId, str]]:
    """Find the entries that tell a history again: dated no later than what is known, and known.

    So a history that is taken in once more, or goes on after it was cut short, changes nothing.
    """
    told = {
        (state.id, entry.sha256)
        for entry in entries
        if not isinstance(entry, Removal)
        and entry.draft.time is not None
        and (state := states.get(entry.source_id))
        and entry.draft.time <= state.floor
    }
    known: set[tuple[DocumentId, str]] = set()
    for group in batches(sorted({document for document, _ in told})):
        query = select(versions.c.document_id, versions.c.sha256).where(
            versions.c.document_id.in_(group)
        )
        known |= {(row.document_id, row.sha256) for row in ledger.connection.execute(query)}
    return frozenset(told & known)


def _changes(
    ledger: Ledger, states: Mapping[str, State], entries: Sequence[Entry]
) -> dict[VersionId, ChangeSummary]:
    """Say what is different from each version that the entries replace."""
    replaced: dict[VersionId, Prepared] = {}
    for entry in entries:
        state = states.get(entry.source_id)
        if isinstance(entry, Removal) or state is None or not state.current:
            continue
        if state.version_id and state.sha256 != entry.sha256:
            replaced[state.version_id] = entry
    found: dict[VersionId, ChangeSummary] = {}
    for group in batches(list(replaced), _TEXTS):
        for version_id, (text, before) in _stored_texts(ledger, group).items():
            entry = replaced[version_id]
            found[version_id] = summarise(text, entry.draft.text, before, _sections(entry))
    return found


def _stored_texts(
    ledger: Ledger, version_ids: Sequence[VersionId]
) -> dict[VersionId, tuple[str, Sections]]:
    bodies = select(versions.c.id, versions.c.text).where(versions.c.id.in_(version_ids))
    texts = {row.id: row.text for row in ledger.connection.execute(bodies)}
    places: dict[VersionId, list[tuple[int, int, tuple[str, ...]]]] = {i: [] for i in texts}
    columns = (spans.c.version_id, spans.c.start, spans.c.end, spans.c.heading)
    query = select(*columns).where(spans.c.version_id.in_(version_ids))
    for row in ledger.connection.execute(query.order_by(spans.c.version_id, spans.c.ordinal)):
        places[row.version_id].append((row.start, row.end, tuple(row.heading)))
    return {i: (text, sections(text, places[i])) for i, text in texts.items()}


def _sections(entry: Prepared) -> Sections:
    draft = entry.draft
    return sections(draft.text, [(s.start, s.end, s.heading) for s in draft.spans])
