"""What the Incident Sage may do, and its bounds: cool-downs, dry runs, undoing, and a record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from elders.incidents.model import MICROS
from elders.messages import Body
from elders.store import metadata
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import Conflict, GuildError, NotFound

_log = structlog.get_logger(__name__)

_LONGEST: Final = 2_000

_actions = Table(
    "guild_actions",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("undo", Text, nullable=False),
)
"""`told` is what came of it, `undo` what undoing needs, both as JSON."""


class State(StrEnum):
    """What became of an action."""

    PLANNED = "planned"
    """A dry run: nothing was done."""
    BEGUN = "begun"
    """It is under way, or the process died in it: whether it took place is not known."""
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Taken:
    """An action that was taken, or would have been.

    Attributes:
        told: what came of it, or would.
    """

    number: int
    name: str
    at: Micros
    state: State
    reason: str
    told: Body


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
        self._store = store
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
            Conflict: it was taken a short while ago.
        """
        action = self._named(name)
        dry = self._dry_run if dry_run is None else dry_run
        async with self._turn:
            if not dry:
                await self._check_cool_down(action)
            state = State.PLANNED if dry else State.BEGUN
            taken = await asyncio.to_thread(self._begin, name, reason[:_LONGEST], state)
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
            taken, undo = await asyncio.to_thread(find_taken, self._store, number)
            if taken.state is not State.DONE or undo is None:
                raise Conflict(f"action {number} ({taken.name}, {taken.state}) can't be undone")
            told = await self._named(taken.name).undo(undo)
            taken = replace(taken, state=State.UNDONE, told={**told, "undone_because": reason})
            await asyncio.to_thread(self._end, taken, None)
        await self._report(taken)
        return taken

    async def history(self, limit: int = 100) -> list[Taken]:
        """List what was taken, the newest first."""
        return await asyncio.to_thread(list_taken, self._store, limit)

    def _named(self, name: str) -> Action:
        if name not in self._actions:
            raise NotFound(f"there is no action {name[:80]!r}: {', '.join(self._actions)}")
        return self._actions[name]

    async def _check_cool_down(self, action: Action) -> None:
        last = await asyncio.to_thread(self._last, action.name)
        now = self._clock()
        if last is not None and now - last < action.cool_down_seconds * MICROS:
            wait = action.cool_down_seconds - (now - last) / MICROS
            raise Conflict(f"{action.name} was done a short while ago: wait {wait:.0f} s")

    async def _planned(self, action: Action, taken: Taken) -> Taken:
        taken = replace(taken, told=await action.plan())
        await asyncio.to_thread(self._end, taken, None)
        return taken

    async def _done(self, action: Action, taken: Taken) -> Taken:
        try:
            effect = await action.act(taken.reason)
        except GuildError as error:
            _log.error("action.failed", action=action.name, reason=str(error))
            taken = replace(taken, state=State.FAILED, told={"error": str(error)})
            await asyncio.to_thread(self._end, taken, None)
            return taken
        taken = replace(taken, state=State.DONE, told=effect.told)
        await asyncio.to_thread(self._end, taken, effect.undo)
        _log.warning("action.done", action=action.name, number=taken.number, told=effect.told)
        return taken

    def _begin(self, name: str, reason: str, state: State) -> Taken:
        now = self._clock()
        row = {
            "name": name, "at": now, "state": state, "reason": reason, "told": "{}", "undo": "",
        }  # fmt: skip
        with self._store.write() as connection:
            number = connection.execute(
                insert(_actions).values(row).returning(_actions.c.number)
            ).scalar_one()
        return Taken(number, name, now, state, reason, {})

    def _end(self, taken: Taken, undo: Body | None) -> None:
        values = {
            "state": taken.state,
            "told": json.dumps(taken.told),
            "undo": "" if undo is None else json.dumps(undo),
        }
        with self._store.write() as connection:
            connection.execute(
                update(_actions).where(_actions.c.number == taken.number).values(values)
            )

    def _last(self, name: str) -> Micros | None:
        held = select(_actions.c.at).where(
            _actions.c.name == name, _actions.c.state.in_([State.BEGUN, State.DONE])
        )
        with self._store.read() as connection:
            return connection.execute(held.order_by(_actions.c.at.desc()).limit(1)).scalar()


def find_taken(store: Database, number: int) -> tuple[Taken, Body | None]:
    """Find an action that was taken, and what undoing it needs; None where it can't be undone.

    Raises:
        NotFound: there was none of this number.
    """
    with store.read() as connection:
        row = connection.execute(select(_actions).where(_actions.c.number == number)).one_or_none()
    if row is None:
        raise NotFound(f"there is no action {number}")
    return _taken(row._mapping), json.loads(row.undo) if row.undo else None  # noqa: SLF001 - SQLAlchemy's public name


def list_taken(store: Database, limit: int) -> list[Taken]:
    """List what was taken, the newest first."""
    query = select(_actions).order_by(_actions.c.number.desc()).limit(limit)
    with store.read() as connection:
        return [_taken(row) for row in connection.execute(query).mappings()]


def _taken(row: RowMapping) -> Taken:
    return Taken(
        row["number"], row["name"], Micros(row["at"]), State(row["state"]), row["reason"],
        json.loads(row["told"]),
    )  # fmt: skip
