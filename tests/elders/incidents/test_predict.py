from __future__ import annotations

import random

import pytest

from elders.incidents.calibrated import CROSSING, ODDS
from elders.incidents.model import Series
from elders.incidents.predict import LEAST, forecast
from elders.incidents.rules import Kind, Rule, Rulebook
from elders.incidents.watch import ACTS, WARNS, Watch
from elders.severity import Severity
from tests.elders.incidents.given import rounds


def rising(count: int, slope: float, *, start: float = 40.0, noise: float = 0.3) -> list[float]:
    rng = random.Random(1)
    return [start + slope * n + rng.gauss(0, noise) for n in range(count)]


def times(count: int) -> list[float]:
    return [10.0 * n for n in range(count)]


def test_a_steady_rise_is_foretold_with_its_time() -> None:
    values = rising(60, 0.2)
    told = forecast(times(60), values, limit=60.0, horizon_seconds=600.0)
    assert told is not None
    assert told.value == pytest.approx(63.8, abs=1)
    assert told.low < told.value < told.high
    assert told.seconds == pytest.approx((60 - 51.8) / 0.2 * 10, rel=0.1)
    assert CROSSING(ODDS(told.features)) > WARNS


def test_what_stays_where_it_is_is_not_told_to_cross() -> None:
    told = forecast(times(60), rising(60, 0.0), limit=60.0, horizon_seconds=600.0)
    assert told is not None
    assert (told.crossing, told.seconds) == (0, None)
    assert CROSSING(ODDS(told.features)) < WARNS


def test_a_fall_below_a_limit_is_the_mirror_image_of_a_rise() -> None:
    up = forecast(times(60), rising(60, 0.2), limit=60.0, horizon_seconds=600.0)
    down = forecast(
        times(60), [-each for each in rising(60, 0.2)], limit=-60.0, horizon_seconds=600.0,
        above=False,
    )  # fmt: skip
    assert up is not None
    assert down is not None
    assert down.crossing == up.crossing
    assert (down.low, down.value, down.high) == pytest.approx((-up.high, -up.value, -up.low))


def test_too_few_values_tell_nothing() -> None:
    few = LEAST - 1
    assert forecast(times(few), rising(few, 1.0), limit=60.0, horizon_seconds=600.0) is None


def test_a_leak_is_told_before_the_limit_is_reached_and_a_pause_is_not() -> None:
    rule = Rule("short", "host.memory", Kind.FORECAST, 90.0, Severity.HIGH, horizon_seconds=600)
    leak = Watch(Rulebook((rule,)))
    found = [each for seen in rounds({"host.memory": rising(300, 0.2)}) for each in leak.look(seen)]
    assert found
    assert found[0].value < 90
    assert found[0].kind == "prediction"
    assert found[0].confidence >= WARNS
    calm = Watch(Rulebook((rule,)))
    assert not [
        each for seen in rounds({"host.memory": rising(300, 0.0)}) for each in calm.look(seen)
    ]


def test_the_series_and_the_rule_are_told() -> None:
    rule = Rule("hot", "host.*", Kind.ABOVE, 90.0, Severity.CRITICAL, rounds=2, quiet_seconds=60)
    watch = Watch(Rulebook((rule,)))
    seen = rounds({"host.cpu": [95.0] * 9, "app.up": [1.0] * 9})
    found = [each for one in seen for each in watch.look(one)]
    assert [each.at - seen[0].at for each in found] == [10_000_000, 70_000_000]
    assert found[0].labels == {"series": str(Series("host.cpu")), "rule": "hot"}
    assert (found[0].confidence, found[0].expected) == (1.0, 90.0)
    assert found[0].confidence > ACTS
