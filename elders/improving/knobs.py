"""Knobs that really turn something, while everything runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from sqlalchemy import text

from elders.improving.model import Knob
from elders.improving.records import Trial
from elders.levels import Sage
from elders.messages import Message
from elders.platform import Platform
from elders.tasks.assigning import Assigning
from elders.tasks.scaling import LEAST, LONGEST_SECONDS, MOST, Floor
from elders.tasks.wording import AT_LEAST, write_floor
from elders.transport import Transport
from foundation.clock import Clock, Micros
from foundation.database.database import Database

_WORKERS: Final = "task.workers"
_MICROS: Final = 1_000_000
_EVER: Final = 1e9
_LEAST_BYTES: Final = 1e6
"""Less the platform does not take for its cache."""


class Turnable(Protocol):
    """A knob's own hands."""

    async def read(self) -> Knob:
        """Tell how it stands."""
        ...

    async def turn(self, value: float) -> None:
        """Turn it; `Unavailable` if that can't be done now."""
        ...

    async def turn_back(self, trial: Trial) -> None:
        """Undo that it was turned in a trial, and nothing else; likewise."""
        ...


class WorkersKnob:
    """The least number of the Task Sage's workers, in the Incident Sage's name."""

    def __init__(self, transport: Transport, assigning: Assigning, clock: Clock) -> None:
        self._transport = transport
        self._assigning = assigning
        self._clock = clock

    async def read(self) -> Knob:
        """Count the workers that take tasks."""
        known = await asyncio.to_thread(self._assigning.workers)
        there = sum(not each.draining for each in known)
        return Knob(_WORKERS, float(there), LEAST, MOST)

    async def turn(self, value: float) -> None:
        """Ask the Task Sage to keep so many, for a day."""
        now = self._clock()
        until = Micros(now + LONGEST_SECONDS * _MICROS)
        await self._ask(Floor(_source(value), int(value), until, now))

    async def turn_back(self, trial: Trial) -> None:
        """Take that back; as many as others ask for, or earlier trials that helped, are kept."""
        now = self._clock()
        await self._ask(Floor(_source(trial.after), 0, now, now))

    async def _ask(self, floor: Floor) -> None:
        body, now = write_floor(floor), self._clock()
        await self._transport.send(Message(Sage.INCIDENT, Sage.TASK, AT_LEAST, body, now))


class AnalyseKnob:
    """The statistics by which the guild's database plans its queries: pressed, not turned."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pressed = 0.0

    async def read(self) -> Knob:
        """Tell how often it was pressed."""
        return Knob("store.analyse", self._pressed, 0.0, _EVER)

    async def turn(self, value: float) -> None:
        """Gather statistics anew."""
        await asyncio.to_thread(self._analyse)
        self._pressed = value

    async def turn_back(self, trial: Trial) -> None:
        """Do nothing: old statistics are no better."""

    def _analyse(self) -> None:
        with self._database.write() as connection:
            connection.execute(text("ANALYZE"))


class CacheKnob:
    """How much memory the platform's remembered answers may take, in each of its processes."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def read(self) -> Knob:
        """Ask how much they may take."""
        told = await self._platform.ask("GET", "v1/cache")
        most, allowed = float(told["most_bytes"]), float(told["allowed_bytes"])
        return Knob("cache.bytes", most, min(_LEAST_BYTES, most), allowed)

    async def turn(self, value: float) -> None:
        """Have them take so much; what is too much goes at once."""
        await self._platform.ask("PUT", "v1/cache", body={"most_bytes": int(value)})

    async def turn_back(self, trial: Trial) -> None:
        """Have them take as much as before, or as the settings allow by now."""
        await self.turn(min(trial.before, (await self.read()).most))


class PressKnob:
    """Something that is done when it is pressed, such as emptying a cache."""

    def __init__(self, name: str, press: Callable[[], Awaitable[object]]) -> None:
        self._name = name
        self._press = press
        self._pressed = 0.0

    async def read(self) -> Knob:
        """Tell how often it was pressed."""
        return Knob(self._name, self._pressed, 0.0, _EVER)

    async def turn(self, value: float) -> None:
        """Press it."""
        await self._press()
        self._pressed = value

    async def turn_back(self, trial: Trial) -> None:
        """Do nothing: a cache fills by itself."""


def _source(value: float) -> str:
    """Name the floor of workers of a trial by its number: each is taken back alone."""
    return f"{_WORKERS} {int(value)}"
