"""Other ways to ask, and the parts of a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.questions import Intent
from retrieval.enhancement.decomposing import sub_questions
from retrieval.enhancement.entities import link_entities
from retrieval.enhancement.model import MOST_VARIATIONS
from retrieval.enhancement.variations import keywords, translations, variations
from retrieval.vocabulary import Expansion
from tests.retrieval.enhancement.questions import KNOWN, questions

NLP = Expansion("自然言語処理", ["natural language processing", "NLP"], "stands for")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Are Christopher Nolan and Sathish Kalathil both film directors?",
            ["Christopher Nolan film directors", "Sathish Kalathil film directors"],
        ),
        ("What is the difference between BM25 and dense retrieval?", ["BM25", "dense retrieval"]),
        ("Which is older, Oxford or Cambridge?", ["Oxford older", "Cambridge older"]),
        ("Postgres vs MySQL", ["Postgres", "MySQL"]),
        ("compare the free plan with the premium plan", ["free plan", "premium plan"]),
        ("how does Kafka differ from RabbitMQ", ["Kafka", "RabbitMQ"]),
        ("BM25と密ベクトル検索の違い", ["BM25", "密ベクトル検索"]),
        ("オックスフォードとケンブリッジはどちらが古いか", ["オックスフォード", "ケンブリッジ"]),
        ("RustはC++より安全か", ["Rust", "C++"]),
    ],
)
def test_a_comparison_has_two_sides(question: str, parts: list[str]) -> None:
    assert sub_questions(question, Intent.COMPARISON, []) == parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Who was the first president of the association which published Psychotherapy Today?",
            ["association which published Psychotherapy Today", "first president of association"],
        ),
        (
            "In which city was the birthplace of the architect of the Opera House?",
            ["the architect of the Opera House"],
        ),
        (
            "営業部が使う電話を作っている会社の創業者は誰か",
            ["営業部が使う電話", "電話を作っている会社の創業者は誰か"],
        ),
        ("Who wrote it?", []),
    ],
)
def test_a_nested_question_is_opened_from_within(question: str, parts: list[str]) -> None:
    assert sub_questions(question, Intent.MULTI_HOP, []) == parts


def test_one_thing_that_is_asked_has_no_parts() -> None:
    assert sub_questions("Which is older, Oxford or Cambridge?", Intent.FACTUAL, []) == []


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How do I roll back a release?", "roll release"),
        ("who is it", ""),
        ("What's new in C++ and Python 3.12?", "new C++ Python 3.12"),
        ("返金の手順はどこにありますか", "返金 手順"),
        ("自然言語処理とは何か", "自然言語処理"),
    ],
)
def test_keywords_are_what_a_question_is_about(question: str, words: str) -> None:
    assert keywords(question) == words


def test_names_are_put_into_the_other_language() -> None:
    found = list(translations("自然言語処理とは何か", [NLP]))
    assert found == ["natural language processing", "natural language processingとは何か"]
    back = Expansion("NLP", ["natural language processing", "自然言語処理"], "stands for")
    assert list(translations("what is NLP", [back])) == ["自然言語処理", "what is 自然言語処理"]
    same = Expansion("NLP", ["natural language processing"], "stands for")
    assert list(translations("what is NLP", [same])) == []


def test_the_most_telling_variations_come_first() -> None:
    text = "自然言語処理と梅雨前線の違い"
    entities = link_entities(text, KNOWN.index)
    found = variations(text, Intent.COMPARISON, entities, [NLP])
    assert [each.kind for each in found] == [
        "translation", "translation", "sub-question", "sub-question", "keywords",
    ]  # fmt: skip


@given(questions, st.sampled_from(Intent))
def test_there_are_five_at_the_most_each_once_and_none_is_the_question(
    text: str, intent: Intent
) -> None:
    found = variations(text, intent, link_entities(text, KNOWN.index), [NLP])
    texts = [each.text for each in found]
    assert len(texts) <= MOST_VARIATIONS
    assert len(set(texts)) == len(texts)
    assert text not in texts
    assert all(each.strip() for each in texts)
