"""Short work for many requests at once: one trip to a thread for all that came meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import Generic, TypeVar

from fastapi.concurrency import run_in_threadpool

A = TypeVar("A")
B = TypeVar("B")


class Together(Generic[A, B]):
    """Does what was asked for while a thread was busy in one go, in the order that it came.

    A trip to a thread and back costs more than a look into the cache. Work on something begins
    only after it was handed in, so that it sees all that was written before, and is done in the
    context (`contextvars`) of who handed it in.
    """

    def __init__(self, work: Callable[[A], B]) -> None:
        """Begin with nothing.

        Args:
            work: does it for one; what it raises reaches the one who asked.
        """
        self._work = work
        self._waiting: list[tuple[A, Context, asyncio.Future[B]]] = []
        self._trip: asyncio.Task[None] | None = None

    async def do(self, item: A) -> B:
        """Have it done."""
        done: asyncio.Future[B] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, copy_context(), done))
        if self._trip is None or self._trip.done():
            self._trip = asyncio.create_task(self._travel())
        return await done

    async def _travel(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            outcomes = await run_in_threadpool(
                self._all, [(item, context) for item, context, _ in waiting]
            )
            for (*_, done), outcome in zip(waiting, outcomes, strict=True):
                if done.cancelled():
                    continue
                if isinstance(outcome, Exception):
                    done.set_exception(outcome)
                else:
                    done.set_result(outcome)

    def _all(self, items: Sequence[tuple[A, Context]]) -> list[B | Exception]:
        return [context.run(self._one, item) for item, context in items]

    def _one(self, item: A) -> B | Exception:
        try:
            return self._work(item)
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            return error
