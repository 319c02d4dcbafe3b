from __future__ import annotations

import pytest

from retrieval.answers.aligning import Aligned
from retrieval.answers.parts import AGENT, COPULA, SUBJECT, Kind, Sentence

NAMED = frozenset(("ada", "byron", "bob", "paris", "rome", "アリス", "ボブ"))


def sentence(text: str) -> Sentence:
    aligned = Aligned(text, "")
    return Sentence(aligned.texts[0], aligned.words[0], NAMED)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Prices rose from 10 to about 20.", ["", "", "from", "to"]),
        ("It was told to Bob by Ada Byron.", ["", "to", "by", "by"]),
        ("The score was 3-2.", ["", "", "to"]),
        ("In Paris, Ada met Bob.", ["in", "", "", ""]),
        ("Of those in Paris and Rome.", ["in", ""]),
        ("アリスはボブに話した。", [SUBJECT, AGENT, ""]),
        ("ボブの弟がアリスである。", ["の", SUBJECT, COPULA]),
        ("アリス、ボブと会社へ", ["", "と", "へ"]),
        ("アリス会長から聞いた。", ["から", "から", ""]),
    ],
)
def test_the_word_before_or_the_particle_behind_says_a_things_part(
    text: str, parts: list[str]
) -> None:
    assert [thing.part for thing in sentence(text).things] == parts


def test_numbers_names_codes_and_other_words_are_told_apart() -> None:
    things = sentence("Ada keeps 20 boxes of cry1 a day.").things
    kinds = [Kind.NAME, Kind.OTHER, Kind.NUMBER, Kind.OTHER, Kind.NAME]
    assert [thing.kind for thing in things] == kinds


def test_a_name_is_told_as_a_whole() -> None:
    found = sentence("It belongs to Ada Byron and Bob.")
    assert [found.name(thing) for thing in found.things[1:]] == ["Ada Byron", "Ada Byron", "Bob"]


def test_what_is_in_a_list_or_in_brackets_is_marked() -> None:
    things = sentence("Ada, Bob and Paris (Rome) met.").things
    assert [thing.parted for thing in things] == [False, True, True, False, False]
    assert [thing.aside for thing in things] == [False, False, False, True, False]
