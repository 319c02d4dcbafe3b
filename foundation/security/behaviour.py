"""How unusual a principal's behaviour is, by what that principal itself did before."""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, Final

from foundation.clock import Clock
from foundation.errors import InvalidInput
from foundation.security.activity import FEATURES, Activity, Hours
from foundation.security.tails import Tail

HOUR: Final = "hour"
_FORMAT: Final = 1
_BLOCK_SECONDS: Final = 3_600
_DAY_SECONDS: Final = 86_400
_FIGURES: Final = (0.05, 0.2)  # tail and floor: a fifth more, on the scale of log(1 + x)
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


@dataclass(frozen=True, slots=True)
class Assessment:
    """How unusual it is: 0.9 is once in a thousand active hours, 0.95 once in 8,000.

    Attributes:
        score: 1 - p^(1/3), p the probability of so much surprise in an hour of this principal.
        reasons: what it is that is unusual, the most telling first; empty where nothing is.
        learned: active hours behind it.
    """

    principal: str
    score: float
    verdict: Verdict
    reasons: Sequence[Reason]
    learned: int


class Behaviour:
    """Learns each principal's hours, and judges its requests by them. Threads may share it.

    For every active hour the peak of each figure is learned, so that long sessions weigh no more
    than short ones. Surprise is the sum of -log(probability) over all figures and the hour of the
    day; how rare it is, is again learned from the surprises of this principal's own hours, so that
    a score means the same for all. An hour in which a request was refused is not learned: whoever
    is refused does not become usual by insisting.

    It keeps the `most` principals that were active last, of each a few hundred figures.
    """

    def __init__(
        self,
        clock: Clock,
        rng: Random,
        *,
        investigate_above: float = 0.9,
        refuse_above: float = 0.95,
        warm_up_hours: int = 24,
        warm_up_days: int = 14,
        most: int = 1_000,
    ) -> None:
        """Begin with knowing nobody.

        Args:
            clock: what time it is.
            rng: chooses which figures are forgotten.
            investigate_above: the score from which on a request is reported.
            refuse_above: the score from which on it is refused.
            warm_up_hours: active hours before anybody is refused or reported.
            warm_up_days: and days since they were first seen: a week has a weekend.
            most: principals that are remembered.

        Raises:
            InvalidInput: the scores are not in order.
        """
        if not 0 < investigate_above <= refuse_above <= 1:
            raise InvalidInput(
                f"behaviour is reported above {investigate_above:g} and refused above"
                f" {refuse_above:g}: both must lie between 0 and 1, in this order"
            )
        self._clock = clock
        self._rng = rng
        self._bounds = investigate_above, refuse_above
        self._warm_up = warm_up_hours, warm_up_days * _DAY_SECONDS
        self._most = most
        self._known: OrderedDict[str, Profile] = OrderedDict()
        self._lock = threading.Lock()

    def arrive(self, principal: str, documents: Collection[str] = ()) -> Assessment:
        """Count a request and judge it, before it is answered.

        Args:
            principal: whose.
            documents: which documents it names.
        """
        with self._lock:
            profile, now = self._profile(principal), self._now()
            profile.request(now, documents, self._rng)
            return self._judged(principal, profile, now)

    def progress(self, principal: str, *, sent_bytes: int) -> Assessment:
        """Count what of an answer went out so far, and judge whether it may go on."""
        with self._lock:
            profile, now = self._profile(principal), self._now()
            profile.activity.outcome(now, failed=False, received_bytes=sent_bytes)
            return self._judged(principal, profile, now)

    def leave(
        self, principal: str, *, failed: bool, sent_bytes: int, documents: Collection[str] = ()
    ) -> None:
        """Count how a request ended.

        Args:
            principal: whose.
            failed: whether it was refused or wrong.
            sent_bytes: of its answer, beyond what `progress` counted.
            documents: those that its answer showed.
        """
        with self._lock:
            profile, now = self._profile(principal), self._now()
            profile.activity.outcome(now, failed=failed, received_bytes=sent_bytes)
            profile.activity.touch(now, documents)
            profile.peak(now)

    def forget(self, principal: str) -> None:
        """Begin anew with a principal whose work has changed."""
        with self._lock:
            self._known.pop(principal, None)

    def dump(self) -> str:
        """Write down as JSON what was learned; documents are not in it."""
        with self._lock:
            known = {name: profile.state() for name, profile in self._known.items()}
        return json.dumps({"format": _FORMAT, "known": known}, separators=(",", ":"))

    def load(self, text: str) -> None:
        """Go on from what was written down.

        Raises:
            InvalidInput: it is not what `dump` writes.
        """
        try:
            known = _read(text)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidInput(
                "what was learned of behaviour can't be read: delete the file, it is learned anew"
            ) from error
        with self._lock:
            self._known = OrderedDict(list(known.items())[-self._most :])

    def _now(self) -> float:
        return self._clock() / 1e6

    def _profile(self, principal: str) -> Profile:
        found = self._known.get(principal)
        if found is None:
            found = self._known[principal] = Profile(self._now())
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(principal)
        return found

    def _judged(self, principal: str, profile: Profile, now: float) -> Assessment:
        score = profile.peak(now)
        investigate, refuse = self._bounds
        verdict = Verdict.USUAL
        if score > investigate and profile.is_known(now, *self._warm_up):
            verdict = Verdict.REFUSE if score > refuse else Verdict.INVESTIGATE
        if verdict is Verdict.USUAL:
            return Assessment(principal, score, verdict, (), profile.learned)
        profile.refused = profile.refused or verdict is Verdict.REFUSE
        return Assessment(principal, score, verdict, profile.reasons(now), profile.learned)


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
        "refused",
    )  # fmt: skip

    def __init__(self, first: float) -> None:
        self.first = first
        self.activity = Activity()
        self.hours = Hours()
        self.learned = 0
        self.refused = False
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
            Reason(name, math.expm1(figure), math.expm1(tail.usual), part / whole)
            for name, figure, tail, part in zip(FEATURES, figures, self._tails, parts, strict=False)
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
        if self._block >= 0 and not self.refused:
            for tail, peak in zip(self._tails, self._peaks, strict=True):
                tail.add(peak, rng)
            if self.learned >= _SETTLED_HOURS:
                self._surprises.add(self._surprise, rng)
            self.learned += 1
        self.refused = False
        self._peaks = [0.0] * len(FEATURES)
        self._surprise = 0.0


def _read(text: str) -> dict[str, Profile]:
    read = json.loads(text)
    if read["format"] != _FORMAT:
        raise ValueError(read["format"])
    return {str(name): Profile.of(state) for name, state in read["known"].items()}


def _rounded(figures: Sequence[float]) -> list[float]:
    return [round(each, 3) for each in figures]
