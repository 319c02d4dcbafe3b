"""Every decision of improvement: plain functions, so that each can be looked at by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from elders.improving.model import Area, Bottleneck, Knob, Record, Risk, Suggestion, Window

CONFIDENT: Final = 0.9
"""Confidence above which something of low risk is done without asking."""

_LEAST_MEASURED: Final = 5
_SURE: Final = 0.8
"""The share of measurements that must be above the limit."""

_HELPS: Final = 0.05
"""The share by which the median must fall at the least."""

_SIGNIFICANT: Final = 0.9
_PRIOR: Final = 20.0
"""How many trials what is believed beforehand counts for: one in vain is forgiven, two are not."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a metric is a bottleneck, and what can be done about it.

    Attributes:
        limit: above which it is too much.
        knob: to be turned.
        factor: by which it is multiplied; 0 for a knob that is only pressed.
        gain: the share by which the metric should fall.
        believed: the chance that it helps, before anything was tried.
    """

    area: Area
    metric: str
    limit: float
    kind: str
    knob: str
    factor: float
    gain: float
    risk: Risk
    believed: float


RULES: Final = (
    Rule(Area.QUEUES, "tasks.waiting", 10.0, "more workers", "task.workers", 1.5, 0.33,
         Risk.LOW, 0.96),
    Rule(Area.WORKERS, "workers.load", 90.0, "workers for the load", "task.workers", 1.25, 0.2,
         Risk.LOW, 0.95),
    Rule(Area.DATABASE, "store.seconds", 0.05, "statistics of the store", "store.analyse", 0.0, 0.1,
         Risk.LOW, 0.95),
    Rule(Area.MEMORY, "host.memory", 90.0, "a smaller cache", "cache.bytes", 0.5, 0.05,
         Risk.LOW, 0.6),
    Rule(Area.DATABASE, "app.latency_seconds", 0.5, "empty the cache", "platform.cache", 0.0, 0.05,
         Risk.HIGH, 0.2),
)  # fmt: skip
"""Stated, not learned: what is learned is how often each kind helps."""


def find_bottlenecks(window: Window, rules: Sequence[Rule] = RULES) -> list[Bottleneck]:
    """Find metrics that were above their limits in four of five measurements."""
    found = []
    for rule in rules:
        values = window.get(rule.metric, ())
        if len(values) < _LEAST_MEASURED:
            continue
        sureness = sum(each > rule.limit for each in values) / len(values)
        if sureness >= _SURE:
            found.append(Bottleneck(rule.area, rule.metric, median(values), rule.limit, sureness))
    return found


def success_rate(rule: Rule, record: Record) -> float:
    """Tell how likely suggestions of a kind help: what was tried, drawn to what is believed."""
    return (record.helped + _PRIOR * rule.believed) / (record.tried + _PRIOR)


def suggest(
    bottlenecks: Sequence[Bottleneck],
    knobs: Mapping[str, Knob],
    records: Mapping[str, Record],
    rules: Sequence[Rule] = RULES,
) -> list[Suggestion]:
    """Suggest what could be turned, the greatest expected gain first.

    Knobs that are not there, or at their bound already, are left alone; and each is turned for
    one bottleneck at a time, so that what came of it can be told.
    """
    found: dict[str, Suggestion] = {}
    for bottleneck in bottlenecks:
        for rule in rules:
            knob = knobs.get(rule.knob)
            if rule.metric != bottleneck.metric or knob is None:
                continue
            value = _turned(knob, rule.factor)
            if value is None:
                continue
            known = success_rate(rule, records.get(rule.kind, Record()))
            suggestion = Suggestion(
                rule.kind, knob.name, value, rule.metric, rule.gain, rule.risk,
                known * bottleneck.sureness,
                f"{rule.metric} is {bottleneck.level:.4g} in the middle, above {rule.limit:g} in"
                f" {bottleneck.sureness:.0%} of measurements",
            )  # fmt: skip
            other = found.get(knob.name)
            if other is None or suggestion.expected > other.expected:
                found[knob.name] = suggestion
    return sorted(found.values(), key=lambda each: (-each.expected, each.knob))


def _turned(knob: Knob, factor: float) -> float | None:
    if not factor:
        return knob.value + 1
    value = min(knob.most, max(knob.least, float(math.ceil(knob.value * factor))))
    return None if value == knob.value else value


def may_apply(suggestion: Suggestion) -> bool:
    """Tell whether it may be done without asking an elder."""
    return suggestion.risk is Risk.LOW and suggestion.confidence > CONFIDENT


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of turning a knob.

    Attributes:
        change: of the median, as a share of what it was; negative is better.
        chance: that a measurement after is below one before.
        enough: whether there was enough to tell.
    """

    helped: bool
    change: float
    chance: float
    enough: bool


def compare(before: Sequence[float], after: Sequence[float]) -> Verdict:
    """Judge a metric by two windows of the same length.

    It helped if the median fell by a twentieth, and the windows differ as chance alone has them do
    in one of ten cases at the most (Mann & Whitney, 1947, by the normal approximation).
    """
    size = min(len(before), len(after))
    if size < _LEAST_MEASURED:
        return Verdict(helped=False, change=0.0, chance=0.5, enough=False)
    earlier, later = before[-size:], after[-size:]
    pairs = [(a, b) for a in earlier for b in later]
    below = sum(b < a for a, b in pairs) + 0.5 * sum(b == a for a, b in pairs)
    spread = math.sqrt(size * size * (2 * size + 1) / 12)
    z = (below - size * size / 2) / spread
    sure = 0.5 * (1 + math.erf(z / math.sqrt(2)))
    was, now = median(earlier), median(later)
    change = (now - was) / abs(was) if was else 0.0
    helped = change <= -_HELPS and sure >= _SIGNIFICANT
    return Verdict(helped, change, below / len(pairs), enough=True)
