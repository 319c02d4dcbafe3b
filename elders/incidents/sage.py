"""The Incident Sage: watches, acts within bounds, and learns of what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import structlog

from elders.incidents.acting import Acting
from elders.incidents.books import Books, Incident, Incidents
from elders.incidents.learn import Learning, lesson_of
from elders.incidents.model import MICROS, Finding, Round
from elders.incidents.monitoring import Monitoring
from elders.incidents.records import Taken
from elders.incidents.ring import Ring
from elders.incidents.rules import read_rules
from elders.incidents.watch import ACTS, WARNS, Watch
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.messages import Message
from elders.severity import Severity
from elders.transport import Transport
from foundation.clock import Clock, Micros
from foundation.errors import Conflict, GuildError, InvalidInput, NotFound
from foundation.ids import new_id

_log = structlog.get_logger(__name__)

REPORT: Final = "incident.report"
"""To the claude_elder: `what` is `finding`, `action` or `incident`, and what belongs to it."""

JUDGE: Final = "incident.judge"
"""From whoever knows: `id` of an incident, and whether it was `real`."""

UNDO: Final = "incident.undo"
"""`number` of an action to be undone, and the `reason`."""

REVERT: Final = "incident.revert"
"""`version` of the rules that is to hold again."""

ADOPT: Final = "incident.rules"
"""`rules` that are to hold from now on, as `write_rules` writes them, and the `reason`."""

TURNED: Final = "circuit.turned"
"""A circuit breaker opened or closed: `name`, `before`, `after`."""

_CALM_SECONDS: Final = 600.0
_AGAIN_SECONDS: Final = 60.0
_OWING_SECONDS: Final = 7 * 86_400.0
"""How long others are tried to be told of an incident."""

_MOST_UNHANDLED: Final = 1_000
_WARM_UP: Final = 8_640

_OF_ELDERS: Final = frozenset({JUDGE, UNDO, REVERT, ADOPT})
_ELDERS: Final = frozenset({CLAUDE_ELDER, GRAND_ELDER})


@dataclass(frozen=True, slots=True)
class Desk:
    """What the sage keeps: see the modules."""

    ring: Ring
    books: Books
    incidents: Incidents


Handing = Callable[[Sequence[Finding]], Awaitable[None]]
"""Takes findings over, and what became of them, to alert whom they concern."""


async def nobody(findings: Sequence[Finding]) -> None:
    """Take findings, and do nothing."""
    del findings


class IncidentSage:
    """Listens as `incident_sage`, and looks at each round of measuring.

    Findings of confidence above 0.6 are reported and handed over; above 0.8 the rule's action is
    taken too. Findings within ten minutes of each other are one incident, of which is learned when
    it is over.

    Args:
        transport: carries messages.
        monitoring: measures.
        watch: finds.
        acting: acts.
        learning: learns.
        desk: keeps.
        clock: what time it is.
        hand_over: takes findings, for alerts.
        calm_seconds: without a finding, after which an incident is over.
    """

    def __init__(
        self,
        transport: Transport,
        monitoring: Monitoring,
        watch: Watch,
        acting: Acting,
        learning: Learning,
        desk: Desk,
        *,
        clock: Clock,
        hand_over: Handing = nobody,
        calm_seconds: float = _CALM_SECONDS,
    ) -> None:
        self._transport = transport
        self._monitoring = monitoring
        self._watch = watch
        self._acting = acting
        self._learning = learning
        self._desk = desk
        self._clock = clock
        self._hand_over = hand_over
        self._calm_seconds = calm_seconds
        self._owing_at = Micros(0)
        self._unhandled: list[Finding] = []
        self._turns: list[Finding] = []
        self._turn = asyncio.Lock()
        self._handlers: Mapping[str, Callable[[Message], Awaitable[None]]] = {
            TURNED: self._turned,
            JUDGE: self._judge,
            UNDO: self._undo,
            REVERT: self._revert,
            ADOPT: self._adopt,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Learn what is usual from what is kept, then watch and listen until `stop` is set.

        What a process before this one left begun is settled first, once the seat is taken.
        """
        await asyncio.to_thread(self._warm_up)
        listening = await self._transport.listen(Sage.INCIDENT, self.handle)
        try:
            await self._acting.settle()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._monitoring.run(self.look))
                await stop.wait()
                watching.cancel()
        finally:
            await listening.close()

    async def look(self, seen: Round) -> list[Finding]:
        """Look at a round, act on what is found, and learn of what is over; answer the findings.

        What could not be handled, as the store was away, is handled with the next round.
        """
        async with self._turn:
            found = await asyncio.to_thread(self._watch.look, seen)
            self._unhandled += [each for each in found if each.confidence >= WARNS]
            self._turns += self._watch.turned
            del self._unhandled[:-_MOST_UNHANDLED], self._turns[:-_MOST_UNHANDLED]
            try:
                await self._respond(self._unhandled)
                self._unhandled = []
                if self._turns:
                    await self._hand_over(self._turns)
                    self._turns = []
                await self._close_what_is_over(seen.at)
                await self._learn_what_is_owed(seen.at)
            except GuildError as error:
                _log.error("incident.not_handled", reason=str(error))
            return found

    async def handle(self, message: Message) -> None:
        """Act on a message; one that can't be meant is refused and forgotten.

        Raises:
            Conflict, Unavailable: hand it over again.
        """
        handler = self._handlers.get(message.topic)
        if handler is None or (message.topic in _OF_ELDERS and message.sender not in _ELDERS):
            _log.warning("message.refused", topic=message.topic, sender=message.sender)
            return
        async with self._turn:
            try:
                await handler(message)
            except (KeyError, TypeError, ValueError, InvalidInput, NotFound) as error:
                _log.warning("message.refused", topic=message.topic, reason=repr(error))

    async def report(self, taken: Taken) -> None:
        """Tell the claude_elder of an action: what `Acting` is given."""
        await self._tell("action", {**asdict(taken), "state": taken.state.value})

    def _warm_up(self) -> None:
        for seen in self._desk.ring.read(limit=_WARM_UP):
            self._watch.look(seen)

    async def _respond(self, findings: Sequence[Finding]) -> None:
        if not findings:
            return
        await self._gather(findings)
        await self._hand_over(findings)
        for each in findings:
            await self._tell("finding", asdict(each))
            action = self._action_for(each)
            if action and each.confidence >= ACTS:
                await self._act(action, each.reason)

    def _action_for(self, finding: Finding) -> str:
        rules = {rule.name: rule.action for rule in self._watch.book.rules}
        return rules.get(finding.labels.get("rule", ""), "")

    async def _act(self, action: str, reason: str) -> None:
        try:
            await self._acting.take(action, reason)
        except Conflict as error:
            _log.info("action.waits", action=action, reason=str(error))
        except GuildError as error:
            _log.error("action.not_taken", action=action, reason=str(error))

    async def _gather(self, findings: Sequence[Finding]) -> None:
        """Put findings into the incident that goes on, or begin one."""
        going = await asyncio.to_thread(self._desk.incidents.open)
        if going is None:
            begun = findings[0].at
            going = Incident(f"incident-{new_id()}", begun, None, (), None, {})
            await self._tell("incident", {"id": going.id, "state": "begun", "at": begun})
        grown = replace(going, findings=[*going.findings, *findings])
        await asyncio.to_thread(self._desk.incidents.put, grown)

    async def _close_what_is_over(self, now: Micros) -> None:
        going = await asyncio.to_thread(self._desk.incidents.open)
        if going is None or now - going.findings[-1].at < self._calm_seconds * MICROS:
            return
        over = replace(going, ended=going.findings[-1].at)
        await asyncio.to_thread(self._desk.incidents.put, over)
        self._owing_at = now

    async def _learn_what_is_owed(self, now: Micros) -> None:
        """Learn of what is over, and give others what they could not be given before."""
        if now < self._owing_at:
            return
        self._owing_at = Micros(now + int(_AGAIN_SECONDS * MICROS))
        since = Micros(now - int(_OWING_SECONDS * MICROS))
        for each in await asyncio.to_thread(self._desk.incidents.owed, since):
            over = each
            if not each.learned:
                over = await self._learning.learn(each)
                lesson = lesson_of(over)
                if lesson["version"] is not None:
                    await self._renew()
                told = {"id": over.id, "state": "over", "at": over.ended, "lesson": lesson}
                await self._tell("incident", told)
            await self._learning.hand_on(over)

    async def _renew(self) -> None:
        active = await asyncio.to_thread(self._desk.books.active)
        calibrations = await asyncio.to_thread(self._desk.incidents.calibrated)
        self._watch.renew(active.book, calibrations)
        _log.info("rules.renewed", version=active.version, reason=active.reason)

    async def _turned(self, message: Message) -> None:
        after, name = message.body["after"], str(message.body["name"])
        reason = f"the circuit to {name} opened: it fails"
        labels = {"dependency": name, "series": "app.breaker", "member": message.sender}
        finding = Finding("circuit", Severity.HIGH, labels, message.at, 2.0, 0.0, 0.0, 1.0, reason)
        if after == "open":
            await self._respond([finding])
        elif after == "closed":
            await self._hand_over([replace(finding, over=True)])

    async def _judge(self, message: Message) -> None:
        real = message.body["real"]
        if not isinstance(real, bool):
            raise InvalidInput("`real` is true or false")
        await asyncio.to_thread(self._desk.incidents.judge, str(message.body["id"]), real=real)
        await self._renew()

    async def _undo(self, message: Message) -> None:
        reason = str(message.body.get("reason", f"{message.sender} asked for it"))
        try:
            await self._acting.undo(int(message.body["number"]), reason)
        except Conflict as error:
            _log.warning("action.not_undone", reason=str(error))

    async def _revert(self, message: Message) -> None:
        await asyncio.to_thread(self._desk.books.revert, int(message.body["version"]))
        await self._renew()

    async def _adopt(self, message: Message) -> None:
        book = read_rules(message.body["rules"])
        book.check_actions(self._acting.names)
        reason = str(message.body.get("reason", f"{message.sender} asked for it"))
        await asyncio.to_thread(self._desk.books.adopt, book, reason)
        await self._renew()

    async def _tell(self, what: str, told: Mapping[str, object]) -> None:
        body = {"what": what, **told}
        message = Message(Sage.INCIDENT, CLAUDE_ELDER, REPORT, body, self._clock())
        try:
            await self._transport.send(message)
        except GuildError as error:
            _log.error("report.not_sent", what=what, reason=str(error))
