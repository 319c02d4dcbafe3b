"""What reads a question and a passage together, and how a ranking follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

DEPTH: Final = 50
"""How many of the best passages are read again by default."""


class Reranker(Protocol):
    """Scores passages by reading them with the question. Passes `RerankerContract`.

    Safe to use from several threads; the same pair has the same score in any company.
    """

    @property
    def name(self) -> str:
        """What it is called where scores are shown."""
        ...

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Score each passage, greater is better; shape (len(passages),).

        The numbers of one reranker can be compared with each other, and with nothing else.
        """
        ...

    def close(self) -> None:
        """Give back threads and memory."""
        ...


def reordered(
    reranker: Reranker, query: str, passages: Sequence[str], *, total: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Put the best candidates into the order of a reranker; those behind them stay as they are.

    Args:
        reranker: who reads them.
        query: the question.
        passages: the texts of the best candidates, best first: as many as are to be read.
        total: how many candidates there are.

    Returns:
        the new order (indices into the candidates) and, in that order, what the reranker said
        (nan where it was not asked), both of shape (total,). Of equals the better stays before.
    """
    said = np.full(total, np.nan, np.float32)
    order = np.arange(total, dtype=np.int64)
    if passages:
        scores = reranker.score(query, passages)
        best = np.argsort(-scores, kind="stable")
        order[: len(best)] = best
        said[: len(best)] = scores[best]
    return order, said
