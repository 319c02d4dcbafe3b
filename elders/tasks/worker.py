"""A worker: it does what it is given, one handler for each kind of task."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import structlog

from elders.tasks.desk import Desk
from elders.tasks.model import Assignment, Task, Worker
from elders.transports.delivery import Sleep, cancellations
from foundation.errors import Conflict, GuildError, InvalidInput, Outdated, Unavailable

_REMEMBERED: Final = 10_000
_LONGEST_REASON: Final = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler is handed.

    Attributes:
        task: what is to be done; `task.key` is the same however often it is tried.
        token: of this attempt, higher than that of each one before. Whatever is changed outside
            of the guild's store should be changed once for each key, and refuse an older token.
    """

    task: Task
    token: int


TaskHandler = Callable[[Job], Awaitable[Any]]
"""Does a task and answers its result, which JSON can say. `InvalidInput` fails it for good; any
other error has it tried again. It is cancelled when the task is lost."""

Handlers = Mapping[str, TaskHandler]
"""By kind of task."""


class WorkerLoop:
    """Runs handlers for one worker.

    Args:
        desk: where tasks come from.
        worker: who this is; its slots are how many handlers run at once.
        handlers: by kind of task.
        poll_seconds: between two looks at the desk.
        beat_seconds: between two signs of life; a third of a lease, at most.
        sleep: how to wait.
    """

    def __init__(
        self,
        desk: Desk,
        worker: Worker,
        handlers: Handlers,
        *,
        poll_seconds: float = 0.2,
        beat_seconds: float = 5.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._desk = desk
        self._worker = worker
        self._handlers = handlers
        self._poll_seconds = poll_seconds
        self._beat_seconds = beat_seconds
        self._sleep = sleep
        self._running: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._seen: OrderedDict[tuple[str, int], None] = OrderedDict()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then end what there is, take no more, and go."""
        draining = stop.is_set()
        await self._join(draining=draining)
        beating = asyncio.create_task(self._beat())
        try:
            while await self._look() or not stop.is_set():
                if stop.is_set() and not draining:
                    draining = True
                    await self._join(draining=True)
                await self._pause(stop, draining=draining)
        finally:
            beating.cancel()
            for each in self._running.values():
                each.cancel()
            await asyncio.gather(beating, *self._running.values(), return_exceptions=True)
        with suppress(Conflict, Unavailable):
            await self._desk.leave()

    async def _join(self, *, draining: bool) -> None:
        told = replace(self._worker, draining=draining)
        await self._until_said(lambda: self._desk.join(told))

    async def _look(self) -> bool:
        """Begin what is new; tell whether there is anything to do."""
        try:
            held = await self._desk.held()
        except (Conflict, Unavailable) as error:
            _log.warning("worker.desk_away", error=str(error))
            return True
        for given in held:
            attempt = (given.task.id, given.token)
            if attempt in self._seen:
                continue
            self._seen[attempt] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
            for older, doing in self._running.items():
                if older[0] == given.task.id:
                    doing.cancel()
            self._running[attempt] = asyncio.create_task(self._do(given))
            self._running[attempt].add_done_callback(partial(self._end, attempt))
        return bool(held or self._running)

    def _end(self, attempt: tuple[str, int], _: asyncio.Task[None]) -> None:
        del self._running[attempt]

    async def _pause(self, stop: asyncio.Event, *, draining: bool) -> None:
        """Wait for the next look, or until something changes."""
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._sleep(self._poll_seconds)),
            *self._running.values(),
        ]
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait(
                waits if draining else [*waits, stopping], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waits[0].cancel()
            stopping.cancel()

    async def _beat(self) -> None:
        while True:
            await self._sleep(self._beat_seconds)
            tokens = dict(self._running.keys())
            try:
                lost = await self._desk.beat(tokens)
            except (Conflict, Unavailable) as error:
                _log.warning("worker.desk_away", error=str(error))
                continue
            for attempt in tokens.items():
                if attempt[0] in lost and (doing := self._running.get(attempt)):
                    _log.warning("task.lost", task=attempt[0], token=attempt[1])
                    doing.cancel()

    async def _do(self, given: Assignment) -> None:
        task, token = given.task, given.token
        handler = self._handlers.get(task.traits.kind)
        if handler is None:
            await self._say_failed(given, f"no handler for {task.traits.kind!r}", for_good=False)
            return
        before = cancellations()
        try:
            result = await handler(Job(task, token))
            _check_json(result)
            await self._say(given, lambda: self._desk.complete(task.id, token, result))
        except InvalidInput as error:
            await self._say_failed(given, str(error), for_good=True)
        except asyncio.CancelledError:
            if cancellations() > before:
                raise
            await self._say_failed(given, "its handler was cancelled from within", for_good=False)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the worker lives on
            await self._say_failed(given, f"{type(error).__name__}: {error}", for_good=False)

    async def _say_failed(self, given: Assignment, reason: str, *, for_good: bool) -> None:
        _log.warning("task.failed", task=given.task.id, kind=given.task.traits.kind)
        said = reason[:_LONGEST_REASON]
        await self._say(
            given, lambda: self._desk.fail(given.task.id, given.token, said, for_good=for_good)
        )

    async def _say(self, given: Assignment, call: Callable[[], Awaitable[None]]) -> None:
        """Say it; what is heard and not taken is somebody else's by now.

        Raises:
            InvalidInput: it can't be said, since it is too large, for instance.
        """
        try:
            await self._until_said(call)
        except InvalidInput:
            raise
        except GuildError as error:
            _log.warning("task.not_taken", task=given.task.id, token=given.token, error=str(error))

    async def _until_said(self, call: Callable[[], Awaitable[None]]) -> None:
        """Say it until it is heard: what is done should not be done again for want of an answer."""
        while True:
            try:
                return await call()
            except Outdated:
                raise
            except (Conflict, Unavailable) as error:
                _log.warning("worker.desk_away", error=str(error))
            await self._sleep(self._poll_seconds)


def _check_json(result: object) -> None:
    try:
        json.dumps(result, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"its handler answered what is no JSON: {error}") from error
