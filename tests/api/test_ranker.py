"""A ranker is learned from judged sets and from what people said of answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import KnowledgeBase
from retrieval.ranking.ranker import Ranker
from tests.api.doors import Elders

THINGS = ["harbour", "lantern", "orchard", "glacier", "saddle", "violin", "copper", "meadow"]


def filled(home: Path) -> None:
    with KnowledgeBase.open(home) as base:
        for number in range(40):
            thing, other = THINGS[number % 8], THINGS[(number * 3 + 1) % 8]
            text = f"The {thing} number{number} stands beside the {other} of town{number % 5}."
            base.add(text, source_id=f"{number}.md", title=f"{thing.title()} {number}")
        base.wait()
        for number in range(20):
            query = f"where does {THINGS[number % 8]} number{number} stand?"
            base.feedback(query, document=f"{number}.md", kind="useful")


def test_there_must_be_something_to_learn_from(elders: Elders, home: Path) -> None:
    with KnowledgeBase.open(home) as base:
        base.add("one passage", source_id="a")
    assert "--feedback" in elders("learn", "ranker").err
    done = elders("learn", "ranker", "--feedback")
    assert done.status == 2
    assert "nothing to judge by" in done.err


@pytest.mark.slow
def test_a_ranker_is_learned_from_feedback_and_kept_only_if_it_is_better(
    elders: Elders, home: Path, tmp_path: Path
) -> None:
    filled(home)
    out = tmp_path / "ranker.npz"
    done = elders("learn", "ranker", "--feedback", "--out", str(out), "--json").json
    (verdict,) = done["verdicts"]
    assert verdict["name"] == "own-feedback"
    assert 0.0 < verdict["fused"]["ndcg@10"] <= 1.0
    gain = verdict["held_back"]["ndcg@10"] - verdict["fused"]["ndcg@10"]
    assert done["passed"] == (gain > 0.0) == out.exists()
    if done["passed"]:
        assert list(Ranker.load(out).columns) == done["columns"]
