"""The ranking stage of a search: what was found is ordered anew, where that is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.evidence import Evidence, First
from retrieval.ranking.features import Column, features
from retrieval.ranking.model import Vectors
from retrieval.ranking.ranker import Ranker


@dataclass(frozen=True, slots=True)
class Ordered:
    """Candidates in their final order; arrays of shape (n,), and parts to show with a hit."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    parts: Mapping[str, NDArray[np.float32]]


class RankingStage:
    """Orders candidates by a learned ranker, or by the walk on the graph alone."""

    def __init__(self, evidence: Evidence, ranker: Callable[[], Ranker | None]) -> None:
        self._evidence = evidence
        self._ranker = ranker

    @property
    def evidence(self) -> Evidence:
        """What candidates are judged by."""
        return self._evidence

    def why_not(self, embedder: str) -> str:
        """Say why candidates stay as they were fused; "" where they can be ranked."""
        ranker = self._ranker()
        if ranker is None:
            return "no ranker is in use"
        if not embedder.startswith(ranker.embedder):
            return f"the ranker was trained for {ranker.embedder}, not for {embedder}"
        if not self._evidence.ready():
            return "the graph is not ready yet"
        return ""

    def ready(self) -> bool:
        """Tell whether there is a graph to rank by."""
        return self._evidence.ready()

    def refresh(self) -> None:
        """Know the names that hold now."""
        self._evidence.refresh()

    def close(self) -> None:
        """Read no more."""
        self._evidence.close()

    def features(
        self, first: First, vectors: Vectors
    ) -> tuple[NDArray[np.int64], dict[str, Column]]:
        """Answer the candidates with their features: what a ranker is trained on."""
        ids, material = self._evidence.gather(first, vectors)
        return ids, features(material)

    def ranked(self, first: First, vectors: Vectors) -> Ordered:
        """Order the candidates; what was fused behind them follows them as it was."""
        ranker = self._ranker()
        ids, columns = self.features(first, vectors)
        scores = columns["first"] if ranker is None else ranker.score(columns)
        return _with_rest(first, _ordered(ids, scores, columns))


def _ordered(ids: NDArray[np.int64], scores: Column, columns: Mapping[str, Column]) -> Ordered:
    order = np.lexsort((ids, -scores))
    shown = {"fused": columns["fused"], "graph": columns["walk z both"]}
    parts = {name: values[order].astype(np.float32) for name, values in shown.items()}
    return Ordered(ids[order], scores[order], parts)


def _with_rest(first: First, ranked: Ordered) -> Ordered:
    behind = ~np.isin(first.ids, ranked.ids)
    rest = first.ids[behind]
    if not len(rest):
        return ranked
    drop = first.scores[behind] - float(first.scores[behind].max())
    floor = float(ranked.scores.min(initial=0.0)) - 1.0
    unknown = np.full(len(rest), np.nan, np.float32)
    return Ordered(
        np.concatenate([ranked.ids, rest]),
        np.concatenate([ranked.scores, floor + drop]),
        {name: np.concatenate([part, unknown]) for name, part in ranked.parts.items()},
    )
