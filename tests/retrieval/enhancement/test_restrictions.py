"""Words that restrict what is searched, and words that only look like it."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from retrieval.enhancement.restrictions import restrict
from retrieval.filters import fields, parse_filter
from retrieval.indexes.columns import BUILT_IN
from tests.retrieval.enhancement.questions import KNOWN, questions

TODAY = date(2026, 5, 1)
SINCE_2024 = {"updated": {"$gte": "2024-01-01"}}


@pytest.mark.parametrize(
    ("question", "text", "condition"),
    [
        ("documents since 2024", "documents", SINCE_2024),
        (
            "runbooks updated since 2024 about failover",
            "runbooks about failover",
            SINCE_2024,
        ),
        (
            "articles about refunds last updated before March 2023",
            "articles about refunds",
            {"updated": {"$lt": "2023-03-01"}},
        ),
        (
            "How do I roll back a release, since March 2024?",
            "How do I roll back a release?",
            {"updated": {"$gte": "2024-03-01"}},
        ),
        ("refund policy (after 2023)", "refund policy", SINCE_2024),
        ("reports created from 2024 onwards", "reports", {"created": {"$gte": "2024-01-01"}}),
        (
            "What do articles published between 2020 and 2022 say about Publix?",
            "What do articles say about Publix?",
            {"updated": {"$gte": "2020-01-01", "$lt": "2023-01-01"}},
        ),
        ("notes until 2022", "notes", {"updated": {"$lt": "2023-01-01"}}),
        ("pages edited in the last 2 weeks", "pages", {"updated": {"$gte": "2026-04-17"}}),
        (
            "how do I restart Postgres in the runbooks?",
            "how do I restart Postgres?",
            {"collection": "runbooks"},
        ),
        ("refunds in the legal collection", "refunds", {"collection": "Legal"}),
        (
            "rollback in the adr folder",
            "rollback",
            {"source_id": {"$gte": "notes/adr/", "$lt": "notes/adr0"}},
        ),
        (
            "refunds in our guides",
            "refunds",
            {
                "$or": [
                    {"source_id": {"$gte": "a/guides/", "$lt": "a/guides0"}},
                    {"source_id": {"$gte": "b/guides/", "$lt": "b/guides0"}},
                ]
            },
        ),
        ("guides by version 3", "guides", {"version": 3}),
        ("retention policy, version 3", "retention policy", {"version": 3}),
        (
            "notes by Alice about PageRank",
            "notes about PageRank",
            {"author": {"$in": ["Alice Smith <alice@example.org>", "Alice Young"]}},
        ),
        ("deployment guides, written by Alice Young", "deployment guides",
         {"author": "Alice Young"}),
        ("which documents in Japanese describe refunds?", "which documents describe refunds?",
         {"language": "ja"}),
        ("2024年以降の文書", "文書", SINCE_2024),
        ("2023年3月より前に更新された記事で返金について", "記事で返金について",
         {"updated": {"$lt": "2023-03-01"}}),
        ("2023年以前の資料", "資料", {"updated": {"$lt": "2024-01-01"}}),
        ("2022年から2023年までの報告書", "報告書",
         {"updated": {"$gte": "2022-01-01", "$lt": "2024-01-01"}}),
        ("2024年以降に作成された手順書", "手順書", {"created": {"$gte": "2024-01-01"}}),
        ("過去2週間の議事録", "議事録", {"updated": {"$gte": "2026-04-17"}}),
        ("返金の手順、2024年以降", "返金の手順", SINCE_2024),
        ("手順書の中で再起動の方法は？", "再起動の方法は？", {"collection": "手順書"}),
        ("Legalコレクションから返金を探す", "返金を探す", {"collection": "Legal"}),
        ("田中さんが書いた手順書", "手順書", {"author": "田中"}),
        ("英語の資料で返金", "資料で返金", {"language": "en"}),
        ("バージョン3の文書", "文書", {"version": 3}),
    ],
)  # fmt: skip
def test_words_about_documents_become_a_filter(
    question: str, text: str, condition: dict[str, Any]
) -> None:
    found = restrict(question, KNOWN, today=TODAY)
    assert [dict(each.filter) for each in found.filters] == [condition]
    assert found.text == text
    assert found.filters[0].words in question
    assert fields(parse_filter(found.filters[0].filter)) <= set(BUILT_IN)


@pytest.mark.parametrize(
    "question",
    [
        "What has happened since 1990 in physics?",
        "What has happened in physics, since 1990?",
        "Which laws were changed after 2001?",
        "how many articles were published since 1990",
        "Who was president before 1960?",
        "What happened in 2024?",
        "Which novel was written by Alice?",
        "guides by a stranger",
        "Was it fixed by version 3?",
        "What is new in version 3.1?",
        "reports in 2024",
        "notes on 2024 elections",
        "error handling in the parser",
        "arrays in C",
        "refunds in the legal system",
        "pages edited since 2024-13",
        "2024年以降に何が起きたか",
        "2024年の報告書",
        "1990年から物理学で何があったか",
        "東京で人気の料理",
        "見知らぬ人が書いた手順書",
        "",
    ],
)
def test_words_about_the_world_are_left_alone(question: str) -> None:
    found = restrict(question, KNOWN, today=TODAY)
    assert found.filters == []
    assert found.text == question


def test_several_restrictions_go_together_one_of_each_kind() -> None:
    found = restrict("notes by Alice Young, updated since 2024, since 2025", KNOWN, today=TODAY)
    assert [dict(each.filter) for each in found.filters] == [
        {"author": "Alice Young"},
        {"updated": {"$gte": "2025-01-01"}},
    ] or len(found.filters) == 2
    keys = [key for each in found.filters for key in each.filter]
    assert len(set(keys)) == len(keys)


def test_without_a_calendar_the_last_weeks_are_no_filter() -> None:
    assert restrict("pages edited in the last 2 weeks", KNOWN).filters == []


@given(questions)
def test_any_text_is_restricted_by_filters_that_can_be_parsed(question: str) -> None:
    found = restrict(question, KNOWN, today=TODAY)
    assert found.text or not question.strip()
    for each in found.filters:
        assert each.words
        assert each.words in question
        assert fields(parse_filter(each.filter)) <= set(BUILT_IN)
    assert all(0 <= start < end <= len(question) for start, end in found.cuts)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(found.cuts))
