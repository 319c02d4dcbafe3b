"""Explain what search loses: the worst queries, with what each retriever saw of their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.evaluation import Judged, Run

_AHEAD: Final = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """Where each way to search has a document: its rank from 1, or None beyond what was ranked.

    `grade` is 0 for one that is not relevant, or not judged.
    """

    document: str
    title: str
    grade: int
    ranks: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Loss:
    """A query that search answers badly.

    Attributes:
        score: its nDCG@10.
        relevant: what should have been found, the most relevant first.
        ahead: what stands first in its place.
        notes: what search said of how it searched.
    """

    query: str
    text: str
    score: float
    relevant: Sequence[Seen]
    ahead: Sequence[Seen]
    notes: Sequence[str]


def worst(
    judged: Judged,
    runs: Mapping[str, Run],
    scores: Mapping[str, float],
    *,
    count: int,
    titles: Mapping[str, str],
    notes: Mapping[str, Sequence[str]],
    mode: str = "default",
) -> list[Loss]:
    """Answer the queries that one way to search answers worst, the worst first.

    Args:
        judged: the set.
        runs: the rankings of each way to search, among them `mode`.
        scores: of each query under `mode`; those with a full score are no losses.
        count: how many.
        titles: of documents by their ids.
        notes: of queries by their ids.
        mode: whose losses are explained.
    """
    lost = sorted((q for q in judged.queries if scores[q] < 1.0), key=lambda q: (scores[q], q))
    return [_loss(judged, runs, scores, titles, notes, mode, query) for query in lost[:count]]


def _loss(
    judged: Judged,
    runs: Mapping[str, Run],
    scores: Mapping[str, float],
    titles: Mapping[str, str],
    notes: Mapping[str, Sequence[str]],
    mode: str,
    query: str,
) -> Loss:
    ranks = {name: _ranks(run.get(query, {})) for name, run in runs.items()}
    grades = judged.qrels[query]

    def seen(document: str) -> Seen:
        where = {name: places.get(document) for name, places in ranks.items()}
        return Seen(document, titles.get(document, ""), max(grades.get(document, 0), 0), where)

    relevant = [document for document, grade in grades.items() if grade > 0]
    relevant.sort(key=lambda document: (-grades[document], document))
    ahead = [document for document in ranks[mode] if grades.get(document, 0) <= 0]
    return Loss(
        query=query,
        text=judged.queries[query],
        score=scores[query],
        relevant=[seen(document) for document in relevant],
        ahead=[seen(document) for document in ahead[:_AHEAD]],
        notes=list(notes.get(query, ())),
    )


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """Number documents from 1, best first."""
    ordered = sorted(scores, key=lambda document: -scores[document])
    return {document: rank for rank, document in enumerate(ordered, start=1)}
