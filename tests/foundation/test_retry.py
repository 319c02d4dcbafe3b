from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.retry import backoff, retry


class Flaky:
    """Fails a number of times, then answers how often it was called."""

    def __init__(self, failures: int, error: Exception) -> None:
        self._failures, self._error, self.calls = failures, error, 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error
        return self.calls


@given(
    seed=st.integers(),
    retries=st.integers(0, 40),
    initial=st.floats(0.001, 10),
    ceiling=st.floats(0.001, 100),
)
def test_delays_stay_between_zero_and_a_bound_that_doubles_up_to_the_ceiling(
    seed: int, retries: int, initial: float, ceiling: float
) -> None:
    delays = list(
        backoff(Random(seed), retries=retries, initial_seconds=initial, ceiling_seconds=ceiling)
    )
    assert len(delays) == retries
    assert all(0 <= delay <= min(ceiling, initial * 2**n) for n, delay in enumerate(delays))


def test_delays_are_spread_over_the_whole_interval() -> None:
    rng = Random(1)
    firsts = [next(backoff(rng)) for _ in range(1000)]
    assert min(firsts) < 0.01
    assert max(firsts) > 0.09


def test_the_same_randomness_gives_the_same_delays() -> None:
    assert list(backoff(Random(7))) == list(backoff(Random(7)))


@given(failures=st.integers(0, 6), retries=st.integers(0, 6))
def test_a_call_is_tried_once_more_than_there_are_delays(failures: int, retries: int) -> None:
    slept: list[float] = []
    delays = [float(n) for n in range(retries)]
    call = Flaky(failures, ConnectionError())
    if failures > retries:
        with pytest.raises(ConnectionError):
            retry(call, on=ConnectionError, schedule=delays, sleep=slept.append)
        assert call.calls == retries + 1
    else:
        answer = retry(call, on=ConnectionError, schedule=delays, sleep=slept.append)
        assert answer == failures + 1
    assert slept == delays[: min(failures, retries)]


def test_other_errors_are_raised_at_once() -> None:
    call = Flaky(1, KeyError("x"))
    with pytest.raises(KeyError):
        retry(call, on=ConnectionError, schedule=[0.0, 0.0], sleep=lambda _: None)
    assert call.calls == 1


def test_the_last_error_is_the_callers() -> None:
    error = ConnectionError("the last")
    with pytest.raises(ConnectionError) as caught:
        retry(Flaky(9, error), on=(OSError,), schedule=[0.0], sleep=lambda _: None)
    assert caught.value is error
