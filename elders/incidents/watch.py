"""What rules find in what is measured, round by round: the same live as on replay."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from elders.incidents.calibrate import Calibration
from elders.incidents.calibrated import ANOMALY, CROSSING, ODDS
from elders.incidents.detect import Detector, Model, Scored
from elders.incidents.model import MICROS, Finding, Round, Series
from elders.incidents.predict import Forecast, Odds, forecast
from elders.incidents.rules import Kind, Rule, Rulebook
from foundation.clock import Micros

ACTS: Final = 0.8
"""Confidence above which something is done."""

WARNS: Final = 0.6
"""Confidence above which something is said."""

GUESSED: Final = 0.7
"""Confidence in a learned limit that was crossed: it is told, and not acted on."""

ENDED_SECONDS: Final = 60.0
"""For so long a rule is not met, and what it found is over: what was short is told before."""

_REMEMBERED: Final = 720


@dataclass(frozen=True, slots=True)
class Calibrations:
    """What scores mean.

    Attributes:
        anomaly: surprise to the chance of an incident.
        odds: weighs what a forecast says to a score.
        crossing: such a score to the chance that the limit will be crossed.
    """

    anomaly: Calibration = ANOMALY
    odds: Odds = ODDS
    crossing: Calibration = CROSSING


@dataclass(slots=True)
class _State:
    """What is known of a series."""

    past: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    detector: Detector | None = None
    met: dict[str, int] = field(default_factory=dict)
    told: dict[str, tuple[Micros, float]] = field(default_factory=dict)
    going: dict[str, Finding] = field(default_factory=dict)


class Watch:
    """Looks at rounds in their order. One thread may use it.

    Args:
        book: the rules.
        calibrations: what scores mean.
        model: makes a streaming model for each series; none by default.
    """

    def __init__(
        self,
        book: Rulebook,
        *,
        calibrations: Calibrations | None = None,
        model: Callable[[], Model] | None = None,
    ) -> None:
        self._book = book
        self._calibrations = calibrations or Calibrations()
        self._model = model
        self._states: dict[Series, _State] = {}
        self._turned: list[Finding] = []

    @property
    def book(self) -> Rulebook:
        """The rules it goes by."""
        return self._book

    def renew(self, book: Rulebook, calibrations: Calibrations) -> None:
        """Go by other rules from now on; what was learned of each series stays."""
        self._book, self._calibrations = book, calibrations

    @property
    def turned(self) -> list[Finding]:
        """What the latest round ended of what was told, or began again within its quiet time."""
        return self._turned

    def look(self, seen: Round) -> list[Finding]:
        """Learn a round, and answer what is to be told of it."""
        found: list[Finding] = []
        self._turned = []
        for series, value in seen.values.items():
            rules = self._book.of(series)
            if not rules:
                continue
            state = self._states.setdefault(series, _State())
            state.past.append((seen.at / MICROS, value))
            scored = self._scored(state, rules, seen.at, value)
            for rule in rules:
                finding = self._judged(rule, series, state, seen.at, value, scored)
                turned = _turned(rule, state, finding, seen.at)
                if finding is not None and _due(rule, state, finding):
                    found.append(finding)
                elif turned is not None:
                    self._turned.append(turned)
        return found

    def _scored(
        self, state: _State, rules: Iterable[Rule], at: Micros, value: float
    ) -> Scored | None:
        if not any(rule.kind is Kind.ANOMALY for rule in rules):
            return None
        state.detector = state.detector or Detector(self._model)
        return state.detector.score(at / MICROS, value)

    def _judged(
        self,
        rule: Rule,
        series: Series,
        state: _State,
        at: Micros,
        value: float,
        scored: Scored | None,
    ) -> Finding | None:
        score, expected, reason = 0.0, rule.threshold, ""
        confidence = GUESSED if rule.is_learned else 1.0
        if rule.kind is Kind.ANOMALY and scored is not None:
            score, expected = scored.surprise, scored.expected
            confidence = self._calibrations.anomaly(score)
            met = score >= rule.threshold and confidence >= WARNS
            reason = f"{series} is {value:.6g}, where {expected:.6g} is usual"
        elif rule.kind is Kind.FORECAST:
            told = _foretold(rule, state)
            score = self._calibrations.odds(told.features) if told else 0.0
            confidence = self._calibrations.crossing(score)
            met = told is not None and value <= rule.threshold and confidence >= WARNS
            reason = _forecast_reason(rule, series, value, told)
        else:
            met = value > rule.threshold if rule.kind is Kind.ABOVE else value < rule.threshold
            reason = f"{series} is {value:.6g}: {rule.kind} {rule.threshold:.6g}"
        state.met[rule.name] = state.met.get(rule.name, 0) + 1 if met else 0
        if state.met[rule.name] < rule.rounds:
            return None
        labels = {**dict(series.labels), "series": str(series), "rule": rule.name}
        kind = {Kind.ANOMALY: "anomaly", Kind.FORECAST: "prediction"}.get(rule.kind, "limit")
        return Finding(kind, rule.severity, labels, at, value, expected, score, confidence, reason)


def _foretold(rule: Rule, state: _State) -> Forecast | None:
    seconds, values = zip(*state.past, strict=True)
    return forecast(seconds, values, limit=rule.threshold, horizon_seconds=rule.horizon_seconds)


def _forecast_reason(rule: Rule, series: Series, value: float, told: Forecast | None) -> str:
    if told is None:
        return ""
    soon = rule.horizon_seconds if told.seconds is None else told.seconds
    return (
        f"{series} is {value:.6g} and will be above {rule.threshold:.6g} within {soon / 60:.0f} min"
        f" ({told.low:.6g} to {told.high:.6g} in {rule.horizon_seconds / 60:.0f} min)"
    )


def _turned(rule: Rule, state: _State, finding: Finding | None, at: Micros) -> Finding | None:
    """Note what goes on; answer what begins, or is over as nothing was found for long enough."""
    before = state.going.get(rule.name)
    if finding is not None:
        state.going[rule.name] = finding
        return finding if before is None else None
    if before is None or at - before.at < ENDED_SECONDS * MICROS:
        return None
    return replace(state.going.pop(rule.name), at=at, over=True)


def _due(rule: Rule, state: _State, finding: Finding) -> bool:
    """Tell whether it is to be told: not soon again, unless only now something is to be done."""
    at, told = state.told.get(rule.name, (None, 0.0))
    quiet = at is not None and finding.at - at < rule.quiet_seconds * MICROS
    if quiet and not told < ACTS <= finding.confidence:
        return False
    state.told[rule.name] = finding.at, finding.confidence
    return True
