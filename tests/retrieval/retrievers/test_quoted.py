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
