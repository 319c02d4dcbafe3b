"""The gate: a ranker is used only where it beats fusion, and the ranker that it would replace."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.ranking.ranker import Ranker
from retrieval.ranking.training import Example, JudgedSet, Verdict, judge, passes, train

COLUMNS = ["telling", "noise"]


def judged(name: str, seed: int, questions: int = 20) -> JudgedSet:
    """Questions whose first column tells the relevant one of eight; fusion orders by chance."""
    random = np.random.default_rng(seed)
    examples, qrels = [], {}
    for number in range(questions):
        grades = np.zeros(8, np.int64)
        grades[random.integers(8)] = 1
        rows = random.normal(size=(8, 2)).astype(np.float32)
        rows[:, 0] = grades + random.normal(size=8) * 0.1
        query, documents = f"{name}{number}", [[f"d{place}"] for place in range(8)]
        examples.append(Example(query, rows, grades, documents, random.permutation(8)))
        qrels[query] = {f"d{place}": int(grade) for place, grade in enumerate(grades)}
    return JudgedSet(name, examples, qrels)


def verdict(gain: float, serving: float | None = None) -> Verdict:
    now = {} if serving is None else {"ndcg@10": 0.5 + serving}
    return Verdict("set", {"ndcg@10": 0.5}, {"ndcg@10": 0.5 + gain}, {}, now)


@pytest.mark.parametrize(
    ("verdicts", "passed"),
    [
        ([], False),
        ([verdict(0.1)], True),
        ([verdict(0.0)], False),
        ([verdict(0.1), verdict(-0.004)], True),
        ([verdict(0.1), verdict(-0.006)], False),
        ([verdict(0.1, serving=0.05)], True),
        ([verdict(0.1, serving=0.2)], False),
    ],
)
def test_it_must_be_better_than_fusion_and_than_what_it_replaces(
    verdicts: list[Verdict], *, passed: bool
) -> None:
    assert passes(verdicts) == passed


def test_the_ranker_in_use_is_measured_only_where_it_did_not_learn() -> None:
    pytest.importorskip("lightgbm")
    sets = [judged("one", 1), judged("two", 2)]
    told = {"questions": {"one": 20}}
    serving = train(sets[:1], COLUMNS, told)
    one, two = judge(sets, COLUMNS, serving)
    assert one.serving == {}
    assert two.serving["ndcg@10"] > two.fused["ndcg@10"]
    assert all(each.held_back["ndcg@10"] > each.fused["ndcg@10"] for each in (one, two))
    other = Ranker(["gone"], serving.forest, {})
    assert all(each.serving == {} for each in judge(sets, COLUMNS, other))
