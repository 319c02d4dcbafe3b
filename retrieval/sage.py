"""The RAG Sage: find passages, fuse what the retrievers say, and cite where they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.ids import Seq
from knowledge.language import detect_language
from knowledge.log import NOW
from retrieval.citing import Citer
from retrieval.finishing import Finishing
from retrieval.fusion import Candidates, Fusing, fuse
from retrieval.model import Ranking, SearchResult, Vector, aligned
from retrieval.question import Question, Ranked
from retrieval.ranking.evidence import First
from retrieval.ranking.stage import RankingStage
from retrieval.retrievers.meaning import NAME as DENSE
from retrieval.retrievers.meaning import Meaning, meant
from retrieval.retrievers.model import Asked, QueryEmbedder, Retriever, VectorIndex, WordIndex
from retrieval.retrievers.words import NAME as LEXICAL
from retrieval.retrievers.words import Words
from retrieval.stages import Stages
from retrieval.varying import Brought, ask, candidates, contributions, worth_asking
from retrieval.vocabulary import Vocabulary

_CAPPED: Final = 5


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
        self._words = Words(lexical, synonym_weight)
        self._further = further
        self._dense = dense
        self._citer = citer
        self._coverage = coverage
        self._head = head
        self._speaking = speaking
        self._fusing = fusing
        self._vocabulary = vocabulary if synonym_weight > 0.0 else None
        self._ranking = ranking
        self._finishing = finishing
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="retrieve")

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
        stages = stages or Stages()
        notes: list[str] = []
        model = self._dense()
        weight = self._weight(question, model.embedder, notes)
        asked = self._asked(question, weight, notes)
        found, vector = self._found(asked, question.mode, weight, model, stages)
        ranked = self._fused(asked, found, weight, model, vector)
        ranked = replace(ranked, notes=notes, further=found)
        first = _first(question, ranked, vector, weight)
        stages.lap("fuse")
        ordered = self._ordered(question, ranked, first, model)
        stages.lap("order")
        if self._finishing:
            ordered = self._finishing.finished(question, ordered, model)
            stages.lap("finish")
        return ordered

    def _asked(self, question: Question, weight: float, notes: list[str]) -> Asked:
        return Asked(
            text=question.text,
            depth=_depth(self._fusing.depth, question),
            scope=question.scope,
            at=question.at,
            also=self._others(question, notes) if weight < 1.0 else [],
            newest=question.newest,
        )

    def _found(
        self, asked: Asked, mode: str, weight: float, model: VectorIndex, stages: Stages
    ) -> tuple[dict[str, Ranking], Vector | None]:
        """Ask all retrievers side by side; the question is embedded meanwhile, in this thread."""
        retrievers: list[Retriever] = [self._words] if weight < 1.0 else []
        if mode == "default":
            retrievers.extend(self._further)
        waiting = {
            each.name: self._pool.submit(copy_context().run, each.retrieve, asked)
            for each in retrievers
            if each.applies(asked)
        }
        found, vector = {}, None
        if weight > 0.0:
            vector = model.embedder.embed_query(asked.text)
            stages.lap("embed")
            found[DENSE] = Meaning(model).retrieve(replace(asked, vector=vector))
        found |= {name: each.result() for name, each in waiting.items()}
        stages.lap("find")
        return found, vector

    def _fused(
        self,
        asked: Asked,
        found: Mapping[str, Ranking],
        weight: float,
        model: VectorIndex,
        vector: Vector | None,
    ) -> Ranked:
        """Put what words and meaning found in one order."""
        lexical, dense = found.get(LEXICAL, Ranking.empty()), found.get(DENSE, Ranking.empty())
        ids = np.concatenate([lexical.ids, dense.ids[~np.isin(dense.ids, lexical.ids)]])
        parts = {LEXICAL: aligned(lexical, ids)}
        known = None
        if vector is not None:
            complete = len(dense) < asked.depth
            parts[DENSE] = meant(model, vector, ids, dense, complete=complete)
            known = self._known(model, ids) if weight < 1.0 else None
        tuned = model.embedder.name.startswith(self._fusing.tuned)
        exhausted = len(lexical) < asked.depth
        fused = fuse(Candidates(ids, lexical, dense, parts, known, exhausted), weight, tuned=tuned)
        order = np.lexsort((ids, -fused))
        said = {name: part[order] for name, part in parts.items()}
        return Ranked(ids[order], fused[order], said, [])

    def first(self, question: Question) -> tuple[First, VectorIndex]:
        """Answer what the ranking stage begins with: to train a ranker, or to look into it."""
        ranked = self.rank(replace(question, mode="fusion"))
        model = self._dense()
        weight = self._weight(question, model.embedder, [])
        vector = model.embedder.embed_query(question.text) if weight > 0.0 else None
        first = _first(question, ranked, vector, weight)
        return self._varied(question, ranked, first)[0], model

    def _varied(
        self, question: Question, ranked: Ranked, first: First
    ) -> tuple[First, Sequence[Brought]]:
        """Let those variations of the question bring candidates that can."""
        found = int(np.isfinite(ranked.parts["lexical"]).sum())
        ways = worth_asking(question.variations, found)
        brought = ask(ways, self._lexical, question.scope, self._pool)
        return replace(first, also=candidates(brought)), brought

    def _ordered(
        self, question: Question, ranked: Ranked, first: First, model: VectorIndex
    ) -> Ranked:
        """Order anew what was found, where the graph is of the moment that is asked about."""
        stage = self._ranking
        nothing = not len(ranked.ids) and not question.variations
        if question.mode not in {"default", "graph"} or stage is None or nothing:
            return ranked
        if question.at != NOW:
            if question.mode == "graph":
                ranked.notes.append("the graph is of now: ranked by words and meaning")
            return ranked
        brought: Sequence[Brought] = ()
        if question.mode == "graph":
            if not stage.ready():
                ranked.notes.append("the graph is not ready yet: ranked by words and meaning")
                return ranked
            ordered = stage.walked(first, model)
        elif stage.why_not(model.embedder.name):
            return ranked
        else:
            varied, brought = self._varied(question, ranked, first)
            ordered = stage.ranked(varied, model)
        said = {
            name: aligned(Ranking(ranked.ids, part), ordered.ids)
            for name, part in ranked.parts.items()
        }
        parts = {**said, **ordered.parts}
        return replace(
            ranked,
            ids=ordered.ids,
            scores=ordered.scores,
            parts=parts,
            brought=brought,
            own=first.ids,
        )

    def _others(self, question: Question, notes: list[str]) -> list[str]:
        """Answer the other names of what is asked for; what held at a moment is asked as it is.

        So a search of the past answers the same whatever is learned later.
        """
        if self._vocabulary is None or question.at != NOW or not question.open:
            return []
        found = self._vocabulary.expand(question.text)
        if found:
            told = [f"{', '.join(each.others)} ({each.name})" for each in found]
            notes.append(f"also searched for: {'; '.join(told)}")
        return [name for each in found for name in each.others]

    def _weight(self, question: Question, embedder: QueryEmbedder, notes: list[str]) -> float:
        """Answer the share of the dense score, 0 (words alone) to 1 (meaning alone)."""
        if question.mode in {"dense", "lexical"}:
            return 1.0 if question.mode == "dense" else 0.0
        coverage = self._coverage()
        if coverage == 0.0:
            notes.append("no passage is embedded yet: ranked by words alone")
            return 0.0
        language = detect_language(question.text)
        if embedder.languages is not None and language and language not in embedder.languages:
            notes.append(f"the embedder does not know {language!r}: ranked by words alone")
            return 0.0
        return coverage * self._fusing.weight(sentence=bool(language))

    def _known(self, model: VectorIndex, ids: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Tell which passages are in a language that the embedder knows; None for all."""
        languages = model.embedder.languages
        speaking = None if languages is None else self._speaking(languages)
        if speaking is None or speaking.all():
            return None
        numbers = model.documents(ids)
        inside = (numbers >= 0) & (numbers < speaking.size)
        return inside & speaking[np.where(inside, numbers, 0)]


def _depth(least: int, question: Question) -> int:
    """Answer how deep to look: deeper where a document may not fill the answer alone."""
    times = _CAPPED if question.diversity.per_source is not None else 1
    return times * max(least, 2 * question.k)


def _first(question: Question, ranked: Ranked, vector: Vector | None, weight: float) -> First:
    return First(
        question.text, ranked.ids, ranked.scores, vector, weight, question.scope,
        access=question.access,
    )  # fmt: skip
