"""Write new content into the truth: documents, versions and their spans, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from foundation.clock import Micros
from foundation.database.bulk import bulk_insert
from foundation.database.schema import attributes, collections, documents, spans, versions
from foundation.ids import FOREVER, DocumentId, Seq, VersionId, new_id
from knowledge.history import Sections, first_summary, sections, summarise
from knowledge.log import Ledger
from knowledge.model import Outcome, Removal, Result
from knowledge.passages import Wanted
from knowledge.prepare import Prepared
from knowledge.states import State, description, load_by_source

Entry = Prepared | Removal


@dataclass(slots=True)
class Round:
    """What one round of entries (no document twice) changed; `rows` wait to be written."""

    results: list[Result] = field(default_factory=list)
    touched: dict[DocumentId, Wanted] = field(default_factory=dict)
    signed: dict[DocumentId, Prepared] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            name: []
            for name in (
                "documents",
                "attributes",
                "versions",
                "spans",
                "close",
                "closed_attributes",
            )
        }
    )


def rounds(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Split a batch so that no document stands twice in a round: a history stays in order."""
    start, seen = 0, set[str]()
    for index, entry in enumerate(entries):
        source = entry.source_id if isinstance(entry, Removal) else entry.draft.source_id
        if source in seen:
            yield entries[start:index]
            start, seen = index, set()
        seen.add(source)
    if start < len(entries):
        yield entries[start:]


def commit_round(ledger: Ledger, collection: str, entries: Sequence[Entry]) -> Round:
    """Record versions, attributes and deletions; chunks and duplicates have their own steps."""
    sources = [e.source_id if isinstance(e, Removal) else e.draft.source_id for e in entries]
    states = load_by_source(ledger.connection, collection, sources)
    changing = [
        entry
        for entry in entries
        if isinstance(entry, Prepared)
        and (state := states.get(entry.draft.source_id))
        and state.current
        and state.sha256 != entry.sha256
    ]
    before = _texts_before(
        ledger, [v for e in changing if (v := states[e.draft.source_id].version_id)]
    )
    done = Round()
    for entry in entries:
        if isinstance(entry, Removal):
            _remove(ledger, done, states.get(entry.source_id), entry)
        else:
            _put(ledger, done, collection, states, entry, before)
    _write(ledger, done)
    return done


def ensure_collection(ledger: Ledger, name: str) -> None:
    """Create the collection where it is new."""
    if ledger.connection.execute(
        select(collections.c.name).where(collections.c.name == name)
    ).first():
        return
    seq = ledger.note("collection.added", collection=name, subject=name)
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[ledger.connection.dialect.name]
    ledger.connection.execute(
        dialect.insert(collections).values(name=name, created_seq=seq).on_conflict_do_nothing()
    )


def _put(
    ledger: Ledger,
    done: Round,
    collection: str,
    states: dict[str, State],
    entry: Prepared,
    before: Mapping[VersionId, tuple[str, Sections]],
) -> None:
    draft = entry.draft
    state = states.get(draft.source_id)
    if state and state.current and state.sha256 == entry.sha256:
        _describe_again(ledger, done, state, entry)
        return
    outcome = Outcome.UPDATED if state and state.current else Outcome.ADDED
    if state is None:
        state = _new_document(ledger, done, collection, draft.source_id)
    time = max(ledger.now if draft.time is None else draft.time, state.floor)
    old = before.get(state.version_id) if state.version_id and state.current else None
    after = sections(draft.text, [(s.start, s.end, s.heading) for s in draft.spans])
    change = (
        summarise(old[0], draft.text, old[1], after) if old else first_summary(draft.text, after)
    )
    version_id = VersionId(new_id())
    kind = "version.added" if state.version else "document.added"
    seq = ledger.note(
        kind,
        collection=state.collection,
        document_id=state.id,
        subject=version_id,
        details={"source_id": state.source_id, "version": state.version + 1},
    )
    if state.current:
        done.rows["close"].append(_closing(state, seq, time))
    done.rows["versions"].append(
        {
            "id": version_id,
            "document_id": state.id,
            "number": state.version + 1,
            "parent_id": state.version_id,
            "title": draft.title,
            "text": draft.text,
            "sha256": entry.sha256,
            "normalised_sha256": entry.normalised_sha256,
            "author": draft.author,
            "message": draft.message,
            "change": change.as_json(),
            "recorded_at": ledger.now,
            "valid_from": seq,
            "valid_to": FOREVER,
            "time_from": time,
            "time_to": FOREVER,
        }
    )
    done.rows["spans"].extend(_span_rows(version_id, entry))
    if not state.same_description(draft):
        _describe(done, state, entry, seq, time)
    state.version_id, state.version, state.current = version_id, state.version + 1, True
    done.touched[state.id] = Wanted(state.id, version_id, seq, time)
    done.signed[state.id] = entry
    done.results.append(
        Result(draft.source_id, outcome, state.id, version_id, state.version, len(draft.spans))
    )


def _new_document(ledger: Ledger, done: Round, collection: str, source_id: str) -> State:
    state = State(DocumentId(new_id()), ledger.next_document(), collection, source_id)
    done.rows["documents"].append(
        {
            "id": state.id,
            "number": state.number,
            "collection": collection,
            "source_id": source_id,
            "created_at": ledger.now,
        }
    )
    return state


def _describe_again(ledger: Ledger, done: Round, state: State, entry: Prepared) -> None:
    """The content is the same: perhaps its attributes are not."""
    draft = entry.draft
    outcome, reason = Outcome.UNCHANGED, ""
    if not state.same_description(draft):
        seq = ledger.note(
            "document.described",
            collection=state.collection,
            document_id=state.id,
            subject=state.id,
            details={"source_id": state.source_id},
        )
        time = max(ledger.now if draft.time is None else draft.time, state.floor)
        _describe(done, state, entry, seq, time)
        outcome, reason = Outcome.UPDATED, "metadata only, no new version"
    done.results.append(
        Result(draft.source_id, outcome, state.id, state.version_id, state.version, reason=reason)
    )


def _describe(done: Round, state: State, entry: Prepared, seq: Seq, time: Micros) -> None:
    if state.described:
        done.rows["closed_attributes"].append({"document": state.id, "seq": seq, "moment": time})
    done.rows["attributes"].append(
        {
            "document_id": state.id,
            "valid_from": seq,
            "valid_to": FOREVER,
            "time_from": time,
            "time_to": FOREVER,
            **description(entry.draft),
        }
    )


def _remove(ledger: Ledger, done: Round, state: State | None, removal: Removal) -> None:
    if state is None or not state.current:
        reason = "was not there"
        done.results.append(Result(removal.source_id, Outcome.UNCHANGED, reason=reason))
        return
    done.touched[state.id] = close_document(
        ledger, done, state, removal.time, {"author": removal.author, "message": removal.message}
    )
    done.results.append(
        Result(removal.source_id, Outcome.DELETED, state.id, state.version_id, state.version)
    )


def close_document(
    ledger: Ledger, done: Round, state: State, time: Micros | None, details: Mapping[str, Any]
) -> Wanted:
    """End the current version: the document is deleted, its history stays."""
    seq = ledger.note(
        "document.deleted",
        collection=state.collection,
        document_id=state.id,
        subject=str(state.version_id),
        details={"source_id": state.source_id, **details},
    )
    moment = max(ledger.now if time is None else time, state.floor)
    done.rows["close"].append(_closing(state, seq, moment))
    state.current = False
    return Wanted(state.id, None, seq, moment)


def _closing(state: State, seq: Seq, time: Micros) -> dict[str, Any]:
    return {"version": state.version_id, "seq": seq, "moment": time}


def _span_rows(version_id: VersionId, entry: Prepared) -> list[dict[str, Any]]:
    return [
        {
            "version_id": version_id,
            "ordinal": ordinal,
            "start": span.start,
            "end": span.end,
            "heading": list(span.heading),
            "text_hash": text_hash,
        }
        for ordinal, (span, text_hash) in enumerate(
            zip(entry.draft.spans, entry.span_hashes, strict=True)
        )
    ]


def _texts_before(
    ledger: Ledger, version_ids: Sequence[VersionId]
) -> dict[VersionId, tuple[str, Sections]]:
    """Load what is about to be replaced, for the change summary."""
    found: dict[VersionId, tuple[str, Sections]] = {}
    for version_id in version_ids:
        text = ledger.connection.execute(
            select(versions.c.text).where(versions.c.id == version_id)
        ).scalar_one()
        rows = ledger.connection.execute(
            select(spans).where(spans.c.version_id == version_id).order_by(spans.c.ordinal)
        )
        found[version_id] = text, sections(text, [(r.start, r.end, tuple(r.heading)) for r in rows])
    return found


def _write(ledger: Ledger, done: Round) -> None:
    connection, rows = ledger.connection, done.rows
    if rows["close"]:
        connection.execute(
            update(versions)
            .where(versions.c.id == bindparam("version"))
            .values(valid_to=bindparam("seq"), time_to=bindparam("moment")),
            rows["close"],
        )
    if rows["closed_attributes"]:
        connection.execute(
            update(attributes)
            .where(attributes.c.document_id == bindparam("document"))
            .where(attributes.c.valid_to == FOREVER)
            .values(valid_to=bindparam("seq"), time_to=bindparam("moment")),
            rows["closed_attributes"],
        )
    for table in (documents, attributes, versions, spans):
        bulk_insert(connection, table, rows[table.name])
