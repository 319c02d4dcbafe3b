"""A whole search on a folder of its own: the truth, both indexes and a hashing embedder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foundation.database.engine import Database
from foundation.ids import Seq
from knowledge.log import NOW, AsOf
from knowledge.reading import Reader
from knowledge.vectors import VectorStore
from retrieval.attributes import Attributes
from retrieval.citing import Citer
from retrieval.diversity import RELEVANCE_ALONE, Diversity
from retrieval.doctor import Doctor, Patient
from retrieval.embedders.hashing import HashingEmbedder
from retrieval.embedding import EmbeddingFollower
from retrieval.filters import parse_filter
from retrieval.finishing import Finishing
from retrieval.following import Followers, Following, UpTo
from retrieval.indexes.exact import ExactIndex
from retrieval.indexes.lexical import LexicalIndex
from retrieval.model import Ranking, Scope, SearchResult, Vector
from retrieval.question import Question, check_question
from retrieval.retrievers.phrases import Phrases
from retrieval.retrievers.recency import Recency
from retrieval.sage import RagSage
from tests.knowledge.drafts import make_sage


class Dense:
    """The exact index with its embedder, as one dense retriever."""

    def __init__(self, embedder: HashingEmbedder, index: ExactIndex) -> None:
        self.embedder = embedder
        self._index = index

    def search(self, vector: Vector, k: int, scope: Scope) -> Ranking:
        return self._index.search(vector, k, scope)

    def scores(self, vector: Vector, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._index.scores(vector, ids)

    def documents(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._index.documents(ids)

    def matrix(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._index.matrix(ids)


class Home:
    """Everything that a search needs, followed in this thread."""

    def __init__(self, database: Database, folder: Path, *, languages: str = "") -> None:
        self.database = database
        self.folder = folder
        self.sage = make_sage(database)
        self.reader = Reader(database)
        self.attributes = Attributes(self.reader)
        self.embedder = Speaking(languages)
        self.vectors = VectorStore(database, self.embedder.name)
        self.open()

    def open(self) -> None:
        self.lexical = LexicalIndex(self.folder / "lexical")
        self.exact = ExactIndex(self.folder / "exact", self.embedder.dimension, self.vectors)
        self.embedding = EmbeddingFollower(lambda: self.embedder, self.vectors)
        embedded = UpTo(self.reader, self.vectors.position)
        self.following = [
            Following(self.lexical, self.reader),
            Following(self.embedding, self.reader, 256, self.embedding.interrupt),
            Following(self.exact, embedded),
        ]
        self.followers = Followers(self.following, poll_seconds=0.01)
        self.rag = RagSage(
            lexical=self.lexical,
            dense=lambda: Dense(self.embedder, self.exact),
            citer=Citer(self.database),
            coverage=self.coverage,
            head=self.reader.head,
            speaking=self.attributes.speaking,
            further=[
                Phrases(self.lexical, self.reader.chunks),
                Recency(self.lexical, self.reader.times),
            ],
            finishing=Finishing(self.database),
        )

    def close(self) -> None:
        self.followers.stop()
        self.rag.close()
        self.lexical.close()
        self.exact.close()

    def coverage(self) -> float:
        chunks = self.lexical.count()
        return min(1.0, self.exact.rows().current / chunks) if chunks else 1.0

    def catch_up(self, *names: str) -> None:
        self.followers.catch_up(names or self.followers.names)

    def search(
        self,
        text: str,
        k: int = 5,
        *,
        mode: str = "default",
        at: AsOf = NOW,
        where: dict[str, object] | None = None,
        collections: Sequence[str] | None = None,
        diversity: Diversity = RELEVANCE_ALONE,
        newest: str = "",
    ) -> SearchResult:
        query = check_question(text, k, mode)
        mask = self.attributes.mask(parse_filter(where) if where else None, collections, at)
        scope = Scope(documents=mask, seq=at.seq, time=at.time)
        return self.rag.search(Question(query, k, scope, at, mode, diversity, newest=newest))

    def found(self, text: str, k: int = 5, **options: object) -> list[str]:
        hits = self.search(text, k, **options).hits  # type: ignore[arg-type]  # passed on
        return [hit.citation.source_id for hit in hits]

    def doctor(self) -> Doctor:
        return Doctor(
            self.database,
            [
                Patient(self.lexical, self.lexical.ids, self.reader.head, self._ask_words),
                Patient(self.exact, lambda: self.exact.ids(Scope()), self._embedded),
            ],
        )

    def _embedded(self) -> Seq:
        return self.vectors.position()

    def _ask_words(self, number: int) -> Ranking:
        from foundation.ids import ChunkId

        chunk = self.reader.chunks([ChunkId(number)])[ChunkId(number)]
        return self.lexical.search(chunk.passage, 50, Scope())


class Speaking(HashingEmbedder):
    """A hashing embedder that says which languages it knows."""

    def __init__(self, languages: str) -> None:
        super().__init__(256)
        self._languages = frozenset(languages.split()) or None

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages
