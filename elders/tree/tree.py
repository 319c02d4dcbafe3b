"""The Elder Tree: members send, listen, escalate, decide and report through it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Final

import structlog

from elders.levels import Level
from elders.messages import Message, Step
from elders.transport import Handler, Listening, Transport
from elders.tree.cases import Cases
from elders.tree.council import Decision, Opinion, Opinions, check_decision
from elders.tree.escalation import PATIENCE_SECONDS, Case
from elders.tree.handled import Handled
from elders.tree.hierarchy import BY_DEFAULT, Superiors, check_path
from elders.tree.outbox import Outbox
from elders.tree.reports import PERIOD_SECONDS, Report, Reports, Weight
from elders.tree.routing import Request, Route, Rule, route
from elders.tree.sending import Sending
from foundation.clock import Clock, system_clock
from foundation.database.database import Database
from foundation.errors import CriticalFailure, InsufficientAuthority, Unavailable
from foundation.ids import new_id

_log = structlog.get_logger(__name__)

REQUEST: Final = "request"
DECISION: Final = "decision"

URGENT: Final = frozenset({Rule.STATED_CRITICAL, Rule.CRITICAL_WORDS})
"""A request that one of these decided about must be acknowledged."""

_TICK_SECONDS: Final = 1.0
_FORGET_TICKS: Final = 3_600


@dataclass(frozen=True, slots=True)
class Customs:
    """How a guild is set up.

    Attributes:
        servants: who is there for simple requests.
        superiors: the servants' Sages.
        patience_seconds: how long each level may take to acknowledge what rose to it.
        period_seconds: how often each level's members send their digests.
    """

    servants: Sequence[str] = ()
    superiors: Superiors = field(default_factory=lambda: BY_DEFAULT)
    patience_seconds: Mapping[Level, float] = field(default_factory=lambda: PATIENCE_SECONDS)
    period_seconds: Mapping[Level, int] = field(default_factory=lambda: PERIOD_SECONDS)


class ElderTree:
    """One process's door to the tree, over any transport, with the guild's store behind it.

    Several processes may each have one, over one store, and each sends for its own members alone.
    Whatever must not be lost (matters that rise, reports) goes into the store first and is sent
    from there by `tick`, so that a crash at any point leads to a second sending at worst, with the
    same key.

    Args:
        transport: carries the messages.
        database: the guild's store, as `open_store` answers it once this module is imported.
        customs: how the guild is set up.
        clock: what time it is.
        speaks_for: the members in whose name it sends what is in the store; None for all.
    """

    def __init__(
        self,
        transport: Transport,
        database: Database,
        *,
        customs: Customs | None = None,
        clock: Clock = system_clock,
        speaks_for: Collection[str] | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._customs = customs or Customs()
        superiors = self._customs.superiors
        patience, period = self._customs.patience_seconds, self._customs.period_seconds
        self._cases = Cases(database, clock, superiors=superiors, patience_seconds=patience)
        self._reports = Reports(
            database, clock, superiors=superiors, period_seconds=period, senders=speaks_for
        )
        self._opinions = Opinions(database)
        self._outbox = Outbox(database, speaks_for)
        self._sending = Sending(transport, self._outbox, clock=clock)
        self._handled = Handled(database)

    async def submit(self, request: Request, *, key: str | None = None) -> Route:
        """Take a request into the tree, and say who deals with it, by which rule, how surely.

        A critical one must be acknowledged, or it rises.

        Args:
            request: what is asked.
            key: of its effect: submitted twice with the same, it is dealt with once.

        Raises:
            InvalidInput: its kind is unknown.
            Unavailable: nothing took it in time; the same key may be tried again.
        """
        chosen = route(request, self._customs.servants)
        body = {"request": asdict(request), "rule": chosen.rule, "confidence": chosen.confidence}
        message = Message(
            chosen.through, chosen.recipient, REQUEST, body, self._clock(), key=key or new_id()
        )
        if chosen.rule in URGENT:
            await asyncio.to_thread(self._cases.open, message)
            await self._sending.flush()
        else:
            await self._transport.send(message)
        return chosen

    async def send(self, message: Message) -> None:
        """Send from member to member.

        Raises:
            Forbidden: it goes past the hierarchy; the message names the proper path.
            Unavailable: nothing took it in time.
        """
        check_path(message.sender, message.recipient, self._customs.superiors)
        await self._transport.send(message)

    async def listen(self, name: str, handler: Handler) -> Listening:
        """Have a member's messages handled, each key once (twice, if the process dies at its end).

        A handler that raises `InsufficientAuthority` has the message rise to the next level, one
        that raises `CriticalFailure` straight to the grand elder; both are done with it then.
        Every other error has it delivered again.

        Raises:
            Conflict: somebody listens as this member already.
            Unavailable: there is no connection.
        """
        return await self._transport.listen(name, self.once(name, handler))

    async def escalate(self, message: Message, reason: str, *, critical: bool = False) -> bool:
        """Pass on what its recipient can't deal with; answer whether it rose.

        Raises:
            Conflict: nobody is above, or it went round.
        """
        case = await asyncio.to_thread(self._cases.rise, message, reason, critical=critical)
        if case is None:
            return False
        _log.warning("tree.escalated", key=message.key, to=case.message.recipient, reason=reason)
        await self._sending.flush()
        return True

    async def acknowledge(self, key: str, by: str) -> Case:
        """Take up a matter that rose: it rises no more.

        Raises:
            NotFound: no such matter rose.
            Forbidden: it is with somebody higher.
        """
        return await asyncio.to_thread(self._cases.acknowledge, key, by)

    async def waiting(self) -> list[Case]:
        """List the matters that nobody took up yet, the oldest first."""
        return await asyncio.to_thread(self._cases.waiting)

    async def steps(self, key: str) -> list[Step]:
        """List every step of a matter that rose."""
        return await asyncio.to_thread(self._cases.steps, key)

    async def opine(self, opinion: Opinion, *, by: str) -> None:
        """Keep a Sage's opinion of a decision.

        Raises:
            Forbidden: it is given in another's name.
        """
        await asyncio.to_thread(self._opinions.give, opinion, by=by)

    async def lacking(self, decision: Decision) -> list[Message]:
        """Write the requests for opinions that a decision still needs; see `Opinions.lacking`."""
        return await asyncio.to_thread(self._opinions.lacking, decision, self._clock())

    async def ask(self, decision: Decision) -> list[Message]:
        """Ask for the opinions that a decision still needs, each once; answer what is new.

        Raises:
            InsufficientAuthority, InvalidInput: as `check` says.
        """
        asked = await asyncio.to_thread(self._outbox.put_all, await self.lacking(decision))
        await self._sending.flush()
        return asked

    async def check(self, decision: Decision) -> None:
        """Refuse a decision that may not be made.

        Raises:
            Forbidden: a required opinion is missing, old or false.
            InsufficientAuthority: it is not for whoever decides.
            InvalidInput: there is no such kind of decision.
        """
        signed = await asyncio.to_thread(self._opinions.of, decision.subject)
        check_decision(decision, signed, self._clock())

    async def decide(
        self, decision: Decision, recipients: Sequence[str], *, key: str | None = None
    ) -> None:
        """Send a decision to those whom it concerns, if it may be made.

        It is in the store when this returns, and sent as soon as it can be.

        Args:
            decision: what is decided, with the opinions that it needs.
            recipients: whom it concerns.
            key: of its effect: decided twice with the same, it is sent once.

        Raises:
            Forbidden: a recipient is out of reach; and as `check` says.
            InsufficientAuthority, InvalidInput: as `check` says.
        """
        for recipient in recipients:
            check_path(decision.by, recipient, self._customs.superiors)
        await self.check(decision)
        key, body, now = key or new_id(), asdict(decision), self._clock()
        told = [Message(decision.by, each, DECISION, body, now, key=key) for each in recipients]
        await asyncio.to_thread(self._outbox.put_all, told)
        await self._sending.flush()

    async def refused(self) -> list[tuple[Message, str]]:
        """List what the transport would not take, with its reasons: it is kept, and not sent."""
        return await asyncio.to_thread(self._outbox.refused)

    async def count_dead(self, member: str) -> int:
        """Count what could not be delivered to a member, as the transport does."""
        return await self._transport.count_dead(member)

    async def report(self, report: Report) -> bool:
        """Tell those above: with the level's next digest, or at once where it is critical.

        Returns:
            Whether it was new: its key says so.
        """
        new = await asyncio.to_thread(self._reports.file, report)
        if report.weight is Weight.CRITICAL:
            await self._sending.flush()
        return new

    async def tick(self) -> None:
        """Do what is due: matters rise, digests are sent, and what could not be sent before."""
        for case in await asyncio.to_thread(self._cases.rise_overdue):
            _log.warning("tree.overdue", key=case.message.key, to=case.message.recipient)
        await asyncio.to_thread(self._reports.tell_due)
        await self._sending.flush()

    async def run(self, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Tick every second, and forget every hour, until cancelled.

        A store that is away is waited for.
        """
        for number in count():
            try:
                await self.tick()
                if number % _FORGET_TICKS == 0:
                    await self.forget()
            except Unavailable as error:
                _log.warning("tree.unavailable", reason=str(error))
            await sleep(_TICK_SECONDS)

    async def forget(self) -> None:
        """Remove from the store what was sent, handled, told and taken up over 30 days ago."""
        await asyncio.to_thread(self._outbox.forget, self._clock())
        await asyncio.to_thread(self._handled.forget, self._clock())
        await asyncio.to_thread(self._reports.forget)
        await asyncio.to_thread(self._cases.forget)

    def once(self, name: str, handler: Handler) -> Handler:
        """Make a member's handler one that gets each key once, and whose failures rise.

        A request that waits for a reply is handed over each time, since its first reply may have
        been lost: who answers it knows its key.
        """

        async def handle(message: Message) -> None:
            known = await asyncio.to_thread(self._handled.has, name, message.key)
            if known and message.reply_to is None:
                return
            try:
                await handler(message)
            except (InsufficientAuthority, CriticalFailure) as error:
                critical = isinstance(error, CriticalFailure)
                await self.escalate(message, str(error), critical=critical)
            await asyncio.to_thread(self._handled.add, name, message.key, self._clock())

        return handle
