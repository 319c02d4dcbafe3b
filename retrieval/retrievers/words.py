"""Finds passages by their words."""

from __future__ import annotations

from typing import Final

from retrieval.model import Ranking
from retrieval.retrievers.model import Asked, WordIndex

NAME: Final = "lexical"


class Words:
    """Ranks by BM25; other names of what is asked for count too, but less."""

    name = NAME

    def __init__(self, index: WordIndex, also_weight: float = 0.0) -> None:
        """Take the index, and the weight of a word of another name against one of the question."""
        self._index = index
        self._also_weight = also_weight

    def applies(self, asked: Asked) -> bool:
        """Every question has words."""
        return bool(asked.text)

    def retrieve(self, asked: Asked) -> Ranking:
        """Rank the passages that share the most telling words."""
        return self._index.search(
            asked.text, asked.depth, asked.scope, asked.also, self._also_weight
        )
