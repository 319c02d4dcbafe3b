"""Chroma as a plain store of vectors: embedded or behind a URL, its many errors as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from foundation.errors import InvalidInput, Unavailable
from retrieval.indexes.rows import Integers
from retrieval.model import Matrix, Ranking, Vector

EF_SEARCH: Final = 200
"""Candidates that HNSW keeps while it searches; more are kept where more are fetched."""

_M_PERTURB: Final = -6
"""The option of glibc's mallopt."""

_HNSW: Final[dict[str, Any]] = {
    "space": "ip",  # vectors have length 1, and a row of zeros is no special case
    "ef_search": EF_SEARCH,
    # Twice Chroma's defaults: recall@10 0.999 in place of 0.988, 1.1 ms a vector in place of 0.7,
    # which is nothing beside embedding it.
    "ef_construction": 200,
    "max_neighbors": 32,
    # Each sync writes the whole graph: at 100,000 vectors 160 MB. Until then SQLite's log holds.
    "sync_threshold": 10_000,
    "batch_size": 100,
}


class ChromaStore:
    """One open collection. Everything it raises is `Unavailable`; several threads may query."""

    def __init__(self, client: Any, collection: str, where: str) -> None:  # noqa: ANN401 - chromadb's
        self._client = client
        self._where = where
        with _asking(where):
            self._batch = client.get_max_batch_size()
            self._collection = client.get_or_create_collection(
                collection, embedding_function=None, configuration={"hnsw": _HNSW}
            )

    def count(self) -> int:
        """Count the vectors."""
        with _asking(self._where):
            return int(self._collection.count())

    def upsert(self, ids: Sequence[int], vectors: Matrix, fields: Sequence[dict[str, Any]]) -> None:
        """Write vectors, shape (n, dimension), with their filter fields; known ids are replaced."""
        for at in range(0, len(ids), self._batch):
            piece = slice(at, at + self._batch)
            with _asking(self._where):
                self._collection.upsert(
                    ids=[str(number) for number in ids[piece]],
                    embeddings=vectors[piece],
                    metadatas=fields[piece],
                )

    def delete(self, ids: Sequence[int]) -> None:
        """Forget vectors; unknown ids are no error."""
        for at in range(0, len(ids), self._batch):
            with _asking(self._where):
                self._collection.delete(ids=[str(number) for number in ids[at : at + self._batch]])

    def ids(self) -> Integers:
        """List all ids, ascending."""
        with _asking(self._where):
            listed = self._collection.get(include=[])["ids"]
        return np.sort(np.array(listed, np.int64))

    def nearest(self, vector: Vector, k: int) -> Ranking:
        """Rank about k vectors by inner product, as HNSW finds them."""
        with _asking(self._where):
            answer = self._collection.query(
                query_embeddings=[vector], n_results=k, include=["distances"]
            )
        distances = (answer["distances"] or [[]])[0]
        return Ranking(
            np.array(answer["ids"][0], np.int64),
            1.0 - np.array(distances, np.float32),
        )

    def close(self) -> None:
        """Close the client, and what it leaves open."""
        sessions = _sessions(self._client)
        with _asking(self._where):
            self._client.close()
        for session in sessions:
            session.close()


@cache
def _overwrite_freed_memory() -> None:
    """Let no file hold what the memory held before: Chroma writes pages that it never filled.

    A text that was purged was once found in such a page. Glibc's allocator can overwrite what it
    gives and takes back (M_PERTURB); others have no such switch, and are left as they are.
    """
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_PERTURB, 0xA5)


def open_embedded(folder: Path, collection: str) -> ChromaStore:
    """Open or create the store of a folder; one process at a time."""
    import chromadb

    _overwrite_freed_memory()
    with _asking(str(folder)):
        client: Any = chromadb.PersistentClient(str(folder), _settings())
    return ChromaStore(client, collection, str(folder))


def open_server(url: str, collection: str, *, fresh: bool, timeout_seconds: float) -> ChromaStore:
    """Reach a Chroma server (`chroma run`) and take the collection, making it if need be.

    Other generations of the collection (its name before the last hyphen) are deleted; where
    `fresh`, so is this one: somebody deleted the folder that knew of it.

    Raises:
        InvalidInput: the URL is not `http://host:port` or `https://host:port`.
        Unavailable: the server does not answer.
    """
    import chromadb

    host, port, tls = _address(url)
    stem = collection.rpartition("-")[0]
    with _asking(url):
        client: Any = chromadb.HttpClient(host, port, ssl=tls, settings=_settings())
        for session in _sessions(client):
            session.timeout = timeout_seconds  # Chroma's own client waits for ever
        for name in [other.name for other in client.list_collections()]:
            if name.rpartition("-")[0] == stem and (fresh or name != collection):
                client.delete_collection(name)
    return ChromaStore(client, collection, url)


def _address(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput(f"{url!r} is no Chroma server; write one such as http://127.0.0.1:8000")
    tls = parts.scheme == "https"
    return parts.hostname, port or (443 if tls else 8000), tls


def _settings() -> Any:  # noqa: ANN401 - chromadb's
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _sessions(client: Any) -> list[Any]:  # noqa: ANN401 - chromadb's
    """Find the HTTP sessions of a client: it offers no timeout and leaves them open."""
    holders = [client, getattr(client, "_admin_client", None)]
    servers = [getattr(holder, "_server", None) for holder in holders]
    return [s for s in (getattr(server, "_session", None) for server in servers) if s is not None]


@contextmanager
def _asking(where: str) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # Chroma raises its own errors, httpx's, plain ones, and panics that are no Exception.
        raise Unavailable(
            f"Chroma at {where} failed ({type(error).__name__}: {str(error)[:300]}); "
            "searches use the exact index meanwhile"
        ) from error
