"""The guild's processes, put together from the settings."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from elders.council.cycle import Customs
from elders.council.model import LEARNING, Recovery
from elders.council.records import Cycles
from elders.guild.members import MEMBERS, Presence, Presences, Queued
from elders.guild.running import Charter, Rhythm, Work, run_guild
from elders.guild.settings import GuildSettings, load_guild_settings
from elders.improving.opening import improving
from elders.incidents import platform as incidents
from elders.incidents.opening import open_sage
from elders.learned import PatternFeed
from elders.levels import Sage
from elders.platform import Platform
from elders.store import open_store
from elders.tasks.assigning import Assigning
from elders.tasks.knowing import Knowing
from elders.tasks.learning import PATTERN_KIND
from elders.tasks.sage import TaskSage
from elders.tasks.submitting import Submitting
from elders.tasks.workers import WorkerPool
from elders.transport import Transport
from elders.transports.counting import count_queued
from elders.transports.opening import open_transport
from elders.transports.settings import BusSettings, load_bus_settings
from elders.tree.outbox import Outbox
from foundation.breaker import Breakers
from foundation.clock import Micros, system_clock
from foundation.errors import InvalidInput
from foundation.settings import load_settings

if TYPE_CHECKING:
    from foundation.database.database import Database

_HANDLERS: Final = "elders.council.lesson:HANDLERS"


def run(members: Sequence[str], home: Path | None, *, ready: Callable[[], None]) -> None:
    """Run members in this process until a signal ends it.

    Args:
        members: as messages name them.
        home: in whose folder `guild` the store lies, unless the settings name another.
        ready: called once they listen.

    Raises:
        InvalidInput: a setting is wrong, or members are missing that nobody else can be.
        Unavailable: the store or the broker does not answer.
    """
    settings, bus, folder = *_settings(), guild_folder(home)
    if bus.bus_url is None and set(members) != set(MEMBERS.values()):
        raise InvalidInput(
            "without ELDERS_BUS_URL messages stay within a process: run all members in one, or name"
            " a RabbitMQ broker"
        )
    with closing(_opened(settings, folder)) as database:
        transport = open_transport(bus, database, clock=system_clock)
        charter = _charter(members, settings, transport, database, folder)
        asyncio.run(_until_signalled(charter, ready))


def _charter(
    members: Sequence[str],
    settings: GuildSettings,
    transport: Transport,
    database: Database,
    folder: Path,
) -> Charter:
    breakers, key = Breakers(), settings.guild_api_key

    def task_sage(seats: Transport) -> Work:
        return _task_sage(seats, database, settings, folder, breakers)

    known = Platform(settings.guild_platform_url, key, breakers=breakers)

    def incident_sage(seats: Transport) -> Work:
        return _incident_sage(seats, known, database, settings, folder)

    return Charter(
        members,
        transport,
        database,
        known,
        system_clock,
        folder,
        breakers,
        {Sage.TASK: task_sage, Sage.INCIDENT: incident_sage},
        Customs(
            threshold=settings.guild_similarity,
            recovery=Recovery(patience_seconds=settings.guild_patience_seconds),
        ),
        Rhythm(cycle=settings.guild_cycle_seconds, beat=settings.guild_beat_seconds),
    )


async def _until_signalled(charter: Charter, ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_guild(charter, stop, ready)


def guild_folder(home: Path | None) -> Path:
    """Answer where the guild keeps what is its own: as the settings say, or in the home."""
    named = load_guild_settings().guild_folder
    return named or (home or load_settings().home) / "guild"


def _settings() -> tuple[GuildSettings, BusSettings]:
    return load_guild_settings(), load_bus_settings()


def _opened(settings: GuildSettings, folder: Path) -> Database:
    url = settings.guild_database_url
    return open_store(folder, None if url is None else url.get_secret_value())


def _task_sage(
    transport: Transport,
    database: Database,
    settings: GuildSettings,
    folder: Path,
    breakers: Breakers,
) -> Work:
    """Make the Task Sage, with a pool of processes that learn from cases."""
    assigning = Assigning(database, clock=system_clock)
    knowing = Knowing(database, clock=system_clock)
    pool = WorkerPool(
        lambda name: _worker(name, folder),
        assigning,
        rng=Random(),  # noqa: S311 - no secret
    )
    feed = PatternFeed(
        settings.guild_platform_url,
        knowing.patterns,
        kinds=[PATTERN_KIND],
        breakers=breakers,
        key=settings.guild_api_key,
    )
    sage = TaskSage(
        transport,
        Submitting(database, clock=system_clock),
        assigning,
        knowing,
        clock=system_clock,
        pool=pool,
        feed=feed,
    )

    async def work(stop: asyncio.Event) -> None:
        try:
            await sage.run(stop)
        finally:
            feed.close()

    return work


def _incident_sage(
    transport: Transport,
    known: Platform,
    database: Database,
    settings: GuildSettings,
    folder: Path,
) -> Work:
    """Make the Incident Sage, who improves too; without leave to act it plans and reports alone."""
    key = settings.guild_api_key
    platform = incidents.Platform(
        settings.guild_platform_url,
        key=None if key is None else key.get_secret_value(),
    )

    async def work(stop: asyncio.Event) -> None:
        acts = settings.guild_incident_actions
        sage = await asyncio.to_thread(
            open_sage, database, transport, platform, folder, dry_run=not acts
        )
        improving_on = asyncio.create_task(
            improving(
                database, transport, known, folder,
                clock=system_clock, every_seconds=settings.guild_improve_seconds,
            )
        )  # fmt: skip
        try:
            await sage.run(stop)
        finally:
            improving_on.cancel()
            await asyncio.gather(improving_on, return_exceptions=True)
            await platform.close()

    return work


def _worker(name: str, folder: Path) -> Sequence[str]:
    return [
        sys.executable, "-m", "elders.tasks", "--folder", str(folder), "--name", name,
        "--handlers", _HANDLERS, "--capability", f"{LEARNING}=1", "--until-stdin-ends",
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class GuildStatus:
    """How the guild is.

    Attributes:
        members: who was there within a day.
        missing: of whom no sign came lately.
        queued: messages that wait and that are dead, by member; unknown ones are missing.
        unsent: messages in the store that no transport took yet.
        cycle: the latest learning cycle's id, stage, and who heard of it; None before the first.
    """

    at: Micros
    members: Sequence[Presence]
    missing: Sequence[str]
    queued: dict[str, Queued]
    unsent: int
    cycle: tuple[str, str, Sequence[str]] | None


def status(home: Path | None) -> GuildStatus:
    """Tell how the guild is, from its store and its broker.

    Raises:
        InvalidInput: a setting is wrong.
        Unavailable: the store or the broker does not answer.
    """
    settings, bus, folder = *_settings(), guild_folder(home)
    with closing(_opened(settings, folder)) as database:
        now = system_clock()
        members = Presences(database, system_clock).all()
        there = {each.name for each in members if each.is_there(now)}
        cycles = Cycles(database, system_clock)
        latest = cycles.latest()
        queued = {each.name: each.queued for each in members if each.queued is not None}
        counted = asyncio.run(_counted(bus))
        return GuildStatus(
            now,
            members,
            [each for each in MEMBERS.values() if each not in there],
            {**queued, **counted},
            len(Outbox(database).waiting()),
            None if latest is None else (latest.id, latest.stage.value, cycles.told(latest.id)),
        )


async def _counted(bus: BusSettings) -> dict[str, Queued]:
    found = await count_queued(bus, MEMBERS.values())
    return {name: Queued(*counts) for name, counts in found.items()}
