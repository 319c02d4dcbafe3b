"""The last look at a ranking: the best are read again, and others are let have a word."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.database.engine import Database
from foundation.errors import InvalidInput, Unavailable
from foundation.ids import ChunkId
from knowledge.model import Chunk
from knowledge.reading import load_chunks
from retrieval.capping import Again, Cap, Numbers, within
from retrieval.diversity import RELEVANCE_ALONE, diversified
from retrieval.model import Ranking, Scope, aligned
from retrieval.question import Question, Ranked
from retrieval.rerankers.model import DEPTH, Reranker, reordered
from retrieval.retrievers.model import VectorIndex
from retrieval.retrievers.phrases import NAME as PHRASE
from retrieval.retrievers.recency import NAME as NEWEST

_LIFT: Final = 0.01
_AMONG: Final = 50
"""The best candidates among which newer ones go before older ones."""

_DAMPING: Final = 10
_LEAST: Final = 100
_TIMES: Final = 5
"""So many candidates for each hit that is wanted, and at least `_LEAST`, may take its place."""


class Finishing:
    """Reads the best candidates again by a reranker, and chooses among them for diversity."""

    def __init__(
        self,
        database: Database,
        reranker: Callable[[], Reranker | None] = lambda: None,
        depth: int = DEPTH,
    ) -> None:
        """Take where passages are read, what opens the reranker, and how many it reads."""
        self._database = database
        self._cap = Cap(database)
        self._open = reranker
        self._reranker: Reranker | None = None
        self._depth = depth
        self._opening = threading.Lock()

    def warm(self) -> None:
        """Have the reranker opened, so that no search waits for it.

        Raises:
            Unavailable: it can't be had.
        """
        self._opened()

    def close(self) -> None:
        """Give back what the reranker holds."""
        if self._reranker is not None:
            self._reranker.close()

    def finished(
        self, question: Question, ranked: Ranked, model: VectorIndex, again: Again
    ) -> Ranked:
        """Order the best candidates for the last time; none is lost.

        Args:
            question: what is asked.
            ranked: the candidates.
            model: the embedding model in service.
            again: asks once more, where documents may have only so many passages each.
        """
        ranked = self._ordered(question, ranked)
        if question.diversity.per_source is not None:

            def others(scope: Scope) -> Ranked:
                return self._ordered(question, again(scope))

            ranked = self._cap.filled(question, ranked, model, others)
        if question.mode == "default":
            ranked = quoted_first(ranked, ranked.further.get(PHRASE, Ranking.empty()))
        return self._diverse(question, ranked, model)

    def _ordered(self, question: Question, ranked: Ranked) -> Ranked:
        """Read the best again, and let newer ones go before older ones, as is wanted."""
        if question.mode != "default":
            return ranked
        ranked = self._read_again(question, ranked)
        newest = ranked.further.get(NEWEST, Ranking.empty())
        if len(newest):
            ranked = newest_first(ranked, newest)
            ranked.notes.append(f"newer before older (“{question.newest}”)")
        return ranked

    def _read_again(self, question: Question, ranked: Ranked) -> Ranked:
        reranker = self._opened()
        if reranker is None or not len(ranked.ids):
            return ranked
        ids = ranked.ids[: self._depth]
        chunks = self._chunks(ids)
        best = [chunks[n].passage if n in chunks else "" for n in _numbers(ids)]
        order, said = reordered(reranker, question.text, best, total=len(ranked.ids))
        first, rest = said[: len(best)], ranked.scores[len(best) :]
        behind = rest - rest.max(initial=-np.inf) + float(first.min()) - 1.0
        parts = {name: part[order] for name, part in ranked.parts.items()}
        parts[reranker.name] = said
        scores = np.concatenate([first.astype(np.float64), behind])
        return replace(ranked, ids=ranked.ids[order], scores=scores, parts=parts)

    def _opened(self) -> Reranker | None:
        with self._opening:
            if self._reranker is None:
                try:
                    self._reranker = self._open()
                except InvalidInput as error:  # the setting is wrong, not the question
                    raise Unavailable(f"the reranker of the settings: {error}") from error
            return self._reranker

    def _diverse(self, question: Question, ranked: Ranked, model: VectorIndex) -> Ranked:
        if question.diversity == RELEVANCE_ALONE:
            return ranked
        best, documents = self._enough(question, ranked.ids, model)
        most = len(best)
        chosen = diversified(
            ranked.scores[:most],
            len(best),
            wanted=question.diversity,
            sources=None if documents is None else documents.tolist(),
            vectors=model.matrix(best),
        )
        order = np.concatenate([chosen, np.arange(len(best), len(ranked.ids))])
        parts = {name: part[order] for name, part in ranked.parts.items()}
        return replace(ranked, ids=ranked.ids[order], scores=ranked.scores[order], parts=parts)

    def _enough(
        self, question: Question, ids: NDArray[np.int64], model: VectorIndex
    ) -> tuple[NDArray[np.int64], Numbers | None]:
        """Take so many of the best that documents with a cap fill the answer, and whose they are.

        Without a cap nobody asks whose they are.
        """
        most, cap = max(_TIMES * question.k, _LEAST), question.diversity.per_source
        if cap is None:
            return ids[:most], None
        documents = self._cap.documents(ids, model)
        first = np.flatnonzero(within(documents, cap))[: question.k]
        most = max(most, int(first[-1]) + 1) if len(first) == question.k else len(ids)
        return ids[:most], documents[:most]

    def _chunks(self, ids: NDArray[np.int64]) -> Mapping[ChunkId, Chunk]:
        with self._database.read() as connection:
            return load_chunks(connection, _numbers(ids))


def _numbers(ids: NDArray[np.int64]) -> list[ChunkId]:
    return [ChunkId(number) for number in ids.tolist()]


def quoted_first(ranked: Ranked, quoted: Ranking) -> Ranked:
    """Let those come first that have what the question quotes, also those only so found."""
    if not len(quoted):
        return ranked
    ranked = _with(ranked, quoted.ids)
    have = np.isin(ranked.ids, quoted.ids)
    said = np.where(have, 1.0, 0.0).astype(np.float32)
    return _led(replace(ranked, parts={**ranked.parts, PHRASE: said}), have)


def newest_first(ranked: Ranked, newest: Ranking) -> Ranked:
    """Let the newest of the best candidates come first, as far as they are relevant.

    Ranks by relevance and by time are fused, so that neither the newest that is hardly relevant
    nor the best that is old is first.
    """
    best = ranked.ids[:_AMONG]
    times = aligned(newest, best)
    if np.isnan(times).all():
        return ranked
    older = np.where(np.isnan(times), np.inf, 1.0 / np.maximum(times, 1e-9))
    fused = 1.0 / (_DAMPING + np.arange(1, len(best) + 1)) + 1.0 / (_DAMPING + older)
    order = np.concatenate(
        [np.lexsort((np.arange(len(best)), -fused)), np.arange(len(best), len(ranked.ids))]
    )
    scores = ranked.scores.copy()  # the scores of these places: they must fall
    parts = {name: part[order] for name, part in ranked.parts.items()}
    parts[NEWEST] = aligned(newest, ranked.ids[order])
    return replace(ranked, ids=ranked.ids[order], scores=scores, parts=parts)


def _with(ranked: Ranked, more: NDArray[np.int64]) -> Ranked:
    """Put further candidates behind the others."""
    new = more[~np.isin(more, ranked.ids)]
    if not len(new):
        return ranked
    unknown = np.full(len(new), np.nan, np.float32)
    floor = float(ranked.scores.min(initial=0.0)) - _LIFT
    return replace(
        ranked,
        ids=np.concatenate([ranked.ids, new]),
        scores=np.concatenate([ranked.scores, floor - _LIFT * np.arange(len(new))]),
        parts={name: np.concatenate([part, unknown]) for name, part in ranked.parts.items()},
    )


def _led(ranked: Ranked, first: NDArray[np.bool_]) -> Ranked:
    """Bring some candidates to the front, lifted just so far that scores fall."""
    order = np.argsort(~first, kind="stable")
    parts = {name: part[order] for name, part in ranked.parts.items()}
    scores, count = ranked.scores[order], int(first.sum())
    if 0 < count < len(scores):
        scores[:count] += max(0.0, float(scores[count] - scores[count - 1]) + _LIFT)
    return replace(ranked, ids=ranked.ids[order], scores=scores, parts=parts)
