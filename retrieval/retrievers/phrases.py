"""Finds the passages that have what a question quotes, word for word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from foundation.ids import ChunkId
from knowledge.model import Chunk
from retrieval.model import Ranking
from retrieval.retrievers.model import Asked, WordIndex
from retrieval.retrievers.quoted import holding, phrases

NAME: Final = "phrase"

_READ: Final = 300
"""Passages with all the words, neighbours as neighbours, that are read for the phrase itself."""

Chunks = Callable[[Sequence[ChunkId]], Mapping[ChunkId, Chunk]]
"""Reads chunks; what is gone is not among them."""


class Phrases:
    """Ranks the passages that hold every quoted phrase by the words they share with the question.

    The index finds those with all words of the phrases, and with the neighbours among the telling
    ones as neighbours; the texts of these few are read to see whether they stand just so.
    """

    name = NAME

    def __init__(self, index: WordIndex, chunks: Chunks) -> None:
        self._index = index
        self._chunks = chunks

    def applies(self, asked: Asked) -> bool:
        """Only a question with quotation marks asks for it."""
        return bool(phrases(asked.text))

    def retrieve(self, asked: Asked) -> Ranking:
        """Rank the passages that have all phrases, whatever their case, width and spacing."""
        wanted = phrases(asked.text)
        if not wanted:
            return Ranking.empty()
        most = max(asked.depth, _READ)
        found = self._index.search(" ".join(wanted), most, asked.scope, phrases=wanted)
        numbers = [ChunkId(number) for number in found.ids.tolist()]
        read = self._chunks(numbers)
        have = holding(wanted, [read[n].passage if n in read else "" for n in numbers])
        kept = np.flatnonzero(have)[: asked.depth]
        return Ranking(found.ids[kept], found.scores[kept])
