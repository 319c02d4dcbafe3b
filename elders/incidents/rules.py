"""What is watched, and from when on it is told: rules in books, each book a version."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from elders.incidents.model import Series
from elders.severity import Severity
from foundation.errors import InvalidInput

_ANY: Final = "*"
_NAME_LENGTH: Final = 100

LEARNED: Final = "learned: "
"""How names of rules begin that were learned, not written."""


class Kind(StrEnum):
    """What a rule looks for."""

    ABOVE = "above"
    BELOW = "below"
    ANOMALY = "anomaly"
    FORECAST = "forecast"
    """That a series will rise above the threshold within the horizon."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Watches every series of a name, each by itself.

    Attributes:
        name: of the rule; no two of a book share one.
        series: a series' name; with `*` at its end, all that begin so.
        threshold: the limit; for an anomaly, the surprise (mean -log10 chance) from which on.
        rounds: in how many rounds in a row it must be so.
        quiet_seconds: for how long it is not told again of the same series.
        horizon_seconds: how far a forecast looks.
        action: what to do about it, if anything; see `actions`.
        without: labels with values; series that have one of them are not watched.
    """

    name: str
    series: str
    kind: Kind
    threshold: float
    severity: Severity
    rounds: int = 1
    quiet_seconds: float = 3_600.0
    horizon_seconds: float = 1_800.0
    action: str = ""
    without: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        """Refuse what no rule can be.

        Raises:
            InvalidInput: a figure is out of bounds, or a name missing or too long.
        """
        sizes = (self.threshold, self.quiet_seconds, self.horizon_seconds)
        if not (0 < len(self.name) <= _NAME_LENGTH and 0 < len(self.series) <= _NAME_LENGTH):
            raise InvalidInput(f"a rule and its series have names of 1 to {_NAME_LENGTH} letters")
        if not (all(map(math.isfinite, sizes)) and self.rounds >= 1 and self.quiet_seconds >= 0):
            raise InvalidInput(f"the rule {self.name!r} has a figure that is out of bounds")

    @property
    def is_learned(self) -> bool:
        """Tell whether it was learned of an incident: then it is a guess, and proves nothing."""
        return self.name.startswith(LEARNED)

    def covers(self, series: Series) -> bool:
        """Tell whether it watches a series."""
        if any(tuple(each) in series.labels for each in self.without):
            return False
        if self.series.endswith(_ANY):
            return series.name.startswith(self.series[:-1])
        return series.name == self.series


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules at a time."""

    rules: Sequence[Rule]

    def __post_init__(self) -> None:
        """Refuse two rules of one name.

        Raises:
            InvalidInput: there are.
        """
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise InvalidInput("two rules of a book have one name")

    def of(self, series: Series) -> list[Rule]:
        """Answer the rules that watch a series."""
        return [rule for rule in self.rules if rule.covers(series)]

    def check_actions(self, names: Collection[str]) -> None:
        """Refuse a rule that asks for what nobody can do.

        Raises:
            InvalidInput: there is no action of its name.
        """
        for rule in self.rules:
            if rule.action and rule.action not in names:
                raise InvalidInput(
                    f"the rule {rule.name!r} has the action {rule.action[:80]!r}: name one of"
                    f" {', '.join(names)}, or none"
                )

    def with_rule(self, rule: Rule) -> Rulebook:
        """Answer a book with a rule added, or in the place of the one of its name."""
        kept = [each for each in self.rules if each.name != rule.name]
        return replace(self, rules=(*kept, rule))


def write_rules(book: Rulebook) -> list[dict[str, Any]]:
    """Write a book as JSON says it."""
    return [asdict(rule) for rule in book.rules]


def read_rules(told: Sequence[Mapping[str, Any]]) -> Rulebook:
    """Read what `write_rules` wrote.

    Raises:
        InvalidInput: it is something else.
    """
    try:
        return Rulebook(
            tuple(
                Rule(
                    **{
                        **each,
                        "kind": Kind(each["kind"]),
                        "severity": Severity(each["severity"]),
                        "threshold": float(each["threshold"]),
                        "without": tuple((name, value) for name, value in each.get("without", ())),
                    }
                )
                for each in told
            )
        )
    except (TypeError, ValueError, KeyError) as error:
        raise InvalidInput(f"this is no book of rules: {error}") from error


SURPRISE: Final = 2.0
"""From when on a value is told as an anomaly; chosen by `benchmarks.incidents`."""

_QUIET: Final = 2_880.0
"""288 rounds of ten seconds: as many values as the benchmark waits between two alarms."""

DEFAULTS: Final = Rulebook(
    (
        Rule("memory is short", "host.memory", Kind.ABOVE, 92, Severity.HIGH, 3, action="memory"),
        Rule(
            "memory will be short", "host.memory", Kind.FORECAST, 92, Severity.HIGH,
            action="memory",
        ),
        Rule("disk is full", "host.disk", Kind.ABOVE, 95, Severity.CRITICAL, 3, action="archive"),
        Rule(
            "disk will be full", "host.disk", Kind.FORECAST, 95, Severity.HIGH,
            horizon_seconds=7_200, action="archive",
        ),
        Rule("load is high", "host.load", Kind.ABOVE, 4, Severity.HIGH, 6, action="throttle"),
        Rule("platform is away", "app.up", Kind.BELOW, 0.5, Severity.CRITICAL, 3),
        Rule("follower fails", "app.failing", Kind.ABOVE, 0.5, Severity.HIGH, 3),
        Rule("requests are shed", "app.shed", Kind.ABOVE, 1, Severity.HIGH, 3, action="workers"),
        Rule(
            "many are refused", "security.refused", Kind.ABOVE, 20, Severity.HIGH, 3,
            action="throttle", without=(("layer", "rate"),),
        ),
        Rule("somebody is unlike themselves", "security.abnormal", Kind.ABOVE, 0, Severity.HIGH),
        Rule("layer can't judge", "security.failed", Kind.ABOVE, 0.01, Severity.CRITICAL, 3),
        *(
            Rule(f"unusual {name}", f"{name}.*", Kind.ANOMALY, SURPRISE, severity,
                 quiet_seconds=_QUIET)
            for name, severity in (
                ("host", Severity.MEDIUM), ("process", Severity.LOW), ("app", Severity.MEDIUM),
                ("business", Severity.LOW), ("security", Severity.MEDIUM),
            )
        ),
    )
)  # fmt: skip
"""Where a guild begins. Load is by core; memory and disk are percentages; rates are by second."""
