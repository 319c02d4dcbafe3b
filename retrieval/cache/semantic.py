"""Answers for questions that are worded differently and mean the same: off unless asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import numpy as np

from retrieval.cache.guard import may_mean_the_same
from retrieval.model import Vector

_FAMILIES: Final = 200
_QUESTIONS: Final = 1_000


class _Family:
    """Questions that differ in their text alone, the newest in place of the oldest."""

    def __init__(self, dimension: int) -> None:
        self.vectors = np.zeros((0, dimension), np.float32)
        self.asked: list[tuple[str, str]] = []
        self._next = 0

    def add(self, vector: Vector, text: str, key: str) -> None:
        if len(self.asked) < _QUESTIONS:
            self.vectors = np.concatenate([self.vectors, vector[None]])
            self.asked.append((text, key))
        else:
            self.vectors[self._next], self.asked[self._next] = vector, (text, key)
            self._next = (self._next + 1) % _QUESTIONS


class SemanticIndex:
    """Finds the nearest question that was answered, if it is near enough and the guard agrees.

    Only requests of one family (the same options, permissions and configuration) are compared.
    """

    def __init__(
        self,
        embed: Callable[[str], Vector],
        *,
        threshold: float,
        guard: Callable[[str, str], bool] = may_mean_the_same,
    ) -> None:
        """Begin with nothing.

        Args:
            embed: answers a query's vector, from memory where the search embedded it already.
            threshold: cosine from which two questions are near.
            guard: tells whether two questions may mean the same.
        """
        self._embed = embed
        self._threshold = threshold
        self._guard = guard
        self._lock = threading.Lock()
        self._families: OrderedDict[str, _Family] = OrderedDict()

    def find(self, family: str, text: str) -> str | None:
        """Answer the key of the nearest question that means the same."""
        with self._lock:
            known = self._families.get(family)
            if known is None or not known.asked:
                return None
            vectors, asked = known.vectors.copy(), list(known.asked)
        near = vectors @ self._embed(text)
        rows: list[int] = np.argsort(-near)[:5].tolist()
        for row in rows:
            if near[row] < self._threshold:
                return None
            if self._guard(text, asked[row][0]):
                return asked[row][1]
        return None

    def add(self, family: str, text: str, key: str) -> None:
        """Remember a question that was answered."""
        vector = self._embed(text)
        with self._lock:
            known = self._families.setdefault(family, _Family(vector.shape[0]))
            self._families.move_to_end(family)
            known.add(vector, text, key)
            while len(self._families) > _FAMILIES:
                self._families.popitem(last=False)

    def clear(self) -> None:
        """Forget every question."""
        with self._lock:
            self._families.clear()
