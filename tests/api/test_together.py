from __future__ import annotations

import asyncio
import threading

import pytest

from api.routes.together import Together
from foundation.errors import NotFound


def test_what_comes_while_a_thread_is_busy_is_done_in_one_trip() -> None:
    threads: list[int] = []
    gate = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            gate.wait(5)
        threads.append(threading.get_ident())
        return 2 * number

    async def ask() -> list[int]:
        together = Together(work)
        first = asyncio.ensure_future(together.do(0))
        await asyncio.sleep(0.05)
        rest = [asyncio.ensure_future(together.do(number)) for number in range(1, 20)]
        await asyncio.sleep(0)
        gate.set()
        return [await each for each in (first, *rest)]

    assert asyncio.run(ask()) == [2 * number for number in range(20)]
    assert threading.get_ident() not in threads


def test_an_error_reaches_the_one_who_asked_alone() -> None:
    def work(number: int) -> int:
        if number == 1:
            raise NotFound("no such number")
        return number

    async def ask() -> list[int | BaseException]:
        together = Together(work)
        return await asyncio.gather(*(together.do(n) for n in range(3)), return_exceptions=True)

    zero, error, two = asyncio.run(ask())
    assert (zero, two) == (0, 2)
    with pytest.raises(NotFound):
        raise error  # type: ignore[misc]  # it is one


def test_who_goes_away_does_not_disturb_the_others() -> None:
    async def ask() -> int:
        together: Together[int, int] = Together(lambda number: number)
        gone = asyncio.ensure_future(together.do(1))
        stays = asyncio.ensure_future(together.do(2))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(ask()) == 2
