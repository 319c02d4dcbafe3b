"""Known names in running text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.extraction.gazetteer import Found, Gazetteer, eligible
from tests.knowledge.extraction.texts import texts

NAMES = (
    "Page Rank",
    "Page",
    "Culture, Society and Masculinities",
    "Queen",
    "Publix",
    "Göttingen",
    "St. Louis",
    "Tokyo University",
    "ref()",
    "Personalised PageRank",
    "梅雨前線",
    "タイ",
    "京都",
    "24",
    "The",
)


def found(text: str) -> list[str]:
    names = Gazetteer(enumerate(NAMES))
    matches = names.find(text)
    return [f"{NAMES[match.name_id]}={text[match.start : match.end]}" for match in matches]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("what is page rank?", ["Page Rank=page rank"]),
        ("A page-rank; Page Rank's", ["Page Rank=page-rank", "Page Rank=Page Rank"]),
        ("on Page 3, on page 3", ["Page=Page"]),
        ("culture, society and masculinities", [f"{NAMES[2]}=culture, society and masculinities"]),
        ("Queen of the queen", ["Queen=Queen"]),
        ("publix and Publix's", ["Publix=Publix"]),
        ("in gottingen, GÖTTINGEN", ["Göttingen=gottingen", "Göttingen=GÖTTINGEN"]),
        ("to st. louis", ["St. Louis=st. louis"]),
        ("He left Tokyo. University is hard.", []),
        ("wrapped tokyo\n  university", ["Tokyo University=tokyo\n  university"]),
        ("the ref() of a ref", ["ref()=ref"]),
        ("24 of The 24", []),
        ("梅雨前線が梅雨", ["梅雨前線=梅雨前線"]),
        ("タイトルとタイ", ["タイ=タイ"]),
        ("東京都と京都の", ["京都=京都"]),
    ],
)
def test_names_are_found_whatever_their_case(text: str, matches: list[str]) -> None:
    assert found(text) == matches


@pytest.mark.parametrize(
    "surface", ["page rank", "Göttingens", "Reactivity", "梅雨前線", "Vue Router"]
)
def test_specific_names_are_eligible(surface: str) -> None:
    assert eligible(surface)


@pytest.mark.parametrize("surface", ["Queen", "Go", "The State", "University", "梅雨", "タイ"])
def test_vague_names_are_not_eligible(surface: str) -> None:
    assert not eligible(surface)


def test_a_name_can_be_added_and_removed() -> None:
    names = Gazetteer([(1, "Page Rank"), (2, "page rank")])
    assert names.find("Page Rank") == [Found(1, 0, 9)]
    assert names.find("page rank") == [Found(2, 0, 9)]
    names.remove("Page Rank")
    names.remove("Page Rank")
    assert names.find("Page Rank") == [Found(2, 0, 9)]
    assert (len(names), names.knows("page rank"), names.knows("Page Rank")) == (1, True, False)
    names.add(7, "Page Rank Two")
    assert names.find("page rank two") == [Found(7, 0, 13)]


WORDS = ("alphabet", "betatron", "gammarays", "deltoids", "epsilons")
SPELT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


def naive(names: list[str], text: str) -> list[Found]:
    """Try every name at every word, the longest first."""
    words = text.split()
    matches, place, start = [], 0, 0
    while place < len(words):
        fits = [
            (len(name.split()), -number)
            for number, name in enumerate(names)
            if words[place : place + len(name.split())] == name.split()
        ]
        length, number = max(fits, default=(0, 0))
        here = " ".join(words[place : place + max(length, 1)])
        if length:
            matches.append(Found(-number, start, start + len(here)))
        place += max(length, 1)
        start += len(here) + 1
    return matches


@settings(max_examples=200)
@given(st.lists(SPELT, unique=True, max_size=8), st.lists(st.sampled_from(WORDS), max_size=20))
def test_the_gazetteer_agrees_with_a_naive_matcher(names: list[str], words: list[str]) -> None:
    text = " ".join(words)
    assert Gazetteer(enumerate(names)).find(text) == naive(names, text)


@given(texts, st.lists(texts, max_size=4))
def test_any_text_can_be_searched_and_matches_do_not_overlap(text: str, names: list[str]) -> None:
    matches = Gazetteer(enumerate((*NAMES, *names))).find(text)
    edges = [place for match in matches for place in (match.start, match.end)]
    assert edges == sorted(edges)
    assert all(match.start < match.end <= len(text) for match in matches)
