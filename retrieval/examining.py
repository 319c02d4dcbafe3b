"""Examine the truth itself: is it whole, and does it agree with itself?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, delete, func, select, update

from foundation.database.engine import Database
from foundation.database.schema import (
    attributes,
    chunks,
    documents,
    memberships,
    positions,
    spans,
    vectors,
    versions,
)
from foundation.ids import FOREVER
from knowledge.passages import batches
from knowledge.prepare import version_hash
from knowledge.vectors import POSITION_PREFIX

_NAMED = 5
_TEXTS = 100
"""Texts in memory at once."""


def some(what: str, items: Sequence[object]) -> str:
    """Count what is wrong and name the first few; empty where nothing is."""
    if not items:
        return ""
    more = " …" if len(items) > _NAMED else ""
    return f"{len(items)} {what}: {', '.join(map(str, items[:_NAMED]))}{more}"


def wrong_versions(database: Database) -> str:
    """Hash every version's content anew."""
    wrong: list[str] = []
    with database.read() as connection:
        ids = list(connection.execute(select(versions.c.id)).scalars())
    columns = (versions.c.id, versions.c.title, versions.c.text, versions.c.sha256)
    for group in batches(ids, _TEXTS):
        query = select(*columns).where(versions.c.id.in_(group))
        with database.read() as connection:
            wrong.extend(
                row.id
                for row in connection.execute(query)
                if version_hash(row.title, row.text) != row.sha256
            )
    return some("versions whose text does not match its hash", wrong)


def wrong_chunks(database: Database) -> str:
    """Compare each document's searchable chunks with the spans of its current version."""
    merged = select(memberships.c.document_id).where(
        memberships.c.valid_to == FOREVER, memberships.c.canonical.is_(False)
    )
    wanted = (
        select(versions.c.document_id, spans.c.text_hash)
        .join(spans, spans.c.version_id == versions.c.id)
        .where(versions.c.valid_to == FOREVER, versions.c.document_id.not_in(merged))
    )
    live = select(chunks.c.document_id, chunks.c.text_hash).where(chunks.c.valid_to == FOREVER)
    with database.read() as connection:
        want, have = _by_document(connection, wanted), _by_document(connection, live)
    wrong = sorted(d for d in want.keys() | have.keys() if want.get(d) != have.get(d))
    return some("documents whose chunks are not those of their version", wrong)


def _by_document(connection: Connection, query: Select[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for document, text_hash in connection.execute(query):
        found.setdefault(document, []).append(text_hash)
    return {document: sorted(hashes) for document, hashes in found.items()}


def orphans(database: Database) -> str:
    """Count rows that hang in the air."""
    checks = {
        "documents without a version": select(func.count())
        .select_from(documents.outerjoin(versions))
        .where(versions.c.id.is_(None)),
        "documents without attributes": select(func.count())
        .select_from(documents.outerjoin(attributes))
        .where(attributes.c.document_id.is_(None)),
        "spans without a version": select(func.count())
        .select_from(spans.outerjoin(versions))
        .where(versions.c.id.is_(None)),
        "chunks without a document": select(func.count())
        .select_from(chunks.outerjoin(documents))
        .where(documents.c.id.is_(None)),
    }
    with database.read() as connection:
        counts = {name: connection.execute(query).scalar_one() for name, query in checks.items()}
    return "; ".join(f"{count} {name}" for name, count in counts.items() if count)


def wrong_vectors(database: Database) -> str:
    """Look for vectors that nothing needs, are torn, or are missing although they were written."""
    no_passage = vectors.c.text_hash.not_in(select(chunks.c.text_hash))
    size = func.length(vectors.c.vector)
    sizes = select(vectors.c.model, func.count(size.distinct()).label("lengths")).group_by(
        vectors.c.model
    )
    with database.read() as connection:
        lost = connection.execute(select(func.count()).where(no_passage)).scalar_one()
        torn = [row.model for row in connection.execute(sizes) if row.lengths > 1]
        missing = sum(_missing_vectors(connection).values())
    found = {"vectors without a passage": lost, "passages without a vector": missing}
    problems = [f"{count} {name}" for name, count in found.items() if count]
    return "; ".join([*problems, some("models whose vectors differ in length", torn)]).strip("; ")


def _missing_vectors(connection: Connection) -> dict[str, int]:
    """Count current passages that an embedder passed and has no vector of, by its position."""
    found: dict[str, int] = {}
    for row in connection.execute(
        select(positions).where(positions.c.name.startswith(POSITION_PREFIX, autoescape=True))
    ).all():
        model = row.name.removeprefix(POSITION_PREFIX)
        have = select(vectors.c.text_hash).where(vectors.c.model == model)
        query = select(func.count()).where(
            chunks.c.valid_to == FOREVER,
            chunks.c.valid_from <= row.seq,
            chunks.c.text_hash.not_in(have),
        )
        if count := connection.execute(query.select_from(chunks)).scalar_one():
            found[row.name] = count
    return found


def mend_vectors(database: Database) -> None:
    """Drop vectors that nothing needs or that are torn, and have what is missing embedded again."""
    size = func.length(vectors.c.vector)
    with database.write() as connection:
        connection.execute(
            delete(vectors).where(vectors.c.text_hash.not_in(select(chunks.c.text_hash)))
        )
        count = func.count()
        sizes = select(vectors.c.model, size, count).group_by(vectors.c.model, size)
        usual = {
            model: length for model, length, _ in connection.execute(sizes.order_by(count)).all()
        }
        for model, length in usual.items():
            torn = delete(vectors).where(vectors.c.model == model, size != length)
            connection.execute(torn)
        behind = list(_missing_vectors(connection))
        connection.execute(update(positions).where(positions.c.name.in_(behind)).values(seq=0))
