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
from retrieval.diversity import RELEVANCE_ALONE, diversified
from retrieval.phrases import holding, phrases
from retrieval.question import Question, Ranked
from retrieval.rerankers.model import DEPTH, Reranker, reordered
from retrieval.retrievers import DenseRetriever

_QUOTED: Final = 300
"""Candidates that are looked through for what is quoted."""

_LIFT: Final = 0.01
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
        self._open = reranker
        self._reranker: Reranker | None = None
        self._depth = depth
        self._opening = threading.Lock()

    def close(self) -> None:
        """Give back what the reranker holds."""
        if self._reranker is not None:
            self._reranker.close()

    def finished(self, question: Question, ranked: Ranked, model: DenseRetriever) -> Ranked:
        """Order the best candidates for the last time; none is lost."""
        if question.mode == "default":
            ranked = self._read_again(question, ranked)
            ranked = self._quoted(question, ranked)
        return self._diverse(question, ranked, model)

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

    def _quoted(self, question: Question, ranked: Ranked) -> Ranked:
        """Let those come first that have what the question quotes, word for word."""
        wanted = phrases(question.text)
        if not wanted:
            return ranked
        ids = ranked.ids[:_QUOTED]
        chunks = self._chunks(ids)
        texts = [chunks[n].passage if n in chunks else "" for n in _numbers(ids)]
        have = np.zeros(len(ranked.ids), np.bool_)
        have[: len(ids)] = holding(wanted, texts)
        if not have.any():
            return ranked
        order = np.argsort(~have, kind="stable")
        parts = {name: part[order] for name, part in ranked.parts.items()}
        said = np.full(len(ranked.ids), np.nan, np.float32)
        said[: len(ids)] = have[: len(ids)]
        parts["phrase"] = said[order]
        scores = ranked.scores[order]
        first = int(have.sum())
        if first < len(scores):  # lifted just so far that scores fall
            scores[:first] += max(0.0, float(scores[first] - scores[first - 1]) + _LIFT)
        return replace(ranked, ids=ranked.ids[order], scores=scores, parts=parts)

    def _opened(self) -> Reranker | None:
        with self._opening:
            if self._reranker is None:
                try:
                    self._reranker = self._open()
                except InvalidInput as error:  # the setting is wrong, not the question
                    raise Unavailable(f"the reranker of the settings: {error}") from error
            return self._reranker

    def _diverse(self, question: Question, ranked: Ranked, model: DenseRetriever) -> Ranked:
        if question.diversity == RELEVANCE_ALONE:
            return ranked
        most = max(_TIMES * question.k, _LEAST)
        best = ranked.ids[:most]
        chunks = self._chunks(best)
        chosen = diversified(
            ranked.scores[:most],
            len(best),
            wanted=question.diversity,
            sources=[chunks[n].document_id if n in chunks else n for n in _numbers(best)],
            vectors=model.matrix(best),
        )
        order = np.concatenate([chosen, np.arange(len(best), len(ranked.ids))])
        parts = {name: part[order] for name, part in ranked.parts.items()}
        return replace(ranked, ids=ranked.ids[order], scores=ranked.scores[order], parts=parts)

    def _chunks(self, ids: NDArray[np.int64]) -> Mapping[ChunkId, Chunk]:
        with self._database.read() as connection:
            return load_chunks(connection, _numbers(ids))


def _numbers(ids: NDArray[np.int64]) -> list[ChunkId]:
    return [ChunkId(number) for number in ids.tolist()]
