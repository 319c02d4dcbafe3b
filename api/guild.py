"""The guild's processes, put together from the settings."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.guild_sages import incident_sage, task_sage
from elders.alerts.rules_file import read_rules, rules_of
from elders.council.cycle import Customs
from elders.council.model import Recovery
from elders.council.records import Cycles
from elders.guild.members import MEMBERS, Presence, Presences, Queued
from elders.guild.running import Charter, Rhythm, Work, run_guild
from elders.guild.settings import GuildSettings, database_url, load_guild_settings
from elders.levels import Sage
from elders.platform import Platform
from elders.store import open_store
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

    def tasks(seats: Transport) -> Work:
        return task_sage(seats, database, settings, folder, breakers)

    path = settings.guild_alert_rules
    rules = rules_of({}, "the defaults") if path is None else read_rules(path)
    known = Platform(settings.guild_platform_url, key, breakers=breakers)

    def incidents(seats: Transport) -> Work:
        return incident_sage(seats, known, database, settings, folder, rules, breakers)

    return Charter(
        members,
        transport,
        database,
        known,
        system_clock,
        folder,
        breakers,
        {Sage.TASK: tasks, Sage.INCIDENT: incidents},
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
    try:
        await run_guild(charter, stop, ready)
    except ExceptionGroup as group:
        raise _first(group) from group


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Answer what went wrong first, of what happened at once."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first


def guild_folder(home: Path | None) -> Path:
    """Answer where the guild keeps what is its own: as the settings say, or in the home."""
    named = load_guild_settings().guild_folder
    return named or (home or load_settings().home) / "guild"


def _settings() -> tuple[GuildSettings, BusSettings]:
    return load_guild_settings(), load_bus_settings()


@contextmanager
def guild_store(home: Path | None) -> Iterator[Database]:
    """Open the guild's store, as the settings say where it is, for as long as it is used.

    Raises:
        InvalidInput: a setting is wrong.
        Unavailable: it does not answer.
    """
    with closing(_opened(load_guild_settings(), guild_folder(home))) as store:
        yield store


def _opened(settings: GuildSettings, folder: Path) -> Database:
    return open_store(folder, database_url(settings))


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
