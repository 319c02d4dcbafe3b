"""Batches: when they go, and what whoever sends is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from elders.transports.outbox import Batching, Outbox
from foundation.errors import Unavailable
from tests.elders.transports.buses import eventually, run


class Carrier:
    """Takes batches; it may be held up, or fail."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.error: Exception | None = None

    async def __call__(self, messages: Sequence[bytes]) -> None:
        self.batches.append(list(messages))
        await self.free.wait()
        if self.error is not None:
            raise self.error

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]


class Pause:
    """A sleep that ends when it is told to."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.over.wait()


def sends(box: Outbox, count: int, *, urgent: bool = False) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(box.send(b"%d" % number, urgent=urgent)) for number in range(count)]


def test_a_hundred_go_at_once_and_the_rest_after_half_a_second() -> None:
    async def work() -> None:
        carrier, pause = Carrier(), Pause()
        box = Outbox(carrier, Batching(), capacity=1_000, sleep=pause)
        tasks = sends(box, 250)
        await eventually(lambda: carrier.sizes == [100, 100])
        assert sum(task.done() for task in tasks) >= 100
        await eventually(lambda: pause.asked == [0.5])
        assert not tasks[-1].done()
        pause.over.set()
        await asyncio.gather(*tasks)
        assert carrier.sizes == [100, 100, 50]
        assert [data for batch in carrier.batches for data in batch] == [
            b"%d" % n for n in range(250)
        ]

    run(work())


def test_what_somebody_waits_for_takes_all_with_it() -> None:
    async def work() -> None:
        carrier, pause = Carrier(), Pause()
        box = Outbox(carrier, Batching(), capacity=10, sleep=pause)
        waiting = sends(box, 3)
        await asyncio.sleep(0)
        await box.send(b"urgent", urgent=True)
        await asyncio.gather(*waiting)
        assert carrier.batches == [[b"0", b"1", b"2", b"urgent"]]

    run(work())


def test_a_batch_has_so_many_bytes_at_the_most() -> None:
    async def work() -> None:
        carrier = Carrier()
        box = Outbox(carrier, Batching(seconds=0.001, size=10), capacity=10)
        await asyncio.gather(*(box.send(b"x" * size, urgent=False) for size in (6, 4, 5, 30, 1)))
        assert [[len(each) for each in batch] for batch in carrier.batches] == [
            [6, 4],
            [5],
            [30],
            [1],
        ]

    run(work())


def test_one_batch_goes_after_another() -> None:
    async def work() -> None:
        carrier = Carrier()
        carrier.free.clear()
        box = Outbox(carrier, Batching(messages=2, seconds=0.001), capacity=100)
        tasks = sends(box, 6)
        await asyncio.sleep(0.02)
        assert carrier.sizes == [2]
        assert not any(task.done() for task in tasks)
        carrier.free.set()
        await asyncio.gather(*tasks)
        assert carrier.sizes == [2, 2, 2]

    run(work())


def test_who_sends_more_than_there_is_room_for_waits() -> None:
    async def work() -> None:
        carrier = Carrier()
        carrier.free.clear()
        box = Outbox(carrier, Batching(messages=2, seconds=0.001), capacity=3)
        tasks = sends(box, 20)
        await eventually(lambda: carrier.sizes == [2])
        for task in tasks[5:]:
            task.cancel()
        carrier.free.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(carrier.sizes) == 5

    run(work())


def test_what_fails_is_told_to_those_whose_batch_it_was() -> None:
    async def work() -> None:
        carrier = Carrier()
        carrier.error = Unavailable("no broker")
        box = Outbox(carrier, Batching(messages=2, seconds=0.001), capacity=10)
        outcomes = await asyncio.gather(*sends(box, 2), return_exceptions=True)
        assert [str(each) for each in outcomes] == ["no broker"] * 2
        carrier.error = None
        await box.send(b"after", urgent=False)
        assert carrier.batches[-1] == [b"after"]

    run(work())


def test_a_sender_who_left_does_not_keep_the_others() -> None:
    async def work() -> None:
        carrier, pause = Carrier(), Pause()
        box = Outbox(carrier, Batching(), capacity=10, sleep=pause)
        first, second = sends(box, 2)
        await asyncio.sleep(0)
        first.cancel()
        pause.over.set()
        await second
        with pytest.raises(asyncio.CancelledError):
            await first

    run(work())


def test_closing_sends_what_waits() -> None:
    async def work() -> None:
        carrier = Carrier()
        box = Outbox(carrier, Batching(seconds=1_000), capacity=1_000)
        tasks = sends(box, 30)
        await asyncio.sleep(0)
        await box.close()
        assert all(task.done() for task in tasks) or await asyncio.gather(*tasks)
        assert carrier.sizes == [30]

    run(work())
