"""What is known of how long tasks took, at the moment when the next one begins."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from elders.tasks.model import MICROS, Traits
from foundation.clock import Micros, to_datetime

_RECENT: Final = 20
"""Of each group of tasks, so many of the latest count."""

_DECAY: Final = 0.7
"""How much less each older one counts in the moving mean."""

_GROUPS: Final = 7
_STATISTICS: Final = 7
_OWN: Final = 5

FEATURES: Final = _GROUPS * _STATISTICS + _OWN

_UNKNOWN: Final = -1.0
"""In place of what is not known; all that is known is at least 0."""

_NOTHING: Final = (0.0, *[_UNKNOWN] * (_STATISTICS - 1))


@dataclass(frozen=True, slots=True)
class Run:
    """A task that was done: when it began, and for how many seconds it ran."""

    traits: Traits
    started_at: Micros
    seconds: float

    @property
    def finished_at(self) -> Micros:
        """When it was done."""
        return Micros(self.started_at + int(self.seconds * MICROS))


class _Group:
    """The latest tasks of a group, in logarithms of seconds."""

    __slots__ = ("last_at", "latest", "number")

    def __init__(self) -> None:
        self.latest: deque[float] = deque(maxlen=_RECENT)
        self.number = 0
        self.last_at = 0

    def add(self, logarithm: float, at: Micros) -> None:
        self.latest.append(logarithm)
        self.number += 1
        self.last_at = at

    def statistics(self, now: Micros) -> tuple[float, ...]:
        """Answer number, latest, moving mean, low, median, high, and the age of the latest."""
        if not self.number:
            return _NOTHING
        mean = weight = 0.0
        for each in self.latest:
            mean, weight = mean * _DECAY + each, weight * _DECAY + 1
        ordered = sorted(self.latest)
        top = len(ordered) - 1
        low, middle, high = (ordered[round(top * share)] for share in (0.1, 0.5, 0.9))
        age = math.log1p(max(0, now - self.last_at) / MICROS)
        return (self.number, self.latest[-1], mean / weight, low, middle, high, age)


class History:
    """Tasks that were done, by what they have in common; it turns traits into features."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], _Group] = {}

    def add(self, run: Run) -> None:
        """Take a task in when it is done."""
        for key in _keys(run.traits):
            group = self._groups.setdefault(key, _Group())
            group.add(math.log1p(run.seconds), run.finished_at)

    def features(self, traits: Traits, now: Micros) -> list[float]:
        """Describe a task that begins now by what was done before.

        Returns:
            `FEATURES` numbers.
        """
        told: list[float] = []
        for key in _keys(traits):
            group = self._groups.get(key)
            told += group.statistics(now) if group else _NOTHING
        moment = to_datetime(now)
        amounts = [traits.amounts[name] for name in sorted(traits.amounts)][: _OWN - 3]
        amounts += [_UNKNOWN] * (_OWN - 3 - len(amounts))
        hour = moment.hour + moment.minute / 60
        return [*told, *amounts, sum(traits.amounts.values()), hour, float(moment.weekday())]


def replay(runs: Iterable[Run]) -> Iterator[tuple[Run, Sequence[Run]]]:
    """Go through tasks in the order of their beginnings.

    Yields:
        A task that begins, and those that were done since the one before began: what happened
        later is never known earlier.
    """
    pending: list[tuple[Micros, int, Run]] = []
    order = count()
    for run in sorted(runs, key=lambda each: each.started_at):
        done = []
        while pending and pending[0][0] <= run.started_at:
            done.append(heapq.heappop(pending)[2])
        yield run, done
        heapq.heappush(pending, (run.finished_at, next(order), run))


def _keys(traits: Traits) -> Iterator[tuple[object, ...]]:
    exact = (tuple(sorted(traits.amounts.items())), tuple(sorted(traits.labels.items())))
    yield ()
    yield ("kind", traits.kind)
    yield ("owner", traits.owner)
    yield ("kind, owner", traits.kind, traits.owner)
    yield ("owner, rest", traits.owner, *exact)
    yield ("kind, rest", traits.kind, *exact)
    yield ("all", traits.kind, traits.owner, *exact)
