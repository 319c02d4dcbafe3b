"""Questions and the names that they speak of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from knowledge.graph.linking import NameIndex, link
from tests.knowledge.extraction.texts import texts

NAMES = (
    "PageRank",
    "Publix",
    "Mercury (planet)",
    "Mercury (element)",
    "World Health Organization",
    "Tekezé River",
    "Microsoft",
    "Python 3.11",
    "Python 3.12",
    "梅雨前線",
    "サーバー",
    "Coffee",
    "The State",
)
INDEX = NameIndex(enumerate(NAMES))


@pytest.mark.parametrize(
    ("question", "links"),
    [
        ("Who wrote PageRank?", {("PageRank", "PageRank", "exact")}),
        ("what is page-rank?", {("page-rank", "PageRank", "spelling")}),
        ("How old are publix's stores?", {("publix", "Publix", "exact")}),
        ("Where is the Tekeze River?", {("Tekeze River", "Tekezé River", "spelling")}),
        (
            "How hot is Mercury?",
            {
                ("Mercury", "Mercury (planet)", "qualifier"),
                ("Mercury", "Mercury (element)", "qualifier"),
            },
        ),
        ("Who leads the WHO?", {("WHO", "World Health Organization", "acronym")}),
        ("who founded micorsoft?", {("micorsoft", "Microsoft", "typo")}),
        ("who founded microssoft?", {("microssoft", "Microsoft", "typo")}),
        ("who founded mikrosoft?", {("mikrosoft", "Microsoft", "typo")}),
        ("what is new in Python 3.12?", {("Python 3.12", "Python 3.12", "exact")}),
        ("where does coffee grow?", {("coffee", "Coffee", "exact")}),
        ("in the state of things?", set()),
        (
            "梅雨前線はどこでサーバに会う？",
            {("梅雨前線", "梅雨前線", "exact"), ("サーバ", "サーバー", "spelling")},
        ),
        ("is it so?", set()),
        ("", set()),
    ],
)
def test_questions_find_the_names_they_speak_of(
    question: str, links: set[tuple[str, str, str]]
) -> None:
    linked = link(question, INDEX)
    assert {(one.surface, NAMES[one.name_id], one.how) for one in linked} == links
    assert all(question[one.start : one.end] == one.surface for one in linked)


def test_a_typo_in_a_number_is_another_thing() -> None:
    assert link("what is new in Python 3.13?", INDEX) == []


def test_an_exact_spelling_is_the_surest() -> None:
    names = ("Page Rank", "PageRank", "page rank")
    linked = link("the Page Rank", NameIndex(enumerate(names)))
    assert [names[one.name_id] for one in linked] == ["Page Rank", "PageRank", "page rank"]
    assert [one.confidence for one in linked] == [1.0, 0.9, 0.9]


@settings(deadline=None)
@given(texts)
def test_any_question_can_be_linked(question: str) -> None:
    for one in link(question, INDEX):
        assert question[one.start : one.end] == one.surface
        assert 0 < one.confidence <= 1
