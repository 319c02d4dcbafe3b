from __future__ import annotations

import random

import pytest

from elders.incidents.logs import NORMAL, LogKinds, windows_of
from elders.learned import Figures, Gate, LearnedPattern
from foundation.errors import InvalidInput

USUAL = ("request {} served in {} ms", "block {} received from node {}", "session {} opened by {}")
FAILING = {
    "disk": "no space left on device {} while writing block {}",
    "network": "connection to node {} refused after {} retries",
}


def window(kind: str, seed: int) -> list[str]:
    rng = random.Random(seed)
    lines = [rng.choice(USUAL) for _ in range(20)]
    if kind != NORMAL:
        for place in rng.sample(range(20), 4):
            lines[place] = FAILING[kind]
    return [line.format(rng.randrange(999), rng.randrange(999)) for line in lines]


def known() -> tuple[list[list[str]], list[str]]:
    kinds = [NORMAL, "disk", "network"] * 12
    return [window(kind, seed) for seed, kind in enumerate(kinds)], kinds


def pattern(template: str, state: str = "active") -> LearnedPattern:
    gate = Gate("accuracy", 0.9, 0.5, 100, passed=True)
    figures = Figures(9, 0.9, 2.0, gate)
    return LearnedPattern("k", "log template", state, "?", {"template": template}, figures, [], 1)


@pytest.mark.parametrize("patterns", [[], [pattern("no space left on device <*> while <*>")]])
def test_the_kind_of_a_window_is_told_by_its_lines(patterns: list[LearnedPattern]) -> None:
    kinds = LogKinds.learn(*known(), patterns)
    asked = [window(kind, 900 + n) for n, kind in enumerate(("disk", "network", NORMAL))]
    told = kinds.name(asked)
    assert [each.kind for each in told] == ["disk", "network", NORMAL]
    assert all(0.5 < each.confidence <= 1 for each in told)
    assert kinds.name([]) == []


def test_one_kind_teaches_nothing() -> None:
    with pytest.raises(InvalidInput, match="two kinds"):
        LogKinds.learn([["a line"]], [NORMAL])


def test_a_short_rest_is_left_out() -> None:
    lines = [str(n) for n in range(49)]
    assert [len(each) for each in windows_of(lines)] == [20, 20]
    assert [len(each) for each in windows_of([*lines, "50"])] == [20, 20, 10]
