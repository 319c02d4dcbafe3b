"""Which documents a search may see: filters and collections, now or at any moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foundation.ids import Seq
from knowledge.log import NOW, AsOf
from knowledge.reading import Reader
from retrieval.filters import Filter, parse_filter
from retrieval.indexes.columns import Columns

_KEPT_MOMENTS = 4


class Attributes:
    """Documents' fields in columns, brought up to date with the log whenever they are asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._columns = Columns()
        self._seq = Seq(0)
        self._past: OrderedDict[tuple[AsOf, Seq], Columns] = OrderedDict()

    def mask(
        self, condition: Filter | None, collections: Sequence[str] | None, at: AsOf = NOW
    ) -> NDArray[np.bool_] | None:
        """Answer which document numbers pass; None where all do.

        Raises:
            InvalidInput: the filter names a field that no document has.
            NotFound: there is no such collection.
        """
        if condition is None and collections is None:
            return None
        columns = self._current() if at == NOW else self._at(at)
        return columns.mask(condition, collections)

    def speaking(self, languages: frozenset[str]) -> NDArray[np.bool_] | None:
        """Answer which documents are in one of these languages, or in none that is known."""
        return self.mask(parse_filter({"language": {"$in": ["", *sorted(languages)]}}), None)

    def _current(self) -> Columns:
        with self._lock:
            head = self._reader.head()
            if head != self._seq:
                rows = (
                    self._reader.changed_attribute_rows(self._seq)
                    if self._seq
                    else self._reader.attribute_rows()
                )
                self._columns.update(rows)
                self._seq = head
            return self._columns

    def _at(self, at: AsOf) -> Columns:
        with self._lock:
            key = at, self._reader.head()
            if key not in self._past:
                columns = Columns()
                columns.update(self._reader.attribute_rows(at))
                self._past[key] = columns
                while len(self._past) > _KEPT_MOMENTS:
                    self._past.popitem(last=False)
            self._past.move_to_end(key)
            return self._past[key]
