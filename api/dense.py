"""Embedding models of a home: each with its vectors, its indexes, and its followers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.homes import Home
from foundation.database.engine import Database
from foundation.errors import Conflict
from foundation.ids import ChunkId, Seq, content_hash
from knowledge.follower import Feed
from knowledge.reading import Reader
from knowledge.vectors import VectorStore
from retrieval.cache.recall import QueryVectors, RecallingEmbedder
from retrieval.doctor import Patient
from retrieval.embedders.model import Embedder, EmbedderOptions
from retrieval.embedders.registry import open_embedder
from retrieval.embedding import EmbeddingFollower
from retrieval.following import Following, UpTo
from retrieval.indexes.chroma import ChromaIndex
from retrieval.indexes.chroma_journal import JournalFolder
from retrieval.indexes.exact import ExactIndex, ExactReader
from retrieval.indexes.planner import DenseSearcher
from retrieval.model import Ranking, Scope, Vector

_EMBEDDER_STEP = 256
_INDEX_STEP = 5_000
_RESTS = 3.0
"""Chroma holds the interpreter while it writes: 14 ms for one vector, 76 ms for ten (10,000 in it).

It may take a quarter of a core: while it is behind, the exact index answers.
"""

_PREFIX = "dense-"


@dataclass(frozen=True, slots=True)
class Model:
    """One embedding model with the vectors and indexes that belong to it.

    Attributes:
        spec: how the registry calls it.
        folder: of its indexes.
        chroma: None where this process does not own the home.
    """

    spec: str
    embedder: Embedder
    vectors: VectorStore
    folder: Path
    exact: ExactReader
    chroma: ChromaIndex | None
    searcher: DenseSearcher

    def search(self, vector: Vector, k: int, scope: Scope) -> Ranking:
        """Answer the k chunks nearest to the vector within the scope."""
        return self.searcher.search(vector, k, scope)

    def scores(self, vector: Vector, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Answer the similarity of chunks, nan where they have no vector (yet)."""
        return self.exact.scores(vector, ids)

    def matrix(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Answer the vector of each chunk, zeros where it has none (yet)."""
        return self.exact.matrix(ids)

    def documents(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Answer the document number of each chunk, -1 where it has no vector (yet)."""
        return self.exact.documents(ids)

    def close(self) -> None:
        """Close the indexes and the model."""
        self.exact.close()
        if self.chroma:
            self.chroma.close()
        self.embedder.close()


@dataclass(frozen=True, slots=True)
class Models:
    """Opens embedding models for one home.

    Attributes:
        given: an embedder that the program brought along, served in place of a named one.
        vectors: of queries, remembered; None embeds each query anew.
    """

    home: Home
    database: Database
    reader: Reader
    options: EmbedderOptions
    chroma_url: str | None = None
    given: Embedder | None = None
    vectors: QueryVectors | None = None

    def open(self, spec: str, *, own: bool) -> Model:
        """Open a model by its name, with indexes to write to (`own`) or just to read.

        Raises:
            InvalidInput: there is no such embedder, or its package is missing.
            Unavailable: it can't be had now.
        """
        given = self.given
        embedder = (
            given
            if given is not None and spec == spec_of(given)
            else open_embedder(spec, self.options)
        )
        if self.vectors is not None:
            embedder = RecallingEmbedder(embedder, self.vectors)
        vectors = VectorStore(self.database, embedder.name)
        folder = self.home.followers / folder_name(embedder.name)
        if not own:
            exact = ExactReader(folder / "exact", embedder.dimension)
            return Model(spec, embedder, vectors, folder, exact, None, DenseSearcher(exact))
        index = ExactIndex(folder / "exact", embedder.dimension, vectors)
        chroma = ChromaIndex(
            folder / "chroma",
            embedder.dimension,
            vectors,
            url=self.chroma_url,
            collection=_collection_name(self.home, embedder.name),
        )
        searcher = DenseSearcher(index, chroma)
        return Model(spec, embedder, vectors, folder, index, chroma, searcher)

    def following(self, model: Model) -> list[Following]:
        """List what follows the log for a model; one opened to read is only watched."""
        if not isinstance(model.exact, ExactIndex) or model.chroma is None:
            return self._watched(model)
        embedding = EmbeddingFollower(lambda: model.embedder, model.vectors)
        embedded = UpTo(self.reader, model.vectors.position)
        return [
            Following(embedding, self.reader, _EMBEDDER_STEP, embedding.interrupt),
            Following(model.exact, embedded, _INDEX_STEP),
            Following(model.chroma, embedded, _INDEX_STEP, rests=_RESTS),
        ]

    def patients(self, model: Model) -> list[Patient]:
        """List what the doctor examines of a model."""
        if not isinstance(model.exact, ExactIndex) or model.chroma is None:
            return []
        exact, reached = model.exact, model.vectors.position
        return [
            Patient(exact, lambda: exact.ids(Scope()), reached, self._asking(model)),
            Patient(model.chroma, model.chroma.ids, reached),
        ]

    def _watched(self, model: Model) -> list[Following]:
        journals = JournalFolder(model.folder / "chroma", model.embedder.dimension)

        def indexed() -> Seq:
            journal = journals.read()
            return journal.seq if journal else Seq(0)

        positions = {
            EmbeddingFollower.name: model.vectors.position,
            ExactIndex.name: model.exact.position,
            ChromaIndex.name: indexed,
        }
        return [
            Following(Watched(name, position), self.reader) for name, position in positions.items()
        ]

    def _asking(self, model: Model) -> Callable[[ChunkId], Ranking]:
        def ask(chunk_id: ChunkId) -> Ranking:
            chunk = self.reader.chunks([chunk_id])[chunk_id]
            data = model.vectors.vectors([chunk.text_hash])[chunk.text_hash]
            return model.searcher.search(np.frombuffer(data, "<f4"), 50, Scope())

        return ask


class Watched:
    """A follower that another process runs: its position can be read, and nothing else."""

    def __init__(self, name: str, position: Callable[[], Seq]) -> None:
        self.name = name
        self._position = position

    def position(self) -> Seq:
        """Answer how far it is."""
        return self._position()

    def apply(self, feed: Feed) -> None:
        """Refuse: the home's owner does it."""
        raise Conflict(f"{self.name} was opened read-only; changes up to {feed.upto} wait")

    def reset(self) -> None:
        """Refuse: the home's owner does it."""
        raise Conflict(f"{self.name} was opened read-only")


def spec_of(embedder: Embedder) -> str:
    """Name an embedder that a program brought along."""
    return f"object:{embedder.name}"


def folder_name(model: str) -> str:
    """Name the folder of a model's indexes."""
    return _PREFIX + re.sub(r"[^A-Za-z0-9._-]+", "-", model)[:100]


def model_folders(home: Home) -> list[Path]:
    """List the folders of all models that ever served this home."""
    return sorted(home.followers.glob(f"{_PREFIX}*"))


def _collection_name(home: Home, model: str) -> str:
    """Name a collection that, on a shared server, is this home's and this model's alone."""
    return f"elders-{content_hash(str(home.path), model)[:16]}"
