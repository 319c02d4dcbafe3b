"""Find which current documents are alike: equal hashes first, then shared bands, verified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import xxhash
from sqlalchemy import Connection, delete, or_, select

from foundation.database.bulk import bulk_insert
from foundation.database.schema import bands, documents, likenesses, signatures, verdicts, versions
from foundation.ids import FOREVER, DocumentId
from knowledge.grouping import Pair, pair
from knowledge.likeness import Fingerprint, Likeness, LikenessKind, Thresholds, compare
from knowledge.passages import batches
from knowledge.prepare import Prepared
from knowledge.signatures import SCHEME, Signature, band_keys

CANDIDATES = 256
"""With how many documents, the most alike by their signatures, a new one is truly compared."""

_MARGIN = 0.2
"""How far below the review threshold an estimate may lie and still be verified."""

Signed = Mapping[DocumentId, Prepared]
Candidates = dict[DocumentId, list[DocumentId]]


def forget(connection: Connection, ids: Sequence[DocumentId]) -> set[DocumentId]:
    """Drop what was known of documents' old versions; answer who had been linked to them."""
    linked: set[DocumentId] = set()
    for group in batches(ids):
        linked |= neighbours(connection, group)
        for column in (
            bands.c.document_id,
            signatures.c.document_id,
            likenesses.c.first_id,
            likenesses.c.second_id,
        ):
            connection.execute(delete(column.table).where(column.in_(group)))
    return linked


def neighbours(connection: Connection, ids: Sequence[DocumentId]) -> set[DocumentId]:
    """Answer who is linked to any of these documents, by likeness or by a verdict."""
    found: set[DocumentId] = set()
    for table in (likenesses, verdicts):
        query = select(table.c.first_id, table.c.second_id).where(
            or_(table.c.first_id.in_(ids), table.c.second_id.in_(ids))
        )
        for row in connection.execute(query):
            found |= {row.first_id, row.second_id}
    return found


def record(connection: Connection, collection: str, signed: Signed, thresholds: Thresholds) -> None:
    """Store signatures of new content and its verified likenesses to all that is current."""
    _insert_signatures(connection, collection, signed)
    alike: dict[Pair, Likeness] = {
        pair(document, other): Likeness(LikenessKind.EXACT, 1.0, 1.0)
        for document, others in _twins(connection, collection, signed).items()
        for other in others[:CANDIDATES]
    }
    known = _Fingerprints(connection, signed)
    for document, others in _candidates(connection, collection, signed, thresholds).items():
        for other in others:
            documents_ = pair(document, other)
            if documents_ in alike:
                continue
            likeness = compare(known.of(document), known.of(other))
            if likeness and thresholds.keeps(likeness):
                alike[documents_] = likeness
    rows = [
        {
            "first_id": first,
            "second_id": second,
            "kind": likeness.kind.value,
            "similarity": likeness.similarity,
            "containment": likeness.containment,
        }
        for (first, second), likeness in alike.items()
    ]
    bulk_insert(connection, likenesses, rows)


class _Fingerprints:
    """Fingerprints of documents, worked out when asked for and kept for one batch."""

    def __init__(self, connection: Connection, signed: Signed) -> None:
        self._connection = connection
        self._signed = signed
        self._known: dict[DocumentId, Fingerprint] = {}

    def of(self, document: DocumentId) -> Fingerprint:
        if document not in self._known:
            self._known[document] = Fingerprint.of(self._text(document))
        return self._known[document]

    def _text(self, document: DocumentId) -> str:
        if document in self._signed:
            return self._signed[document].draft.text
        query = select(versions.c.text).where(
            versions.c.document_id == document, versions.c.valid_to == FOREVER
        )
        return str(self._connection.execute(query).scalar_one())


def _twins(connection: Connection, collection: str, signed: Signed) -> Candidates:
    """Find the current documents with the same normalised text, first come first."""
    by_hash: dict[str, list[DocumentId]] = defaultdict(list)
    for group in batches(sorted({p.normalised_sha256 for p in signed.values()})):
        query = (
            select(versions.c.document_id, versions.c.normalised_sha256)
            .join(documents, documents.c.id == versions.c.document_id)
            .where(
                versions.c.normalised_sha256.in_(group),
                versions.c.valid_to == FOREVER,
                documents.c.collection == collection,
            )
            .order_by(documents.c.number)
        )
        for row in connection.execute(query):
            by_hash[row.normalised_sha256].append(row.document_id)
    return {
        document: [other for other in by_hash[prepared.normalised_sha256] if other != document]
        for document, prepared in signed.items()
    }


def _candidates(
    connection: Connection, collection: str, signed: Signed, thresholds: Thresholds
) -> Candidates:
    """Take who shares a band and looks alike by the signatures, the most alike first."""
    owners: dict[int, list[DocumentId]] = defaultdict(list)
    for document, prepared in signed.items():
        for key in _scoped_bands(collection, prepared.signature):
            owners[key].append(document)
    met: dict[DocumentId, set[DocumentId]] = defaultdict(set)
    for group in batches(list(owners), 5_000):
        query = select(bands.c.band, bands.c.document_id).where(bands.c.band.in_(group))
        for row in connection.execute(query):
            for document in owners[row.band]:
                met[document].add(row.document_id)
    stored = _stored_signatures(connection, sorted(set().union(*met.values())) if met else [])
    floor = thresholds.review - _MARGIN
    chosen: Candidates = {}
    for document, others in met.items():
        mine = signed[document].signature
        ranked = sorted(
            (-mine.estimate(stored[other]), other) for other in others if other in stored
        )
        chosen[document] = [
            other for score, other in ranked if -score >= floor and other != document
        ][:CANDIDATES]
    return chosen


def _scoped_bands(collection: str, signature: Signature) -> list[int]:
    """Mix the collection into the keys: duplicates are looked for within it alone."""
    salt = np.uint64(xxhash.xxh64_intdigest(collection.encode()))
    keys = np.asarray(band_keys(signature), dtype=np.int64).view(np.uint64) ^ salt
    return [int(key) for key in np.unique(keys.view(np.int64))]


def _insert_signatures(connection: Connection, collection: str, signed: Signed) -> None:
    keys = {document: _scoped_bands(collection, p.signature) for document, p in signed.items()}
    bulk_insert(
        connection,
        signatures,
        [
            {
                "document_id": document,
                "scheme": prepared.signature.scheme,
                "shingles": prepared.signature.shingles,
                "signature": prepared.signature.to_bytes(),
            }
            for document, prepared in signed.items()
            if keys[document]
        ],
    )
    rows = [{"band": key, "document_id": document} for document in keys for key in keys[document]]
    bulk_insert(connection, bands, rows)


def _stored_signatures(
    connection: Connection, ids: Sequence[DocumentId]
) -> dict[DocumentId, Signature]:
    found: dict[DocumentId, Signature] = {}
    for group in batches(ids):
        query = select(signatures).where(
            signatures.c.document_id.in_(group), signatures.c.scheme == SCHEME
        )
        for row in connection.execute(query):
            found[row.document_id] = Signature.from_bytes(row.scheme, row.shingles, row.signature)
    return found
