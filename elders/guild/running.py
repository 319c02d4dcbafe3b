"""A process of the guild: takes its members' seats, and works until it is told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from elders.alerts.sinks import tree as alerts
from elders.council.cycle import Council, Customs
from elders.council.records import Cycles
from elders.council.sages import KnowledgeSeat, RagSeat, hearing
from elders.council.seats import Answers, Seated, TaskReplies
from elders.council.watching import Watching
from elders.guild.inbox import Inbox
from elders.guild.members import Presences, Queued
from elders.guild.receiving import Receiving
from elders.health.guild import SERVANT, GuildWatch
from elders.health.members import attending
from elders.health.watching import watch
from elders.incidents.sage import REPORT as INCIDENT
from elders.levels import CLAUDE_ELDER, Sage
from elders.messages import Body, Message
from elders.platform import Platform
from elders.tasks.wording import REPORT as TASK
from elders.transport import Handler, Transport
from elders.transports.memory import MemoryTransport
from elders.transports.requests import Requests
from elders.tree.circuits import CircuitNotices
from elders.tree.hierarchy import may_send
from elders.tree.reports import Report
from elders.tree.tree import DECISION, ElderTree
from foundation.breaker import Breakers
from foundation.clock import Clock
from foundation.database.database import Database
from foundation.errors import GuildError

_log = structlog.get_logger(__name__)

_ASK_SECONDS: Final = 120.0
"""How long the council waits for an answer: a round of learning takes long."""

_BESIDE: Final[Mapping[str, str]] = {CLAUDE_ELDER: SERVANT, Sage.INCIDENT: alerts.SERVANT}
"""In whose names members' processes send beside their own."""

_LONGEST_REPORT: Final = 2_000
_LONGEST_KIND: Final = 100

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Goes on until the event is set, and then ends in order."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often what is done by itself is done, in seconds.

    Attributes:
        cycle: between learning cycles.
        beat: between signs of life.
        notices: between looks for circuits that turned.
        forget: between looks for what is in the inbox too long.
    """

    cycle: float = 3_600.0
    beat: float = 10.0
    notices: float = 1.0
    forget: float = 3_600.0


@dataclass(frozen=True, slots=True)
class Charter:
    """What a process of the guild is given.

    Attributes:
        members: whose seats it takes, as messages name them.
        transport, database, platform: carry messages, keep what must last, and know.
        breakers: whose turning is told to the Incident Sage.
        work: what Sages do beside the council, by member: it gets the transport on which the
            council's topics are answered too, listens as that member, and so takes its seat.
        folder: where the guild writes how it is, for the platform's doors to tell.
        customs: of learning cycles.
    """

    members: Sequence[str]
    transport: Transport
    database: Database
    platform: Platform
    clock: Clock
    folder: Path
    breakers: Breakers = field(default_factory=Breakers)
    work: Mapping[str, Callable[[Transport], Work]] = field(default_factory=dict)
    customs: Customs = field(default_factory=Customs)
    rhythm: Rhythm = field(default_factory=Rhythm)


async def run_guild(charter: Charter, stop: asyncio.Event, seated: Callable[[], None]) -> None:
    """Take the seats, call `seated`, and work until `stop` is set; then leave in order.

    What is being handled ends; what waits stays where it is: with the broker, or nowhere if
    messages stay within this process.

    Raises:
        Unavailable: the broker or the store does not answer at the start.
        Conflict: another process listens as one of these members, where that can be known.
    """
    async with AsyncExitStack() as closing:
        closing.push_async_callback(charter.transport.close)
        closing.push_async_callback(charter.platform.close)
        process = _Process(charter, closing)
        works = await process.take_seats()
        async with asyncio.TaskGroup() as group:
            rounds = [group.create_task(each) for each in process.rounds()]
            working = [group.create_task(each(stop)) for each in works]
            seated()
            await stop.wait()
            for each in rounds:
                each.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        await process.leave()


class _Process:
    """One process: which seats it has, and what it does again and again."""

    def __init__(self, charter: Charter, closing: AsyncExitStack) -> None:
        self._charter = charter
        self._closing = closing
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._tree = ElderTree(
            charter.transport, charter.database, clock=charter.clock,
            speaks_for=_names(charter.members),
        )  # fmt: skip
        self._cycles = Cycles(charter.database, charter.clock)
        self._presences = Presences(charter.database, charter.clock)
        self._inbox = Inbox(charter.database, charter.clock)
        self._receiving = Receiving(charter.transport, self._tree, self._inbox, clock=charter.clock)
        self._council: Council | None = None

    async def take_seats(self) -> list[Work]:
        """Listen as each member; answer the works of those that listen themselves."""
        charter, works = self._charter, []
        answers = {each: await self._answers(each) for each in charter.members}
        seats = Seated(charter.transport, answers, charter.clock, self._attended)
        for member in charter.members:
            if (work := charter.work.get(member)) is not None:
                works.append(work(seats))
            else:
                listening = await seats.listen(member, self._receiving.keep)
                self._closing.push_async_callback(listening.close)
        if CLAUDE_ELDER in charter.members:
            self._council = await self._led()
        await self._beat()
        return works

    def rounds(self) -> list[Coroutine[Any, Any, None]]:
        """Answer what goes on until it is cancelled."""
        rhythm = self._charter.rhythm
        found = [
            self._again(self._beat, rhythm.beat),
            self._again(self._forget, rhythm.forget),
            self._tree.run(),
        ]
        if self._council is not None:
            guild = GuildWatch(self._tree, self._charter.database, clock=self._charter.clock)
            looking = watch(guild, self._charter.folder)
            found += [self._council.run(rhythm.cycle), looking]
        found += [self._notice(each) for each in _tellers(self._charter.members)[:1]]
        return found

    async def leave(self) -> None:
        """Say that these members are gone."""
        for each in self._charter.members:
            await asyncio.to_thread(self._presences.leave, each, self._name)

    async def _answers(self, member: str) -> Answers:
        platform, found = self._charter.platform, dict(hearing(self._cycles, member))
        if member == Sage.KNOWLEDGE:
            found |= KnowledgeSeat(platform).answers
        if member == Sage.RAG:
            found |= RagSeat(platform).answers
        if member == CLAUDE_ELDER:
            found |= dict.fromkeys((INCIDENT, TASK), self._heard)
        if member == Sage.INCIDENT:
            found |= {alerts.TOPIC: self._heard}
            requests = await self._asking(Sage.INCIDENT, "tasks", tasks=True)
            charter = self._charter
            found |= Watching(requests, self._tree, charter.database, charter.clock).answers
        return found

    async def _heard(self, message: Message) -> Body:
        """Report what a member is told by Sages to those above, with the next digest."""
        what = message.body.get("what") or message.body.get("kind") or message.body.get("title")
        kind = f"{message.topic}: {what}"[:_LONGEST_KIND]
        text = json.dumps(message.body, ensure_ascii=False)[:_LONGEST_REPORT]
        await self._tree.report(Report(message.recipient, kind, text, key=message.key))
        return {}

    def _attended(self, member: str, handler: Handler) -> Handler:
        """Answer pings, pass up what is beyond a member, keep what is for people, all of it once.

        A decision that may not be made is refused before it counts as told.
        """
        charter = self._charter
        receive = self._receiving.around(member, handler)
        attend = attending(self._tree, charter.database, member, receive, clock=charter.clock)

        async def handle(message: Message) -> None:
            if message.topic == DECISION and not await self._receiving.may_be(message):
                await receive(message)
            else:
                await attend(message)

        return self._tree.once(member, handle)

    async def _led(self) -> Council:
        charter = self._charter
        return Council(
            charter.transport,
            await self._asking(CLAUDE_ELDER, "council"),
            await self._asking(CLAUDE_ELDER, "tasks", tasks=True),
            self._cycles,
            clock=charter.clock,
            customs=charter.customs,
        )

    async def _asking(self, member: str, what: str, *, tasks: bool = False) -> Requests:
        """Open requests in a member's name, with an address for replies that no other has."""
        charter = self._charter
        transport = TaskReplies(charter.transport, charter.clock) if tasks else charter.transport
        requests = Requests(
            transport, member, clock=charter.clock, timeout_seconds=_ASK_SECONDS,
            address=f"{member}.{what}.{self._name}.replies",
        )  # fmt: skip
        await requests.open()
        self._closing.push_async_callback(requests.close)
        return requests

    async def _beat(self) -> None:
        for each in self._charter.members:
            queued = await self._queued(each)
            await asyncio.to_thread(
                self._presences.beat, each, self._name,
                beat_seconds=self._charter.rhythm.beat, queued=queued,
            )  # fmt: skip

    async def _forget(self) -> None:
        await asyncio.to_thread(self._inbox.forget)

    async def _queued(self, member: str) -> Queued | None:
        transport = self._charter.transport
        if not isinstance(transport, MemoryTransport):
            return None
        return Queued(transport.waiting(member), len(await transport.dead(member)))

    async def _notice(self, sender: str) -> None:
        """Tell the Incident Sage of circuits that turned."""
        charter = self._charter
        notices = CircuitNotices(charter.transport, sender=sender, clock=charter.clock)
        charter.breakers.listen(notices)
        await self._again(notices.send, charter.rhythm.notices)

    async def _again(self, work: Callable[[], Awaitable[object]], seconds: float) -> None:
        while True:
            try:
                await work()
            except GuildError as error:
                _log.warning("guild.round_failed", reason=str(error))
            await asyncio.sleep(seconds)


def _names(members: Sequence[str]) -> list[str]:
    return [*members, *(_BESIDE[each] for each in members if each in _BESIDE)]


def _tellers(members: Sequence[str]) -> list[str]:
    """List in whose names a process may tell the Incident Sage of its circuits."""
    names = _names(members)
    return [each for each in names if each != Sage.INCIDENT and may_send(each, Sage.INCIDENT)]
