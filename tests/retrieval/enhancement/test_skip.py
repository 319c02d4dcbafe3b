"""What is searched as it is."""

from __future__ import annotations

import pytest
from hypothesis import given

from retrieval.enhancement.skip import LONGEST, reason_to_skip
from tests.retrieval.enhancement.questions import questions


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("createApp()", "code"),
        ("std::vector<int>", "code"),
        ("app.config.globalProperties", "code"),
        ("SELECT * FROM events", "code"),
        ("Traceback (most recent call last):\n  File x", "code"),
        ("INC-2041", "an id"),
        ("PEP 703", "an id"),
        ("v2.4.1", "an id"),
        ("53aa51172d142c89d9012cce15ae4d6c", "an id"),
        ('"rolling release"', "quoted"),
        ("「返金の手順」", "quoted"),
        ("?!", "too short"),
        ("x", "too short"),
        ("word " * LONGEST, "longer"),
    ],
)
def test_some_queries_need_no_enhancement(question: str, why: str) -> None:
    assert why in reason_to_skip(question)


@pytest.mark.parametrize(
    "question",
    [
        "how do I call createApp() twice?",
        "refund policy",
        "返金",
        "PPR",
        "C++ or Rust?",
        "select the best index from many",
        "who is Dr. Smith",
    ],
)
def test_questions_and_keywords_are_enhanced(question: str) -> None:
    assert reason_to_skip(question) == ""


@given(questions)
def test_any_text_may_be_skipped(question: str) -> None:
    assert isinstance(reason_to_skip(question), str)
