"""What documents are: the machine's labels and people's, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from foundation.database.engine import Database
from foundation.database.schema import (
    chunks,
    decisions,
    documents,
    labels,
    versions,
)
from foundation.ids import FOREVER, DocumentId
from knowledge.classification.model import Facet, Label, Origin
from knowledge.classification.prototypes import Prototypes, combine
from knowledge.curation import LABELLED
from knowledge.passages import batches

_MOST_EXAMPLES: Final = 2_000
_MOST_PASSAGES: Final = 50

Vectors = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Answers the vectors that exist (float32 bytes), by the hashes of texts."""

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Embeds texts: unit vectors, float32 of shape (texts, dimensions)."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an embedding model knows: it makes labels surer where it knows the language.

    Attributes:
        languages: ISO 639-1 codes; None for no limit.
    """

    vectors: Vectors
    embed: Embed
    languages: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document with a label."""

    document_id: DocumentId
    source_id: str
    title: str
    label: Label


class Labelling:
    """Reads labels; people's go before the machine's and teach the prototypes."""

    def __init__(self, database: Database, meaning: Callable[[], Meaning]) -> None:
        self._database = database
        self._meaning = meaning
        self._described: Prototypes | None = None

    def labels(self, document_id: DocumentId) -> list[Label]:
        """Answer what a document is, with what the embedding model thinks of it."""
        with self._database.read() as connection:
            machine = machine_labels(connection, [document_id]).get(document_id, [])
            said = user_labels(connection).get(document_id, [])
            hashes = _hashes(connection, document_id)
            examples = _examples(connection)
        spoken = next((x.value for x in machine if x.facet == Facet.LANGUAGE), "")
        return combine(machine, self._by_meaning(hashes, examples, spoken), said)

    def having(self, facet: str, value: str | None = None, *, limit: int = 100) -> list[Labelled]:
        """List current documents with a label, the surest first; of their kinds, the likeliest."""
        with self._database.read() as connection:
            found = [
                labelled
                for labelled in _all_labelled(connection)
                if labelled.label.facet == facet and value in (None, labelled.label.value)
            ]
        found.sort(key=lambda each: (-each.label.confidence, each.source_id))
        return found[:limit]

    def _by_meaning(
        self,
        hashes: Sequence[str],
        examples: Mapping[str, Sequence[Sequence[str]]],
        language: str,
    ) -> Sequence[Label]:
        meaning = self._meaning()
        if meaning.languages is not None and language not in meaning.languages:
            return ()
        vector = _mean(meaning.vectors(hashes))
        if vector is None:
            return ()
        if self._described is None:
            self._described = Prototypes.from_descriptions(meaning.embed)
        taught = [
            (mean, kind)
            for kind, texts in examples.items()
            for text in texts
            if (mean := _mean(meaning.vectors(text))) is not None
        ]
        return self._described.refit(taught).classify(vector)


def machine_labels(
    connection: Connection, ids: Iterable[DocumentId] | None = None
) -> dict[DocumentId, list[Label]]:
    """Read what the features said of documents' current versions (of all, if None)."""
    query = (
        select(labels, versions.c.document_id)
        .join(versions, versions.c.id == labels.c.version_id)
        .where(versions.c.valid_to == FOREVER)
        .order_by(versions.c.document_id, labels.c.facet, labels.c.confidence.desc())
    )
    found: dict[DocumentId, list[Label]] = defaultdict(list)
    parts = (
        [query]
        if ids is None
        else [query.where(versions.c.document_id.in_(g)) for g in batches(sorted(ids))]
    )
    for part in parts:
        for row in connection.execute(part):
            found[row.document_id].append(Label(row.facet, row.value, row.confidence, row.origin))
    return found


def user_labels(connection: Connection) -> dict[DocumentId, list[Label]]:
    """Read what people said of documents."""
    found: dict[DocumentId, list[Label]] = defaultdict(list)
    for said in _said(connection):
        found[said.document_id].append(Label(said.facet, said.value, 1.0, Origin.USER))
    return found


def document_kinds(connection: Connection) -> dict[DocumentId, str]:
    """Answer the likeliest kind of each current document: people's word, else the features'."""
    found = {
        document: next((x.value for x in own if x.facet == Facet.KIND), "")
        for document, own in machine_labels(connection).items()
    }
    for document, own in user_labels(connection).items():
        for label in own:
            if label.facet == Facet.KIND:
                found[document] = label.value
    return found


def document_key(collection: str, source_id: str) -> str:
    """Name a document in a way that outlives re-ingestion."""
    return f"{collection}/{source_id}"


@dataclass(frozen=True, slots=True)
class _Said:
    """A person's label of a document that is known."""

    document_id: DocumentId
    facet: str
    value: str


def _said(connection: Connection) -> list[_Said]:
    """Join people's labels with the documents that they name."""
    query = select(decisions).where(decisions.c.kind == LABELLED, decisions.c.valid_to == FOREVER)
    rows = connection.execute(query.order_by(decisions.c.seq)).all()
    known: dict[str, DocumentId] = {}
    for group in batches(sorted({row.subject.partition("/")[2] for row in rows})):
        for row in connection.execute(select(documents).where(documents.c.source_id.in_(group))):
            known[document_key(row.collection, row.source_id)] = row.id
    return [
        _Said(known[row.subject], row.object, str(row.data["value"]))
        for row in rows
        if row.subject in known
    ]


def _examples(connection: Connection) -> dict[str, list[list[str]]]:
    """List the hashes of passages of documents whose kind people told, by kind."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    for said in _said(connection)[:_MOST_EXAMPLES]:
        if said.facet == Facet.KIND:
            found[said.value].append(_hashes(connection, said.document_id))
    return found


def _hashes(connection: Connection, document_id: DocumentId) -> list[str]:
    query = (
        select(chunks.c.text_hash)
        .where(chunks.c.document_id == document_id, chunks.c.valid_to == FOREVER)
        .order_by(chunks.c.id)
        .limit(_MOST_PASSAGES)
    )
    return list(connection.execute(query).scalars())


def _all_labelled(connection: Connection) -> list[Labelled]:
    machine, said = machine_labels(connection), user_labels(connection)
    query = (
        select(documents.c.id, documents.c.source_id, versions.c.title)
        .join(versions, versions.c.document_id == documents.c.id)
        .where(versions.c.valid_to == FOREVER)
    )
    return [
        Labelled(row.id, row.source_id, row.title, label)
        for row in connection.execute(query)
        for label in _told(combine(machine.get(row.id, []), (), said.get(row.id, [])))
    ]


def _told(labels: Sequence[Label]) -> list[Label]:
    """Keep one kind, the first."""
    kinds = [label for label in labels if label.facet == Facet.KIND]
    return [*kinds[:1], *(label for label in labels if label.facet != Facet.KIND)]


def _mean(vectors: Mapping[str, bytes]) -> NDArray[np.float32] | None:
    if not vectors:
        return None
    matrix = np.stack([np.frombuffer(vectors[key], "<f4") for key in sorted(vectors)])
    mean = matrix.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length, np.float32) if length else None
