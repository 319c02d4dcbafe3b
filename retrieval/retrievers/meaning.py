"""Finds passages by what they mean."""

from __future__ import annotations

from typing import Final

from retrieval.model import Ranking
from retrieval.retrievers.model import Asked, VectorIndex

NAME: Final = "dense"


class Meaning:
    """Ranks by the cosine of a passage's vector to the question's."""

    name = NAME

    def __init__(self, index: VectorIndex) -> None:
        """Take the index of the model in service."""
        self._index = index

    def applies(self, asked: Asked) -> bool:
        """Only what is embedded can be compared."""
        return asked.vector is not None

    def retrieve(self, asked: Asked) -> Ranking:
        """Rank the passages whose vectors are nearest."""
        if asked.vector is None:
            return Ranking.empty()
        return self._index.search(asked.vector, asked.depth, asked.scope)
