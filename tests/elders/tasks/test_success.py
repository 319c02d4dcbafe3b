"""Little evidence is drawn towards what holds for all, and much speaks for itself."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.tasks.learning import KindPattern
from elders.tasks.model import Worker
from elders.tasks.success import Rates, Tally, posterior, strength

SQL = KindPattern(60, 120, {"sql": 0.8, "go": 0.2}, confidence=0.9)


def test_nothing_seen_is_even() -> None:
    assert Rates(())("servant.a", "backup") == 0.5


def test_one_failure_is_no_verdict_and_a_hundred_are() -> None:
    others = [Tally(f"servant.{n}", "backup", 100, 95) for n in range(5)]
    once = Rates([*others, Tally("servant.x", "backup", 1, 0)])("servant.x", "backup")
    often = Rates([*others, Tally("servant.x", "backup", 100, 0)])("servant.x", "backup")
    assert 0.8 < once < 0.95
    assert often < 0.1


def test_who_was_never_seen_is_as_good_as_all_are_at_this_kind() -> None:
    rates = Rates([Tally("servant.a", "easy", 200, 198), Tally("servant.a", "hard", 200, 20)])
    assert rates("servant.new", "easy") > 0.9
    assert rates("servant.new", "hard") < 0.2
    assert 0.4 < rates("servant.new", "other") < 0.7


def test_a_pattern_speaks_for_those_who_have_its_skills_until_outcomes_do() -> None:
    able, other = Worker("servant.a", {"sql": 1.0}), Worker("servant.b", {"go": 1.0})
    rates = Rates([], patterns={"backup": SQL}, workers=[able, other])
    assert rates("servant.a", "Backup") > 0.5 > rates("servant.b", "Backup")
    assert rates("servant.unknown", "Backup") == 0.5
    seen = [Tally("servant.b", "Backup", 300, 300), Tally("servant.a", "Backup", 300, 3)]
    learned = Rates(seen, patterns={"backup": SQL}, workers=[able, other])
    assert learned("servant.b", "Backup") > 0.9
    assert learned("servant.a", "Backup") < 0.1


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 50)).flatmap(
            lambda each: st.builds(
                Tally, st.just(each[0]), st.just(each[1]), st.just(each[2]), st.integers(0, each[2])
            )
        ),
        unique_by=lambda each: (each.worker, each.kind),
    )
)
def test_a_rate_is_above_0_and_below_1_whatever_was_seen(tallies: list[Tally]) -> None:
    rates = Rates(tallies)
    assert all(0 < rates(worker, kind) < 1 for worker in "abcd" for kind in "wxyz")


@pytest.mark.parametrize("worth", [2, 10, 40])
def test_how_alike_groups_are_is_found_again(worth: int) -> None:
    rng = Random(worth)
    groups = []
    for _ in range(2_000):
        chance, tried = rng.betavariate(0.7 * worth, 0.3 * worth), rng.randint(5, 60)
        groups.append((tried, sum(rng.random() < chance for _ in range(tried))))
    assert strength(groups, 0.7) == pytest.approx(worth, rel=0.3)


def test_too_few_groups_say_little_and_equal_ones_much() -> None:
    assert strength([], 0.5) == strength([(10, 5)], 0.5) == 2
    assert strength([(100, 50)] * 10, 0.5) == 50
    assert posterior(0, 0, mean=0.7, strength=3) == pytest.approx(0.7)
