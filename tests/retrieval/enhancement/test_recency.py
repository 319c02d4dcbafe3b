"""Which questions ask for the latest word on something."""

from __future__ import annotations

import pytest

from retrieval.enhancement.enhancer import Enhancer
from retrieval.enhancement.recency import newest_wanted


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("the latest release notes of the gateway", "latest"),
        ("Where is the most recently updated runbook?", "most recently updated"),
        ("newest on-call security policy", "newest"),
        ("最新の障害報告書はどこですか", "最新"),
        ("一番新しいバージョンの手順", "一番新しい"),
        ("When may the train leave at the latest?", ""),
        ("Which is the most recent common ancestor of whales?", ""),
        ("the latest train to Oslo", ""),
        ("最新型の列車はいつ走りますか", ""),
    ],
)
def test_only_words_for_documents_or_news_ask_for_the_newest(question: str, words: str) -> None:
    assert newest_wanted(question) == words


def test_what_is_understood_says_it_and_a_plain_question_does_not() -> None:
    enhancer = Enhancer()
    assert enhancer.enhance("What do the latest release notes say?").newest == "latest"
    plain = enhancer.enhance("What do the latest release notes say?", filtering=False)
    assert plain.newest == ""
