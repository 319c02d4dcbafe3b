"""What the truth knows about documents when new content for them arrives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, func, select

from foundation.database.schema import attributes, documents, versions
from foundation.database.values import dump_json
from foundation.ids import FOREVER, DocumentId, VersionId
from knowledge.model import Draft
from knowledge.passages import batches

DESCRIBED = ("uri", "media_type", "language", "metadata")
"""The attributes of a document beside its content."""


@dataclass(slots=True)
class State:
    """A document as it stands within one transaction: it moves with each commit.

    `version_id` is the newest version, `current` tells whether it still holds (a deleted
    document's does not). `floor` is when its content last changed, `described_floor` when what is
    said about it did: what comes next is not dated before them, so that histories stay in order.
    """

    id: DocumentId
    number: int
    collection: str
    source_id: str
    version_id: VersionId | None = None
    version: int = 0
    sha256: str = ""
    floor: int = 0
    current: bool = False
    described: Mapping[str, Any] = field(default_factory=dict)
    described_floor: int = 0

    def same_description(self, draft: Draft) -> bool:
        """Tell whether the draft says the same about the document as is known."""
        said = description(draft)
        return self.described == said or self.described == json.loads(dump_json(said))


def description(draft: Draft) -> dict[str, Any]:
    """Take a draft's attributes."""
    return {
        "uri": draft.uri,
        "media_type": draft.media_type,
        "language": draft.language,
        "metadata": dict(draft.metadata),
    }


def load_by_source(
    connection: Connection, collection: str, source_ids: Iterable[str]
) -> dict[str, State]:
    """Load the documents that sources name; unknown ones are absent from the answer."""
    states: dict[str, State] = {}
    for group in batches(list(dict.fromkeys(source_ids))):
        query = select(documents).where(
            documents.c.collection == collection, documents.c.source_id.in_(group)
        )
        states |= {row.source_id: _state(row) for row in connection.execute(query)}
    _fill(connection, {state.id: state for state in states.values()})
    return states


def load_by_id(connection: Connection, ids: Sequence[DocumentId]) -> dict[DocumentId, State]:
    """Load documents by id; unknown ones are absent from the answer."""
    states: dict[DocumentId, State] = {}
    for group in batches(ids):
        query = select(documents).where(documents.c.id.in_(group))
        states |= {row.id: _state(row) for row in connection.execute(query)}
    _fill(connection, states)
    return states


def current_uris(
    connection: Connection, collection: str, source_ids: Sequence[str]
) -> dict[str, str]:
    """Load the URIs of documents that are not deleted; others are absent from the answer."""
    query = (
        select(documents.c.source_id, attributes.c.uri)
        .join(attributes, attributes.c.document_id == documents.c.id)
        .join(versions, versions.c.document_id == documents.c.id)
        .where(documents.c.collection == collection)
        .where(attributes.c.valid_to == FOREVER, versions.c.valid_to == FOREVER)
    )
    return {
        row.source_id: row.uri
        for group in batches(source_ids)
        for row in connection.execute(query.where(documents.c.source_id.in_(group)))
    }


def _state(row: Any) -> State:  # noqa: ANN401 - a row of documents
    return State(id=row.id, number=row.number, collection=row.collection, source_id=row.source_id)


def _fill(connection: Connection, states: Mapping[DocumentId, State]) -> None:
    for group in batches(list(states)):
        for row in connection.execute(_newest_versions(group)):
            state = states[row.document_id]
            state.version_id, state.version = row.id, row.number
            state.sha256, state.current = row.sha256, row.valid_to == FOREVER
            state.floor = row.time_from if state.current else row.time_to
        query = select(attributes).where(
            attributes.c.document_id.in_(group), attributes.c.valid_to == FOREVER
        )
        for row in connection.execute(query):
            state = states[row.document_id]
            state.described = {name: getattr(row, name) for name in DESCRIBED}
            state.described_floor = row.time_from


def _newest_versions(group: Sequence[DocumentId]) -> Any:  # noqa: ANN401 - a select of these columns
    newest = (
        select(versions.c.document_id, func.max(versions.c.number).label("number"))
        .where(versions.c.document_id.in_(group))
        .group_by(versions.c.document_id)
        .subquery()
    )
    return select(
        versions.c.document_id,
        versions.c.id,
        versions.c.number,
        versions.c.sha256,
        versions.c.time_from,
        versions.c.time_to,
        versions.c.valid_to,
    ).join(
        newest,
        and_(
            versions.c.document_id == newest.c.document_id,
            versions.c.number == newest.c.number,
        ),
    )
