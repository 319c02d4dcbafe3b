"""What one principal did lately, as figures that cost no more however much it was."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

FEATURES: Final = ("rate", "sustained", "breadth", "failures", "volume")
"""Requests in about a minute and an hour, documents new to the principal in about an hour, failed
requests in about ten minutes, and kilobytes received in about an hour."""

UNITS: Final = (10.0, 60.0, 20.0, 5.0, 1_000.0)
"""Of each so much that less of it is hardly worth telling apart: somebody who never read a new
document is not suspicious for reading one."""

_DECAY_SECONDS: Final = (60.0, 3_600.0, 3_600.0, 600.0, 3_600.0)
_RATE, _SUSTAINED, _BREADTH, _FAILURES, _VOLUME = range(len(FEATURES))
_REMEMBERED: Final = 4_096
_LONGEST_DECAY: Final = 700.0


class Activity:
    """Sums that fade: each request counts as 1 now and as 1/e after its window.

    Which documents were touched is remembered for one to two hours, 4,096 an hour at the most;
    beyond that every one counts as new.
    """

    __slots__ = ("_at", "_before", "_hour", "_now", "_sums")

    def __init__(self, state: Sequence[float] = (), at: float = 0.0) -> None:
        self._sums = list(state) if len(state) == len(FEATURES) else [0.0] * len(FEATURES)
        self._at = at
        self._hour = 0
        self._now: set[int] = set()
        self._before: set[int] = set()

    def request(self, at: float) -> None:
        """Count a request at a time in seconds."""
        self._fade(at)
        self._sums[_RATE] += 1.0
        self._sums[_SUSTAINED] += 1.0

    def outcome(self, at: float, *, failed: bool, received_bytes: int) -> None:
        """Count how a request ended, or what of it went out so far."""
        self._fade(at)
        self._sums[_FAILURES] += failed
        self._sums[_VOLUME] += received_bytes / 1e3

    def touch(self, at: float, documents: Iterable[str]) -> None:
        """Count documents that were not touched lately."""
        self._fade(at)
        hour = int(at // 3_600)
        if hour != self._hour:
            self._before = self._now if hour == self._hour + 1 else set()
            self._now = set()
            self._hour = hour
        for document in documents:
            each = hash(document)
            if each not in self._now:
                self._sums[_BREADTH] += each not in self._before
                if len(self._now) < _REMEMBERED:
                    self._now.add(each)

    def figures(self) -> tuple[float, ...]:
        """Answer the sums in the order of FEATURES, as log(1 + sum / unit): a scale of ratios."""
        return tuple(math.log1p(each / unit) for each, unit in zip(self._sums, UNITS, strict=True))

    def state(self) -> dict[str, Any]:
        """Answer what `Activity` can begin with again; documents are not in it."""
        return {"state": [round(each, 3) for each in self._sums], "at": self._at}

    def _fade(self, at: float) -> None:
        passed = at - self._at
        if passed > 0:
            self._at = at
            for place, window in enumerate(_DECAY_SECONDS):
                self._sums[place] *= math.exp(-min(_LONGEST_DECAY, passed / window))


class Hours:
    """At which hours a principal works: on how many days it was seen at each, fading by months.

    Days of the week and of its end are kept apart. All by UTC.
    """

    __slots__ = ("_counted", "_days", "_seen", "_today")

    _FADE: Final = 0.5 ** (1 / 30)  # half after thirty days

    def __init__(
        self,
        days: Sequence[float] = (0.0, 0.0),
        seen: Sequence[float] = (),
        today: int = -1,
        counted: int = -1,
    ) -> None:
        self._days = list(days)
        self._seen = list(seen) if len(seen) == 48 else [0.0] * 48
        self._today = today
        self._counted = counted

    def note(self, at: float) -> None:
        """Count that it works at this hour; before anything else of that moment is judged."""
        day = int(at // 86_400)
        if self._today < 0:
            self._today = day - 1
        for each in range(max(self._today + 1, day - 365), day + 1):
            fresh = _is_weekend(each)
            self._days[fresh] = self._days[fresh] * self._FADE + 1.0
            start = 24 * fresh
            for place in range(start, start + 24):
                self._seen[place] *= self._FADE
        self._today = max(self._today, day)
        hour = int(at // 3_600)
        if hour > self._counted:
            self._counted = hour
            self._seen[self._slot(at)] += 1.0

    def probability(self, at: float) -> float:
        """Answer on which share of such days it was seen at this hour, or nearly, before today."""
        slot = self._slot(at)
        start = slot - slot % 24
        beside = max(self._seen[start + (slot - 1) % 24], self._seen[start + (slot + 1) % 24])
        today = 1.0 if int(at // 3_600) == self._counted else 0.0
        seen = max(self._seen[slot] - today, beside / 2, 0.0)
        days = max(0.0, self._days[slot // 24] - 1.0)
        return min(1.0, (seen + 0.5) / (days + 1.0))

    def state(self) -> dict[str, Any]:
        """Answer what `Hours` can begin with again."""
        return {
            "days": [round(each, 4) for each in self._days],
            "seen": [round(each, 4) for each in self._seen],
            "today": self._today,
            "counted": self._counted,
        }

    @staticmethod
    def _slot(at: float) -> int:
        return 24 * _is_weekend(int(at // 86_400)) + int(at // 3_600) % 24


def _is_weekend(day: int) -> bool:
    return (day + 3) % 7 >= 5  # 1970-01-01 was a Thursday
