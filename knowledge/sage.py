"""The Knowledge Sage: everything that changes the truth goes through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from foundation.clock import Clock, Micros, system_clock
from foundation.database.engine import Database
from foundation.database.schema import spans, versions
from foundation.errors import Conflict, InvalidInput, NotFound
from foundation.ids import ChunkId, DocumentId, Seq
from foundation.operations.tracing import span
from knowledge.analysis import Analyst
from knowledge.commit import Round, commit_round, ensure_collection, rounds
from knowledge.duplicates import Duplicates, Standing
from knowledge.graph.recording import (
    begin_again,
    delete_readings,
    drop_unmentioned,
    record,
    stored_chunks,
)
from knowledge.log import Ledger, writing
from knowledge.model import GRAPHS, INSIGHTS, Draft, Outcome, Removal, Result, Span
from knowledge.passages import current_hashes, sync_chunks
from knowledge.prepare import prepare, require_storable, version_hash
from knowledge.purge import forget_lessons, purge_rows
from knowledge.searchable import searchable
from knowledge.signatures import Signer
from knowledge.states import State, current_uris, load_by_id, load_by_source

Within = Callable[[Connection, Sequence[Result]], None]
"""Writes more in the transaction that makes these outcomes durable: all of it, or nothing."""

_AT_ONCE = 2_000
"""Passages that are read again in one transaction."""


class KnowledgeSage:
    """Adds, merges, versions and removes documents, each batch in one transaction."""

    def __init__(
        self,
        database: Database,
        *,
        signer: Signer,
        duplicates: Duplicates,
        analyst: Analyst,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._signer = signer
        self._duplicates = duplicates
        self._analyst = analyst
        self._clock = clock

    def unchanged(self, collection: str, drafts: Sequence[Draft]) -> list[Result | None]:
        """Tell which drafts bring nothing new, so that they need not be chunked and signed.

        Returns:
            For each draft its `unchanged` result, or None where it must be added.
        """
        with self._database.read() as connection:
            states = load_by_source(connection, collection, [d.source_id for d in drafts])
        return [_unchanged(states.get(draft.source_id), draft) for draft in drafts]

    def uris(self, collection: str, source_ids: Sequence[str]) -> dict[str, str]:
        """Tell where the current documents of these names came from, by source id."""
        with self._database.read() as connection:
            return current_uris(connection, collection, source_ids)

    def add(
        self,
        collection: str,
        entries: Sequence[Draft | Removal],
        *,
        actor: str = "ingest",
        within: Within = lambda _connection, _results: None,
    ) -> list[Result]:
        """Commit a batch; when this returns, every outcome is durable.

        Args:
            collection: made where it is new.
            entries: in order; a source may stand in it more than once (its history).
            actor: who is recorded in the change log.
            within: called with the outcomes before they are committed.

        Raises:
            Conflict, Unavailable: nothing of the batch was written.
        """
        if not entries:
            return []
        for entry in entries:
            require_storable(entry)
        with self._database.read() as connection:
            known = current_hashes(connection, collection, [e.source_id for e in entries])
        with span("ingest.prepare", documents=len(entries)):
            prepared = prepare(collection, entries, self._signer, self._analyst, known)
        results: list[Result] = []
        with (
            span("ingest.commit", documents=len(entries)),
            writing(self._database, self._clock, actor) as ledger,
        ):
            ensure_collection(ledger, collection)
            for group in rounds(prepared):
                done = commit_round(ledger, collection, group)
                results.extend(self._settle(ledger, done))
            within(ledger.connection, results)
        return results

    def delete(
        self,
        document_id: DocumentId,
        *,
        actor: str = "user",
        check: Callable[[], None] = lambda: None,
    ) -> Result:
        """End a document's current version; its history stays and it can be restored.

        Args:
            document_id: which.
            actor: who is recorded in the change log.
            check: called when nobody else can write any more; what it raises, ends this.
        """
        with writing(self._database, self._clock, actor) as ledger:
            check()
            state = _existing(ledger, document_id)
            if not state.current:
                raise Conflict(f"document {document_id} is deleted already")
            removal = Removal(state.source_id)
            done = commit_round(ledger, state.collection, [removal])
            return self._settle(ledger, done)[0]

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
                # Whoever takes its place does so for the past too: nothing is left that did then.
                done.touched[state.id] = replace(done.touched[state.id], time=Micros(0))
                self._settle(ledger, done)
            for told in forget_lessons(ledger.connection, state.id):
                purge_rows(ledger, _existing(ledger, told), reason)
            seq = purge_rows(ledger, state, reason)
        self._database.reclaim()
        return seq

    def reread(self) -> int:
        """Read every passage again, past ones too, as the extractor reads now.

        Returns:
            How many passages were read.
        """
        done, last = 0, ChunkId(0)
        while True:
            with writing(self._database, self._clock, "reread") as ledger:
                passages = stored_chunks(ledger.connection, after=last, limit=_AT_ONCE)
                if not passages:
                    return done
                old = delete_readings(ledger.connection, [chunk.id for chunk in passages])
                record(ledger, passages, {}, self._analyst)
                drop_unmentioned(ledger.connection, old)
                begin_again(ledger)
            done, last = done + len(passages), passages[-1].id

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
            opened = sync_chunks(ledger, searchable(ledger, {}, standing))
            record(ledger, opened, {}, self._analyst)

    def _again(
        self, ledger: Ledger, state: State, version: int, message: str, actor: str
    ) -> Result:
        draft = _stored_draft(ledger, state, version)
        again = [replace(draft, author=actor, message=message)]
        entry = prepare(state.collection, again, self._signer, self._analyst, {})
        return self._settle(ledger, commit_round(ledger, state.collection, entry))[0]

    def _settle(self, ledger: Ledger, done: Round) -> list[Result]:
        """Find duplicates of what changed, open and close chunks accordingly, and read the new."""
        compared = {*done.touched, *done.signed}
        if not compared:
            return done.results
        standing = (
            Standing()  # they resemble each other, and each says what no other does
            if done.collection in (INSIGHTS, GRAPHS)
            else self._duplicates.update(ledger, done.collection, compared, done.signed)
        )
        opened = sync_chunks(ledger, searchable(ledger, done.touched, standing))
        read = {document: entry.extracts for document, entry in done.signed.items()}
        record(ledger, opened, read, self._analyst)
        return [
            _with_merge(result, standing.merged_into)
            if result.document_id in done.signed
            else result
            for result in done.results
        ]


def _with_merge(result: Result, merged_into: Mapping[DocumentId, DocumentId]) -> Result:
    target = merged_into.get(result.document_id) if result.document_id else None
    if target is None:
        return result
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
