"""The Knowledge Sage: everything that changes the truth goes through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from foundation.clock import Clock, Micros, system_clock
from foundation.database.engine import Database
from foundation.database.schema import spans, versions
from foundation.errors import Conflict, InvalidInput, NotFound
from foundation.ids import DocumentId, Seq
from knowledge.commit import Round, commit_round, ensure_collection, rounds
from knowledge.duplicates import Duplicates
from knowledge.log import Ledger, writing
from knowledge.model import Draft, Outcome, Removal, Result, Span
from knowledge.passages import Wanted, sync_chunks
from knowledge.prepare import prepare, version_hash
from knowledge.purge import purge_rows
from knowledge.signatures import Signer
from knowledge.states import State, load_by_id, load_by_source


class KnowledgeSage:
    """Adds, merges, versions and removes documents, each batch in one transaction."""

    def __init__(
        self,
        database: Database,
        *,
        signer: Signer,
        duplicates: Duplicates,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._signer = signer
        self._duplicates = duplicates
        self._clock = clock

    def unchanged(self, collection: str, drafts: Sequence[Draft]) -> list[Result | None]:
        """Tell which drafts bring nothing new, so that they need not be chunked and signed.

        Returns:
            For each draft its `unchanged` result, or None where it must be added.
        """
        with self._database.read() as connection:
            states = load_by_source(connection, collection, [d.source_id for d in drafts])
        return [_unchanged(states.get(draft.source_id), draft) for draft in drafts]

    def add(
        self, collection: str, entries: Sequence[Draft | Removal], *, actor: str = "ingest"
    ) -> list[Result]:
        """Commit a batch; when this returns, every outcome is durable.

        Args:
            collection: made where it is new.
            entries: in order; a source may stand in it more than once (its history).
            actor: who is recorded in the change log.

        Raises:
            Conflict, Unavailable: nothing of the batch was written.
        """
        if not entries:
            return []
        prepared = prepare(entries, self._signer)
        results: list[Result] = []
        with writing(self._database, self._clock, actor) as ledger:
            ensure_collection(ledger, collection)
            for group in rounds(prepared):
                done = commit_round(ledger, collection, group)
                results.extend(self._settle(ledger, collection, done))
        return results

    def delete(self, document_id: DocumentId, *, actor: str = "user") -> Result:
        """End a document's current version; its history stays and it can be restored."""
        with writing(self._database, self._clock, actor) as ledger:
            state = _existing(ledger, document_id)
            if not state.current:
                raise Conflict(f"document {document_id} is deleted already")
            removal = Removal(state.source_id)
            done = commit_round(ledger, state.collection, [removal])
            return self._settle(ledger, state.collection, done)[0]

    def restore(self, document_id: DocumentId, *, actor: str = "user") -> Result:
        """Bring a deleted document back, as a new version with the content it had."""
        with writing(self._database, self._clock, actor) as ledger:
            state = _existing(ledger, document_id)
            if state.current:
                raise Conflict(f"document {document_id} is not deleted")
            return self._again(ledger, state, state.version, "restored", actor)

    def rollback(self, document_id: DocumentId, version: int, *, actor: str = "user") -> Result:
        """Make an earlier version's content current again, as a new version."""
        with writing(self._database, self._clock, actor) as ledger:
            state = _existing(ledger, document_id)
            if state.current and version == state.version:
                raise Conflict(f"version {version} of document {document_id} is current already")
            return self._again(ledger, state, version, f"rolled back to version {version}", actor)

    def purge(self, document_id: DocumentId, *, reason: str, actor: str = "user") -> Seq:
        """Remove a document and its whole history from the truth; followers forget it in turn.

        Returns:
            The seq of the audit record: once every follower has passed it, no byte is left.
        """
        if not reason.strip():
            raise InvalidInput("purging needs a reason: it is all that will be left")
        with writing(self._database, self._clock, actor) as ledger:
            state = _existing(ledger, document_id)
            if state.current:
                done = commit_round(ledger, state.collection, [Removal(state.source_id)])
                self._settle(ledger, state.collection, done)
            seq = purge_rows(ledger, state, reason)
        self._database.reclaim()
        return seq

    def _again(
        self, ledger: Ledger, state: State, version: int, message: str, actor: str
    ) -> Result:
        draft = _stored_draft(ledger, state, version)
        draft = replace(draft, author=actor, message=message)
        entry = prepare([draft], self._signer)
        done = commit_round(ledger, state.collection, entry)
        return self._settle(ledger, state.collection, done)[0]

    def _settle(self, ledger: Ledger, collection: str, done: Round) -> list[Result]:
        """Find duplicates of what changed, then open and close chunks accordingly."""
        if not done.touched:
            return done.results
        standing = self._duplicates.update(ledger, collection, done.touched, done.signed)
        cause = max(done.touched.values(), key=lambda wanted: wanted.seq)
        wanted = _wanted(ledger, done.touched, standing.changed, standing.merged_into, cause.time)
        counts = sync_chunks(ledger, wanted)
        return [_with_merge(result, standing.merged_into, counts) for result in done.results]

    def decide(
        self, first: DocumentId, second: DocumentId, *, same: bool, actor: str = "user"
    ) -> None:
        """Record a person's word that two documents say the same, or do not."""
        with writing(self._database, self._clock, actor) as ledger:
            states = {i: _existing(ledger, i) for i in (first, second)}
            collections = {state.collection for state in states.values()}
            if first == second or len(collections) > 1:
                raise InvalidInput("name two different documents of the same collection")
            collection = collections.pop()
            standing = self._duplicates.decide(ledger, collection, first, second, same=same)
            wanted = _wanted(ledger, {}, standing.changed, standing.merged_into, ledger.now)
            sync_chunks(ledger, wanted)


def _wanted(
    ledger: Ledger,
    touched: Mapping[DocumentId, Wanted],
    changed: set[DocumentId],
    merged_into: Mapping[DocumentId, DocumentId],
    time: Micros,
) -> list[Wanted]:
    """Work out what must be searchable of every document that changed or whose standing did."""
    wanted = dict(touched)
    others = load_by_id(ledger.connection, [d for d in changed if d not in touched])
    for document, state in others.items():
        version = state.version_id if state.current else None
        wanted[document] = Wanted(document, version, Seq(ledger.seq), max(time, state.floor))
    return [
        replace(want, version_id=None) if document in merged_into else want
        for document, want in wanted.items()
    ]


def _with_merge(
    result: Result, merged_into: Mapping[DocumentId, DocumentId], counts: Mapping[DocumentId, int]
) -> Result:
    if result.document_id is None or result.document_id not in counts:
        return result
    target = merged_into.get(result.document_id)
    if target is None or result.outcome is Outcome.DELETED:
        return replace(result, chunks=counts[result.document_id])
    return replace(result, outcome=Outcome.MERGED, merged_into=target, chunks=0)


def _unchanged(state: State | None, draft: Draft) -> Result | None:
    if state is None or not state.current or not state.same_description(draft):
        return None
    if state.sha256 != version_hash(draft.title, draft.text):
        return None
    return Result(draft.source_id, Outcome.UNCHANGED, state.id, state.version_id, state.version)


def _existing(ledger: Ledger, document_id: DocumentId) -> State:
    state = load_by_id(ledger.connection, [document_id]).get(document_id)
    if state is None:
        raise NotFound(f"there is no document {document_id}")
    return state


def _stored_draft(ledger: Ledger, state: State, number: int) -> Draft:
    row = ledger.connection.execute(
        select(versions).where(versions.c.document_id == state.id, versions.c.number == number)
    ).first()
    if row is None:
        raise NotFound(f"document {state.id} has no version {number}; it has 1 to {state.version}")
    found = ledger.connection.execute(
        select(spans).where(spans.c.version_id == row.id).order_by(spans.c.ordinal)
    )
    return Draft(
        source_id=state.source_id,
        text=row.text,
        title=row.title,
        spans=[Span(s.ordinal, s.start, s.end, tuple(s.heading)) for s in found],
        uri=state.described["uri"],
        media_type=state.described["media_type"],
        language=state.described["language"],
        metadata=state.described["metadata"],
    )
