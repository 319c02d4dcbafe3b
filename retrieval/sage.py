"""The RAG Sage: find passages, fuse what the retrievers say, and cite where they stand."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from foundation.ids import Seq
from knowledge.language import detect_language
from knowledge.log import AsOf
from retrieval.citing import Citer
from retrieval.fusion import z_scores
from retrieval.model import Ranking, Scope, SearchResult, Vector

MAX_QUERY_CHARACTERS = 32_768
MAX_K = 1_000
MODES = ("default", "dense", "lexical")


class LexicalRetriever(Protocol):
    """Ranks by words."""

    def search(self, query: str, k: int, scope: Scope) -> Ranking:
        """Answer the k best chunks within the scope."""
        ...


class QueryEmbedder(Protocol):
    """The side of an embedder that a search needs."""

    @property
    def languages(self) -> frozenset[str] | None:
        """The languages it knows; None for all."""
        ...

    def embed_query(self, text: str) -> Vector:
        """Embed one query."""
        ...


class DenseRetriever(Protocol):
    """Ranks by meaning, and scores whatever others found."""

    @property
    def embedder(self) -> QueryEmbedder:
        """The model whose vectors it holds."""
        ...

    def search(self, vector: Vector, k: int, scope: Scope) -> Ranking:
        """Answer the k chunks nearest to the vector within the scope."""
        ...

    def scores(self, vector: Vector, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Answer the similarity of each chunk, nan where it has no vector (yet)."""
        ...


@dataclass(frozen=True, slots=True)
class Fusing:
    """How rankings are combined.

    Attributes:
        dense_weight: share of the dense score in z-score fusion (tuned on training sets).
        depth: candidates taken from each retriever.
    """

    dense_weight: float = 0.5
    depth: int = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A checked search request."""

    text: str
    k: int
    scope: Scope
    at: AsOf
    mode: str = "default"


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scored candidates, best first, all arrays of shape (n,); parts are nan where unknown."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    parts: Mapping[str, NDArray[np.float32]]
    notes: Sequence[str]


def check_question(text: str, k: int, mode: str) -> str:
    """Refuse what can't be searched for; answer the text to search.

    Raises:
        InvalidInput: with what is wrong and what is allowed.
    """
    if mode not in MODES:
        raise InvalidInput(f"mode is {mode!r}; it can be {', '.join(MODES)}")
    if not 1 <= k <= MAX_K:
        raise InvalidInput(f"k is {k}; it can be 1 to {MAX_K}")
    query = text.strip()
    if not query:
        raise InvalidInput("the query is empty: say what to search for")
    if len(query) > MAX_QUERY_CHARACTERS:
        raise InvalidInput(
            f"the query has {len(query):,} characters; at most {MAX_QUERY_CHARACTERS:,} are"
            " searched: ingest a text of that size as a document instead"
        )
    return query


class RagSage:
    """Searches with every retriever at once."""

    def __init__(
        self,
        *,
        lexical: LexicalRetriever,
        dense: Callable[[], DenseRetriever],
        citer: Citer,
        coverage: Callable[[], float],
        head: Callable[[], Seq],
        fusing: Fusing = Fusing(),
    ) -> None:
        self._lexical = lexical
        self._dense = dense
        self._citer = citer
        self._coverage = coverage
        self._head = head
        self._fusing = fusing
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="retrieve")

    def close(self) -> None:
        """End the retrievers' threads."""
        self._pool.shutdown()

    def search(self, question: Question) -> SearchResult:
        """Find the k best passages with their citations."""
        started = time.perf_counter()
        found = self.rank(question)
        ranked = time.perf_counter()
        hits = self._citer.hits(found.ids, found.scores, found.parts, question.at, question.k)
        ended = time.perf_counter()
        return SearchResult(
            query=question.text,
            hits=hits,
            seq=self._head() if question.at.seq is None else question.at.seq,
            mode=question.mode,
            dense_coverage=self._coverage(),
            notes=found.notes,
            timings_ms={
                "rank": (ranked - started) * 1e3,
                "cite": (ended - ranked) * 1e3,
                "total": (ended - started) * 1e3,
            },
        )

    def rank(self, question: Question) -> Ranked:
        """Score candidates without citing them."""
        depth = max(self._fusing.depth, 2 * question.k)
        notes: list[str] = []
        model = self._dense()
        weight = self._dense_weight(question, model.embedder, notes)
        words = None
        if weight < 1.0:
            words = self._pool.submit(self._lexical.search, question.text, depth, question.scope)
        dense, vector = Ranking.empty(), None
        if weight > 0.0:
            vector = model.embedder.embed_query(question.text)
            dense = model.search(vector, depth, question.scope)
        lexical = words.result() if words else Ranking.empty()
        ids = np.concatenate([lexical.ids, dense.ids[~np.isin(dense.ids, lexical.ids)]])
        parts = {"lexical": _aligned(lexical, ids)}
        if vector is not None:
            parts["dense"] = model.scores(vector, ids)
        fused = self._fuse(parts, lexical, dense, ids, weight)
        order = np.lexsort((ids, -fused))
        return Ranked(
            ids[order], fused[order], {name: part[order] for name, part in parts.items()}, notes
        )

    def _fuse(
        self,
        raw: Mapping[str, NDArray[np.float32]],
        lexical: Ranking,
        dense: Ranking,
        ids: NDArray[np.int64],
        weight: float,
    ) -> NDArray[np.float64]:
        words = z_scores(raw["lexical"], np.isin(ids, lexical.ids))
        words = np.where(np.isnan(words), _lowest(words), words)
        if weight == 0.0:
            return words
        meaning = z_scores(raw["dense"], np.isin(ids, dense.ids))
        if weight == 1.0 or not len(lexical):
            return np.where(np.isnan(meaning), _lowest(meaning), meaning)
        # A passage that is not embedded yet is judged by its words alone.
        return weight * np.where(np.isnan(meaning), words, meaning) + (1.0 - weight) * words

    def _dense_weight(self, question: Question, embedder: QueryEmbedder, notes: list[str]) -> float:
        if question.mode != "default":
            return 1.0 if question.mode == "dense" else 0.0
        if self._coverage() == 0.0:
            notes.append("no passage is embedded yet: ranked by words alone")
            return 0.0
        languages = embedder.languages
        language = detect_language(question.text)
        if languages is not None and language and language not in languages:
            notes.append(f"the embedder does not know {language!r}: ranked by words alone")
            return 0.0
        return self._fusing.dense_weight * self._coverage()


def _lowest(scores: NDArray[np.float64]) -> float:
    """Answer what is given to candidates that a retriever did not find."""
    known = scores[~np.isnan(scores)]
    return float(known.min()) if known.size else 0.0


def _aligned(ranking: Ranking, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Spread a ranking's scores over the candidates; nan where it did not find them."""
    scores = np.full(ids.shape, np.nan, np.float32)
    order = np.argsort(ranking.ids)
    if order.size:
        at = np.clip(np.searchsorted(ranking.ids[order], ids), 0, order.size - 1)
        found = ranking.ids[order][at] == ids
        scores[found] = ranking.scores[order][at][found]
    return scores
