"""Finds passages by what they mean."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.model import Ranking, Vector
from retrieval.retrievers.model import Asked, VectorIndex

NAME: Final = "dense"


class Meaning:
    """Ranks by the cosine of a passage's vector to the question's."""

    name = NAME

    def applies(self, asked: Asked) -> bool:
        """Only what is embedded can be compared."""
        return asked.index is not None and asked.vector is not None

    def retrieve(self, asked: Asked) -> Ranking:
        """Wait for the question's vector, and rank the passages whose vectors are nearest."""
        if asked.index is None or asked.vector is None:
            return Ranking.empty()
        return asked.index.search(asked.vector.result(), asked.depth, asked.scope)


def meant(
    index: VectorIndex, vector: Vector, ids: NDArray[np.int64], dense: Ranking, *, complete: bool
) -> NDArray[np.float32]:
    """Score candidates by meaning; nan for those without a vector when the dense search was made.

    One that a complete ranking does not list may have got its vector since: it is judged by its
    words, or it would count as one that means something else.
    """
    scores = index.scores(vector, ids)
    return np.where(np.isin(ids, dense.ids), scores, np.float32(np.nan)) if complete else scores
