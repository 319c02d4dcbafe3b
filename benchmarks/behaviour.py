"""What the behaviour layer finds, and how often it is wrong, on made-up principals.

    python -m benchmarks.behaviour [--days 60] [--each 3] [--seed 100] [--models own forest …]

Each principal works for `--days`; its normal requests are counted that are reported or refused, in
its first month and later. At random moments after the first month its profile is copied and
something bad happens to the copy: that is found, or not, within so many requests.

Models are compared by what they find at the bound that ten of 100,000 normal requests pass, chosen
afterwards for each. All get the same figures, and the same calibration of their scores to each
principal's own past. `own` is foundation/security/behaviour.py, `forest` river's half-space
trees, `svm` river's one-class SVM, `gauss` the worst of river's Gaussian scorers (`pip install
river`).
"""

from __future__ import annotations

import argparse
import copy
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from benchmarks.corpora import machine
from benchmarks.principals import (
    DAY,
    HOUR,
    KINDS,
    START,
    Event,
    brute,
    export,
    life,
    peek,
    scrape,
    slow_scrape,
)
from foundation.security.activity import FEATURES
from foundation.security.profiles import Profile, Verdict
from foundation.security.tails import Tail

MONTH = START + 30 * DAY
WARM_UP = (24, 14 * DAY)
BOUNDS = (0.9, 0.95)
ATTACKS_EACH = 6
LONGEST_ATTACK = 600
WRONG_PER_100K = 10


class Model(Protocol):
    """Judges a principal's requests."""

    def judge(self, event: Event, rng: random.Random) -> float:
        """Answer a score from 0 to 1, and learn."""
        ...


class Own:
    """The platform's."""

    def __init__(self) -> None:
        self.profile = Profile(0.0)

    def judge(self, event: Event, rng: random.Random) -> float:
        """Judge as `Behaviour` does; what is refused is not answered, and not learned."""
        profile = self.profile
        profile.first = profile.first or event.at
        profile.request(event.at, (), rng)
        known = profile.is_known(event.at, *WARM_UP)
        score = profile.peak(event.at)
        if known and score > BOUNDS[1]:
            profile.told.add(Verdict.REFUSE)
            return score
        activity = profile.activity
        activity.outcome(event.at, failed=event.failed, received_bytes=event.sent_bytes)
        activity.touch(event.at, event.documents)
        profile.peak(event.at)
        return score if known else 0.0


class Calibrated:
    """Another model over the same figures and hours, calibrated in the same way; it learns all."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.profile = Profile(0.0)
        self.model = make()
        self.tail = Tail(0.1, 0.02)
        self.block = -1
        self.peak: list[float] = []
        self.highest = 0.0
        self.learned = 0

    def judge(self, event: Event, rng: random.Random) -> float:
        """Judge by the hours before this one."""
        profile = self.profile
        profile.first = profile.first or event.at
        if int(event.at // HOUR) > self.block:
            self._learn(rng)
            self.block, self.peak, self.highest = int(event.at // HOUR), [], 0.0
        profile.request(event.at, (), rng)
        raw = float(self.model.score_one(_named(self._figures(event.at))))
        self.highest = max(self.highest, raw)
        activity = profile.activity
        activity.outcome(event.at, failed=event.failed, received_bytes=event.sent_bytes)
        activity.touch(event.at, event.documents)
        after = self._figures(event.at)
        self.peak = list(map(max, self.peak, after)) if self.peak else after
        if not profile.is_known(event.at, *WARM_UP):
            return 0.0
        return 1.0 - float(self.tail.probability(raw) ** (1 / 3))

    def _learn(self, rng: random.Random) -> None:
        if self.peak:
            self.model.learn_one(_named(self.peak))
            self.learned += 1
            if self.learned > 50:  # the forest judges nothing in its first window
                self.tail.add(self.highest, rng)

    def _figures(self, at: float) -> list[float]:
        return [*self.profile.activity.figures(), -math.log(self.profile.hours.probability(at))]


def _named(figures: Sequence[float]) -> dict[str, float]:
    return {name: value / 20 for name, value in zip((*FEATURES, "hour"), figures, strict=True)}


class Gauss:
    """The worst of the figures by their means and deviations."""

    def __init__(self) -> None:
        from river.anomaly import GaussianScorer

        self.each = {name: GaussianScorer(grace_period=24) for name in (*FEATURES, "hour")}

    def learn_one(self, figures: dict[str, float]) -> None:
        """Learn an hour."""
        for name, value in figures.items():
            self.each[name].learn_one(None, value)

    def score_one(self, figures: dict[str, float]) -> float:
        """Answer how many digits of certainty the worst one has."""
        worst = max(self.each[name].score_one(None, value) for name, value in figures.items())
        return -math.log10(max(1e-16, 1.0 - worst))


def forest() -> Any:  # noqa: ANN401 - a model of river's
    from river.anomaly import HalfSpaceTrees

    return HalfSpaceTrees(n_trees=25, height=8, window_size=48, seed=1)


def one_class() -> Any:  # noqa: ANN401 - a model of river's
    from river.anomaly import OneClassSVM
    from river.preprocessing import StandardScaler

    return StandardScaler() | OneClassSVM(nu=0.05)


MODELS: dict[str, Callable[[], Model]] = {
    "own": Own,
    "forest": lambda: Calibrated(forest),
    "svm": lambda: Calibrated(one_class),
    "gauss": lambda: Calibrated(Gauss),
}
ATTACKS: dict[str, tuple[Callable[[random.Random, float], Iterator[Event]], bool]] = {
    "scraping, 5 a second": (scrape, False),
    "scraping, one in 6 s": (slow_scrape, False),
    "brute force": (brute, False),
    "export, own hours": (export, False),
    "export at night": (export, True),
    "8 searches at night": (peek, True),
}
"""Each with whether it happens at an hour that is not the principal's own."""


@dataclass
class Tally:
    """What one model did: scores of normal requests by kind (early, late), and of attacks."""

    early: dict[str, list[float]] = field(default_factory=dict)
    late: dict[str, list[float]] = field(default_factory=dict)
    found: dict[str, list[list[float]]] = field(default_factory=dict)
    seconds: float = 0.0


def moment(rng: random.Random, past: Sequence[Event], now: float, *, strange: bool) -> float:
    """Choose when something bad happens: right now, or at the hour it never works at."""
    if not strange:
        return now + 1
    used = [0] * 24
    for event in past:
        used[int(event.at // HOUR) % 24] += 1
    fewest = min(used)
    hour = rng.choice([each for each in range(24) if used[each] == fewest])
    return (now // DAY + 1) * DAY + hour * HOUR + rng.uniform(0, 600)


def live(tally: Tally, model: Model, kind: str, events: Sequence[Event], seed: int) -> None:
    """Let one principal live, and attack it now and then."""
    rng = random.Random(seed)
    tested = [number for number, event in enumerate(events) if event.at >= MONTH]
    attacks = set(rng.sample(tested, min(ATTACKS_EACH, len(tested))))
    early, late = tally.early.setdefault(kind, []), tally.late.setdefault(kind, [])
    for number, event in enumerate(events):
        started = time.perf_counter()
        score = model.judge(event, rng)
        tally.seconds += time.perf_counter() - started
        (late if event.at >= MONTH else early).append(score)
        if number in attacks:
            for attack, (make, strange) in ATTACKS.items():
                at = moment(rng, events[:number], event.at, strange=strange)
                victim = copy.deepcopy(model)
                bad = islice(make(rng, at), LONGEST_ATTACK)
                found = [victim.judge(each, rng) for each in bad]
                tally.found.setdefault(attack, []).append(found)


def above(scores: Sequence[float], bound: float) -> float:
    return 1e5 * sum(score > bound for score in scores) / max(1, len(scores))


def report(name: str, tally: Tally) -> None:
    """Print one model's figures."""
    early = [score for scores in tally.early.values() for score in scores]
    late = [score for scores in tally.late.values() for score in scores]
    print(f"\n{name}: {tally.seconds / (len(early) + len(late)) * 1e6:.0f} µs a request")
    print(f"  {'normal requests':<24} {'':>9}  of 100,000 above 0.9   above 0.95")
    rows = {"all, first month": early, "all, later": late}
    rows |= {f"  {kind}, later": scores for kind, scores in tally.late.items()}
    for what, scores in rows.items():
        told = [f"{above(scores, bound):12.1f}" for bound in BOUNDS]
        print(f"  {what:<24} {len(scores):>9,}  {told[0]:>20}   {told[1]}")
    fair = sorted(late)[-1 - len(late) * WRONG_PER_100K // 100_000]
    bounds = {"0.9": BOUNDS[0], "0.95": BOUNDS[1], f"{WRONG_PER_100K} wrong of 100,000": fair}
    print(f"  {'found (after requests)':<24} {'   '.join(f'above {each:<16}' for each in bounds)}")
    for attack, runs in tally.found.items():
        told = [f"{found(runs, bound):<22}" for bound in bounds.values()]
        print(f"  {attack:<24} {'   '.join(told)}")


def found(runs: Sequence[Sequence[float]], bound: float) -> str:
    """Say how many attacks passed a bound, and with which request first, at the median."""
    first = [next((n for n, s in enumerate(run, 1) if s > bound), None) for run in runs]
    hits = [each for each in first if each is not None]
    share = f"{len(hits) / len(runs):4.0%}"
    return f"{share} ({statistics.median(hits):.0f})" if hits else share


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--each", type=int, default=3, help="principals of each kind")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=["own"])
    given = parser.parse_args(arguments)
    print(machine())
    for name in given.models:
        tally = Tally()
        for kind in KINDS:
            for seed in range(given.seed, given.seed + given.each):
                live(tally, MODELS[name](), kind.name, life(kind, seed, given.days), seed)
        report(name, tally)
    return 0


if __name__ == "__main__":
    sys.exit(main())
