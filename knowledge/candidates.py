"""Find which current documents are alike: equal texts first, then shared bands, verified.

A text that many documents have is compared once. The first document with it is its *hub*: the hub
alone has a signature, bands and near likenesses; its twins are tied to it by one exact likeness
each. So a thousand copies cost a thousand rows, not a million. A hub that changes or goes hands
all of it over to one of its twins.

Documents are compared within a *realm*: a collection, and in it what has the same labels for
access. So nobody learns from a merger what stands in a document that they may not see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from foundation.database.bulk import bulk_insert
from foundation.database.schema import (
    attributes,
    bands,
    documents,
    likenesses,
    signatures,
    versions,
)
from foundation.ids import FOREVER, DocumentId
from foundation.security.policy import labels_of
from knowledge.grouping import Pair, pair
from knowledge.likeness import Fingerprint, Likeness, LikenessKind, Thresholds, compare
from knowledge.passages import batches
from knowledge.prepare import Prepared
from knowledge.signatures import PERMUTATIONS, SCHEME, band_keys

CANDIDATES = 256
"""With how many documents, the most alike by their signatures, a new one is truly compared."""

_MARGIN = 0.2
"""How far below the review threshold an estimate may lie and still be verified."""

_TEXTS = 100
"""Texts of candidates in memory at once."""

_EXACT = Likeness(LikenessKind.EXACT, 1.0, 1.0)

Signed = Mapping[DocumentId, Prepared]
Labels = frozenset[str]
Candidates = dict[DocumentId, list[DocumentId]]


def record(connection: Connection, collection: str, signed: Signed, thresholds: Thresholds) -> None:
    """Store the signatures of new content, and its verified likenesses to all that is current.

    Args:
        connection: in a transaction in which the new versions are written and `forget` was called
            for these documents.
        collection: likenesses are only looked for within it, and there within the same labels.
        signed: the documents with new content.
        thresholds: which likenesses are worth storing.
    """
    hubs = _hubs(connection, collection, signed)
    fresh: dict[DocumentId, Prepared] = {}
    alike: dict[Pair, Likeness] = {}
    for document, prepared in signed.items():
        hub = hubs.setdefault((prepared.normalised_sha256, _labels(prepared)), document)
        if hub == document:
            fresh[document] = prepared
        else:
            alike[pair(hub, document)] = _EXACT
    _insert_signatures(connection, collection, fresh)
    chosen = _candidates(connection, collection, fresh, thresholds)
    known = _fingerprints(connection, fresh, chosen)
    for documents_ in {pair(one, other) for one, others in chosen.items() for other in others}:
        likeness = compare(*(known[document] for document in documents_))
        if likeness and thresholds.keeps(likeness):
            alike[documents_] = likeness
    bulk_insert(connection, likenesses, [_row(p, likeness) for p, likeness in alike.items()])


def _row(documents_: Pair, likeness: Likeness) -> dict[str, Any]:
    first, second = documents_
    return {
        "first_id": first,
        "second_id": second,
        "kind": likeness.kind.value,
        "similarity": likeness.similarity,
        "containment": likeness.containment,
    }


def _labels(prepared: Prepared) -> Labels:
    return labels_of(prepared.draft.metadata)


def _hubs(
    connection: Connection, collection: str, signed: Signed
) -> dict[tuple[str, Labels], DocumentId]:
    """Find the hubs that texts have already, by the hash of the normalised text, and labels."""
    found: dict[tuple[str, Labels], DocumentId] = {}
    for group in batches(sorted({p.normalised_sha256 for p in signed.values()})):
        query = (
            select(versions.c.normalised_sha256, versions.c.document_id, attributes.c.metadata)
            .join(documents, documents.c.id == versions.c.document_id)
            .join(attributes, attributes.c.document_id == versions.c.document_id)
            .join(signatures, signatures.c.document_id == versions.c.document_id)
            .where(
                versions.c.normalised_sha256.in_(group),
                versions.c.valid_to == FOREVER,
                attributes.c.valid_to == FOREVER,
                documents.c.collection == collection,
            )
        )
        for row in connection.execute(query):
            found[row.normalised_sha256, labels_of(row.metadata)] = row.document_id
    return found


def _insert_signatures(connection: Connection, collection: str, signed: Signed) -> None:
    rows = [
        {
            "document_id": document,
            "scheme": prepared.signature.scheme,
            "shingles": prepared.signature.shingles,
            "signature": prepared.signature.to_bytes(),
        }
        for document, prepared in signed.items()
    ]
    bulk_insert(connection, signatures, rows)
    filed = [
        {"band": key, "document_id": document}
        for document, prepared in signed.items()
        for key in _scoped_bands(collection, prepared)
    ]
    bulk_insert(connection, bands, filed)


def _scoped_bands(collection: str, prepared: Prepared) -> list[int]:
    """Mix the realm into the keys: duplicates are looked for within it alone."""
    realm = "\0".join([collection, *sorted(_labels(prepared))])
    salt = np.uint64(xxhash.xxh64_intdigest(realm.encode()))
    keys = np.asarray(band_keys(prepared.signature), dtype=np.int64).view(np.uint64) ^ salt
    return [int(key) for key in np.unique(keys.view(np.int64))]


def _candidates(
    connection: Connection, collection: str, signed: Signed, thresholds: Thresholds
) -> Candidates:
    """Take who shares a band and looks alike by the signatures, the most alike first."""
    keys = {d: _scoped_bands(collection, p) for d, p in signed.items()}
    filed: dict[int, list[DocumentId]] = defaultdict(list)
    for group in batches(sorted({key for own in keys.values() for key in own}), 5_000):
        query = select(bands.c.band, bands.c.document_id).where(bands.c.band.in_(group))
        for row in connection.execute(query):
            filed[row.band].append(row.document_id)
    met = {d: set[DocumentId]().union(*(filed[key] for key in own)) for d, own in keys.items()}
    stored = _stored_signatures(connection, sorted(set[DocumentId]().union(*met.values())))
    floor = thresholds.review - _MARGIN
    chosen: Candidates = {}
    for document, others in met.items():
        known = sorted(other for other in others if other != document and other in stored)
        if known:
            mine = signed[document].signature.values
            shares = (np.stack([stored[other] for other in known]) == mine).mean(axis=1)
            best = np.argsort(-shares, kind="stable")[:CANDIDATES]
            chosen[document] = [known[i] for i in best if shares[i] >= floor]
    return {document: others for document, others in chosen.items() if others}


def _stored_signatures(
    connection: Connection, ids: Sequence[DocumentId]
) -> dict[DocumentId, NDArray[np.uint32]]:
    """Load the values of signatures of this program's scheme, each of shape (128,)."""
    found: dict[DocumentId, NDArray[np.uint32]] = {}
    columns = (signatures.c.document_id, signatures.c.signature)
    for group in batches(ids):
        query = select(*columns).where(
            signatures.c.document_id.in_(group), signatures.c.scheme == SCHEME
        )
        for row in connection.execute(query):
            if len(row.signature) == 4 * PERMUTATIONS:
                found[row.document_id] = np.frombuffer(row.signature, "<u4")
    return found


def _fingerprints(
    connection: Connection, signed: Signed, chosen: Candidates
) -> dict[DocumentId, Fingerprint]:
    """Prepare all texts that are to be compared, each once."""
    wanted = set(chosen).union(*chosen.values())
    known = {d: Fingerprint.of(signed[d].draft.text) for d in wanted & signed.keys()}
    for group in batches(sorted(wanted - known.keys()), _TEXTS):
        query = select(versions.c.document_id, versions.c.text).where(
            versions.c.document_id.in_(group), versions.c.valid_to == FOREVER
        )
        known |= {row.document_id: Fingerprint.of(row.text) for row in connection.execute(query)}
    return known
