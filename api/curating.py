"""Look after documents and duplicates from Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from api.listing import Listing
from api.platform import Platform
from api.views import frame, table
from foundation.clock import to_datetime
from foundation.errors import Conflict, InvalidInput, NotFound
from foundation.ids import FOREVER, DocumentId, Seq
from knowledge.history import unified_diff
from knowledge.log import NOW, read_changes
from knowledge.model import Change, Document, Result, Version, VersionInfo

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 20


class Documents:
    """Documents by id or by source id, with their whole history."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._library = platform.parts.library
        self._listing = Listing(platform)
        self._sage = platform.parts.knowledge

    def __iter__(self) -> Iterator[Document]:
        """Go through all current documents, a page at a time."""
        after = 0
        while page := self.list(after=after, limit=500):
            yield from page
            after = page[-1].number

    def __len__(self) -> int:
        """Count the current documents."""
        return self._listing.count()

    def __getitem__(self, reference: str) -> Document:
        """Look one up."""
        return self.get(reference)

    def find(self, reference: str, *, collection: str | None = None) -> DocumentId:
        """Find a document by its id or its source id."""
        return self._library.find(reference, collection=collection, known=self._platform.knows)

    def get(
        self, reference: str, *, as_of: str | int | None = None, collection: str | None = None
    ) -> Document:
        """Answer a document as it is, or as it was."""
        at = self._platform.moment(as_of)
        document = self.find(reference, collection=collection)
        self._require_seen(self._library.version(document, at=at) if at != NOW else None)
        return self._library.get(document, at=at)

    def list(
        self,
        *,
        collection: str | None = None,
        after: int = 0,
        limit: int = 100,
        deleted: bool = False,
    ) -> Sequence[Document]:
        """List a page of documents, in the order in which they came."""
        return self._listing.page(collection=collection, after=after, limit=limit, deleted=deleted)

    def history(self, reference: str, *, collection: str | None = None) -> Sequence[VersionInfo]:
        """List the versions, oldest first."""
        found = self._library.history(self.find(reference, collection=collection))
        return [version for version in found if self._is_seen(version)]

    def log(
        self,
        reference: str | None = None,
        *,
        collection: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> Sequence[Change]:
        """List lines of the change log after a seq, oldest first; a purged document's by its id."""
        self._platform.require_everything("the change log")
        document = None if reference is None else self._logged(reference, collection)
        with self._platform.parts.database.read() as connection:
            return read_changes(connection, after=after, limit=limit, document_id=document)

    def show(
        self,
        reference: str,
        *,
        version: int | None = None,
        as_of: str | int | None = None,
        collection: str | None = None,
    ) -> Version:
        """Answer one version with its text: the current, a numbered one, or that of a moment."""
        if version is not None and as_of is not None:
            raise InvalidInput("give a version or an as_of, not both")
        document = self.find(reference, collection=collection)
        found = self._library.version(document, version, at=self._platform.moment(as_of))
        self._require_seen(found)
        return found

    def diff(
        self,
        reference: str,
        old: int | None = None,
        new: int | None = None,
        *,
        collection: str | None = None,
    ) -> str:
        """Write the difference of two versions in unified form; by default of the last two."""
        document = self.find(reference, collection=collection)
        last = self._library.history(document)[-1].number
        new = last if new is None else new
        old = max(1, new - 1) if old is None else old
        before, after = (self.show(document, version=number) for number in (old, new))
        return unified_diff(
            before.text,
            after.text,
            old_name=f"version {old} ({_date(before)})",
            new_name=f"version {new} ({_date(after)})",
        )

    def rollback(
        self, reference: str, version: int, *, collection: str | None = None, actor: str = "user"
    ) -> Result:
        """Make an earlier version's content current again, as a new version."""
        self._platform.require_ownership()
        document = self.find(reference, collection=collection)
        return self._changed(self._sage.rollback(document, version, actor=actor))

    def delete(
        self,
        reference: str,
        *,
        collection: str | None = None,
        actor: str = "user",
        check: Callable[[], None] = lambda: None,
    ) -> Result:
        """Delete; the history stays, `restore` brings it back.

        `check` is called when nobody else can write any more; what it raises, ends this.
        """
        self._platform.require_ownership()
        document = self.find(reference, collection=collection)
        return self._changed(self._sage.delete(document, actor=actor, check=check))

    def restore(
        self, reference: str, *, collection: str | None = None, actor: str = "user"
    ) -> Result:
        """Bring a deleted document back."""
        self._platform.require_ownership()
        document = self.find(reference, collection=collection)
        return self._changed(self._sage.restore(document, actor=actor))

    def purge(
        self, reference: str, *, reason: str, collection: str | None = None, actor: str = "user"
    ) -> Seq:
        """Remove every byte of a document from every store; only an audit record stays.

        Returns:
            The seq of the audit record.

        Raises:
            Conflict: it is purged, but somebody reads the database, so that its old bytes can't
                be overwritten yet; `doctor(repair=True)` does it later.
        """
        self._platform.require_ownership()
        document = self.find(reference, collection=collection)
        try:
            seq = self._sage.purge(document, reason=reason, actor=actor)
        except Conflict:
            if self._is_known(document):
                raise
            self._platform.forget(self._platform.head())
            raise
        self._platform.forget(seq)
        return seq

    def to_frame(self, *, collection: str | None = None) -> pd.DataFrame:
        """Make a DataFrame of the current documents."""
        rows = (d for d in self if collection in (None, d.collection))
        return frame([_row(document) for document in rows])

    def _repr_html_(self) -> str:
        page = self.list(limit=_SHOWN)
        return table([_row(d) for d in page], caption=f"{len(self)} documents")

    def _is_seen(self, version: VersionInfo) -> bool:
        """Tell whether who asks may see a version: a past one by all labels since."""
        since = FOREVER if version.valid_to == FOREVER else version.valid_from
        return self._platform.knows(version.document_id, since)

    def _require_seen(self, version: VersionInfo | None) -> None:
        if version is not None and not self._is_seen(version):
            what = f"document {version.document_id} has no version {version.number}"
            raise NotFound(f"{what} that you may see")

    def _logged(self, reference: str, collection: str | None) -> str:
        try:
            return self.find(reference, collection=collection)
        except NotFound:
            with self._platform.parts.database.read() as connection:
                if not read_changes(connection, limit=1, document_id=reference):
                    raise
            return reference

    def _is_known(self, document: DocumentId) -> bool:
        try:
            self._library.get(document)
        except NotFound:
            return False
        return True

    def _changed(self, result: Result) -> Result:
        """Let the change be seen by this caller's next search."""
        self._platform.settle()
        return result


def _row(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "collection": document.collection,
        "source_id": document.source_id,
        "title": document.title,
        "version": document.version,
        "updated": to_datetime(document.updated_at),
        "language": document.language,
        "duplicate": not document.canonical,
    }


def _date(version: VersionInfo) -> str:
    until = "" if version.time_to == FOREVER else f" to {to_datetime(version.time_to):%Y-%m-%d}"
    return f"{to_datetime(version.time_from):%Y-%m-%d}{until}"
