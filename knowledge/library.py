"""Look documents and their versions up: now, or at any moment of the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from foundation.database.engine import Database
from foundation.database.schema import (
    attributes,
    chunks,
    collections,
    documents,
    memberships,
    vectors,
    versions,
)
from foundation.errors import InvalidInput, NotFound
from foundation.ids import FOREVER, DocumentId
from knowledge.groups import member_at
from knowledge.log import NOW, AnyRow, AsOf
from knowledge.model import Document, Version, VersionInfo

_others = versions.alias("others")
_NEWEST = versions.c.number == (
    select(func.max(_others.c.number))
    .where(_others.c.document_id == documents.c.id)
    .scalar_subquery()
)
"""Of a document's versions the newest, current or not."""

_NAMED = 20
_INFO = [versions.c[field.name] for field in fields(VersionInfo)]


class Library:
    """Read access to documents; answers are frozen and never go stale silently."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        reference: str,
        *,
        collection: str | None = None,
        known: Callable[[DocumentId], bool] = lambda _: True,
    ) -> DocumentId:
        """Find a document by its id, or by its source id where that is unique.

        Args:
            reference: the id or the source id.
            collection: only in this one.
            known: tells which documents there are for the asker.

        Raises:
            NotFound: neither names a document.
            InvalidInput: several collections have that source id.
        """
        columns = select(documents.c.id, documents.c.collection)
        named = select(collections.c.name)
        if collection is not None:
            columns = columns.where(documents.c.collection == collection)
            named = named.where(collections.c.name == collection)
        # The index begins with the collection: naming them all makes it fit.
        by_source = columns.where(
            documents.c.collection.in_(named), documents.c.source_id == reference
        )
        with self._database.read() as connection:
            rows = list(connection.execute(columns.where(documents.c.id == reference)))
            rows = rows or list(connection.execute(by_source))
        rows = [row for row in rows if known(row.id)][:_NAMED]
        if not rows:
            where = f" in collection {collection!r}" if collection is not None else ""
            raise NotFound(f"there is no document with id or source id {reference[:200]!r}{where}")
        if len(rows) > 1:
            names = ", ".join(sorted(row.collection for row in rows))
            raise InvalidInput(f"{reference!r} stands in several collections ({names}): name one")
        return DocumentId(rows[0].id)

    def get(self, document_id: DocumentId, *, at: AsOf = NOW) -> Document:
        """Answer a document as it is, deleted or not; or as it was.

        Raises:
            NotFound: there is none, or it did not exist then.
        """
        with self._database.read() as connection:
            query = _described(at).where(documents.c.id == document_id)
            query = query.where(_NEWEST if at == NOW else at.holds(versions))
            row = connection.execute(query.order_by(versions.c.number.desc()).limit(1)).first()
        if row is None:
            raise NotFound(f"there is no document {document_id}" + _when(at))
        found = _document(row)
        return found if at == NOW else replace(found, deleted=False)  # it had a version then

    def list(
        self,
        *,
        collection: str | None = None,
        after: int = 0,
        limit: int = 100,
        deleted: bool = False,
        numbers: Sequence[int] | None = None,
    ) -> Sequence[Document]:
        """List documents in the order in which they came.

        Args:
            collection: only of this one.
            after: the number of the last document of the page before.
            limit: at most so many.
            deleted: the deleted ones instead of the current ones.
            numbers: only of these, a thousand at the most; None: of all.
        """
        query = _described(NOW).where(documents.c.number > after)
        if deleted:
            query = query.where(_NEWEST, versions.c.valid_to < FOREVER)
        else:
            query = query.where(versions.c.valid_to == FOREVER)
        if collection is not None:
            query = query.where(documents.c.collection == collection)
        if numbers is not None:
            query = query.where(documents.c.number.in_(numbers))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(documents.c.number).limit(limit))
            return [_document(row) for row in rows]

    def history(self, document_id: DocumentId) -> Sequence[VersionInfo]:
        """List a document's versions, oldest first."""
        query = (
            select(*_INFO).where(versions.c.document_id == document_id).order_by(versions.c.number)
        )
        with self._database.read() as connection:
            found = [VersionInfo(**_mapping(row)) for row in connection.execute(query)]
        if not found:
            raise NotFound(f"there is no document {document_id}")
        return found

    def version(
        self, document_id: DocumentId, number: int | None = None, *, at: AsOf = NOW
    ) -> Version:
        """Answer one version with its text: by number, else the one that held at a moment.

        Raises:
            NotFound: the document has no such version, or did not exist then.
        """
        query = select(*_INFO, versions.c.text).where(versions.c.document_id == document_id)
        if number is None:
            query = query.where(at.holds(versions)).order_by(versions.c.number.desc())
        else:
            query = query.where(versions.c.number == number)
        with self._database.read() as connection:
            row = connection.execute(query.limit(1)).first()
        if row is None:
            what = f"has no version {number}" if number is not None else "had no content"
            raise NotFound(f"document {document_id} {what}" + _when(at))
        return Version(**_mapping(row))

    def statistics(self) -> dict[str, int]:
        """Count what the truth holds now."""
        with self._database.read() as connection:
            return {
                "collections": _count(connection, select(func.count()).select_from(collections)),
                "documents": _count(connection, _current(versions)),
                "versions": _count(connection, select(func.count()).select_from(versions)),
                "chunks": _count(connection, _current(chunks)),
                "vectors": _count(connection, select(func.count()).select_from(vectors)),
                "merged": _count(
                    connection, _current(memberships).where(memberships.c.canonical.is_(False))
                ),
            }


def _described(at: AsOf) -> Select[Any]:
    member = and_(memberships.c.document_id == documents.c.id, member_at(memberships, at))
    return (
        select(
            documents,
            attributes.c.uri,
            attributes.c.media_type,
            attributes.c.language,
            attributes.c.metadata,
            versions.c.title,
            versions.c.id.label("version_id"),
            versions.c.number.label("version"),
            versions.c.time_from,
            versions.c.valid_to,
            memberships.c.group_id,
            memberships.c.canonical,
        )
        .select_from(documents)
        .join(versions, versions.c.document_id == documents.c.id)
        .join(
            attributes,
            and_(attributes.c.document_id == documents.c.id, at.holds(attributes)),
        )
        .outerjoin(memberships, member)
    )


def _document(row: AnyRow) -> Document:
    return Document(
        id=row.id,
        number=row.number,
        collection=row.collection,
        source_id=row.source_id,
        uri=row.uri,
        title=row.title,
        media_type=row.media_type,
        language=row.language,
        metadata=row.metadata,
        version_id=row.version_id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.time_from,
        deleted=row.valid_to < FOREVER,
        group_id=row.group_id,
        canonical=row.canonical is not False,
    )


def _mapping(row: AnyRow) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _current(table: Any) -> Select[Any]:  # noqa: ANN401 - a table with valid_to
    return select(func.count()).select_from(table).where(table.c.valid_to == FOREVER)


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())


def _when(at: AsOf) -> str:
    return "" if at == NOW else " at that moment"
