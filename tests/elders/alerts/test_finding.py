"""Alerts that are made of findings: whose they are, and whom they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from elders.alerts.book import Book
from elders.alerts.finding import alert_of
from elders.alerts.model import LABEL, check_alert
from elders.alerts.model import Kind as NoticeKind
from elders.alerts.policy import PERFORMANCE, SECURITY, Policy
from elders.alerts.rules_file import rules_of
from elders.incidents.model import Round, Series
from elders.incidents.rules import DEFAULTS, Kind, Rule, Rulebook
from elders.incidents.watch import Watch
from elders.severity import Severity
from foundation.clock import Micros

NOW = Micros(1)


@dataclass(frozen=True)
class Found:
    labels: Mapping[str, str]
    kind: str = "anomaly"
    severity: Severity = Severity.HIGH
    at: Micros = NOW
    reason: str = "98 % where 30 % was expected"
    over: bool = False


def test_a_finding_of_the_incident_sage_becomes_an_alert() -> None:
    made = alert_of(Found({"series": "host.cpu", "service": "db"}))
    assert (made.rule, made.service, made.severity) == ("anomaly:host.cpu", "db", Severity.HIGH)
    assert made.summary == Found({}).reason
    over = alert_of(Found({"series": "host.cpu", "service": "db"}, over=True))
    assert (over.fingerprint, over.resolved, made.resolved) == (made.fingerprint, True, False)


@pytest.mark.parametrize(
    ("series", "service", "team"),
    [
        ("security.refused{layer=token}", "security", SECURITY),
        ("app.latency_seconds", "platform", PERFORMANCE),
        ("host.load", "host", PERFORMANCE),
        ("app.up", "platform", None),
        ("business.changes", "platform", None),
        ("process.files", "guild", None),
    ],
)
def test_it_is_of_a_service_and_reaches_its_team(
    series: str, service: str, team: str | None
) -> None:
    made = alert_of(Found({"series": series}))
    assert made.service == service
    told = rules_of({}, "here").policy.receivers(made.severity, made.tags)
    assert {SECURITY, PERFORMANCE} & set(told) == ({team} if team else set())


def test_every_series_of_the_first_rules_is_of_a_service() -> None:
    for rule in DEFAULTS.rules:
        assert alert_of(Found({"series": rule.series})).service is not None


def test_a_host_that_is_full_explains_a_platform_that_is_away() -> None:
    topology = rules_of({}, "here").policy.topology
    assert "host" in topology.cone("platform")
    assert "security" not in topology.cone("platform")
    own = rules_of({"topology": {"platform": ["db"]}}, "here").policy.topology
    assert own.cone("platform") == {"platform", "db"}
    assert "host" in own.cone("guild")


def test_texts_of_any_length_make_an_alert_that_is_taken() -> None:
    long = "x" * 3_000
    made = alert_of(Found({"series": long, long: long}, reason=long))
    check_alert(made)
    assert made.labels == {"series": "x" * LABEL, "x" * LABEL: "x" * LABEL}


def test_a_limit_that_is_crossed_again_and_again_flaps_and_its_end_is_told_once_it_is_calm() -> (
    None
):
    rule = Rule("full", "host.disk", Kind.ABOVE, 95, Severity.HIGH)
    watch, book, notices = Watch(Rulebook((rule,))), Book(Policy()), []
    for number in range(240):
        value = 99.0 if number < 120 and number % 10 < 3 else 50.0
        at = Micros((number + 1) * 10_000_000)
        found = watch.look(Round(at, {Series("host.disk"): value}))
        for each in (*found, *watch.turned):
            book.take(alert_of(each), at)
        book.age(at)
        notices += book.tell([], (), at)
        flapping = {each.flapping for each in book.tracked.values()}
        assert flapping == {True} or not 60 < number < 120
    assert [each.kind for each in notices if each.at > 700_000_000] == [NoticeKind.RESOLVED]
