from __future__ import annotations

import pytest

from elders.alerts.matching import all_fit, matcher
from foundation.errors import InvalidInput
from tests.elders.alerts.conftest import alert

FOUND = alert("latency.p95", "high", service='a"b', host="x1", note="a-b [c]\n日本", odd="\ud800")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('odd=~"\\?"', True), ('note="a-b [c]\n日本"', True),
        ('host="x1"', True), ('host="x"', False), ('host!="x"', True), ('host =~ "x[0-9]"', True),
        ('host=~"x"', False), ('host!~"y.*"', True), ('severity="high"', True),
        ('rule=~"latency.*"', True), ('rack=""', True), ('rack!=""', False),
        (r'service="a\"b"', True), ('rule="latency.p95"', True), ('rule="latencyXp95"', False),
    ],
)  # fmt: skip
def test_a_condition_fits_as_alertmanagers_do(text: str, *, fits: bool) -> None:
    assert matcher(text).fits(FOUND) is fits


@pytest.mark.parametrize(
    "text",
    ["", "host", "host=x", 'host=="x"', '1="x"', 'a=~"["', 'a=~"(?=x)"', 'a="\ud800"', "x" * 501],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        matcher(text)


def test_all_conditions_must_fit_and_none_at_all_fits_nothing() -> None:
    assert all_fit([matcher('host="x1"'), matcher('severity="high"')], FOUND)
    assert not all_fit([matcher('host="x1"'), matcher('severity="low"')], FOUND)
    assert not all_fit([], FOUND)


def test_no_regular_expression_takes_long() -> None:
    """A backtracking engine would need 2 ** 500 steps: this ends at all only if it is linear."""
    assert not matcher('long=~"(a+)+b"').fits(alert("r", "high", long="a" * 500))
