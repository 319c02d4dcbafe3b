"""The decisions of improvement."""

from __future__ import annotations

import pytest

from elders.improving.deciding import (
    CONFIDENT,
    RULES,
    Rule,
    compare,
    find_bottlenecks,
    may_apply,
    success_rate,
    suggest,
)
from elders.improving.model import Area, Knob, Record, Risk

KNOBS = {
    "task.workers": Knob("task.workers", 4.0, 2, 50),
    "cache.bytes": Knob("cache.bytes", 2e8, 1e6, 2e8),
    "platform.cache": Knob("platform.cache", 0.0, 0, 1e9),
}
FULL = {"tasks.waiting": [40.0] * 10}


def test_a_metric_is_a_bottleneck_when_four_of_five_measurements_say_so() -> None:
    (found,) = find_bottlenecks({"tasks.waiting": [40.0] * 8 + [0.0] * 2})
    assert (found.area, found.sureness, found.level) == (Area.QUEUES, 0.8, 40.0)
    assert find_bottlenecks({"tasks.waiting": [40.0] * 7 + [0.0] * 3}) == []
    assert find_bottlenecks({"tasks.waiting": [40.0] * 4}) == []  # too few to tell


def test_the_greatest_expected_gain_comes_first_and_a_knob_is_turned_for_one_alone() -> None:
    window = {**FULL, "workers.load": [99.0] * 10, "host.memory": [95.0] * 10}
    found = suggest(find_bottlenecks(window), KNOBS, {})
    assert [each.knob for each in found] == ["task.workers", "cache.bytes"]
    assert (found[0].kind, found[0].value) == ("more workers", 6.0)
    assert found[1].value == 1e8
    assert found[0].expected > found[1].expected


def test_a_knob_at_its_bound_or_missing_is_left_alone() -> None:
    bottlenecks = find_bottlenecks(FULL)
    assert suggest(bottlenecks, {"task.workers": Knob("task.workers", 50, 2, 50)}, {}) == []
    assert suggest(bottlenecks, {}, {}) == []


def test_what_is_risky_is_always_asked_for() -> None:
    bottlenecks = find_bottlenecks({**FULL, "app.latency_seconds": [2.0] * 10})
    fresh = suggest(bottlenecks, KNOBS, {"empty the cache": Record(tried=100, helped=100)})
    assert {each.risk: may_apply(each) for each in fresh} == {Risk.LOW: True, Risk.HIGH: False}


@pytest.mark.parametrize("rule", [each for each in RULES if each.believed > CONFIDENT])
@pytest.mark.parametrize(("tried", "done"), [(0, True), (1, True), (2, False)])
def test_what_did_not_help_once_is_tried_again_and_twice_is_asked_for(
    rule: Rule, *, tried: int, done: bool
) -> None:
    bottlenecks = find_bottlenecks({rule.metric: [10 * rule.limit] * 10})
    knobs = {rule.knob: Knob(rule.knob, 4.0, 2, 50)}
    (found,) = suggest(bottlenecks, knobs, {rule.kind: Record(tried=tried, helped=0)})
    assert may_apply(found) is done


def test_success_rates_are_drawn_to_what_is_believed_while_little_was_tried() -> None:
    rule = RULES[0]
    assert success_rate(rule, Record()) == pytest.approx(rule.believed)
    assert success_rate(rule, Record(1_000, 500)) == pytest.approx(0.5, abs=0.01)
    assert success_rate(rule, Record(1, 0)) > 0.8


def test_a_fall_helps_and_chance_or_a_rise_does_not() -> None:
    steady = [10.0, 11.0, 9.0, 10.5, 9.5, 10.0]
    assert compare(steady, [each * 0.5 for each in steady]).helped
    assert not compare(steady, steady).helped
    assert not compare(steady, [each * 2 for each in steady]).helped
    assert not compare(steady, [each * 0.99 for each in steady]).helped
    assert compare(steady, [5.0]).enough is False
