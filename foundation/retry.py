"""How long to wait before trying again, and trying again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import TypeVar

Answer = TypeVar("Answer")


def backoff(
    rng: Random, *, retries: int = 4, initial_seconds: float = 0.1, ceiling_seconds: float = 5.0
) -> Iterator[float]:
    """Spread the retries of many callers, so that they do not return all at once.

    The n-th delay (from 0) is uniform between 0 and `initial_seconds * 2**n`, cut at the ceiling.

    Args:
        rng: where the jitter comes from.
        retries: how many delays there are; a call is tried once more than this.
        initial_seconds: upper bound of the first delay.
        ceiling_seconds: upper bound of every delay.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (full jitter).
    """
    bound = initial_seconds
    for _ in range(retries):
        yield rng.uniform(0.0, min(ceiling_seconds, bound))
        bound *= 2


def retry(
    call: Callable[[], Answer],
    *,
    on: type[Exception] | tuple[type[Exception], ...],
    schedule: Iterable[float],
    sleep: Callable[[float], object],
) -> Answer:
    """Call until it succeeds; after the last delay of the schedule its error is the caller's.

    Args:
        call: what to try; it must be safe to repeat.
        on: the errors that are worth another try; every other one is raised at once.
        schedule: seconds to wait after each failure.
        sleep: how to wait.
    """
    for delay in schedule:
        try:
            return call()
        except on:
            sleep(delay)
    return call()
