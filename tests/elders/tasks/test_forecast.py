"""Forecasts know only what was known, hold as often as they say, and fall back."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.tasks.backtesting import backtest
from elders.tasks.conformal import Calibration
from elders.tasks.forecast import Forecaster, holds
from elders.tasks.history import FEATURES, History, Run, replay
from elders.tasks.learning import KindPattern
from elders.tasks.model import MICROS, Traits
from foundation.clock import Micros


def run(kind: str, at: float, seconds: float, **traits: object) -> Run:
    return Run(Traits(kind, **traits), Micros(int(at * MICROS)), seconds)  # type: ignore[arg-type] # of tests


def many(number: int, *, seed: int = 0, drift: float = 1.0) -> list[Run]:
    """Tasks of five kinds whose length goes with their size; later ones take `drift` times."""
    rng = Random(seed)
    found = []
    for n in range(number):
        kind, size = rng.randrange(5), rng.choice([1, 10, 100])
        seconds = (kind + 1) * size * rng.lognormvariate(0, 0.3) * drift ** (n / number)
        found.append(run(f"kind {kind}", n * 20.0, seconds, amounts={"rows": float(size)}))
    return found


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    forecaster = Forecaster()
    forecaster.fit(many(1_500))
    return forecaster


def test_an_interval_holds_as_often_as_it_says_and_is_narrower_than_the_kinds(
    fitted: Forecaster,
) -> None:
    later = many(3_000)[1_500:]
    plain = Forecaster(enough=10**9)
    plain.fit(many(1_500))
    asked = [(each.traits, each.started_at) for each in later]
    told, simple = fitted.forecasts(asked), plain.forecasts(asked)
    shares = [
        np.mean([holds(one, each.seconds) for one, each in zip(said, later, strict=True)])
        for said in (told, simple)
    ]
    assert all(0.87 <= share <= 0.93 for share in shares)
    widths = [np.mean([each.high - each.low for each in said]) for said in (told, simple)]
    assert widths[0] < widths[1] / 2
    assert {each.basis for each in told} == {"model"}
    assert {each.basis for each in simple} == {"kind"}


def test_it_keeps_to_what_it_says_while_tasks_become_longer() -> None:
    runs = many(4_000, drift=8.0)
    told = backtest(runs, 2_000, Forecaster(enough=10**9))
    held = [holds(each, run.seconds) for each, run in zip(told, runs[2_000:], strict=True)]
    assert 0.88 <= np.mean(held) <= 0.92


def test_one_that_goes_on_from_another_keeps_what_drift_asked_for() -> None:
    runs = many(1_000, drift=50.0)
    forecaster = Forecaster(enough=10**9)
    backtest(runs, 500, forecaster)
    kept, fresh = forecaster.successor({}), Forecaster(enough=10**9)
    for each in (kept, fresh):
        each.fit(runs)
    asked = Traits("kind 1", amounts={"rows": 10.0})
    now = runs[-1].finished_at
    assert kept.forecast(asked, now).high > fresh.forecast(asked, now).high


def test_without_any_task_it_guesses_and_says_so() -> None:
    told = Forecaster().forecast(Traits("new"), Micros(1))
    assert told.basis == "guess"
    assert 0 <= told.low <= told.seconds <= told.high < math.inf


def test_few_tasks_are_forecast_by_their_kind_and_new_kinds_by_all() -> None:
    forecaster = Forecaster()
    forecaster.fit([run("a", n, 10) for n in range(20)] + [run("b", n, 1_000) for n in range(20)])
    known, new = (
        forecaster.forecast(Traits("a"), Micros(1)),
        forecaster.forecast(Traits("c"), Micros(1)),
    )
    assert (known.basis, new.basis) == ("kind", "all")
    assert known.seconds == pytest.approx(10)
    assert 10 <= new.seconds <= 1_000
    assert new.high >= 999


def test_a_kind_that_documents_know_is_forecast_by_their_pattern() -> None:
    forecaster = Forecaster(patterns={"deploy": KindPattern(300, 600, {}, 0.9)})
    forecaster.fit([run("a", n, 10) for n in range(20)])
    told = forecaster.forecast(Traits("Deploy"), Micros(1))
    assert told.basis == "pattern"
    assert told.seconds == pytest.approx(300)
    assert told.low < 300
    assert told.high > 600


def test_a_model_that_is_no_better_than_the_kinds_is_not_used() -> None:
    rng = Random(1)
    forecaster = Forecaster()
    forecaster.fit([run("a", n * 20.0, rng.lognormvariate(3, 1)) for n in range(600)])
    told = forecaster.forecast(Traits("a"), Micros(600 * 20 * MICROS))
    assert told.basis == "kind"
    assert 0 < told.low < told.seconds < told.high


def test_tasks_that_were_guessed_do_not_narrow_what_is_said_after_a_restart() -> None:
    rng = Random(0)
    took = [rng.lognormvariate(5.5, 0.5) for _ in range(1_100)]
    forecaster = Forecaster()
    forecaster.fit([run("a", n * 0.1, seconds) for n, seconds in enumerate(took[:100])])
    told = forecaster.forecast(Traits("a"), Micros(10_000 * MICROS))
    assert told.basis == "kind"
    assert told.low < told.seconds < told.high
    assert np.mean([holds(told, each) for each in took[100:]]) >= 0.85


def test_a_forecast_is_the_same_for_the_same_tasks_in_any_order(fitted: Forecaster) -> None:
    mixed = many(1_500)
    Random(3).shuffle(mixed)
    other = Forecaster()
    other.fit(mixed)
    asked = Traits("kind 3", amounts={"rows": 10.0})
    now = Micros(50_000 * MICROS)
    assert other.forecast(asked, now) == fitted.forecast(asked, now)


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 100), st.sampled_from("ab")), max_size=30
    )
)
def test_nothing_is_known_before_it_is_done(told: list[tuple[int, int, str]]) -> None:
    runs = [run(kind, at, seconds) for at, seconds, kind in told]
    known: list[Run] = []
    for each, ended in replay(runs):
        known += ended
        assert all(one.finished_at <= each.started_at for one in known)
        done = [one for one in runs if one.finished_at <= each.started_at and one is not each]
        assert len(known) <= len(done)
        earlier = [one for one in done if one.started_at < each.started_at]
        assert len(known) >= len(earlier)


def test_features_are_as_many_whatever_is_known_and_none_is_missing() -> None:
    history = History()
    asked = Traits("a", amounts={str(n): 1.0 for n in range(9)}, labels={"queue": "x"})
    for traits in (Traits("a"), asked):
        history.add(Run(traits, Micros(5), 3))
        for each in (asked, Traits("b"), Traits("a", "owner")):
            told = history.features(each, Micros(9_000_000))
            assert len(told) == FEATURES
            assert all(math.isfinite(one) for one in told)


@given(st.lists(st.floats(-5, 5), min_size=10, max_size=200), st.sampled_from([0.5, 0.8, 0.9]))
def test_a_margin_covers_its_share_of_the_scores_it_comes_from(
    scores: list[float], coverage: float
) -> None:
    calibration = Calibration(coverage)
    calibration.extend(scores)
    assert np.mean([each <= calibration.margin for each in scores]) >= coverage


def test_too_few_scores_never_narrow() -> None:
    calibration = Calibration(0.9)
    assert calibration.margin == 0
    calibration.extend([-3.0])
    assert calibration.margin == 0
    calibration.extend([2.0])
    assert calibration.margin == 2


def test_misses_widen_and_hits_narrow_and_a_new_model_keeps_that() -> None:
    calibration = Calibration(0.8)
    calibration.extend([n / 100 for n in range(100)])
    before = calibration.margin
    for _ in range(20):
        calibration.learn(0.5, hit=False)
    wider = calibration.margin
    assert wider > before
    other = calibration.renewed()
    other.extend([n / 100 for n in range(100)])
    assert other.margin > before
    for _ in range(200):
        calibration.learn(0.5, hit=True)
    assert calibration.margin < wider
