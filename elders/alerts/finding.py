"""Alerts made of what the Incident Sage finds: of which service they are, and what about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from elders.alerts.model import LABEL, SUMMARY, Alert
from elders.severity import Severity
from foundation.clock import Micros

TOPOLOGY: Final[Mapping[str, tuple[str, ...]]] = {
    "platform": ("host",),
    "guild": ("platform", "host"),
}
"""Who depends on whom, among the services that findings are of."""

_SERVICES: Final[Mapping[str, str]] = {
    "host": "host", "process": "guild", "app": "platform", "business": "platform",
    "security": "security",
}  # fmt: skip
"""By the first part of a series' name. An attack has no cause among the others: it is apart."""

_SLOW: Final = (
    "host.cpu", "host.load", "host.memory", "host.swap", "process.cpu", "process.memory_bytes",
    "app.latency_seconds", "app.probe_seconds", "app.shed", "app.behind",
)  # fmt: skip
"""Series that say how fast things are, or will be."""


class Finding(Protocol):
    """What the Incident Sage finds, as far as an alert is made of it."""

    @property
    def kind(self) -> str:
        """Say how it was found."""
        ...

    @property
    def severity(self) -> Severity:
        """Say how bad it is."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """Say which one it is."""
        ...

    @property
    def at(self) -> Micros:
        """Say when it was so."""
        ...

    @property
    def reason(self) -> str:
        """Say for people what is wrong."""
        ...

    @property
    def over(self) -> bool:
        """Tell whether it is so no more."""
        ...


def alert_of(finding: Finding) -> Alert:
    """Make an alert of a finding; its rule is the kind with the series, where one is named.

    Texts are cut: one that is too long would be refused, with all that are told beside it.
    """
    series = finding.labels.get("series", "")
    name = series.partition("{")[0]
    service = _SERVICES.get(name.partition(".")[0])
    labels = {key[:LABEL]: value[:LABEL] for key, value in finding.labels.items()}
    return Alert(
        (f"{finding.kind}:{series}" if series else finding.kind)[:LABEL],
        Severity(str(finding.severity)),
        {**({"service": service} if service else {}), **labels},
        finding.reason[:SUMMARY],
        finding.at,
        _tags(name),
        resolved=finding.over,
    )


def _tags(name: str) -> frozenset[str]:
    if name.startswith("security."):
        return frozenset({"security"})
    return frozenset({"performance"}) if name in _SLOW else frozenset()
