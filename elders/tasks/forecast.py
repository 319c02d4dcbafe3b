"""How long a task will take: a middle, and an interval that holds as often as it says."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from elders.tasks.conformal import Calibration
from elders.tasks.history import History, Run, replay
from elders.tasks.learning import KindPattern
from elders.tasks.model import Traits
from foundation.clock import Micros

Basis = Literal["model", "kind", "pattern", "all", "guess"]
Quantiles = tuple[float, float, float]
"""Low, median and high, in logarithms of (1 + seconds)."""

_LATEST: Final = 10_000
COVERAGE: Final = 0.9

_ENOUGH_FOR_MODEL: Final = 500
_ENOUGH_OF_A_KIND: Final = 10
_HELD_BACK: Final = 0.2
_KEPT_OF_A_KIND: Final = 200
_KEPT_OF_ALL: Final = 2_000
_GUESS_SECONDS: Final = (0.0, 60.0, 3_600.0)
_TO_P95: Final = 1.645 / 1.282
"""From the 90th to the 95th percentile of a normal distribution, seen from its median."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long a task will take.

    Attributes:
        seconds: as likely more as less.
        low: and `high`: it lies between them as often as the coverage says; in seconds.
        basis: "model"; "kind" or "all": the latest tasks of its kind, or of all kinds, because
            there were too few for a model or because it was no better; "pattern": what documents
            say of its kind; "guess": nothing was ever done.
        raw: what it was before calibration, in logarithms of (1 + seconds).
    """

    seconds: float
    low: float
    high: float
    basis: Basis
    raw: tuple[float, float]


class Regressor(Protocol):
    """Answers quantiles of logarithms for rows of features."""

    def predict(self, rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """Answer low, median and high of each row, shape (rows, 3), in ascending order."""
        ...


class Empirical:
    """Quantiles of the latest tasks of a kind; of all, where the kind has too few."""

    def __init__(self, coverage: float, patterns: Mapping[str, KindPattern]) -> None:
        tail = (1 - coverage) / 2
        self._shares = (tail, 0.5, 1 - tail)
        self._patterns = patterns
        self._kinds: dict[str, deque[float]] = {}
        self._all: deque[float] = deque(maxlen=_KEPT_OF_ALL)
        self._overall: Quantiles | None = None

    def add(self, run: Run) -> None:
        """Take a task in when it is done."""
        logarithm = math.log1p(run.seconds)
        kind = self._kinds.setdefault(run.traits.kind, deque(maxlen=_KEPT_OF_A_KIND))
        kind.append(logarithm)
        self._all.append(logarithm)
        self._overall = None

    def quantiles(self, traits: Traits) -> tuple[Basis, Quantiles]:
        """Answer what there is for a task: its kind, else a pattern, else all, else a guess."""
        kind = self._kinds.get(traits.kind, ())
        if len(kind) >= _ENOUGH_OF_A_KIND:
            return "kind", self._of(kind)
        if pattern := self._patterns.get(traits.kind.casefold()):
            return "pattern", _of_pattern(pattern)
        if len(self._all) >= _ENOUGH_OF_A_KIND:
            if self._overall is None:
                self._overall = self._of(self._all)
            return "all", self._overall
        low, middle, high = (math.log1p(each) for each in _GUESS_SECONDS)
        return "guess", (low, middle, high)

    def _of(self, logarithms: Iterable[float]) -> Quantiles:
        low, middle, high = np.quantile(list(logarithms), self._shares).tolist()
        return low, middle, high


class Forecaster:
    """Forecasts from the latest 10,000 tasks; it learns from each that ends.

    Fit it now and then (some seconds of work); between, `observe` keeps the history, by which
    most of a forecast goes, and the calibration up to date. It is no two threads' at once.

    Args:
        coverage: how often a task should lie within its interval.
        enough: tasks that a model needs.
        patterns: what documents say of kinds, by name in small letters.
    """

    def __init__(
        self,
        *,
        coverage: float = COVERAGE,
        enough: int = _ENOUGH_FOR_MODEL,
        patterns: Mapping[str, KindPattern] | None = None,
    ) -> None:
        self._coverage = coverage
        self._enough = enough
        self._patterns = patterns or {}
        self._model: Regressor | None = None
        self._history = History()
        self._empirical = Empirical(self._coverage, self._patterns)
        self._calibration = Calibration(self._coverage)

    def successor(self, patterns: Mapping[str, KindPattern]) -> Forecaster:
        """Make one to be fitted while this one answers; what drift asked for goes over."""
        other = Forecaster(coverage=self._coverage, enough=self._enough, patterns=patterns)
        other._calibration = self._calibration.renewed()
        return other

    def fit(self, runs: Iterable[Run]) -> None:
        """Begin anew from tasks that were done; the latest 10,000 of them count.

        The model learns from the earlier four fifths. On the later fifth it is calibrated, and
        compared (by pinball loss) with the quantiles of kinds, which are used if they are better.
        Guesses calibrate nothing: how far they were off says nothing of what comes after them.
        """
        latest = sorted(runs, key=lambda each: each.finished_at)[-_LATEST:]
        self._forget()
        rows, simple, guessed, done = [], [], [], []
        for run, ended in replay(latest):
            for each in ended:
                self._add(each)
            rows.append(self._history.features(run.traits, run.started_at))
            basis, told = self._empirical.quantiles(run.traits)
            simple.append(told)
            guessed.append(basis == "guess")
            done.append(run)
        self._forget()
        for run in latest:
            self._add(run)
        if done:
            self._judge(rows, np.array(simple), np.array(guessed), done)

    def forecast(self, traits: Traits, now: Micros) -> Forecast:
        """Tell how long a task will take that begins about now."""
        return self.forecasts([(traits, now)])[0]

    def forecasts(self, asked: Sequence[tuple[Traits, Micros]]) -> list[Forecast]:
        """Tell how long tasks will take that begin at these moments: many at once are quicker."""
        if self._model is None:
            return [self._calibrated(*self._empirical.quantiles(each)) for each, _ in asked]
        rows = [self._history.features(each, now) for each, now in asked]
        told = self._model.predict(rows).tolist() if rows else []
        return [self._calibrated("model", (low, middle, high)) for low, middle, high in told]

    def _calibrated(self, basis: Basis, told: Quantiles) -> Forecast:
        low, middle, high = told
        margin = self._calibration.margin
        bottom, top = max(0.0, low - margin), max(0.0, high + margin)
        if top < bottom:
            bottom = top = max(0.0, middle)
        middle = min(max(middle, bottom), top)
        seconds, least, most = (math.expm1(each) for each in (middle, bottom, top))
        return Forecast(seconds, least, most, basis, (low, high))

    def usual_seconds(self, traits: Traits) -> float:
        """Tell how long such a task took in the middle: quicker than a forecast, and coarser."""
        return math.expm1(self._empirical.quantiles(traits)[1][1])

    def observe(self, run: Run, told: Forecast | None = None) -> None:
        """Learn from a task that was done.

        Args:
            run: the task.
            told: what was forecast for it before it began, if anything was.
        """
        if told is not None and told.basis != "guess":
            logarithm = math.log1p(run.seconds)
            score = max(told.raw[0] - logarithm, logarithm - told.raw[1])
            self._calibration.learn(score, hit=holds(told, run.seconds))
        self._add(run)

    def _forget(self) -> None:
        self._model = None
        self._history = History()
        self._empirical = Empirical(self._coverage, self._patterns)
        self._calibration = self._calibration.renewed()

    def _add(self, run: Run) -> None:
        self._history.add(run)
        self._empirical.add(run)

    def _judge(
        self,
        rows: Sequence[Sequence[float]],
        simple: NDArray[np.float64],
        guessed: NDArray[np.bool_],
        done: Sequence[Run],
    ) -> None:
        """Choose the model or the kinds' quantiles, and calibrate what was chosen."""
        order = np.argsort([run.finished_at for run in done], kind="stable")
        true = np.log1p([run.seconds for run in done])
        cut = int(len(done) * (1 - _HELD_BACK))
        earlier, later = order[:cut], order[cut:]
        told = simple
        if len(done) >= self._enough:
            model = Boosted.fit([rows[at] for at in earlier], true[earlier], self._coverage)
            modelled = np.zeros_like(simple)
            modelled[later] = model.predict([rows[at] for at in later])
            if self._loss(modelled[later], true[later]) < self._loss(simple[later], true[later]):
                self._model, told = model, modelled
        if self._model is None:
            later = later[~guessed[later]]
        outside = np.maximum(told[:, 0] - true, true - told[:, 2])
        self._calibration.extend(outside[later].tolist())

    def _loss(self, told: NDArray[np.float64], true: NDArray[np.float64]) -> float:
        tail = (1 - self._coverage) / 2
        return sum(
            pinball(told[:, at], true, share) for at, share in enumerate((tail, 0.5, 1 - tail))
        )


class Boosted:
    """Gradient boosting, one ensemble for each quantile."""

    def __init__(self, ensembles: Sequence[Any]) -> None:
        self._ensembles = ensembles

    @classmethod
    def fit(
        cls, rows: Sequence[Sequence[float]], true: NDArray[np.float64], coverage: float
    ) -> Boosted:
        """Learn from rows of features and what came of them, in logarithms.

        In one thread: with few rows several wait for each other, four times as long where the
        machine has other work.
        """
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        tail = (1 - coverage) / 2
        with threadpool_limits(1, user_api="openmp"):
            ensembles = [
                HistGradientBoostingRegressor(
                    loss="quantile", quantile=share, max_iter=300, learning_rate=0.05,
                    max_leaf_nodes=4, min_samples_leaf=30, max_features=0.5, random_state=0,
                    early_stopping=False,
                ).fit(np.array(rows), true)
                for share in (tail, 0.5, 1 - tail)
            ]  # fmt: skip
        return cls(ensembles)

    def predict(self, rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """Answer low, median and high of each row, shape (rows, 3)."""
        asked = np.array(rows)
        told = [ensemble.predict(asked) for ensemble in self._ensembles]
        ordered: NDArray[np.float64] = np.sort(np.stack(told, axis=1), axis=1)
        return ordered


def pinball(told: NDArray[np.float64], true: NDArray[np.float64], share: float) -> float:
    """Answer the mean pinball loss of a quantile, which the true quantile makes least."""
    off = true - told
    return float(np.mean(np.maximum(share * off, (share - 1) * off)))


def holds(told: Forecast, seconds: float) -> bool:
    """Tell whether an outcome lies within its interval; rounding does not count."""
    slack = 1e-9 * (1 + seconds)
    return told.low - slack <= seconds <= told.high + slack


def _of_pattern(pattern: KindPattern) -> Quantiles:
    """Spread a median and a 90th percentile to the same distance on both sides."""
    middle = math.log1p(pattern.median_seconds)
    reach = max(0.0, math.log1p(pattern.p90_seconds) - middle) * _TO_P95
    return max(0.0, middle - reach), middle, middle + reach
