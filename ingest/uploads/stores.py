"""Vector stores: collections under ids of their own, with names and an end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from foundation.clock import Clock
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import attachments, file_batches, vector_stores
from foundation.errors import Conflict, NotFound
from foundation.ids import new_id
from ingest.uploads.listing import page_of
from ingest.uploads.model import Position, Store

_FRESH_MICROS: Final = 60_000_000
"""A store that was active so recently need not be written to again."""

_COLUMNS = [vector_stores.c[each.name] for each in fields(Store)]


@dataclass(frozen=True, slots=True)
class NewStore:
    """What is said about a store that is to be made."""

    name: str = ""
    description: str = ""
    metadata: Mapping[str, str] | None = None
    expires_after_days: int | None = None


def new_store_id() -> str:
    """Make an id for a store."""
    return f"vs_{new_id().replace('-', '')}"


class Stores:
    """All vector stores of a home."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, store_id: str, collection: str, new: NewStore) -> Store:
        """Make a store over a collection, which need not exist yet.

        Raises:
            Conflict: the collection has a store already.
        """
        now = self._clock()
        store = Store(
            store_id, collection, new.name, new.description, dict(new.metadata or {}), now, now,
            new.expires_after_days,
        )  # fmt: skip
        with self._database.write() as connection:
            query = select(vector_stores.c.id).where(vector_stores.c.collection == collection)
            if known := connection.execute(query).scalar_one_or_none():
                raise Conflict(
                    f"collection {collection[:80]!r} is the vector store {known}: use it"
                )
            row = {each.name: getattr(store, each.name) for each in fields(Store)}
            bulk_insert(connection, vector_stores, [row])
        return store

    def get(self, store_id: str) -> Store:
        """Look a store up.

        Raises:
            NotFound: there is none of this id.
        """
        query = select(*_COLUMNS).where(vector_stores.c.id == store_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise no_store(store_id)
        return Store(*row)

    def page(self, *, after: Position | None, ascending: bool, limit: int) -> Sequence[Store]:
        """List stores that follow a position."""
        table = vector_stores.c
        query = page_of(
            select(*_COLUMNS), table.created_at, table.id,
            after=after, ascending=ascending, limit=limit,
        )  # fmt: skip
        with self._database.read() as connection:
            return [Store(*row) for row in connection.execute(query)]

    def change(self, store_id: str, **values: Any) -> Store:
        """Set some of a store's fields; it counts as active now.

        Raises:
            NotFound: there is none of this id.
        """
        values["last_active_at"] = self._clock()
        statement = update(vector_stores).where(vector_stores.c.id == store_id).values(values)
        with self._database.write() as connection:
            changed = connection.execute(statement.returning(*_COLUMNS)).first()
        if changed is None:
            raise no_store(store_id)
        return Store(*changed)

    def touch(self, store: Store) -> None:
        """Note that a store is in use, to the minute: where its end depends on that."""
        if store.expires_after_days is None:
            return
        if self._clock() - store.last_active_at >= _FRESH_MICROS:
            self.change(store.id)

    def overdue(self) -> list[Store]:
        """List the stores whose time has run out and that were not marked as expired yet."""
        query = select(*_COLUMNS).where(
            vector_stores.c.expires_after_days.is_not(None), ~vector_stores.c.expired
        )
        now = self._clock()
        with self._database.read() as connection:
            found = [Store(*row) for row in connection.execute(query)]
        return [store for store in found if store.is_over(now)]

    def expire(self, store_id: str) -> None:
        """Empty a store whose time has run out, and mark it."""
        with self._database.write() as connection:
            _empty(connection, store_id)
            connection.execute(
                update(vector_stores).where(vector_stores.c.id == store_id).values(expired=True)
            )

    def remove(self, store_id: str) -> None:
        """Forget a store and what was put into it; documents are not touched."""
        with self._database.write() as connection:
            _empty(connection, store_id)
            connection.execute(delete(vector_stores).where(vector_stores.c.id == store_id))


def no_store(store_id: str) -> NotFound:
    """Say that there is no such store, or none that one may know of."""
    return NotFound(
        f"there is no vector store {store_id[:100]!r}: make it, or list those there are"
    )


def _empty(connection: Connection, store_id: str) -> None:
    for table in (attachments, file_batches):
        connection.execute(delete(table).where(table.c.store_id == store_id))
