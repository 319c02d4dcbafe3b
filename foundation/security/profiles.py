"""What is known of one principal: its activity now, and how rare that is in its own hours."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, Final

from foundation.security.activity import FEATURES, UNITS, Activity, Hours
from foundation.security.tails import Tail

HOUR: Final = "hour"
_BLOCK_SECONDS: Final = 3_600
_FIGURES: Final = (0.05, 0.2)  # tail and floor: a fifth more, on the scale of log(1 + x / unit)
_SURPRISES: Final = (0.1, 1.0)  # surprise is exponential with mean 1 where all is as usual
_POWER: Final = 1 / 3
_SETTLED_HOURS: Final = 12  # before them everything surprises
_TOLD: Final = 3


class Verdict(StrEnum):
    """What to do about a request."""

    USUAL = "usual"
    INVESTIGATE = "investigate"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a score.

    Attributes:
        feature: one of FEATURES, or `hour`.
        value: now; for `hour`, the share of days on which it was seen at this hour.
        usual: what nineteen of twenty of its hours do not exceed.
        share: of the surprise, 0 to 1.
    """

    feature: str
    value: float
    usual: float
    share: float

    def __str__(self) -> str:
        """Write it for people."""
        if self.feature == HOUR:
            return f"hour: active at this hour on {self.value:.0%} of such days"
        return f"{self.feature}: {self.value:,.0f}, usually at most {self.usual:,.0f}"


class Profile:
    """What is known of one principal: its activity now, and the tails of its hours."""

    __slots__ = (
        "_block",
        "_peaks",
        "_surprise",
        "_surprises",
        "_tails",
        "activity",
        "first",
        "hours",
        "learned",
        "told",
    )  # fmt: skip

    def __init__(self, first: float) -> None:
        self.first = first
        self.activity = Activity()
        self.hours = Hours()
        self.learned = 0
        self.told: set[Verdict] = set()
        self._tails = [Tail(*_FIGURES) for _ in FEATURES]
        self._surprises = Tail(*_SURPRISES)
        self._block = -1
        self._peaks = [0.0] * len(FEATURES)
        self._surprise = 0.0

    def is_known(self, now: float, hours: int, seconds: float) -> bool:
        """Tell whether enough was seen of it to judge it."""
        return self.learned >= hours and now - self.first >= seconds

    def request(self, now: float, documents: Collection[str], rng: Random) -> None:
        """Count a request; with the first one of an hour the last hour is learned."""
        block = int(now // _BLOCK_SECONDS)
        if block > self._block:
            self._learn(rng)
            self._block = block
        self.hours.note(now)
        self.activity.request(now)
        self.activity.touch(now, documents)

    def peak(self, now: float) -> float:
        """Answer the score of this moment, and keep it where it is this hour's peak."""
        figures = self.activity.figures()
        surprise = sum(self._parts(figures, now))
        self._surprise = max(self._surprise, surprise)
        for place, figure in enumerate(figures):
            self._peaks[place] = max(self._peaks[place], figure)
        return 1.0 - float(self._surprises.probability(surprise) ** _POWER)

    def reasons(self, now: float) -> Sequence[Reason]:
        """Say what is unusual."""
        figures = self.activity.figures()
        parts = self._parts(figures, now)
        whole = sum(parts)
        told = [
            Reason(name, unit * math.expm1(value), unit * math.expm1(tail.usual), part / whole)
            for name, unit, value, tail, part in zip(
                FEATURES, UNITS, figures, self._tails, parts, strict=False
            )
        ]
        told.append(Reason(HOUR, self.hours.probability(now), 1.0, parts[-1] / whole))
        told.sort(key=lambda each: -each.share)
        return tuple(told[:_TOLD])

    def _parts(self, figures: Sequence[float], now: float) -> list[float]:
        parts = [
            -math.log(tail.probability(figure))
            for tail, figure in zip(self._tails, figures, strict=True)
        ]
        parts.append(-math.log(self.hours.probability(now)))
        return parts

    def state(self) -> dict[str, Any]:
        """Answer what `of` can begin with again."""
        return {
            "first": self.first,
            "activity": self.activity.state(),
            "hours": self.hours.state(),
            "learned": self.learned,
            "tails": [_rounded(tail.sample) for tail in (*self._tails, self._surprises)],
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Profile:
        """Go on from a state; the hour that was under way is not learned."""
        found = cls(float(state["first"]))
        found.activity = Activity(**state["activity"])
        found.hours = Hours(**state["hours"])
        found.learned = int(state["learned"])
        *tails, surprises = state["tails"]
        if len(tails) != len(FEATURES):
            raise ValueError(len(tails))
        found._tails = [Tail(*_FIGURES, tail) for tail in tails]
        found._surprises = Tail(*_SURPRISES, surprises)
        return found

    def _learn(self, rng: Random) -> None:
        if self._block >= 0 and Verdict.REFUSE not in self.told:
            for tail, peak in zip(self._tails, self._peaks, strict=True):
                tail.add(peak, rng)
            if self.learned >= _SETTLED_HOURS:
                self._surprises.add(self._surprise, rng)
            self.learned += 1
        self.told.clear()
        self._peaks = [0.0] * len(FEATURES)
        self._surprise = 0.0


def _rounded(figures: Sequence[float]) -> list[float]:
    return [round(each, 3) for each in figures]
