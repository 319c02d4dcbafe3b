"""Finding what is quoted."""

from __future__ import annotations

import pytest

from retrieval.model import Scope
from retrieval.retrievers.model import Asked
from retrieval.retrievers.phrases import Phrases
from tests.contracts.retriever import RetrieverContract
from tests.knowledge.drafts import draft, words
from tests.retrieval.searching import Home


class TestPhrases(RetrieverContract):
    @pytest.fixture
    def retriever(self, filled: Home) -> Phrases:
        return Phrases(filled.lexical, filled.reader.chunks)

    def test_words_must_stand_together(self, filled: Home, retriever: Phrases) -> None:
        assert len(retriever.retrieve(self.asked(filled, '"boiler notes"'))) == 0
        assert len(retriever.retrieve(self.asked(filled, '"Notes of  the BOILER"'))) == 2

    def test_every_phrase_is_needed(self, filled: Home, retriever: Phrases) -> None:
        assert len(retriever.retrieve(self.asked(filled, '"steam rises" "any tap"'))) == 0

    def test_a_question_without_quotes_is_not_for_it(
        self, filled: Home, retriever: Phrases
    ) -> None:
        assert not retriever.applies(Asked("steam rises", 10, Scope()))
        assert len(retriever.retrieve(self.asked(filled, "steam rises"))) == 0

    def test_words_of_no_passage_find_nothing(self, filled: Home, retriever: Phrases) -> None:
        assert len(retriever.retrieve(self.asked(filled, '"zanzibar report"'))) == 0


def test_a_phrase_deep_down_in_the_ranking_comes_first(home: Home) -> None:
    many = [draft(f"d{i}", f"steam engine {words(i, 12)}") for i in range(320)]
    deep = draft("deep", f"{words(999, 150)} where engine of steam stands {words(998, 150)}")
    home.sage.add("c", [*many, deep])
    home.catch_up("lexical")
    assert home.found('steam engine "engine of steam"', k=1) == ["deep"]
