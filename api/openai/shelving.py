"""Vector stores: made, looked at, changed, deleted. Each is a collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.limits import check_collection
from api.openai.attaching import remove
from api.openai.books import Asker, Books
from api.openai.errors import Refusal
from api.openai.paging import Page, Window, page
from foundation.errors import Forbidden
from ingest.uploads.model import Attachment, Status, Store
from ingest.uploads.stores import NewStore, new_store_id, no_store

COLLECTION_KEY: Final = "collection"
"""Where a store's metadata says which collection it is."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is in a store or a batch, by how far it is."""

    files: Mapping[str, int]
    bytes: int

    @property
    def waits(self) -> bool:
        """Tell whether something is still on its way."""
        return bool(self.files.get(Status.IN_PROGRESS))


class Shelving:
    """The vector stores. Who may not see one is answered as if it were not there."""

    def __init__(self, books: Books, notify: Callable[[], None]) -> None:
        """Take the parts.

        Args:
            notify: says that something has expired.
        """
        self._books = books
        self._notify = notify

    def add(self, asker: Asker, new: NewStore) -> Store:
        """Make a store: over the collection that its metadata names, else over a new one.

        Raises:
            Conflict: that collection has a store already, or the home is read only.
            Forbidden: the asker's rights would not reach a new collection.
            InvalidInput: the name is none.
        """
        asker.platform.require_ownership()
        store_id = new_store_id()
        named = (new.metadata or {}).get(COLLECTION_KEY)
        collection = _new_collection(asker, store_id) if named is None else named
        check_collection(collection)
        if not asker.access.sees_collection(collection):
            raise Forbidden(f"your rights do not reach to a collection {collection[:80]!r}")
        return self._books.stores.add(store_id, collection, new)

    def get(self, asker: Asker, store_id: str) -> Store:
        """Look a store up.

        Raises:
            NotFound: there is none, or it is not the asker's to see.
        """
        store = self._books.stores.get(store_id)
        if not asker.sees_store(store):
            raise no_store(store_id)
        overdue = store.is_over(self._books.clock()) and not store.expired
        if overdue or self._books.files.expired():
            self._notify()
        return store

    def usable(self, asker: Asker, store_id: str) -> Store:
        """Look a store up that is to be used.

        Raises:
            NotFound: there is none, or it is not the asker's to see.
            Refusal: its time has run out.
        """
        store = self.get(asker, store_id)
        if store.is_over(self._books.clock()):
            raise Refusal(f"the vector store {store_id} has expired: make another", code="expired")
        return store

    def page(self, asker: Asker, window: Window) -> Page[Store]:
        """List stores."""
        return page(
            window,
            find=lambda store_id: self.get(asker, store_id),
            read=lambda after, ascending, limit: self._books.stores.page(
                after=after, ascending=ascending, limit=limit
            ),
            visible=asker.sees_store,
        )

    def change(self, asker: Asker, store_id: str, values: Mapping[str, Any]) -> Store:
        """Set a store's name, metadata or end.

        Raises:
            NotFound, Refusal: as `usable`.
            Refusal: its metadata would name another collection than the one that it is.
            Conflict: the home is read only.
        """
        asker.platform.require_ownership()
        store = self.usable(asker, store_id)
        named = values.get("metadata", {}).get(COLLECTION_KEY, store.collection)
        if named != store.collection:
            raise Refusal(
                f"metadata.{COLLECTION_KEY}: the vector store {store_id} is the collection"
                f" {store.collection!r} and stays it: make another store for another collection",
                param="metadata",
            )
        return self._books.stores.change(store_id, **values)

    def delete(self, asker: Asker, store_id: str) -> None:
        """Delete a store and the documents that were put into it, as far as the asker sees them.

        Other documents of its collection stay, and so do the files.

        Raises:
            NotFound: there is none, or it is not the asker's to see.
            Conflict: the home is read only.
        """
        asker.platform.require_ownership()
        store = self.get(asker, store_id)
        for places in self._seen(asker, store_id, None, expired=True):
            gone = [each.file_id for each in places if each.document_id]
            remove(asker.base, store.collection, gone, asker.actor)
        self._books.stores.remove(store_id)
        self._books.files.sweep()

    def count(self, asker: Asker, store_id: str, batch_id: str | None = None) -> Counted:
        """Count what is in a store, or in a batch of it, as far as the asker sees it."""
        if asker.access.labels is None:
            return Counted(*self._books.contents.count(store_id, batch_id))
        files: Counter[str] = Counter()
        done = 0
        for places in self._seen(asker, store_id, batch_id):
            files.update(each.status.value for each in places)
            done += sum(each.bytes for each in places if each.status is Status.COMPLETED)
        return Counted(files, done)

    def _seen(
        self, asker: Asker, store_id: str, batch_id: str | None, *, expired: bool = False
    ) -> Iterator[Sequence[Attachment]]:
        sees = asker.sight()
        for places in self._books.contents.pages(store_id, batch_id, expired=expired):
            yield [each for each in places if sees(each)]


def _new_collection(asker: Asker, store_id: str) -> str:
    """Name a collection for a store where the asker's rights reach it.

    Raises:
        Forbidden: they name collections, and leave no room for others.
    """
    for name in asker.access.collections:
        if name.endswith("*"):
            return f"{name[:-1]}{store_id}"
    raise Forbidden(
        "your rights are for collections by their names: say which one the vector store is by"
        f' metadata={{"{COLLECTION_KEY}": NAME}}'
    )
