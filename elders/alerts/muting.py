"""What is not told, and why: suppressions, silences, and what a critical alert explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from elders.alerts.matching import all_fit
from elders.alerts.model import Alert, Tracked
from elders.alerts.policy import Inhibition, Policy, Silence
from elders.severity import Severity
from foundation.clock import Micros


@dataclass(frozen=True, slots=True)
class Mutes:
    """Everything that mutes at one time; `why` answers for each alert.

    Attributes:
        critical: services with a critical alert that fires.
        inhibited: for each inhibition, the values of its labels in alerts that cause it, with
            the fingerprints of these.
    """

    policy: Policy
    silences: Sequence[Silence]
    critical: frozenset[str]
    inhibited: Sequence[tuple[Inhibition, dict[tuple[str, ...], set[str]]]]
    now: Micros

    def why(self, alert: Alert) -> str | None:
        """Say why an alert is not to be told; None where it is."""
        for silence in self.silences:
            if silence.since <= self.now < silence.until and all_fit(silence.matchers, alert):
                return f"silenced by {silence.by}"
        grave = alert.severity is Severity.CRITICAL
        for rule in self.policy.suppressions:
            spared = grave and not rule.includes_critical
            if not spared and self.now < rule.until and all_fit(rule.matchers, alert):
                return f"suppressed by the rule {rule.name}"
        return self._explained(alert, grave=grave)

    def _explained(self, alert: Alert, *, grave: bool) -> str | None:
        """Name what explains an alert; a critical one is explained by an inhibition alone."""
        service = alert.service
        if service is not None and not grave:
            for node in self.critical & self.policy.topology.cone(service):
                if node != service:
                    return f"explained by {node}, which it needs"
        for rule, firing in self.inhibited:
            values = tuple(alert.labels.get(name, "") for name in rule.equal)
            others = firing.get(values, set()) - {alert.fingerprint}
            if others and all_fit(rule.targets, alert) and not all_fit(rule.sources, alert):
                return "explained by another alert"
        return None


def mutes(
    policy: Policy, silences: Sequence[Silence], tracked: Iterable[Tracked], now: Micros
) -> Mutes:
    """Find what mutes now.

    Args:
        policy: the standing rules.
        silences: those that people set.
        tracked: all alerts.
        now: when.
    """
    firing = [each.alert for each in tracked if each.fires]
    critical = frozenset(
        each.service for each in firing if each.severity is Severity.CRITICAL and each.service
    )
    inhibited = [(rule, _sources(rule, firing)) for rule in policy.inhibitions]
    return Mutes(policy, silences, critical, inhibited, now)


def _sources(rule: Inhibition, firing: Sequence[Alert]) -> dict[tuple[str, ...], set[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    for alert in firing:
        if all_fit(rule.sources, alert):
            values = tuple(alert.labels.get(name, "") for name in rule.equal)
            found.setdefault(values, set()).add(alert.fingerprint)
    return found
