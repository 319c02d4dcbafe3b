"""Finds the newest passages on what is asked for, where the latest word on it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.clock import Micros
from foundation.ids import ChunkId
from knowledge.log import AsOf
from retrieval.model import Ranking
from retrieval.retrievers.model import Asked, WordIndex

NAME: Final = "newest"

_RELEVANT: Final = 0.5
"""Of the best passage's BM25: what has less is about something else, however new."""

_LOOKED_AT: Final = 100
_MOMENT: Final = Micros(3_600_000_000)
"""A moment ends where nothing follows for longer than an hour: documents without a time of their
own get that of their ingestion, and that one of these came before the other tells nothing."""

Times = Callable[[Sequence[ChunkId], AsOf], Mapping[ChunkId, Micros]]
"""Answers of when the versions are that the chunks' documents had at a moment."""


class Recency:
    """Ranks relevant passages by the time of their documents' versions, the newest first.

    Scores are 1 for the newest, 1/2 for those of the next moment, and so on. Where all are of one
    time nothing is newest, and the ranking is empty.
    """

    name = NAME

    def __init__(self, index: WordIndex, times: Times) -> None:
        self._index = index
        self._times = times

    def applies(self, asked: Asked) -> bool:
        """Only who asks for the latest gets it first."""
        return asked.newest

    def retrieve(self, asked: Asked) -> Ranking:
        """Rank the passages that share enough words with the question by their time."""
        depth = min(asked.depth, _LOOKED_AT)
        found = self._index.search(asked.text, depth, asked.scope)
        ids = found.ids[found.scores >= _RELEVANT * found.scores.max(initial=0.0)]
        known = self._times([ChunkId(number) for number in ids.tolist()], asked.at)
        times = np.array([known.get(ChunkId(number), 0) for number in ids.tolist()], np.int64)
        moments = _moments(times)
        if not moments.any():
            return Ranking.empty()
        order = np.argsort(moments, kind="stable")  # of one moment, the more relevant first
        return Ranking(ids[order], (1.0 / (1.0 + moments[order])).astype(np.float32))


def _moments(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the moments that times are of, from 0 for the newest: shape (n,), as given."""
    newest = np.argsort(-times, kind="stable")
    moments = np.zeros(len(times), np.int64)
    moments[newest[1:]] = np.cumsum(-np.diff(times[newest]) > _MOMENT)
    return moments
