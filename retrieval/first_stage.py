"""First-stage retrieval: all retrievers are asked side by side, and what they find is fused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.operations.tracing import span
from knowledge.language import detect_language
from knowledge.log import NOW
from retrieval.fusion import Candidates, Fusing, fuse
from retrieval.model import Ranking, Vector, aligned
from retrieval.question import Question, Ranked
from retrieval.ranking.evidence import First
from retrieval.retrievers.meaning import NAME as DENSE
from retrieval.retrievers.meaning import Meaning, meant
from retrieval.retrievers.model import Asked, QueryEmbedder, Retriever, VectorIndex, WordIndex
from retrieval.retrievers.words import NAME as LEXICAL
from retrieval.retrievers.words import Words
from retrieval.stages import Stages
from retrieval.vocabulary import Vocabulary

_CAPPED: Final = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What the first stage found.

    Attributes:
        ranked: words and meaning, fused.
        first: the same, as the ranking stage begins with it.
        asked: what the retrievers were asked, for those that go on from there.
    """

    ranked: Ranked
    first: First
    asked: Asked


class FirstStage:
    """Finds candidates by words, by meaning, and by whatever else a default search asks."""

    def __init__(
        self,
        *,
        lexical: WordIndex,
        further: Sequence[Retriever],
        pool: Executor,
        coverage: Callable[[], float],
        speaking: Callable[[frozenset[str]], NDArray[np.bool_] | None],
        fusing: Fusing,
        vocabulary: Vocabulary | None,
        synonym_weight: float,
    ) -> None:
        """Take what is asked, and what the fusion goes by.

        Args:
            lexical: ranks by words.
            further: retrievers that a default search asks beside words and meaning.
            pool: runs all retrievers but one.
            coverage: the share of the passages that are embedded, 0 to 1.
            speaking: which documents are in some languages; None for all.
            fusing: how rankings are combined.
            vocabulary: knows other names of what is asked for.
            synonym_weight: of a word of such a name against one of the question; 0 for none.
        """
        self._words = Words(lexical, synonym_weight)
        self._further = further
        self._meaning = Meaning()
        self._pool = pool
        self._coverage = coverage
        self._speaking = speaking
        self._fusing = fusing
        self._vocabulary = vocabulary if synonym_weight > 0.0 else None

    def find(
        self, question: Question, model: VectorIndex, stages: Stages, vector: Vector | None = None
    ) -> Found:
        """Ask all retrievers and put what words and meaning found in one order.

        Args:
            question: what is asked.
            model: the embedding model in service.
            stages: is told how long it takes to embed and to find.
            vector: the question's, where it is known already.
        """
        notes: list[str] = []
        weight = self._weight(question, model.embedder, notes)
        asked = Asked(
            text=question.text,
            depth=_depth(self._fusing.depth, question),
            scope=question.scope,
            at=question.at,
            also=self._others(question, notes) if weight < 1.0 else [],
            index=model,
            vector=Future() if weight > 0.0 else None,
            newest=bool(question.newest),
        )
        if asked.vector is not None and vector is not None:
            asked.vector.set_result(vector)
        found = self._found(asked, self._asked_of(question.mode, weight), model, stages)
        ranked = self._fused(asked, found, model, weight, notes)
        first = First(
            question.text,
            ranked.ids,
            ranked.scores,
            asked.vector.result() if asked.vector else None,
            weight,
            question.scope,
            access=question.access,
        )
        return Found(ranked, first, replace(asked, first=first))

    def _asked_of(self, mode: str, weight: float) -> list[Retriever]:
        """List the retrievers that a mode asks."""
        words: list[Retriever] = [self._words] if weight < 1.0 else []
        return [*words, *(self._further if mode == "default" else ()), self._meaning]

    def _found(
        self, asked: Asked, retrievers: Sequence[Retriever], model: VectorIndex, stages: Stages
    ) -> Mapping[str, Ranking]:
        """Ask retrievers side by side, the last in this thread, which embeds the question first."""
        *others, last = [each for each in retrievers if each.applies(asked)]
        waiting = {
            each.name: self._pool.submit(copy_context().run, _retrieved, each, asked)
            for each in others
        }
        if asked.vector is not None and not asked.vector.done():
            _embed(asked.text, model, asked.vector)
            stages.lap("embed")
        found = {last.name: _retrieved(last, asked)}
        found |= {name: each.result() for name, each in waiting.items()}
        stages.lap("find")
        return found

    def _fused(
        self,
        asked: Asked,
        found: Mapping[str, Ranking],
        model: VectorIndex,
        weight: float,
        notes: list[str],
    ) -> Ranked:
        """Put what words and meaning found in one order."""
        lexical, dense = found.get(LEXICAL, Ranking.empty()), found.get(DENSE, Ranking.empty())
        ids = np.concatenate([lexical.ids, dense.ids[~np.isin(dense.ids, lexical.ids)]])
        parts = {LEXICAL: aligned(lexical, ids)}
        known = None
        if asked.vector is not None:
            complete = len(dense) < asked.depth
            parts[DENSE] = meant(model, asked.vector.result(), ids, dense, complete=complete)
            known = self._known(model, ids) if weight < 1.0 else None
        tuned = model.embedder.name.startswith(self._fusing.tuned)
        exhausted = len(lexical) < asked.depth
        fused = fuse(Candidates(ids, lexical, dense, parts, known, exhausted), weight, tuned=tuned)
        order = np.lexsort((ids, -fused))
        said = {name: part[order] for name, part in parts.items()}
        complete = exhausted and len(dense) < asked.depth
        return Ranked(ids[order], fused[order], said, notes, further=found, complete=complete)

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


def _retrieved(retriever: Retriever, asked: Asked) -> Ranking:
    with span("search.retrieve", retriever=retriever.name):
        return retriever.retrieve(asked)


def _embed(text: str, model: VectorIndex, vector: Future[Vector]) -> None:
    """Give the question's vector to all who wait for it, or the reason why there is none."""
    try:
        vector.set_result(model.embedder.embed_query(text))
    except BaseException as error:
        vector.set_exception(error)
        raise


def _depth(least: int, question: Question) -> int:
    """Answer how deep to look: deeper where a document may not fill the answer alone."""
    times = _CAPPED if question.diversity.per_source is not None else 1
    return times * max(least, 2 * question.k)
