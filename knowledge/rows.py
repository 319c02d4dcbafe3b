"""The rows that a round of new content adds and ends: gathered first, written at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, bindparam, update

from foundation.clock import Micros
from foundation.database.bulk import bulk_insert
from foundation.database.schema import attributes, documents, labels, spans, versions
from foundation.ids import FOREVER, Seq, VersionId
from knowledge.prepare import Prepared
from knowledge.states import State, description

Row = dict[str, Any]

LONGEST_LABEL: Final = 200
"""Characters of a label's value; of a longer topic the beginning is kept."""


@dataclass(slots=True)
class Rows:
    """Rows by what happens to them; within one of them no document stands twice."""

    documents: list[Row] = field(default_factory=list)
    attributes: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    spans: list[Row] = field(default_factory=list)
    labels: list[Row] = field(default_factory=list)
    ended_versions: list[Row] = field(default_factory=list)
    ended_attributes: list[Row] = field(default_factory=list)

    def add_document(self, state: State, now: Micros) -> None:
        """Add a document that was never seen before."""
        self.documents.append(
            {
                "id": state.id,
                "number": state.number,
                "collection": state.collection,
                "source_id": state.source_id,
                "created_at": now,
            }
        )

    def add_version(
        self,
        state: State,
        entry: Prepared,
        *,
        version_id: VersionId,
        change: Mapping[str, Any],
        now: Micros,
        since: tuple[Seq, Micros],
    ) -> None:
        """Add the version after the state's newest, with its passages."""
        draft = entry.draft
        self.versions.append(
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
                "change": change,
                "recorded_at": now,
                **_open_since(since),
            }
        )
        self.spans.extend(_span_rows(version_id, entry))
        self.labels.extend(
            {"version_id": version_id, **asdict(label), "value": label.value[:LONGEST_LABEL]}
            for label in entry.labels
        )

    def end_version(self, state: State, until: tuple[Seq, Micros]) -> None:
        """End the version that holds."""
        self.ended_versions.append({"which": state.version_id, **_bound(until)})

    def describe(self, state: State, entry: Prepared, since: tuple[Seq, Micros]) -> None:
        """Set the attributes, ending those that held before."""
        if state.described:
            self.ended_attributes.append({"which": state.id, **_bound(since)})
        self.attributes.append(
            {"document_id": state.id, **description(entry.draft), **_open_since(since)}
        )

    def write(self, connection: Connection) -> None:
        """Write all of it, what ends before what begins."""
        for table, key, ended in (
            (versions, versions.c.id, self.ended_versions),
            (attributes, attributes.c.document_id, self.ended_attributes),
        ):
            if ended:
                statement = (
                    update(table)
                    .where(key == bindparam("which"), table.c.valid_to == FOREVER)
                    .values(valid_to=bindparam("seq"), time_to=bindparam("moment"))
                )
                connection.execute(statement, ended)
        for table, rows in (
            (documents, self.documents),
            (attributes, self.attributes),
            (versions, self.versions),
            (spans, self.spans),
            (labels, self.labels),
        ):
            bulk_insert(connection, table, rows)


def _open_since(since: tuple[Seq, Micros]) -> Row:
    seq, moment = since
    return {"valid_from": seq, "valid_to": FOREVER, "time_from": moment, "time_to": FOREVER}


def _bound(until: tuple[Seq, Micros]) -> Row:
    seq, moment = until
    return {"seq": seq, "moment": moment}


def _span_rows(version_id: VersionId, entry: Prepared) -> Iterable[Row]:
    for ordinal, (span, text_hash) in enumerate(
        zip(entry.draft.spans, entry.span_hashes, strict=True)
    ):
        yield {
            "version_id": version_id,
            "ordinal": ordinal,
            "start": span.start,
            "end": span.end,
            "heading": list(span.heading),
            "text_hash": text_hash,
        }
