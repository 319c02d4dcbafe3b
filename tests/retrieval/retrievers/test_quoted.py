"""What stands in quotation marks, and which texts have it."""

from __future__ import annotations

import pytest

from retrieval.retrievers.quoted import holding, phrases


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('say "Hello  World" and “x y”', ["hello world", "x y"]),
        ("「ＡＢＣ」と『水 と 油』", ["abc", "水 と 油"]),
        ('a " lone mark, 5" and ""', ["lone mark, 5"]),
        ("it's o'clock", []),
        ('between "C" and "Java"', ["java"]),
        ('5" pipe and 6" pipe', []),
    ],
)
def test_quotation_marks_of_both_languages_are_read(text: str, quoted: list[str]) -> None:
    assert phrases(text) == quoted


def test_a_phrase_is_found_as_whole_words_and_japanese_anywhere() -> None:
    assert holding(["ai"], ["It is said", "An AI, here"]).tolist() == [False, True]
    assert holding(["東京"], ["大東京都", "京東"]).tolist() == [True, False]
    assert holding(["c++ code"], ["my C++  code.", "c+ code"]).tolist() == [True, False]
    assert holding(["ai"], ["最新のAI技術", "最新のAIs", "main"]).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ('"don\'t panic"', "Don\u2019t panic!"),
        ("\u201cdon\u2019t panic\u201d", "They said: don't panic."),
        ('"don\'t panic"', "Don\u02bct panic"),
        ("'say \"rock \u2018n\u2019 roll\"'", "say rock 'n' roll"),
        ('"e-mail"', "By e\u2011mail or post"),
        ('"e\u2011mail"', "By E-MAIL or post"),
        ('"1939-1945"', "The years 1939\u20131945."),
        ('"minus -5 degrees"', "at minus \u22125 degrees"),
        ('"a-b"', "a\ufe63b and a\uff0db"),
        ('"cooperate"', "They co\u00adoperate"),
    ],
)
def test_typography_makes_no_difference(asked: str, text: str) -> None:
    wanted = phrases(asked)
    assert wanted
    assert holding(wanted, [text]).tolist() == [True]


@pytest.mark.parametrize("text", ["Email", "don panic", "19391945", "They do n't panic"])
def test_marks_are_not_left_out(text: str) -> None:
    assert not holding(["e-mail"], [text])[0]
    assert not holding(["don't panic"], [text])[0]
    assert not holding(["1939-1945"], [text])[0]


def test_a_mark_at_an_edge_does_not_let_a_phrase_begin_within_a_word() -> None:
    texts = ["the re-export", "the re\u2010exports", "core-export"]
    assert holding(["re-export"], texts).tolist() == [True, False, False]
    assert holding(["export"], texts).tolist() == [True, False, True]
