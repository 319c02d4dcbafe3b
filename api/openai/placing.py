"""Files in vector stores: put there, looked at, described, taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import structlog

from api.openai.attaching import Attaching, remove
from api.openai.attributes import checked, metadata_of
from api.openai.books import Asker, Books
from api.openai.errors import Refusal
from api.openai.paging import Page, Window, page
from foundation.errors import Conflict, Unavailable
from foundation.security.policy import labels_of
from ingest.uploads.contents import no_attachment, no_batch
from ingest.uploads.files import no_file
from ingest.uploads.model import Attachment, Batch, Status, Store, Wish

_log = structlog.get_logger(__name__)


class Placing:
    """The files in stores. Who may not see one is answered as if it were not there."""

    def __init__(self, books: Books, attaching: Attaching, notify: Callable[[], None]) -> None:
        """Take the parts.

        Args:
            notify: says that files wait.
        """
        self._books = books
        self._attaching = attaching
        self._notify = notify

    def put(self, asker: Asker, store: Store, wishes: Sequence[Wish]) -> None:
        """Put files into a store; they are taken in soon.

        Raises:
            NotFound: there is no such file.
            Refusal: an attribute beyond the limits, or beyond the asker's rights.
            Conflict: one is there already, cut otherwise; or the home is read only.
        """
        self._wish(asker, store, wishes, batched=False)

    def put_batch(self, asker: Asker, store: Store, wishes: Sequence[Wish]) -> Batch:
        """Put files into a store as a batch; raises as `put` does."""
        batch = self._wish(asker, store, wishes, batched=True)
        assert batch is not None  # noqa: S101 - it was asked for
        return batch

    def get(self, asker: Asker, store: Store, file_id: str) -> Attachment:
        """Look up a file in a store.

        Raises:
            NotFound: it is not there, or not the asker's to see.
        """
        found = self._books.contents.find(store.id, [file_id]).get(file_id)
        if found is None or not asker.sees(found):
            raise no_attachment(store.id, file_id)
        if found.status is Status.IN_PROGRESS:
            self._notify()
        return found

    def page(
        self,
        asker: Asker,
        store: Store,
        window: Window,
        *,
        batch_id: str | None = None,
        status: Status | None = None,
    ) -> Page[Attachment]:
        """List the files in a store, or in a batch of it."""
        return page(
            window,
            find=lambda file_id: self.get(asker, store, file_id),
            read=lambda after, ascending, limit: self._books.contents.page(
                store.id, batch_id=batch_id, status=status,
                after=after, ascending=ascending, limit=limit,
            ),
            visible=asker.sight(),
        )  # fmt: skip

    def describe(
        self, asker: Asker, store: Store, file_id: str, attributes: Mapping[str, Any]
    ) -> Attachment:
        """Give a file in a store other attributes; when this returns they are searched by.

        Raises:
            NotFound: it is not there, or not the asker's to see.
            Refusal: an attribute beyond the limits, or beyond the asker's rights.
            Conflict: the home is read only.
        """
        asker.platform.require_ownership()
        known = self.get(asker, store, file_id)
        self._check(asker, store, known.filename, attributes)
        self._books.attachments.describe(
            store.id, file_id, attributes, actor=asker.actor, rights=asker.access
        )
        try:
            self._attaching.take_in([self.get(asker, store, file_id)])
        except (Conflict, Unavailable) as error:
            _log.warning("attach.postponed", file_id=file_id, reason=str(error))
            self._notify()
        return self.get(asker, store, file_id)

    def text(self, asker: Asker, found: Attachment) -> str:
        """Answer what was read in a file; empty while it is on its way."""
        if found.document_id is None:
            return ""
        return asker.base.documents.show(found.document_id).text

    def take_out(self, asker: Asker, store: Store, file_id: str) -> None:
        """Take a file out of a store: its document is deleted, the file stays.

        Raises:
            NotFound: it is not there, or not the asker's to see.
            Conflict: the home is read only.
        """
        asker.platform.require_ownership()
        found = self.get(asker, store, file_id)
        if found.document_id:
            remove(asker.base, store.collection, [file_id], asker.actor)
        self._books.attachments.detach(store.id, [file_id])
        self._books.files.sweep()

    def batch(self, asker: Asker, store: Store, batch_id: str) -> Batch:
        """Look a batch up.

        Raises:
            NotFound: the store has none of this id, or the asker sees no file of it.
        """
        found = self._books.contents.batch(store.id, batch_id)
        sees = asker.sight()
        places = chain.from_iterable(self._books.contents.pages(store.id, batch_id))
        first = next(places, None)  # none at all: its files were taken out of the store
        if first is not None and not sees(first) and not any(map(sees, places)):
            raise no_batch(store.id, batch_id)
        return found

    def cancel(self, asker: Asker, store: Store, batch_id: str) -> Batch:
        """Take in no more of what the asker sees of a batch; what is in the store stays there.

        Raises:
            NotFound: the store has none of this id, or the asker sees no file of it.
            Conflict: the home is read only.
        """
        asker.platform.require_ownership()
        self.batch(asker, store, batch_id)
        sees = asker.sight()
        places = chain.from_iterable(self._books.contents.pages(store.id, batch_id))
        seen = [each.file_id for each in places if sees(each)]
        self._books.attachments.cancel(batch_id, seen)
        return self.batch(asker, store, batch_id)

    def _wish(
        self, asker: Asker, store: Store, wishes: Sequence[Wish], *, batched: bool
    ) -> Batch | None:
        asker.platform.require_ownership()
        ids = [wish.file_id for wish in wishes]
        files = self._books.files.find(ids)
        there = self._books.contents.find(store.id, ids)
        sees = asker.sight()
        for wish in wishes:
            file = files.get(wish.file_id)
            if file is None or not (asker.sees_everything or file.owner == asker.id):
                raise no_file(wish.file_id)
            if (known := there.get(wish.file_id)) and not sees(known):
                raise Refusal(f"the file {wish.file_id} can't be put into this vector store")
            self._check(asker, store, file.filename, wish.attributes)
        once = {wish.file_id: wish for wish in wishes}
        batch = self._books.attachments.attach(
            store.id, list(once.values()), actor=asker.actor, rights=asker.access, batched=batched
        )
        self._books.stores.touch(store)
        self._notify()
        return batch

    def _check(
        self, asker: Asker, store: Store, filename: str, attributes: Mapping[str, Any]
    ) -> None:
        checked(attributes, "attributes")
        if not asker.access.sees(store.collection, labels_of(metadata_of(filename, attributes))):
            raise Refusal(
                "attributes.access: a label that you do not hold", param="attributes", status=403
            )
