from __future__ import annotations

import pytest

from elders.alerts.book import Book
from elders.alerts.learning import Response, rates, told_severity
from elders.alerts.matching import matcher
from elders.alerts.model import Alert
from elders.alerts.muting import mutes
from elders.alerts.policy import Inhibition, Policy, Silence, Suppression
from elders.alerts.topology import Topology
from elders.severity import Severity
from foundation.clock import Micros
from tests.elders.alerts.conftest import alert
from tests.elders.conftest import START

NOW = Micros(START * 1_000_000)
LATER = Micros(NOW + 1_000_000)
POLICY = Policy(
    topology=Topology({"web": ["db"]}),
    suppressions=(
        Suppression("batch", (matcher('service="batch"'),), LATER, "known"),
        Suppression("all of it", (matcher('service="lab"'),), LATER, "", includes_critical=True),
    ),
    inhibitions=(
        Inhibition((matcher('rule="power"'),), (matcher('rule=~"power|host.*"'),), ("rack",)),
    ),
)
SILENCE = Silence("s", (matcher('service="mail"'),), NOW, LATER, "ada", "work")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (alert(service="batch"), "suppressed by the rule batch"),
        (alert(severity="critical", service="batch"), None),
        (alert(severity="critical", service="lab"), "suppressed by the rule all of it"),
        (alert(severity="critical", service="mail"), "silenced by ada"),
        (alert(service="web"), "explained by db, which it needs"),
        (alert(severity="critical", service="web"), None),
        (alert(service="db"), None),
        (alert("host.down", "critical", rack="1"), "explained by another alert"),
        (alert("host.down", rack="2"), None),
        (alert("power", rack="1", feed="b"), None),
        (alert(service="other"), None),
    ],
)
def test_what_is_muted_says_why(found: Alert, why: str | None) -> None:
    book = Book(POLICY)
    for each in (alert("down", "critical", service="db"), alert("power", rack="1"), found):
        book.take(each, NOW)
    assert mutes(POLICY, [SILENCE], book.tracked.values(), NOW).why(found) == why


def test_rules_and_silences_expire() -> None:
    muting = mutes(POLICY, [SILENCE], [], LATER)
    assert muting.why(alert(service="batch")) is None
    assert muting.why(alert(service="mail")) is None


def test_a_rate_is_shrunk_towards_that_of_all_rules() -> None:
    history = [("noise", Response.IGNORED)] * 30 + [("good", Response.ACTED)] * 30
    found = rates([*history, ("new", Response.IGNORED), ("mixed", Response.ACKNOWLEDGED)])
    assert found["noise"].rate < 0.2 < found["mixed"].rate < found["good"].rate
    assert found["new"].rate > 0.35
    assert [rule for rule, rate in found.items() if rate.is_quiet] == ["noise"]
    assert not any(each.is_quiet for each in rates([("a", Response.IGNORED)] * 9).values())
    assert rates([]) == {}


@pytest.mark.parametrize(
    ("severity", "told"),
    [("critical", "critical"), ("high", "medium"), ("medium", "low"), ("low", "low")],
)
def test_quiet_rules_are_told_one_step_lower_but_never_critical_ones(
    severity: str, told: str
) -> None:
    assert told_severity("r", Severity(severity), {"r"}) is Severity(told)
    assert told_severity("other", Severity(severity), {"r"}) is Severity(severity)
