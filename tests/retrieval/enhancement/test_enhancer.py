"""A question with everything that is understood of it."""

from __future__ import annotations

from datetime import date

from hypothesis import given

from knowledge.questions import Intent
from retrieval.enhancement.enhancer import Enhancer
from retrieval.enhancement.intent import learned_intents
from retrieval.enhancement.model import MOST_VARIATIONS
from retrieval.enhancement.telling import told
from retrieval.enhancement.training import Example
from retrieval.vocabulary import Group, Synonyms, Term
from tests.retrieval.enhancement.questions import KNOWN, SURFACES, questions

ENHANCER = Enhancer()
TODAY = date(2026, 5, 1)
SYNONYMS = Synonyms([Group([Term(["自然言語処理"], 2), Term(["NLP"], 1)], "stands for")])


def test_a_question_in_english_is_taken_apart() -> None:
    found = ENHANCER.enhance(
        "runbooks updated since 2024: how do I fix the error of NLP in Publix?",
        known=KNOWN,
        expand=SYNONYMS.expand,
    )
    assert found.text == "runbooks: how do I fix the error of NLP in Publix?"
    assert found.language == "en"
    assert found.intent is Intent.TROUBLESHOOTING
    assert set(found.boosts) >= {"error", "solution", "fix"}
    assert sum(found.boosts.values()) <= 1.0001
    assert [entity.surface for entity in found.entities] == ["Publix"]
    assert [expansion.name for expansion in found.expansions] == ["NLP"]
    assert found.variations[0].text == "自然言語処理"
    assert not found.skipped


def test_a_question_in_japanese_is_taken_apart() -> None:
    found = ENHANCER.enhance(
        "2024年以降の資料で、自然言語処理と梅雨前線の違い", known=KNOWN, expand=SYNONYMS.expand
    )
    assert found.language == "ja"
    assert found.intent is Intent.COMPARISON
    assert [dict(each.filter) for each in found.filters] == [{"updated": {"$gte": "2024-01-01"}}]
    assert [entity.surface for entity in found.entities] == ["自然言語処理", "梅雨前線"]
    assert {each.kind for each in found.variations} >= {"translation", "sub-question"}


def test_a_filter_can_be_removed_and_its_words_are_searched_then() -> None:
    found = ENHANCER.enhance("documents since 2024", known=KNOWN, filtering=False)
    assert (found.text, found.filters) == ("documents since 2024", ())


def test_names_in_the_words_of_a_filter_are_no_entities() -> None:
    known = {**KNOWN.authors, "publix": ["Publix"]}
    found = ENHANCER.enhance("notes by Publix", known=type(KNOWN)(index=KNOWN.index, authors=known))
    assert found.filters
    assert not found.entities


def test_a_name_alone_is_searched_as_it_is_but_known_by_what_it_names() -> None:
    found = ENHANCER.enhance("PageRank", known=KNOWN)
    assert found.skipped
    assert [entity.surface for entity in found.entities] == ["PageRank"]
    assert (found.variations, found.filters, found.boosts) == ((), (), {})


def test_a_passage_costs_nothing_but_its_intent() -> None:
    found = ENHANCER.enhance("PageRank is fast. " * 1_000, known=KNOWN)
    assert found.skipped
    assert not found.entities


def test_nothing_known_still_understands_what_is_wanted() -> None:
    found = ENHANCER.enhance("make the search query faster")
    assert found.intent is Intent.PERFORMANCE
    assert "speed" in found.boosts


def test_what_people_said_is_learned_and_of_a_question_with_a_filter_too() -> None:
    judged = [Example(f"zebra crossing {n}", Intent.NAVIGATIONAL) for n in "abcd"]
    asked = "zebra runbooks since 2024"
    taught = Enhancer(learned_intents([*judged, Example(asked, Intent.PERFORMANCE)]))
    assert taught.enhance("zebra crossing").intent is Intent.NAVIGATIONAL
    found = taught.enhance(asked)
    assert found.text != asked
    assert (found.intent, found.confidence) == (Intent.PERFORMANCE, 1.0)


@given(questions)
def test_any_text_can_be_enhanced_and_told(question: str) -> None:
    found = ENHANCER.enhance(question, known=KNOWN, expand=SYNONYMS.expand, today=TODAY)
    assert found.original == question
    assert found.text.strip() or not question.strip()
    assert len(found.variations) <= MOST_VARIATIONS
    for entity in found.entities:
        assert question[entity.start : entity.end] == entity.surface
        assert all(0 <= name < len(SURFACES) for name in entity.names)
        assert 0.0 < entity.confidence <= 1.0
    lines = told(found)
    assert lines[0].startswith("intent: ")
