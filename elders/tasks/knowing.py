"""What the Task Sage knows by heart: success rates and a forecaster, learned anew now and then."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from elders.tasks import outcomes
from elders.tasks.assigning import Assigning
from elders.tasks.floors import Floors
from elders.tasks.forecast import Forecast, Forecaster
from elders.tasks.history import Run
from elders.tasks.hours import known_hours, parts
from elders.tasks.learning import KindPattern, TaskPatterns
from elders.tasks.load import LoadForecast, forecast_load, hourly_load
from elders.tasks.model import Outcome, Task, Traits
from elders.tasks.submitting import Submitting
from elders.tasks.success import Rates
from foundation.clock import Clock
from foundation.database.database import Database

_REFIT: Final = 1_000
"""New outcomes after which the forecaster is fitted anew."""

_REMEMBERED: Final = 50_000


class Knowing:
    """Learns from the store. Threads may share it; each call may take a while."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._forecaster = Forecaster()
        self._told: OrderedDict[str, Forecast] = OrderedDict()
        self._rates = Rates(())
        self._unfitted = _REFIT
        self._number = 0
        self._fitted_with: Mapping[str, KindPattern] = {}
        self.patterns = TaskPatterns(database)
        self.floors = Floors(database, clock=clock)

    @property
    def rates(self) -> Rates:
        """The success rates as they were learned last."""
        return self._rates

    def learn(self, assigning: Assigning) -> None:
        """Learn the success rates anew; the forecaster too, if there is much to learn from."""
        patterns = self.patterns.known()
        self._rates = Rates(
            outcomes.tallies(self._database), patterns=patterns, workers=assigning.workers()
        )
        fresh = outcomes.latest(self._database, after=self._number)
        with self._lock:
            for each in fresh:
                told = self._told.pop(each.task, None)
                if each.succeeded:
                    self._forecaster.observe(_run(each), told)
        self._number = fresh[-1].number if fresh else self._number
        self._unfitted += len(fresh)
        if self._unfitted >= _REFIT or patterns != self._fitted_with:
            self._fit(patterns)

    def _fit(self, patterns: Mapping[str, KindPattern]) -> None:
        """Fit another forecaster, while the present one answers."""
        known = outcomes.latest(self._database)
        fitted = self._forecaster.successor(patterns)
        fitted.fit(_run(each) for each in known if each.succeeded)
        with self._lock:
            self._forecaster, self._unfitted = fitted, 0
        self._fitted_with = patterns
        self._number = known[-1].number if known else self._number

    def forecast(self, task: Task) -> Forecast:
        """Tell how long a task will take; it is remembered until it is done."""
        with self._lock:
            told = self._forecaster.forecast(task.traits, self._clock())
            self._told[task.id] = told
            if len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)
        return told

    def next_hour(self, tasks: Submitting) -> LoadForecast:
        """Forecast the next hour's load from what was done, and what is being done."""
        now = self._clock()
        done = known_hours(self._database)
        running = (part for begun in tasks.running() for part in parts(begun, now))
        return forecast_load(hourly_load([*done, *running], now))

    def waiting_seconds(self, tasks: Submitting) -> float:
        """Tell how long one worker would have to do with all open tasks."""
        known = tasks.open_tasks()
        with self._lock:
            usual = self._forecaster.usual_seconds
            return sum(usual(each.task.traits) for each in known)

    def forecasts(self, asked: Sequence[Traits]) -> list[Forecast]:
        """Tell how long tasks will take that begin now."""
        now = self._clock()
        with self._lock:
            return self._forecaster.forecasts([(each, now) for each in asked])

    def usual_seconds(self, kinds: Iterable[str]) -> Mapping[str, float]:
        """Tell how long tasks of kinds took in the middle."""
        with self._lock:
            usual = self._forecaster.usual_seconds
            return {each: usual(Traits(each)) for each in kinds}


def _run(outcome: Outcome) -> Run:
    return Run(outcome.traits, outcome.started_at, outcome.seconds)
