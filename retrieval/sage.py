"""The RAG Sage: find passages, order them by what is known of them, and cite where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foundation.ids import Seq
from knowledge.log import NOW
from retrieval.citing import Citer
from retrieval.finishing import Finishing
from retrieval.first_stage import FirstStage, Found
from retrieval.fusion import Fusing
from retrieval.model import Ranking, Scope, SearchResult, Vector, aligned
from retrieval.question import Question, Ranked
from retrieval.ranking.evidence import First
from retrieval.ranking.stage import Ordered, RankingStage
from retrieval.retrievers.model import Retriever, VectorIndex, WordIndex
from retrieval.retrievers.walks import Walks
from retrieval.stages import Stages
from retrieval.varying import Brought, ask, candidates, contributions, worth_asking
from retrieval.vocabulary import Vocabulary


class RagSage:
    """Searches with every retriever at once."""

    def __init__(
        self,
        *,
        lexical: WordIndex,
        dense: Callable[[], VectorIndex],
        citer: Citer,
        coverage: Callable[[], float],
        head: Callable[[], Seq],
        speaking: Callable[[frozenset[str]], NDArray[np.bool_] | None] = lambda _: None,
        fusing: Fusing = Fusing(),  # noqa: B008 - frozen
        vocabulary: Vocabulary | None = None,
        synonym_weight: float = 0.0,
        further: Sequence[Retriever] = (),
        ranking: RankingStage | None = None,
        finishing: Finishing | None = None,
    ) -> None:
        self._lexical = lexical
        self._dense = dense
        self._citer = citer
        self._coverage = coverage
        self._head = head
        self._vocabulary = vocabulary
        self._ranking = ranking
        self._finishing = finishing
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="retrieve")
        self._first = FirstStage(
            lexical=lexical,
            further=further,
            pool=self._pool,
            coverage=coverage,
            speaking=speaking,
            fusing=fusing,
            vocabulary=vocabulary,
            synonym_weight=synonym_weight,
        )

    def close(self) -> None:
        """End the retrievers' threads."""
        self._pool.shutdown()
        if self._vocabulary:
            self._vocabulary.close()
        if self._ranking:
            self._ranking.close()
        if self._finishing:
            self._finishing.close()

    def warm(self) -> None:
        """Have loaded what the first search would wait for, the embedder aside."""
        if self._finishing:
            self._finishing.warm()

    @property
    def embedder(self) -> str:
        """The name of the embedding model in service."""
        return self._dense().embedder.name

    def refresh(self) -> None:
        """Know the names that hold now: for who measures, or asks right after a change."""
        if self._vocabulary:
            self._vocabulary.refresh()
        if self._ranking:
            self._ranking.refresh()

    def search(self, question: Question) -> SearchResult:
        """Find the k best passages with their citations."""
        stages = Stages()
        found = self.rank(question, stages)
        at = question.cited or question.at
        given = found.ids, found.scores, found.parts, at, question.k
        hits = self._citer.hits(*given, access=question.access)
        stages.lap("cite")
        return SearchResult(
            query=question.text,
            hits=hits,
            seq=self._head() if question.at.seq is None else question.at.seq,
            mode=question.mode,
            dense_coverage=self._coverage(),
            notes=found.notes,
            understood=list(contributions(found.brought, found.own, [h.chunk_id for h in hits])),
            timings_ms=stages.milliseconds(),
        )

    def rank(self, question: Question, stages: Stages | None = None) -> Ranked:
        """Score candidates without citing them, and tell a stopwatch of each stage."""
        stages, model = stages or Stages(), self._dense()
        ranked, first = self._candidates(question, model, stages)
        if self._finishing is None:
            return ranked

        def again(scope: Scope) -> Ranked:
            within = replace(question, scope=scope)
            return self._candidates(within, model, stages, first.vector)[0]

        finished = self._finishing.finished(question, ranked, model, again)
        stages.lap("finish")
        return finished

    def first(self, question: Question) -> tuple[First, VectorIndex]:
        """Answer what the ranking stage begins with: to train a ranker, or to look into it."""
        model = self._dense()
        found = self._first.find(replace(question, mode="fusion"), model, Stages())
        return self._varied(question, found)[0], model

    def _candidates(
        self, question: Question, model: VectorIndex, stages: Stages, vector: Vector | None = None
    ) -> tuple[Ranked, First]:
        """Find passages, and order them by all that is known of them."""
        found = self._first.find(question, model, stages, vector)
        stages.lap("fuse")
        ordered = self._ordered(question, found, model)
        stages.lap("order")
        return ordered, found.first

    def _varied(self, question: Question, found: Found) -> tuple[First, Sequence[Brought]]:
        """Let those variations of the question bring candidates that can."""
        by_words = int(np.isfinite(found.ranked.parts["lexical"]).sum())
        ways = worth_asking(question.variations, by_words)
        brought = ask(ways, self._lexical, question.scope, self._pool)
        return replace(found.first, also=candidates(brought)), brought

    def _ordered(self, question: Question, found: Found, model: VectorIndex) -> Ranked:
        """Order what was found anew, where there is a ranker or a graph to order it by."""
        nothing = not len(found.ranked.ids) and not question.variations
        if self._ranking is None or nothing:
            return found.ranked
        if question.mode == "graph":
            return self._walked(found, self._ranking)
        is_now = question.mode == "default" and question.at == NOW
        if not is_now or self._ranking.why_not(model.embedder.name):
            return found.ranked
        first, brought = self._varied(question, found)
        ordered = _by(self._ranking.ranked(first, model), found.ranked)
        return replace(ordered, brought=brought, own=first.ids)

    def _walked(self, found: Found, ranking: RankingStage) -> Ranked:
        """Order by the walk that goes on from what was found, where there is a graph of then."""
        walks, asked = Walks(ranking.evidence), found.asked
        if not walks.applies(asked):
            found.ranked.notes.append("the graph is of now: ranked by words and meaning")
            return found.ranked
        if not ranking.ready():
            found.ranked.notes.append("the graph is not ready yet: ranked by words and meaning")
            return found.ranked
        led = walks.retrieve(asked)
        scores = led.scores.astype(np.float64)
        return _by(Ordered(led.ids, scores, {walks.name: led.scores}), found.ranked)


def _by(ordered: Ordered, ranked: Ranked) -> Ranked:
    """Put candidates into another order, with what was known of them before."""
    said = {
        name: aligned(Ranking(ranked.ids, part), ordered.ids) for name, part in ranked.parts.items()
    }
    return replace(ranked, ids=ordered.ids, scores=ordered.scores, parts={**said, **ordered.parts})
