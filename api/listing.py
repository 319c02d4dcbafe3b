"""Which documents and collections there are, for who may see everything and for who may not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import numpy as np

from api.platform import Platform
from foundation.errors import NotFound
from foundation.security.policy import Access, labels_of
from knowledge.model import Document

_BATCH: Final = 500


class Listing:
    """Lists and counts what somebody may see, as if nothing else existed."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def page(
        self, *, collection: str | None, after: int, limit: int, deleted: bool
    ) -> Sequence[Document]:
        """List documents in the order in which they came; none of a collection that is not there.

        Args:
            collection: only of this one; None: of all.
            after: the number of the last document of the page before.
            limit: at most so many.
            deleted: the deleted ones instead of the current ones.
        """
        access, library = self._platform.access, self._platform.parts.library
        if access == Access.everything:
            return library.list(collection=collection, after=after, limit=limit, deleted=deleted)
        pages = self._deleted(collection, after) if deleted else self._current(collection, after)
        # By the labels of the same moment as all else that is shown: the mask may be older.
        seen = (d for d in pages if access.sees(d.collection, labels_of(d.metadata)))
        return list(islice(seen, limit))

    def count(self) -> int:
        """Count the current documents."""
        if self._platform.access == Access.everything:
            return self._platform.parts.library.statistics()["documents"]
        return sum(self._counts().values())

    def collections(self) -> Mapping[str, int]:
        """Count the current documents of each collection, by name, in alphabetical order.

        Who may not see everything is told of those alone in which they see a document.
        """
        counts = self._counts()
        if self._platform.access == Access.everything:
            counts = dict.fromkeys(self._platform.parts.reader.collections(), 0) | counts
        return dict(sorted(counts.items()))

    def _counts(self) -> dict[str, int]:
        return self._platform.parts.attributes.counts(self._platform.access)

    def _current(self, collection: str | None, after: int) -> Iterator[Document]:
        """Go through what the mask of the asker's rights lets pass, a batch at a time."""
        parts, access = self._platform.parts, self._platform.access
        names = None if collection is None else [collection]
        try:
            mask = parts.attributes.mask(None, names, access=access)
        except NotFound:
            return
        numbers = np.flatnonzero(mask) if mask is not None else np.empty(0, np.int64)
        numbers = numbers[numbers > after]
        for start in range(0, len(numbers), _BATCH):
            batch: list[int] = numbers[start : start + _BATCH].tolist()
            yield from parts.library.list(collection=collection, limit=_BATCH, numbers=batch)

    def _deleted(self, collection: str | None, after: int) -> Iterator[Document]:
        """Go through all that was deleted: no mask knows it."""
        listed = self._platform.parts.library.list
        while page := listed(collection=collection, after=after, limit=_BATCH, deleted=True):
            yield from page
            after = page[-1].number
