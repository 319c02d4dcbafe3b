from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.errors import Unavailable
from retrieval.embedders.deferred import DeferredEmbedder
from retrieval.embedders.hashing import HashingEmbedder
from retrieval.embedders.model import Embedder
from tests.retrieval.embedders.contract import EmbedderContract


class Loader:
    """Counts how often the model is loaded, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls = 0

    def __call__(self) -> Embedder:
        self.calls += 1
        if self.calls <= self.failures:
            raise Unavailable("no memory for the model")
        return HashingEmbedder(16)


def deferred(loader: Loader, now: list[float] | None = None) -> DeferredEmbedder:
    times = now or [0.0]
    return DeferredEmbedder(
        loader, name="hashing-1-16", dimension=16, languages=None, monotonic=lambda: times[0]
    )


@pytest.fixture(scope="module")
def embedder() -> DeferredEmbedder:
    return deferred(Loader())


class TestDeferredEmbedder(EmbedderContract):
    many = 1_000


def test_the_first_text_loads_the_model_and_only_the_first() -> None:
    loader = Loader()
    embedder = deferred(loader)
    assert (embedder.name, embedder.dimension, loader.calls) == ("hashing-1-16", 16, 0)
    embedder.embed_query("rain")
    embedder.embed_documents(["rain"])
    assert loader.calls == 1


def test_several_threads_load_it_once() -> None:
    loader = Loader()
    embedder = deferred(loader)
    together = threading.Barrier(4)

    def embed() -> None:
        together.wait()
        embedder.embed_query("rain")

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(embed) for _ in range(4)]:
            future.result()
    assert loader.calls == 1


def test_after_a_failure_it_is_tried_again_but_not_within_a_minute() -> None:
    loader, now = Loader(failures=1), [100.0]
    embedder = deferred(loader, now)
    for _ in range(3):
        with pytest.raises(Unavailable, match="no memory"):
            embedder.embed_query("rain")
        now[0] += 29.0
    assert loader.calls == 1
    now[0] = 161.0
    embedder.embed_query("rain")
    assert loader.calls == 2


def test_closing_loads_nothing() -> None:
    loader = Loader()
    deferred(loader).close()
    assert loader.calls == 0
