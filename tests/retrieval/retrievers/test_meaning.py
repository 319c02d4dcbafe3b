"""Finding by meaning."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from foundation.errors import Unavailable
from retrieval.model import Scope, Vector
from retrieval.retrievers.meaning import Meaning
from retrieval.retrievers.model import Asked
from tests.contracts.retriever import RetrieverContract
from tests.retrieval.searching import Home


class TestMeaning(RetrieverContract):
    @pytest.fixture
    def retriever(self) -> Meaning:
        return Meaning()

    def test_it_waits_for_the_vector(self, filled: Home, retriever: Meaning) -> None:
        vector: Future[Vector] = Future()
        asked = replace(self.asked(filled, "steam"), vector=vector)
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(retriever.retrieve, asked)
            assert not found.done()
            vector.set_result(filled.embedder.embed_query("steam"))
            assert len(found.result()) == 3

    def test_why_there_is_no_vector_is_told_to_who_waits(
        self, filled: Home, retriever: Meaning
    ) -> None:
        vector: Future[Vector] = Future()
        vector.set_exception(Unavailable("the model is gone"))
        with pytest.raises(Unavailable, match="is gone"):
            retriever.retrieve(replace(self.asked(filled, "steam"), vector=vector))

    def test_what_is_not_embedded_is_not_asked_for(self, retriever: Meaning) -> None:
        asked = Asked("steam", 10, Scope())
        assert not retriever.applies(asked)
        assert len(retriever.retrieve(asked)) == 0
