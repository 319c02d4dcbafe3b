"""Vectors of queries that were embedded before: embedding is half the cost of a search."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from retrieval.model import Vector

_ENTRIES: Final = 2_000


class QueryVectors:
    """Remembers the newest vectors by model and text, and hands out the very same arrays.

    A vector depends on nothing but these two: it is right for ever.
    """

    def __init__(self, entries: int = _ENTRIES) -> None:
        self._most = entries
        self._lock = threading.Lock()
        self._vectors: OrderedDict[tuple[str, str], Vector] = OrderedDict()

    def get(self, model: str, text: str, embed: Callable[[str], Vector]) -> Vector:
        """Answer the vector of a text, embedding it if need be; shape (dimension,), read-only."""
        key = model, text
        with self._lock:
            known = self._vectors.get(key)
            if known is not None:
                self._vectors.move_to_end(key)
                return known
        vector = embed(text)
        vector.flags.writeable = False
        with self._lock:
            self._vectors[key] = vector
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)
        return vector
