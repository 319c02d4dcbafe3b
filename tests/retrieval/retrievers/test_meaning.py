"""Finding by meaning."""

from __future__ import annotations

import pytest

from retrieval.model import Scope
from retrieval.retrievers.meaning import Meaning
from retrieval.retrievers.model import Asked
from tests.contracts.retriever import RetrieverContract
from tests.retrieval.searching import Dense, Home


class TestMeaning(RetrieverContract):
    @pytest.fixture
    def retriever(self, filled: Home) -> Meaning:
        return Meaning(Dense(filled.embedder, filled.exact))

    def test_what_is_not_embedded_is_not_asked_for(self, retriever: Meaning) -> None:
        asked = Asked("steam", 10, Scope())
        assert not retriever.applies(asked)
        assert len(retriever.retrieve(asked)) == 0
