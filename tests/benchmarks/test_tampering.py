from __future__ import annotations

import random
from dataclasses import replace

import pytest

from benchmarks.opposites import ENGLISH, JAPANESE
from benchmarks.stated import Stated
from benchmarks.tampering import TRUE, UNTRUE
from retrieval.answers.opposites import LISTED
from tests.retrieval.answers.texts import passage

PASSAGE = passage(1, "It kept 20 boxes of Ada Byron in Cork for 30 days. Bob Hale sold 7.")
GIVEN = Stated(
    "made", "en", PASSAGE.text.split(" Bob")[0], PASSAGE, None, passage(2, "Tim Lee saw Ulm."), ""
)


@pytest.mark.parametrize(
    ("kind", "text", "language", "made"),
    [
        ("another unit or scale", "It spent 5 million.", "en", {"It spent 5 billion."}),
        ("another unit or scale", "90日間保存した。", "ja", {"90週間保存した。"}),
        ("denied by a prefix", "これは十分である。", "ja", {"これは不十分である。"}),
        ("denied by a prefix", "これは不十分である。", "ja", {"これは十分である。"}),
        ("denied by a prefix", "It was known there.", "en", {"It was unknown there."}),
        ("numbers exchanged", "From 10 in May to 20.", "en", {"From 20 in May to 10."}),
        ("opposite", "戦争が続いた。", "ja", {"平和が続いた。"}),
        ("numbers written otherwise", "It has 25 seats.", "en", {"It has twenty-five seats."}),
        ("numbers written otherwise", "約10人が来た。", "ja", {"約十人が来た。"}),
        ("in another order", "It was by Ada and Bob.", "en", {"It was by Bob and Ada."}),
        ("in another order", "It is by Ada and Bob, respectively.", "en", set()),
    ],
)  # fmt: skip
def test_a_sentence_is_written_as_its_kind_says(
    kind: str, text: str, language: str, made: set[str]
) -> None:
    given = replace(GIVEN, text=text, language=language)
    found = {**TRUE, **UNTRUE}[kind](given, random.Random(1))
    assert ({found.text} if found else set()) == made


@pytest.mark.parametrize("kind", [*TRUE, *UNTRUE])
def test_what_is_untrue_is_another_sentence_or_cites_another_passage(kind: str) -> None:
    made = {**TRUE, **UNTRUE}[kind](GIVEN, random.Random(1))
    if made is not None and kind in UNTRUE:
        assert (made.text, made.passage) != (GIVEN.text, GIVEN.passage)


def test_the_opposites_are_none_that_the_checker_lists() -> None:
    words = {word for pair in (*ENGLISH, *JAPANESE) for word in pair}
    assert len(words) > 200
    assert not words & LISTED
