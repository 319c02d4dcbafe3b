"""Made-up principals and what they do all day, for measuring what behaviour tells.

Nobody's log was used: rates, hours and habits are drawn at random for each kind of work, with
sessions, holidays, late evenings, reruns and failures that are nobody's fault, so that much of
what is normal is unusual too.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

DAY = 86_400
HOUR = 3_600
START = 20_000 * DAY  # a Thursday


@dataclass(frozen=True, slots=True)
class Event:
    """One request: when (in seconds), which documents, how many bytes, and how it ended."""

    at: float
    documents: tuple[str, ...]
    sent_bytes: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work: makes the events of one day."""

    name: str
    day: Callable[[random.Random, int, float], Iterator[Event]]


def weekend(day: int) -> bool:
    return (day + 3) % 7 >= 5


def poisson(rng: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def documents(rng: random.Random, many: int, of: int) -> tuple[str, ...]:
    """Choose documents, of which a few are asked for most."""
    return tuple(f"d{min(of - 1, int(rng.paretovariate(0.7)) - 1)}" for _ in range(many))


def session(
    rng: random.Random, start: float, many: int, gap: float, corpus: int, size: float
) -> Iterator[Event]:
    at = start
    for _ in range(many):
        at += rng.expovariate(1 / gap)
        found = documents(rng, poisson(rng, 3), corpus)
        yield Event(at, found, int(rng.lognormvariate(math.log(size), 0.8)), rng.random() < 0.01)


def office(rng: random.Random, day: int, busy: float) -> Iterator[Event]:
    """Search in sessions on working days; now and then late, rarely on a weekend."""
    if weekend(day):
        if rng.random() > 0.04:
            return
    elif rng.random() < 0.06:
        return
    last = 21.5 if rng.random() < 0.06 else 18.0
    for _ in range(poisson(rng, 4 * busy) + 1):
        start = day * DAY + rng.uniform(8, last) * HOUR
        yield from session(rng, start, poisson(rng, 8 * busy) + 1, 25, 3_000, 8_000)


def notebook(rng: random.Random, day: int, busy: float) -> Iterator[Event]:
    """Curate by hand and by loops: bursts, and an export about once a week."""
    if weekend(day) and rng.random() > 0.1:
        return
    for _ in range(poisson(rng, 2 * busy)):
        start = day * DAY + rng.uniform(9, 19) * HOUR
        many = poisson(rng, rng.choice([10, 10, 60, 200]) * busy)
        yield from session(rng, start, many, 1.5, 5_000, 5_000)
    if rng.random() < 0.15:
        at = day * DAY + rng.uniform(10, 18) * HOUR
        yield Event(at, (), int(rng.lognormvariate(math.log(2e7), 0.5)))


def application(rng: random.Random, day: int, busy: float) -> Iterator[Event]:
    """Ask around the clock, most in the afternoon; on some days everybody comes at once."""
    crowd = rng.choice([1.0] * 12 + [2.5])
    for hour in range(24):
        level = 0.25 + 0.75 * max(0.0, math.sin((hour - 6) / 24 * 2 * math.pi))
        level *= (0.6 if weekend(day) else 1.0) * crowd * rng.lognormvariate(0, 0.2)
        broken = 0.3 if rng.random() < 0.004 else 0.005
        for _ in range(poisson(rng, 60 * busy * level)):
            at = day * DAY + (hour + rng.random()) * HOUR
            found = documents(rng, 5, 8_000)
            yield Event(at, found, int(rng.lognormvariate(9, 0.5)), rng.random() < broken)


def nightly(rng: random.Random, day: int, busy: float) -> Iterator[Event]:
    """Push documents at night; a failed run is repeated by day."""
    runs = [2 + rng.gauss(0, 0.05)]
    if rng.random() < 0.05:
        runs.append(rng.uniform(8, 17))
    for start in runs:
        at = day * DAY + start * HOUR
        for _ in range(poisson(rng, 150 * busy * rng.lognormvariate(0, 0.5))):
            at += rng.expovariate(1.0)
            yield Event(at, (), 900, rng.random() < 0.01)


def weekly(rng: random.Random, day: int, busy: float) -> Iterator[Event]:
    """Export on Monday mornings, look around a little on other days."""
    if (day + 3) % 7 == 0:
        at = day * DAY + (6 + rng.uniform(0, 0.5)) * HOUR
        for _ in range(4):
            at += 60
            yield Event(at, (), int(rng.lognormvariate(math.log(5e7 * busy), 0.3)))
    if not weekend(day):
        start = day * DAY + rng.uniform(7, 17) * HOUR
        yield from session(rng, start, poisson(rng, 6), 40, 500, 6_000)


def dashboard(rng: random.Random, day: int, busy: float) -> Iterator[Event]:
    """Poll every few minutes, for ever."""
    every = 240 / busy
    for each in range(int(DAY / every)):
        yield Event(
            day * DAY + each * every + rng.random(), ("d1", "d2"), 3_000, rng.random() < 0.002
        )


KINDS = (
    Kind("office", office),
    Kind("notebook", notebook),
    Kind("application", application),
    Kind("nightly", nightly),
    Kind("weekly", weekly),
    Kind("dashboard", dashboard),
)


def life(kind: Kind, seed: int, days: int) -> list[Event]:
    """Make all events of one principal, in order."""
    rng = random.Random(f"{kind.name} {seed}")
    busy = rng.lognormvariate(0, 0.4)
    found = [
        event
        for day in range(START // DAY, START // DAY + days)
        for event in kind.day(rng, day, busy)
    ]
    found.sort(key=lambda event: event.at)
    assert all(one.at <= next_.at for one, next_ in pairwise(found))
    return found


def scrape(rng: random.Random, at: float) -> Iterator[Event]:
    """Read one document after another, five a second, 3,000 in all."""
    for number in range(3_000):
        at += rng.expovariate(5)
        yield Event(at, (f"s{number}",), int(rng.lognormvariate(9, 0.6)))


def slow_scrape(rng: random.Random, at: float) -> Iterator[Event]:
    """Read a document every six seconds for five hours, to look like a person."""
    for number in range(3_000):
        at += rng.uniform(4, 8)
        yield Event(at, (f"s{number}",), int(rng.lognormvariate(9, 0.6)))


def brute(rng: random.Random, at: float) -> Iterator[Event]:
    """Try what is not one's own, twice a second: four of five requests fail."""
    for number in range(600):
        at += rng.expovariate(2)
        yield Event(at, (f"b{number}",), 300, rng.random() < 0.8)


def export(rng: random.Random, at: float) -> Iterator[Event]:
    """Take 400 MB in twenty downloads."""
    for _ in range(20):
        at += rng.uniform(10, 30)
        yield Event(at, (), int(rng.lognormvariate(math.log(2e7), 0.2)))


def peek(rng: random.Random, at: float) -> Iterator[Event]:
    """Just a few searches at an hour that is not one's own: hardly anything happened."""
    yield from session(rng, at, 8, 20, 3_000, 8_000)
