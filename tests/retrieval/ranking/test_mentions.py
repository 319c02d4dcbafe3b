"""Words of a question are found where they stand, in English and Japanese alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.indexes.analysis import Analyser
from retrieval.ranking.mentions import MOST_TERMS, Mentions, Telling, mentions, telling


def asked(question: str) -> Telling:
    terms = Analyser().query(question)
    return telling(terms.words, terms.grams, {}, 100)


def look(question: str, *passages: tuple[str, str]) -> tuple[dict[str, list[bool]], Mentions]:
    wanted = asked(question)
    found = mentions(wanted, passages)
    held = found.holds.astype(bool).T.tolist()
    return dict(zip(wanted.terms, held, strict=True)), found


def test_a_word_is_found_in_text_and_title_by_its_stem_and_without_accents() -> None:
    held, _ = look(
        "Café owners marrying in 1990",
        ("The cafe", "In 1990 he married the owner."),
        ("", "They own 19901 cafeterias in Osaka, marvellous ones."),
    )
    assert held == {
        "cafe": [True, False],
        "owner": [True, False],
        "marri": [True, False],
        "1990": [True, False],
    }


def test_characters_are_found_anywhere_and_words_only_as_words() -> None:
    held, _ = look("東京のbird", ("", "大東京都、東の京 blackbird"), ("", "東京、birds"))
    assert held["東京"] == [True, True]
    assert held["京"] == [True, True]
    assert held["bird"] == [False, True]


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("red green. blue", 2 / 3, 1.0),
        ("red green blue", 1.0, 1.0),
        ("red. nothing here. green. blue 3.5 red", 2 / 3, 1.0),
        ("red。nothing。blue。", 1 / 3, 1 / 3),
        ("", 0.0, 0.0),
    ],
)
def test_sentences_are_told_apart(text: str, one: float, two: float) -> None:
    _, found = look("red green blue", ("", text), ("red green blue", ""))
    assert found.sentence.tolist() == pytest.approx([one, 0.0])
    assert found.two.tolist() == pytest.approx([two, 0.0])
    assert found.holds[1].all()


def test_of_very_many_words_the_rarest_are_looked_for() -> None:
    words = [f"word{number}" for number in range(200)]
    wanted = telling(words, [], {word: int(word[4:]) for word in words}, 1_000)
    assert list(wanted.terms) == words[:MOST_TERMS]
    found = mentions(wanted, [("", " ".join(words))])
    assert found.sentence.tolist() == pytest.approx([1.0])


@settings(deadline=None)  # the first call compiles
@given(st.text(max_size=80), st.lists(st.tuples(st.text(max_size=40), st.text(max_size=80))))
def test_whatever_is_written_the_shares_are_shares(
    question: str, passages: list[tuple[str, str]]
) -> None:
    found = mentions(asked(question), passages)
    assert found.holds.shape == (len(passages), len(found.weights))
    for shares in (found.sentence, found.two):
        assert shares.shape == (len(passages),)
        assert ((shares >= 0.0) & (shares <= 1.0 + 1e-9)).all()
    assert (found.two >= found.sentence - 1e-9).all()


@settings(deadline=None)
@given(st.text(alphabet="abc。.! \n日本", min_size=1, max_size=40))
def test_a_passage_has_every_word_of_itself(text: str) -> None:
    wanted = asked(text)
    if wanted.terms:
        assert mentions(wanted, [("", text)]).holds.all()
        assert np.isclose(mentions(wanted, [("", text)]).weights.sum(), 1.0)
