"""What every embedder must do: inherit beside a fixture `embedder` of the module."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.embedders.model import Embedder

TOLERANCE = 1e-4

TEXTS = (
    "A cat sleeps on the warm roof.",
    "The database commits a transaction before it answers. " * 3,
    "Rain",
    "東京は日本の首都です。猫が屋根で眠っている。",
    "Der Dienst antwortet nicht mehr, weil der Speicher voll ist.",
    "def add(a: int, b: int) -> int:\n    return a + b\n",
    "A cat sleeps on the warm roof, and nobody wakes it until the rain begins to fall.",
)


def assert_unit(rows: NDArray[np.float32]) -> None:
    assert rows.dtype == np.float32
    assert np.abs(np.linalg.norm(rows.astype(np.float64), axis=-1) - 1.0).max() < TOLERANCE


def assert_same(left: NDArray[np.float32], right: NDArray[np.float32]) -> None:
    assert np.abs(left - right).max() < TOLERANCE


class EmbedderContract:
    """Tests that hold for every implementation of `Embedder`."""

    many = 150
    """Documents that keep it busy for a moment, while a query comes in."""

    def test_its_name_fits_a_cache_key(self, embedder: Embedder) -> None:
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,200}", embedder.name)

    def test_it_speaks_of_languages_by_their_codes(self, embedder: Embedder) -> None:
        languages = embedder.languages
        assert languages is None or all(re.fullmatch("[a-z]{2,3}", code) for code in languages)

    def test_vectors_have_length_one(self, embedder: Embedder) -> None:
        rows = embedder.embed_documents(TEXTS)
        assert rows.shape == (len(TEXTS), embedder.dimension)
        assert_unit(rows)
        vector = embedder.embed_query(TEXTS[0])
        assert vector.shape == (embedder.dimension,)
        assert_unit(vector)

    def test_rows_keep_the_order_of_the_texts(self, embedder: Embedder) -> None:
        forward = embedder.embed_documents(TEXTS)
        assert_same(embedder.embed_documents(TEXTS[::-1])[::-1], forward)
        assert np.abs(forward[0] - forward[1]).max() > TOLERANCE

    def test_a_text_gets_the_same_vector_alone_and_in_a_batch(self, embedder: Embedder) -> None:
        together = embedder.embed_documents(TEXTS)
        for row, text in zip(together, TEXTS, strict=True):
            assert_same(embedder.embed_documents([text])[0], row)

    def test_no_texts_give_no_rows(self, embedder: Embedder) -> None:
        rows = embedder.embed_documents([])
        assert rows.shape == (0, embedder.dimension)
        assert rows.dtype == np.float32

    @pytest.mark.parametrize("text", ["", "   ", "\0", "a\0b", "\ud800", "猫\udfff", "🦉", "\x07"])
    def test_odd_texts_are_not_refused(self, embedder: Embedder, text: str) -> None:
        assert_unit(embedder.embed_documents([text, "Rain"]))
        assert_unit(embedder.embed_query(text))

    @settings(
        max_examples=10,
        deadline=None,
        # One method for many classes is what a contract is; models take their time.
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
    )
    @given(texts=st.lists(st.text(st.characters(), max_size=20), max_size=2))
    def test_any_text_gets_a_vector(self, embedder: Embedder, texts: list[str]) -> None:
        rows = embedder.embed_documents(texts)
        assert rows.shape == (len(texts), embedder.dimension)
        assert not texts or np.isfinite(rows).all()

    def test_a_very_long_text_is_cut(self, embedder: Embedder) -> None:
        long = "The log grows by one line for every change. " * 25_000
        rows = embedder.embed_documents([long, long + "A cat sleeps on the warm roof."])
        assert_unit(rows)
        assert_same(rows[0], rows[1])

    def test_japanese_does_not_fail(self, embedder: Embedder) -> None:
        assert_unit(embedder.embed_documents(["吾輩は猫である。名前はまだ無い。"]))
        assert_unit(embedder.embed_query("猫の名前"))

    def test_a_query_finds_its_passage(self, embedder: Embedder) -> None:
        similarity = embedder.embed_documents(TEXTS) @ embedder.embed_query("a cat on the roof")
        assert int(similarity.argmax()) in (0, 6)

    def test_several_threads_get_what_one_gets(self, embedder: Embedder) -> None:
        documents = embedder.embed_documents(TEXTS)
        queries = np.stack([embedder.embed_query(text) for text in TEXTS[:3]])
        with ThreadPoolExecutor(4) as pool:
            batches = [pool.submit(embedder.embed_documents, TEXTS) for _ in range(2)]
            singles = [pool.submit(embedder.embed_query, text) for text in TEXTS[:3]]
            for batch in batches:
                assert_same(batch.result(), documents)
            assert_same(np.stack([single.result() for single in singles]), queries)

    def test_a_query_does_not_wait_for_all_documents(self, embedder: Embedder) -> None:
        """A loaded machine may starve one thread for a while: one of five tries is enough."""
        assert any(self._answers_first(embedder) for _ in range(5))

    def _answers_first(self, embedder: Embedder) -> bool:
        begun, done = threading.Event(), threading.Event()

        def embed_many() -> None:
            begun.set()
            embedder.embed_documents([f"{number} {TEXTS[1]}" for number in range(self.many)])
            done.set()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(embed_many)
            begun.wait()
            embedder.embed_query("Rain")
            return not done.is_set()

    def test_closing_twice_is_safe(self, embedder: Embedder) -> None:
        # Last in the class: nothing may be called after it.
        embedder.close()
        embedder.close()
