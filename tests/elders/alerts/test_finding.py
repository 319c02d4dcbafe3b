"""Alerts that are made of findings: whose they are, and whom they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from elders.alerts.finding import alert_of
from elders.alerts.model import LABEL, check_alert
from elders.alerts.policy import PERFORMANCE, SECURITY
from elders.alerts.rules_file import rules_of
from elders.incidents.rules import DEFAULTS
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
