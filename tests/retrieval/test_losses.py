from __future__ import annotations

from pathlib import Path

from retrieval.evaluation import Judged, by_query
from retrieval.losses import worst

JUDGED = Judged(
    name="tiny",
    corpus=Path("corpus.jsonl"),
    queries={"q1": "well asked", "q2": "badly asked", "q3": "lost", "q4": "perfect"},
    qrels={"q1": {"a": 1}, "q2": {"b": 1, "c": 2, "x": 0}, "q3": {"d": 1}, "q4": {"e": 1}},
)
DEFAULT = {
    "q1": {"x": 0.9, "a": 0.8},
    "q2": {"x": 3.0, "y": 2.0, "z": 1.5, "v": 1.0, "b": 0.5},
    "q4": {"e": 1.0},
}
RUNS = {"words": {"q2": {"c": 1.0, "b": 0.9}}, "default": DEFAULT}


def test_the_worst_queries_come_first_with_what_each_retriever_saw() -> None:
    scores = by_query(DEFAULT, JUDGED.qrels)["ndcg@10"]
    titles = {"b": "Bees", "x": "Nothing"}
    found = worst(JUDGED, RUNS, scores, count=9, titles=titles, notes={"q2": ["by words alone"]})
    assert [loss.query for loss in found] == ["q3", "q2", "q1"]
    lost, badly, _ = found
    assert (lost.score, lost.ahead, lost.notes) == (0.0, [], [])
    assert [seen.ranks for seen in lost.relevant] == [{"words": None, "default": None}]
    assert (badly.text, badly.notes) == ("badly asked", ["by words alone"])
    assert [(seen.document, seen.grade) for seen in badly.relevant] == [("c", 2), ("b", 1)]
    assert badly.relevant[1].ranks == {"words": 2, "default": 5}
    assert badly.relevant[1].title == "Bees"
    assert [seen.document for seen in badly.ahead] == ["x", "y", "z"]
    assert badly.ahead[0].ranks == {"words": None, "default": 1}


def test_only_so_many_are_explained() -> None:
    scores = by_query(DEFAULT, JUDGED.qrels)["ndcg@10"]
    assert worst(JUDGED, RUNS, scores, count=0, titles={}, notes={}) == []
    (only,) = worst(JUDGED, RUNS, scores, count=1, titles={}, notes={})
    assert only.query == "q3"
