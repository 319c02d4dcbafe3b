"""Finding what is quoted."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import ChunkId
from retrieval.indexes.analysis import Analyser
from retrieval.model import Scope
from retrieval.retrievers.model import Asked
from retrieval.retrievers.phrases import Phrases
from retrieval.retrievers.quoted import holding
from tests.contracts.retriever import RetrieverContract
from tests.knowledge.drafts import draft, words
from tests.retrieval.indexes.small import index_of, titled
from tests.retrieval.searching import Home

ANALYSER = Analyser()


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


def test_the_only_passage_with_the_phrase_is_read_however_many_share_its_words(
    tmp_path: Path,
) -> None:
    texts = [f"valve sea blue sky valve sun blue {words(i, 6)}" for i in range(360)]
    texts += [words(i, 6) for i in range(1000, 2000)]
    texts.append(f"{words(9, 200)} the blue valve {words(8, 200)}")
    chunks = {ChunkId(n): titled(n, text, document=n) for n, text in enumerate(texts, start=1)}
    index = index_of(tmp_path, list(chunks.values()))
    phrases = Phrases(index, lambda ids: {number: chunks[number] for number in ids})
    assert phrases.retrieve(Asked('"the blue valve"', 10, Scope())).ids.tolist() == [len(texts)]
    index.close()


def test_two_phrases_need_not_stand_beside_each_other(home: Home) -> None:
    apart = draft("apart", f"a red tap {words(1, 30)} the blue valve {words(2, 30)}")
    home.sage.add("c", [apart, draft("half", f"the blue valve and a tap that is red {words(3)}")])
    home.catch_up("lexical")
    asked = Asked('"blue valve" "red tap"', 10, Scope())
    found = Phrases(home.lexical, home.reader.chunks).retrieve(asked)
    assert [text.split()[1] for _, text in home.reader.texts(found.ids.tolist())] == ["red"]


def test_a_part_of_an_identifier_is_a_phrase_too(home: Home) -> None:
    home.sage.add("c", [draft("one", "See api.http.client for it"), draft("two", "an http client")])
    home.catch_up("lexical")
    asked = Asked('"http.client"', 10, Scope())
    found = Phrases(home.lexical, home.reader.chunks).retrieve(asked)
    assert [text.split()[0] for _, text in home.reader.texts(found.ids.tolist())] == ["See"]


@given(data=st.data())
def test_what_stands_in_a_text_word_for_word_is_held_by_what_is_indexed_of_it(
    data: st.DataObject,
) -> None:
    parts = st.sampled_from(
        [
            "the",
            "Valve",
            "of",
            "http_client.py",
            "東京",
            "で",
            "AI",
            "don\u2019t",
            "-",
            "“",
            " ",
            ".",
        ]
    )
    text = "".join(data.draw(st.lists(parts, min_size=1, max_size=12)))
    start = data.draw(st.integers(0, len(text) - 1))
    phrase = text[start : data.draw(st.integers(start + 1, len(text)))].strip()
    if not phrase or not holding([phrase.casefold()], [text])[0]:
        return
    asked, indexed = ANALYSER.phrases([phrase.casefold()]), ANALYSER.terms(text)
    for name in ("words", "pairs", "grams"):
        assert set(getattr(asked, name)) <= set(getattr(indexed, name))


def test_a_phrase_deep_down_in_the_ranking_comes_first(home: Home) -> None:
    many = [draft(f"d{i}", f"steam engine {words(i, 12)}") for i in range(320)]
    deep = draft("deep", f"{words(999, 150)} where engine of steam stands {words(998, 150)}")
    home.sage.add("c", [*many, deep])
    home.catch_up("lexical")
    assert home.found('steam engine "engine of steam"', k=1) == ["deep"]
