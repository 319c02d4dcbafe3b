"""Which embedding model serves searches, and the change from one to another without a gap."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.platform import Home
from foundation.database.engine import Database
from foundation.ids import ChunkId, content_hash
from foundation.settings import Settings
from knowledge.reading import Reader
from knowledge.vectors import VectorStore
from retrieval.doctor import Patient
from retrieval.embedders.model import Embedder, EmbedderOptions
from retrieval.embedders.registry import open_embedder
from retrieval.following import EmbeddingFollower, Following, UpTo
from retrieval.indexes.chroma import ChromaIndex
from retrieval.indexes.exact import ExactIndex, ExactReader
from retrieval.indexes.planner import DenseSearcher
from retrieval.model import Ranking, Scope, Vector

_EMBEDDER_STEP = 256
_INDEX_STEP = 5_000


@dataclass(frozen=True, slots=True)
class Model:
    """One embedding model with the vectors and indexes that belong to it."""

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

    def close(self) -> None:
        """Close the indexes and the model."""
        self.exact.close()
        if self.chroma:
            self.chroma.close()
        self.embedder.close()


class Serving:
    """Dense search by the model in service, while the next one may be getting ready beside it.

    A home remembers which model serves it. When the settings name another, that one is followed
    from the start of the log, and takes over as soon as it knows every passage; the old one's
    indexes are then removed (its vectors stay in the truth: going back costs nothing).
    """

    def __init__(self, home: Home, reader: Reader, current: Model, coming: Model | None) -> None:
        self._home = home
        self._reader = reader
        self._current = current
        self._coming = coming
        self._retired: list[Model] = []

    def model(self) -> Model:
        """Answer the model in service, letting the coming one take over once it knows all."""
        coming = self._coming
        if coming and coming.exact.position() >= self._reader.head():
            _remember(self._home, coming.spec)
            self._retired.append(self._current)  # searches under way may still use it
            self._current, self._coming = coming, None
        return self._current

    def coverage(self, count: Callable[[], int]) -> float:
        """Answer which share of the current chunks is found by meaning, 0 to 1.

        Args:
            count: counts the chunks that are found by words.
        """
        exact = self.model().exact
        if exact.position() >= self._reader.head():
            return 1.0
        chunks = count()
        return min(1.0, exact.rows().current / chunks) if chunks else 1.0

    def following(self) -> list[Following]:
        """List the followers to run: of the model that the settings name."""
        model = self._coming or self._current
        if not isinstance(model.exact, ExactIndex):
            return []
        embedding = EmbeddingFollower(lambda: model.embedder, model.vectors)
        embedded = UpTo(self._reader, model.vectors.position)
        following = [
            Following(embedding, self._reader, _EMBEDDER_STEP, embedding.interrupt),
            Following(model.exact, embedded, _INDEX_STEP),
        ]
        if model.chroma:
            following.append(Following(model.chroma, embedded, _INDEX_STEP))
        return following

    def patients(self) -> list[Patient]:
        """List what the doctor examines."""
        model = self._coming or self._current
        ask = _ask_vectors(self._reader, model)
        patients = []
        if isinstance(model.exact, ExactIndex):
            exact = model.exact
            patients.append(Patient(exact, lambda: exact.ids(Scope()), model.vectors.position, ask))
        if model.chroma:
            patients.append(Patient(model.chroma, model.chroma.ids, model.vectors.position))
        return patients

    def close(self) -> None:
        """Close every model."""
        for model in (self._current, self._coming, *self._retired):
            if model:
                model.close()
        for model in self._retired:
            shutil.rmtree(model.folder, ignore_errors=True)


def open_serving(
    settings: Settings, home: Home, database: Database, reader: Reader, *, writable: bool
) -> Serving:
    """Open the model in service and, where the settings name another, that one too."""
    wanted = _specification(settings)
    options = _options(settings)
    serving = _remembered(home) or wanted

    def open_model(spec: str, *, own: bool) -> Model:
        embedder = open_embedder(spec, options)
        vectors = VectorStore(database, embedder.name)
        folder = home.followers / f"dense-{_folder_name(embedder.name)}"
        exact: ExactReader = (
            ExactIndex(folder / "exact", embedder.dimension, vectors)
            if own
            else ExactReader(folder / "exact", embedder.dimension)
        )
        chroma = (
            ChromaIndex(
                folder / "chroma",
                embedder.dimension,
                vectors,
                url=settings.chroma_url,
                collection=_collection_name(home, embedder.name),
            )
            if own
            else None
        )
        return Model(spec, embedder, vectors, folder, exact, chroma, DenseSearcher(exact, chroma))

    if not writable:
        return Serving(home, reader, open_model(serving, own=False), None)
    if serving == wanted:
        _remember(home, wanted)
        return Serving(home, reader, open_model(wanted, own=True), None)
    return Serving(home, reader, open_model(serving, own=False), open_model(wanted, own=True))


def _specification(settings: Settings) -> str:
    """Answer the embedder's name for the registry."""
    if settings.embedder == "minilm" and settings.embedder_precision == "int8":
        return "minilm-int8"
    return settings.embedder


def _options(settings: Settings) -> EmbedderOptions:
    key = settings.openai_api_key
    return EmbedderOptions(
        models_dir=settings.models_dir,
        local_files_only=False,
        base_url=settings.openai_base_url or "",
        key=key.get_secret_value() if key else "",
    )


def _remembered(home: Home) -> str:
    try:
        return str(json.loads((home.path / "serving.json").read_text())["embedder"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _remember(home: Home, spec: str) -> None:
    aside = home.path / "serving.tmp"
    aside.write_text(json.dumps({"embedder": spec}))
    aside.replace(home.path / "serving.json")


def _folder_name(model: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", model)[:100]


def _collection_name(home: Home, model: str) -> str:
    """Name a collection that, on a shared server, is this home's and this model's alone."""
    return f"elders-{content_hash(str(home.path), model)[:16]}"


def _ask_vectors(reader: Reader, model: Model) -> Callable[[ChunkId], Ranking]:
    def ask(chunk_id: ChunkId) -> Ranking:
        chunk = reader.chunks([chunk_id])[chunk_id]
        data = model.vectors.vectors([chunk.text_hash])[chunk.text_hash]
        return model.searcher.search(np.frombuffer(data, "<f4"), 50, Scope())

    return ask
