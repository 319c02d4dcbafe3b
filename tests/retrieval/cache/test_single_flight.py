from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.errors import Unavailable
from retrieval.cache.single_flight import SingleFlight


def test_five_hundred_at_once_are_worked_out_once() -> None:
    flights: SingleFlight[int, str] = SingleFlight()
    waiting, calls = threading.Semaphore(0), []

    def work(_: int) -> str:
        calls.append(1)
        for _ in range(499):
            waiting.acquire()
        return "answer"

    def joins(_: int) -> bool:
        waiting.release()
        return True

    def ask(_: int) -> tuple[str, bool]:
        return flights.do("key", joins=joins, begin=lambda: 1, work=work)

    with ThreadPoolExecutor(500) as pool:
        answers = list(pool.map(ask, range(500)))
    assert len(calls) == 1
    assert {answer for answer, _ in answers} == {"answer"}
    assert sum(joined for _, joined in answers) == 499


def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    flights: SingleFlight[int, str] = SingleFlight()
    joined = threading.Event()

    def fail(_: int) -> str:
        joined.wait(5)
        raise Unavailable("the disk is full")

    def joins(_: int) -> bool:
        joined.set()
        return True

    def ask(_: int) -> str:
        with pytest.raises(Unavailable, match="disk"):
            flights.do("key", joins=joins, begin=lambda: 1, work=fail)
        return "told"

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, range(2))) == ["told", "told"]
    again = flights.do("key", joins=joins, begin=lambda: 1, work=lambda _: "well")
    assert again == ("well", False)


def test_who_comes_after_a_change_does_not_take_what_was_begun_before() -> None:
    flights: SingleFlight[int, int] = SingleFlight()
    begun, ends = threading.Event(), threading.Event()
    state = 1

    def work(tag: int) -> int:
        if tag == 1:
            begun.set()
            ends.wait(5)
        return tag

    def ask() -> tuple[int, bool]:
        return flights.do("key", joins=lambda tag: tag == state, begin=lambda: state, work=work)

    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(ask)
        begun.wait(5)
        state = 2
        assert ask() == (2, False)
        ends.set()
        assert old.result() == (1, False)
    assert flights._flights == {}
