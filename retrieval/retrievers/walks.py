"""Finds passages by a walk on the graph, from what a question names and from what others found."""

from __future__ import annotations

from typing import Final

import numpy as np

from knowledge.log import NOW
from retrieval.model import Ranking
from retrieval.ranking.evidence import Evidence
from retrieval.retrievers.model import Asked

NAME: Final = "graph"

_TINY: Final = 1e-6
"""Share of a walk's time: where it did not come, a passage has a score all the same."""


class Walks:
    """Ranks by how often a walk comes by, which begins at what is named and at the best passages.

    It is asked when words and meaning have answered, as it begins where they ended. Scores are
    logarithms of shares. The learned ranker takes more walks than this one, and is no retriever:
    to it they are features.
    """

    name = NAME

    def __init__(self, evidence: Evidence) -> None:
        """Take what knows the graph and its names."""
        self._evidence = evidence

    def applies(self, asked: Asked) -> bool:
        """Only where others have found something, and of now alone: the graph has no past."""
        return asked.first is not None and asked.index is not None and asked.at == NOW

    def retrieve(self, asked: Asked) -> Ranking:
        """Rank what was found, and what the walk adds to it, by the walk."""
        if asked.first is None or asked.index is None:
            return Ranking.empty()
        ids, shares = self._evidence.walked(asked.first, asked.index)
        if not asked.scope.current:  # what the graph of now adds may not have been there
            found = np.isin(ids, asked.first.ids)
            ids, shares = ids[found], shares[found]
        scores = np.log(shares + _TINY)
        order = np.lexsort((ids, -scores))[: asked.depth]
        return Ranking(ids[order], scores[order].astype(np.float32))
