"""The actions: caches emptied, workers asked for, samples archived, traffic slowed, a lockdown."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from elders.incidents.acting import Action, Effect
from elders.incidents.model import MICROS, Round, read_series
from elders.incidents.ring import Ring
from elders.levels import Sage
from elders.messages import Body, Message
from elders.platform import Platform
from elders.tasks.scaling import Floor
from elders.tasks.wording import AT_LEAST, write_floor
from elders.transport import Transport
from foundation.clock import Clock, Micros
from foundation.errors import Conflict, Unavailable

NAMES: Final = ("memory", "workers", "archive", "throttle", "lockdown")
"""Of all actions, as rules call them."""

_RESTRICTIONS: Final = "v1/admin/restrictions"


class EmptyCaches:
    """`memory`: has the platform forget the answers that it keeps."""

    name = "memory"
    cool_down_seconds = 600.0

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def plan(self) -> Body:
        """Tell what the cache holds."""
        held = await self._platform.ask("GET", "v1/cache")
        return {"would_free_bytes": held["bytes"], "entries": held["entries"]}

    async def act(self, reason: str) -> Effect:
        """Empty it. There is nothing to undo: it fills again."""
        del reason
        held = await self._platform.ask("GET", "v1/cache")
        await self._platform.ask("DELETE", "v1/cache")
        return Effect({"freed_bytes": held["bytes"], "entries": held["entries"]}, None)

    async def undo(self, undo: Body) -> Body:
        """Do nothing."""
        del undo
        return {}


class MoreWorkers:
    """`workers`: asks the Task Sage for more workers for a while; it alone starts and stops them.

    Args:
        transport: carries the message.
        clock: what time it is.
        count: workers at the least.
        seconds: for how long.
    """

    name = "workers"
    cool_down_seconds = 300.0

    def __init__(
        self, transport: Transport, clock: Clock, *, count: int = 8, seconds: float = 1_800.0
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._count = count
        self._seconds = seconds

    async def plan(self) -> Body:
        """Tell how many for how long."""
        return {"workers_at_least": self._count, "seconds": self._seconds}

    async def act(self, reason: str) -> Effect:
        """Ask for them."""
        now = self._clock()
        until = Micros(now + int(self._seconds * MICROS))
        await self._ask(Floor(self.name, self._count, until, now), reason)
        return Effect({"workers_at_least": self._count, "until": until}, {"asked_at": now})

    async def undo(self, undo: Body) -> Body:
        """Take back what was asked for then, and nothing that was asked for since."""
        asked_at = Micros(int(undo["asked_at"]))
        await self._ask(Floor(self.name, 0, asked_at, asked_at), "undone")
        return {"workers_at_least": 0}

    async def _ask(self, floor: Floor, reason: str) -> None:
        body = {**write_floor(floor), "reason": reason}
        message = Message(Sage.INCIDENT, Sage.TASK, AT_LEAST, body, self._clock())
        await self._transport.send(message)


class Archive:
    """`archive`: moves the guild's own old samples into a compressed file; never documents.

    Args:
        ring: whose rounds are moved.
        folder: where the file is put.
        clock: what time it is.
        older_seconds: what is older is moved.
    """

    name = "archive"
    cool_down_seconds = 3_600.0

    def __init__(
        self, ring: Ring, folder: Path, clock: Clock, *, older_seconds: float = 6 * 3_600.0
    ) -> None:
        self._ring = ring
        self._folder = folder
        self._clock = clock
        self._older_seconds = older_seconds

    async def plan(self) -> Body:
        """Tell how many rounds would be moved."""
        old = await asyncio.to_thread(self._ring.read, until=self._edge())
        return {"would_archive_rounds": len(old)}

    async def act(self, reason: str) -> Effect:
        """Write the file, onto the disk, then remove what it holds from the store."""
        del reason
        return await asyncio.to_thread(self._archive)

    async def undo(self, undo: Body) -> Body:
        """Put the file's rounds back into the store; the file stays."""
        rounds = await asyncio.to_thread(read_archive, Path(undo["path"]))
        await asyncio.to_thread(self._ring.put_back, rounds)
        return {"restored_rounds": len(rounds)}

    def _edge(self) -> Micros:
        return Micros(self._clock() - int(self._older_seconds * MICROS))

    def _archive(self) -> Effect:
        edge = self._edge()
        old = self._ring.read(until=edge)
        if not old:
            return Effect({"archived_rounds": 0}, None)
        path = self._folder / f"rounds-{old[0].at}-{old[-1].at}.jsonl.gz"
        write_archive(path, old)
        self._ring.remove(Micros(edge + 1))
        return Effect({"archived_rounds": len(old), "path": str(path)}, {"path": str(path)})


class Restrict:
    """`throttle` or `lockdown`: has the platform allow less for a while, beside what others said.

    What it restricts lies apart on the platform, by its name: administrators' restrictions and
    those of other actions stay as they are, and of all of them the stricter holds.

    Args:
        name: what rules call it.
        platform: whose restrictions are changed.
        wanted: what is to hold.
        seconds: after which it ends by itself.
        cool_down_seconds: how long it is not done again.
    """

    def __init__(
        self,
        name: str,
        platform: Platform,
        wanted: Body,
        *,
        seconds: float,
        cool_down_seconds: float,
    ) -> None:
        self.name = name
        self.cool_down_seconds = cool_down_seconds
        self._platform = platform
        self._wanted = wanted
        self._seconds = seconds
        self._mine = {"automatic": name}

    async def plan(self) -> Body:
        """Tell what would hold, beside what holds."""
        held = await self._platform.ask("GET", _RESTRICTIONS)
        return {"would_hold": self._wanted, "beside": held, "seconds": self._seconds}

    async def act(self, reason: str) -> Effect:
        """Have it hold."""
        wanted = {**self._wanted, "reason": reason[:500], "seconds": self._seconds}
        changed = await self._platform.ask("PUT", _RESTRICTIONS, body=wanted, query=self._mine)
        return Effect({"now": changed["now"]}, {"now": changed["now"]})

    async def undo(self, undo: Body) -> Body:
        """Lift it, and nothing else.

        Raises:
            Conflict: it was done once more since, and that holds.
        """
        held = await self._platform.ask("GET", _RESTRICTIONS, query=self._mine)
        if held["until"] is not None and held != undo["now"]:
            raise Conflict(f"{self.name} was done once more since: undo that one")
        changed = await self._platform.ask("DELETE", _RESTRICTIONS, query=self._mine)
        return {"now": changed["now"]}


def throttle(platform: Platform, *, factor: float = 0.25, seconds: float = 900.0) -> Restrict:
    """Make the action that multiplies all rates."""
    wanted = {"rate_factor": factor}
    return Restrict("throttle", platform, wanted, seconds=seconds, cool_down_seconds=300.0)


def lockdown(
    platform: Platform, *, suspended: Sequence[str] = (), seconds: float = 1_800.0
) -> Restrict:
    """Make the action that lets nothing be written, and suspends principals if any are named."""
    wanted = {"read_only": True, "suspended": sorted(suspended)}
    return Restrict("lockdown", platform, wanted, seconds=seconds, cool_down_seconds=600.0)


def all_actions(
    platform: Platform, transport: Transport, ring: Ring, folder: Path, clock: Clock
) -> list[Action]:
    """Make every action as it is by default; archives are put into the folder."""
    return [
        EmptyCaches(platform),
        MoreWorkers(transport, clock),
        Archive(ring, folder, clock),
        throttle(platform),
        lockdown(platform),
    ]


def write_archive(path: Path, rounds: Sequence[Round]) -> None:
    """Write rounds aside, a line each, then in place.

    Raises:
        Unavailable: the disk refuses.
    """
    aside = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(aside, "wt", encoding="utf-8") as file:
            for each in rounds:
                values = {str(series): value for series, value in each.values.items()}
                file.write(json.dumps({"at": each.at, "values": values}) + "\n")
        aside.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror or error}") from error


def read_archive(path: Path) -> list[Round]:
    """Read what `write_archive` wrote.

    Raises:
        Unavailable: it is gone, or damaged.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines: list[dict[str, Any]] = [json.loads(line) for line in file]
    except (OSError, ValueError, EOFError) as error:
        raise Unavailable(f"{path} can't be read: {error}") from error
    return [
        Round(Micros(line["at"]), {read_series(k): float(v) for k, v in line["values"].items()})
        for line in lines
    ]
