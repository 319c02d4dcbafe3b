"""What the Incident Sage may do, and its bounds: cool-downs, dry runs, undoing, and a record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from elders.incidents.model import MICROS
from elders.incidents.records import ActionRecords, State, Taken
from elders.messages import Body
from foundation.clock import Clock
from foundation.database.database import Database
from foundation.errors import Conflict, GuildError, NotFound

_log = structlog.get_logger(__name__)

_LONGEST: Final = 2_000
_DIED: Final = "the process died in it, or the store was away: whether it was done is not known"


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action did.

    Attributes:
        told: for people.
        undo: what `undo` needs; None where there is nothing to undo.
    """

    told: Body
    undo: Body | None


class Action(Protocol):
    """Something real and bounded. Behaviour: tests/elders/incidents/test_actions.py."""

    @property
    def name(self) -> str:
        """What rules call it."""
        ...

    @property
    def cool_down_seconds(self) -> float:
        """How long it is not taken again."""
        ...

    async def plan(self) -> Body:
        """Tell what it would do now, changing nothing."""
        ...

    async def act(self, reason: str) -> Effect:
        """Do it.

        Raises:
            GuildError: it could not.
        """
        ...

    async def undo(self, undo: Body) -> Body:
        """Put back what was before; answer what came of it.

        Raises:
            GuildError: it could not.
        """
        ...


Reporting = Callable[[Taken], Awaitable[None]]
"""Tells those above what was done."""


class Acting:
    """Takes actions, one at a time, each no more often than its cool-down lets.

    Args:
        actions: what may be done.
        store: where it is recorded, before it is done.
        clock: what time it is.
        report: tells those above.
        dry_run: whether nothing is really done.
    """

    def __init__(
        self,
        actions: Sequence[Action],
        store: Database,
        *,
        clock: Clock,
        report: Reporting,
        dry_run: bool = False,
    ) -> None:
        self._actions = {each.name: each for each in actions}
        self._records = ActionRecords(store)
        self._clock = clock
        self._report = report
        self._dry_run = dry_run
        self._turn = asyncio.Lock()

    @property
    def names(self) -> Sequence[str]:
        """What may be done."""
        return tuple(self._actions)

    async def take(self, name: str, reason: str, *, dry_run: bool | None = None) -> Taken:
        """Take an action, or tell what it would do.

        Raises:
            NotFound: there is no such action.
            Conflict: it was tried a short while ago, whatever came of it.
        """
        action = self._named(name)
        dry = self._dry_run if dry_run is None else dry_run
        async with self._turn:
            if not dry:
                await self._check_cool_down(action)
            state = State.PLANNED if dry else State.BEGUN
            begin = self._records.begin
            taken = await asyncio.to_thread(begin, name, reason[:_LONGEST], state, self._clock())
            taken = await self._planned(action, taken) if dry else await self._done(action, taken)
        await self._report(taken)
        return taken

    async def undo(self, number: int, reason: str) -> Taken:
        """Undo an action.

        Raises:
            NotFound: there was none of this number.
            Conflict: it was not done, or there is nothing to undo.
            GuildError: it could not be undone now; it may be tried again.
        """
        async with self._turn:
            taken, undo = await asyncio.to_thread(self._records.find, number)
            if taken.state is not State.DONE or undo is None:
                raise Conflict(f"action {number} ({taken.name}, {taken.state}) can't be undone")
            told = await self._named(taken.name).undo(undo)
            taken = replace(taken, state=State.UNDONE, told={**told, "undone_because": reason})
            await asyncio.to_thread(self._records.end, taken, None)
        await self._report(taken)
        return taken

    async def settle(self) -> None:
        """Have what is begun count as failed, and tell those above.

        For whoever has just taken the Incident Sage's seat, and for nobody else: what is begun
        while nothing is under way here was left by a process that died.
        """
        async with self._turn:
            left = await asyncio.to_thread(self._records.begun)
            ended = [replace(each, state=State.FAILED, told={"error": _DIED}) for each in left]
            for each in ended:
                await asyncio.to_thread(self._records.end, each, None)
        for each in ended:
            _log.warning("action.left", action=each.name, number=each.number)
            await self._report(each)

    async def history(self, limit: int = 100) -> list[Taken]:
        """List what was taken, the newest first."""
        return await asyncio.to_thread(self._records.latest, limit)

    def _named(self, name: str) -> Action:
        if name not in self._actions:
            raise NotFound(f"there is no action {name[:80]!r}: {', '.join(self._actions)}")
        return self._actions[name]

    async def _check_cool_down(self, action: Action) -> None:
        last = await asyncio.to_thread(self._records.last_tried, action.name)
        now = self._clock()
        if last is not None and now - last < action.cool_down_seconds * MICROS:
            wait = action.cool_down_seconds - (now - last) / MICROS
            raise Conflict(f"{action.name} was tried a short while ago: wait {wait:.0f} s")

    async def _planned(self, action: Action, taken: Taken) -> Taken:
        taken = replace(taken, told=await action.plan())
        await asyncio.to_thread(self._records.end, taken, None)
        return taken

    async def _done(self, action: Action, taken: Taken) -> Taken:
        try:
            effect = await action.act(taken.reason)
        except GuildError as error:
            _log.error("action.failed", action=action.name, reason=str(error))
            return await self._failed(taken, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the action is not under way
            _log.exception("action.broke", action=action.name, number=taken.number)
            return await self._failed(taken, f"{type(error).__name__}: {error}")
        taken = replace(taken, state=State.DONE, told=effect.told)
        await asyncio.to_thread(self._records.end, taken, effect.undo)
        _log.warning("action.done", action=action.name, number=taken.number, told=effect.told)
        return taken

    async def _failed(self, taken: Taken, error: str) -> Taken:
        taken = replace(taken, state=State.FAILED, told={"error": error[:_LONGEST]})
        await asyncio.to_thread(self._records.end, taken, None)
        return taken
