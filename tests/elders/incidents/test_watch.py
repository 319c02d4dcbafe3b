"""What is told of rounds, and what is not told again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from elders.incidents.calibrate import Calibration
from elders.incidents.model import Finding
from elders.incidents.rules import Kind, Rule, Rulebook
from elders.incidents.watch import ACTS, WARNS, Calibrations, Watch
from elders.severity import Severity
from tests.elders.incidents.given import rounds

BOOK = Rulebook((Rule("unusual", "a", Kind.ANOMALY, 0.5, Severity.LOW, quiet_seconds=3_600),))


def found(jumps: list[float], chances: tuple[float, ...]) -> list[Finding]:
    """Find in a quiet series that then jumps, where surprises of 1, 2, … mean these chances."""
    values = [10.0 + number % 7 for number in range(400)] + jumps
    curve = Calibration(tuple(1.0 + n for n in range(len(chances))), chances)
    watch = Watch(BOOK, calibrations=Calibrations(anomaly=curve))
    return [finding for each in rounds({"a": values}) for finding in watch.look(each)]


def test_what_is_too_weak_to_be_told_starts_no_quiet_time() -> None:
    weak = found([25.0], (0.1, 0.59))
    assert weak == []
    told = found([25.0, 9_000.0, 9_000.0], (0.1, 0.2, 0.3, 0.4, 0.5, 0.9))
    assert [each.value for each in told] == [9_000.0]
    assert told[0].confidence >= WARNS


@pytest.mark.parametrize(("sure", "count"), [(0.95, 2), (0.7, 1)])
def test_only_what_is_to_be_acted_on_now_breaks_the_quiet_time(sure: float, count: int) -> None:
    told = found([25.0, 9_000.0, 9_000.0], (0.65, 0.65, 0.65, 0.65, 0.65, sure))
    assert len(told) == count
    assert WARNS <= told[0].confidence < ACTS


LIMIT = Rulebook((Rule("full", "a", Kind.ABOVE, 90, Severity.HIGH, 2, quiet_seconds=3_600),))


def turns(values: Sequence[float | None]) -> list[tuple[int, str]]:
    """Tell in which rounds something is found, begins again, or is over; None is no value."""
    watch, told = Watch(LIMIT), []
    for number, seen in enumerate(rounds({"a": [each or 0.0 for each in values]})):
        shown = seen if values[number] is not None else replace(seen, values={})
        told += [(number, "found") for _ in watch.look(shown)]
        told += [(number, "over" if each.over else "again") for each in watch.turned]
    return told


def test_what_was_told_is_over_once_its_rule_was_not_met_for_a_minute() -> None:
    assert turns([95.0] * 4 + [10.0] * 20) == [(1, "found"), (9, "over")]
    assert turns([95.0] * 4 + [10.0] * 4 + [95.0] * 30) == [(1, "found")]


def test_what_begins_again_within_its_quiet_time_is_no_finding_but_known() -> None:
    again = [*[95.0] * 4, *[10.0] * 8, *[95.0] * 4, *[10.0] * 8]
    assert turns(again) == [(1, "found"), (9, "over"), (13, "again"), (21, "over")]


def test_what_is_not_measured_is_not_known_to_be_over() -> None:
    assert turns([95.0] * 4 + [None] * 30) == [(1, "found")]
