"""Worker processes: started and stopped, never in midst of work, and begun anew if they die."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final, TypeVar

import structlog

from elders.tasks.assigning import Assigning
from elders.transports.delivery import Sleep
from foundation.errors import Conflict, Unavailable
from foundation.ids import new_id

_SETTLED_SECONDS: Final = 60.0
"""A process that lived so long did not die of its start."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0

_log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

Command = Callable[[str], Sequence[str]]
"""Answers the command line of a worker of this name."""


@dataclass(slots=True, eq=False)
class _Place:
    """One worker that there is to be, whichever process it is."""

    name: str = ""
    process: asyncio.subprocess.Process | None = None
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None


class WorkerPool:
    """Keeps as many worker processes as are wanted.

    One that is not wanted any more is given no more tasks and told to go (SIGTERM); it ends what
    it has first, however long that takes. Only if it has nothing, and is there still after
    `grace_seconds`, it is killed. One that dies gives its tasks back at once, and another takes
    its place: after a pause that grows while they die young. Each process has a name of its own.

    Processes get a pipe as standard input that ends with this one: a worker should then go too.

    Args:
        command: what to run.
        assigning: where workers are known.
        prefix: what their names begin with.
        grace_seconds: between looks whether one that was told to go has gone.
        rng, sleep: of the pauses.
        monotonic: how long one lived.
    """

    def __init__(
        self,
        command: Command,
        assigning: Assigning,
        *,
        prefix: str = "servant.",
        grace_seconds: float = 10.0,
        rng: Random,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._assigning = assigning
        self._prefix = prefix
        self._grace_seconds = grace_seconds
        self._rng = rng
        self._sleep = sleep
        self._monotonic = monotonic
        self._places: list[_Place] = []
        self._leaving: set[_Place] = set()

    @property
    def size(self) -> int:
        """How many workers are wanted."""
        return len(self._places)

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run, those that are going too, by name."""
        there = [*self._places, *self._leaving]
        return {each.name: each.process.pid for each in there if each.process is not None}

    async def scale(self, wanted: int) -> None:
        """Have so many workers: start what is missing, tell those that are too many to go.

        Those with the least to do go first. It does not wait until they have gone.
        """
        while len(self._places) < wanted:
            place = _Place()
            place.keeper = asyncio.create_task(self._keep(place))
            self._places.append(place)
        if len(self._places) > wanted:
            known = {each.name: each.held for each in await self._insist(self._assigning.workers)}
            self._places.sort(key=lambda each: -known.get(each.name, 0))
            for place in self._places[wanted:]:
                self._let_go(place)
            del self._places[wanted:]

    async def close(self) -> None:
        """Tell all workers to go, and wait until they have."""
        for place in self._places:
            self._let_go(place)
        self._places.clear()
        keepers = [each.keeper for each in self._leaving if each.keeper is not None]
        await asyncio.gather(*keepers, return_exceptions=True)

    def _let_go(self, place: _Place) -> None:
        place.leaving.set()
        self._leaving.add(place)

    async def _keep(self, place: _Place) -> None:
        """Start a process, and another one whenever it dies, until it is to go."""
        deaths = 0
        try:
            while not place.leaving.is_set():
                began = self._monotonic()
                place.name = f"{self._prefix}{new_id()}"
                if await self._run(place):
                    return
                deaths = 1 if self._monotonic() - began > _SETTLED_SECONDS else deaths + 1
                bound = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(deaths - 1, 10))
                await self._wait(place.leaving, self._rng.uniform(bound / 2, bound))
        finally:
            self._leaving.discard(place)

    async def _run(self, place: _Place) -> bool:
        """See one process through; tell whether it went because it was told to."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command(place.name), stdin=asyncio.subprocess.PIPE
            )
        except OSError as error:
            _log.error("worker.not_started", name=place.name, error=str(error))
            return False
        place.process = process
        _log.info("worker.started", name=place.name, pid=process.pid)
        ending = asyncio.create_task(process.wait())
        leaving = asyncio.create_task(place.leaving.wait())
        try:
            await asyncio.wait([ending, leaving], return_when=asyncio.FIRST_COMPLETED)
            told = not ending.done()
            if told:
                await self._drain(place.name, process, ending)
        finally:
            leaving.cancel()
        place.process = None
        _log.info("worker.ended", name=place.name, status=process.returncode, told=told)
        await self._insist(lambda: self._assigning.leave(place.name))
        return told

    async def _drain(
        self, name: str, process: asyncio.subprocess.Process, ending: asyncio.Task[int]
    ) -> None:
        await self._insist(lambda: self._assigning.drain(name))
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        while True:
            grace = asyncio.ensure_future(self._sleep(self._grace_seconds))
            try:
                await asyncio.wait([ending, grace], return_when=asyncio.FIRST_COMPLETED)
            finally:
                grace.cancel()
            if ending.done():
                return
            # It is given nothing any more: who holds nothing now will hold nothing later.
            if not await self._insist(lambda: self._assigning.held(name)):
                _log.warning("worker.killed", name=name, pid=process.pid)
                with suppress(ProcessLookupError):
                    process.kill()

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for an event, but no longer than so many seconds."""
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(event.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _insist(self, call: Callable[[], Answer]) -> Answer:
        """Ask the store, and wait for it while it is away."""
        while True:
            try:
                return await asyncio.to_thread(call)
            except (Conflict, Unavailable) as error:
                _log.warning("workers.store_away", error=str(error))
            await self._sleep(_FIRST_PAUSE)
