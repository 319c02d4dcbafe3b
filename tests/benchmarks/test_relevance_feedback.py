"""Words of the best passages, and when they help."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.relevance_feedback import PASSAGES, TERMS, feedback_helps, feedback_terms
from tests.retrieval.enhancement.questions import questions

RARE = {"walk": 3, "seeds": 3, "graph": 50, "the": 100, "personalised": 4}


def counts(words: Sequence[str]) -> tuple[Sequence[int], int]:
    return [RARE.get(word, 0) for word in words], 100


@pytest.mark.parametrize(
    ("scores", "language", "helps"),
    [
        ([10.0, 9.5, 9.0], "en", True),
        ([10.0, 9.6, 1.0], "en", False),
        ([10.0, 5.0], "", True),
        ([10.0, 5.0], "ja", False),
        ([10.0], "en", False),
        ([], "en", False),
        ([0.0, 0.0], "en", False),
    ],
)
def test_it_helps_where_the_first_passage_stands_out(
    scores: list[float], language: str, *, helps: bool
) -> None:
    assert feedback_helps(scores, language) is helps


def test_rare_words_of_the_best_passages_are_chosen() -> None:
    passages = [
        ("Personalised PageRank: a walk in the graph returns to its seeds.", 10.0),
        ("A walk starts at seeds; the graph is large.", 8.0),
        ("Something else.", 1.0),
    ]
    found = feedback_terms("what is PageRank?", passages, counts)
    assert set(found) == {"personalised", "walk", "seeds", "graph"}
    assert found[-1] == "graph"
    assert "walk" not in feedback_terms("a walk", passages, counts)
    assert feedback_terms("what", [], counts) == []


def test_a_passage_past_the_tenth_says_nothing() -> None:
    passages = [("nothing known", 9.0)] * PASSAGES + [("walk", 9.0)]
    assert feedback_terms("what", passages, counts) == []


@given(questions, st.lists(st.tuples(questions, st.floats(-1e3, 1e3)), max_size=12))
def test_any_passages_give_ten_words_at_the_most(
    question: str, passages: list[tuple[str, float]]
) -> None:
    passages.sort(key=lambda pair: -pair[1])
    found = feedback_terms(question, passages, lambda words: ([2] * len(words), 100))
    assert len(set(found)) == len(found) <= TERMS
    assert not set(found) & set(question.lower().split())
