"""Finding by words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retrieval.retrievers.words import Words
from tests.contracts.retriever import RetrieverContract
from tests.retrieval.searching import Home


class TestWords(RetrieverContract):
    @pytest.fixture
    def retriever(self, filled: Home) -> Words:
        return Words(filled.lexical, 0.1)

    def test_other_names_count_but_less(self, filled: Home, retriever: Words) -> None:
        asked = replace(self.asked(filled, "boiler valve"), also=["rose"])
        plain, more = (
            retriever.retrieve(self.asked(filled, "boiler valve")),
            retriever.retrieve(asked),
        )
        assert more.ids.tolist()[: len(plain)] == plain.ids.tolist()
        assert len(more) == len(plain) + 1
