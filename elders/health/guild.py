"""The tree itself: who answers, how much flows, and whether what rises arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from elders.health.members import PING, PROBE, Members, Presence
from elders.health.model import Check, Layer, Status, advised, graded, worst
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.messages import Message, Step
from elders.tree.handled import Handled
from elders.tree.outbox import Outbox
from elders.tree.tree import ElderTree
from foundation.clock import Clock, Micros, system_clock
from foundation.database.database import Database
from foundation.errors import GuildError
from foundation.ids import new_id

_log = structlog.get_logger(__name__)

GUILD: Final = "guild"
SERVANT: Final = "servant.health"
"""From whom probes rise."""

SAGES: Final = tuple(sage.value for sage in Sage)
_MEMBERS: Final = (GRAND_ELDER, CLAUDE_ELDER, *SAGES)
_WAY: Final = (Sage.INCIDENT.value, CLAUDE_ELDER, GRAND_ELDER)
"""Which way a probe goes."""

_MICROS: Final = 1_000_000
_FLOW_SECONDS: Final = 300
_UNSENT_SECONDS: Final = (300.0, 3_600.0)
_PATIENCE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2
_AGAIN_SECONDS: Final = 3_600
"""How long an unanswered ping waits in a queue before another one is sent."""

_PROBE_SECONDS: Final = 3_600

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Probe:
    """A message that was to rise from a servant to the grand elder.

    Attributes:
        steps: which way it came.
        passed: whether the grand elder took it.
    """

    at: Micros
    steps: Sequence[Step]
    passed: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """What passes through the tree.

    Attributes:
        handled: messages of the last five minutes, pings included.
        asked: pings that were to be sent with this look.
        unsent: since when the oldest message waits that no transport took; None where none does.
        dead: messages that could not be delivered to members; None where that can't be known.
    """

    handled: int
    asked: int
    unsent: Micros | None = None
    dead: int | None = 0


@dataclass(frozen=True, slots=True)
class GuildReading:
    """How the tree is.

    Attributes:
        at: when it was looked at.
        answers: of each member the seconds until it answered; None where it did not.
        flow: what passes through it.
        probe: the last one; None where none could be sent yet.
        waiting: matters at the grand elder that nobody took up.
        directive: the kind of the decision told last, and when.
    """

    at: Micros
    answers: Mapping[str, float | None]
    flow: Flow
    probe: Probe | None
    waiting: int
    directive: tuple[str, Micros] | None


class GuildWatch:
    """Looks at the tree from one of its processes.

    Args:
        tree: this process's door to it.
        database: the guild's store.
        clock: what time it is.
        sleep: how to wait for answers.
        patience_seconds: how long they are waited for.
    """

    def __init__(
        self,
        tree: ElderTree,
        database: Database,
        *,
        clock: Clock = system_clock,
        sleep: Sleep = asyncio.sleep,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._tree = tree
        self._clock = clock
        self._sleep = sleep
        self._patience = patience_seconds
        self._members = Members(database)
        self._handled = Handled(database)
        self._outbox = Outbox(database)
        self._probe: Probe | None = None
        self._looked = False

    async def look(self) -> GuildReading:
        """Ping every member and, each hour, have a probe rise; answer what came of it.

        Raises:
            Unavailable: the guild's store does not answer.
        """
        begun = self._clock()
        asked = await self._ping(begun)
        answers = await self._answers()
        due = self._probe is None or begun - self._probe.at >= _PROBE_SECONDS * _MICROS
        broken = self._probe is not None and not self._probe.passed
        if (due or broken) and all(answers[name] is not None for name in _WAY):
            self._probe = await self._rise()
        known = await asyncio.to_thread(self._members.all)
        told = [(each.directive_at, each.directive) for each in known.values() if each.directive]
        directive = max((at, kind) for at, kind in told if at and kind) if told else None
        waiting = await self._tree.waiting()
        return GuildReading(
            at=self._clock(),
            answers=answers,
            flow=await self._flow(begun, asked),
            probe=self._probe,
            waiting=sum(case.message.recipient == GRAND_ELDER for case in waiting),
            directive=(directive[1], directive[0]) if directive else None,
        )

    async def _flow(self, now: Micros, asked: int) -> Flow:
        since = Micros(now - _FLOW_SECONDS * _MICROS)
        handled = await asyncio.to_thread(self._handled.count, since)
        waiting = await asyncio.to_thread(self._outbox.waiting, 1)
        try:
            dead = sum([await self._tree.count_dead(name) for name in _MEMBERS])
        except GuildError as error:
            _log.warning("health.dead_unknown", reason=str(error))
            return Flow(handled, asked, waiting[0][1].at if waiting else None, None)
        return Flow(handled, asked, waiting[0][1].at if waiting else None, dead)

    async def _ping(self, now: Micros) -> int:
        """Send pings, but to those in whose queues one waits already; answer to how many.

        At the first look that is not known: what waited in a process before may be gone with it.
        """
        known, asked = await asyncio.to_thread(self._members.all), 0
        for name in _MEMBERS:
            found = known.get(name, Presence())
            asked_lately = now - (found.asked_at or 0) < _AGAIN_SECONDS * _MICROS
            if self._looked and asked_lately and not found.answers:
                continue
            sender = GRAND_ELDER if name == CLAUDE_ELDER else CLAUDE_ELDER
            asked += 1
            await asyncio.to_thread(self._members.asked, name, now)
            try:
                await self._tree.send(Message(sender, name, PING, {}, now))
            except GuildError as error:
                _log.warning("health.not_pinged", member=name, reason=str(error))
        self._looked = True
        return asked

    async def _answers(self) -> dict[str, float | None]:
        waited = 0.0
        found: dict[str, float | None] = dict.fromkeys(_MEMBERS)
        while True:
            known = await asyncio.to_thread(self._members.all)
            for name in _MEMBERS:
                if found[name] is None and known.get(name, Presence()).answers:
                    found[name] = waited
            if waited >= self._patience or None not in found.values():
                return found
            await self._sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS

    async def _rise(self) -> Probe:
        """Have a probe rise. One that does not arrive is stopped: it must not wait for people."""
        now = self._clock()
        key = f"probe:{new_id()}"
        message = Message(Sage.INCIDENT.value, SERVANT, PROBE, {}, now, key=key)
        waited, waits = 0.0, True
        try:
            await self._tree.escalate(message, "a probe of the way up")
            while waits and waited < self._patience:
                await self._sleep(_LOOK_SECONDS)
                waited += _LOOK_SECONDS
                waits = any(case.message.key == key for case in await self._tree.waiting())
            await self._tree.acknowledge(key, GRAND_ELDER)
            steps = await self._tree.steps(key)
        except GuildError as error:
            _log.warning("health.not_probed", reason=str(error))
            return Probe(now, (), passed=False)
        arrived = tuple(step.recipient for step in steps) == _WAY
        return Probe(now, steps, passed=arrived and not waits)


def judge_guild(reading: GuildReading) -> Layer:
    """Judge how the tree is."""
    checks = [
        _member(GRAND_ELDER, "responsive", reading),
        _member(CLAUDE_ELDER, "active", reading),
        _sages(reading),
        _flow(reading),
        _escalation(reading.probe),
        Check(
            "waiting",
            Status.WARNING if reading.waiting else Status.HEALTHY,
            f"{reading.waiting:,} matters wait for the grand elder",
            "Take them up: what waits there rises no further.",
        ),
        _directive(reading),
    ]
    return Layer(GUILD, [advised(each) for each in checks])


def _member(name: str, well: str, reading: GuildReading) -> Check:
    seconds = reading.answers.get(name)
    if seconds is None:
        advice = f"Start the process that listens as {name}, or look what it is doing."
        return Check(name, Status.CRITICAL, "does not answer", advice)
    return Check(name, Status.HEALTHY, f"{well}: answered within {seconds:.1f} s")


def _sages(reading: GuildReading) -> Check:
    silent = [name for name in SAGES if reading.answers.get(name) is None]
    if not silent:
        return Check("sages", Status.HEALTHY, "all four answer")
    status = Status.CRITICAL if len(silent) == len(SAGES) else Status.WARNING
    advice = f"Start the processes that listen as {', '.join(silent)}."
    return Check("sages", status, f"do not answer: {', '.join(silent)}", advice)


def _flow(reading: GuildReading) -> Check:
    flow = reading.flow
    late = (reading.at - flow.unsent) / _MICROS if flow.unsent is not None else 0.0
    told = [f"{flow.handled:,} messages in the last five minutes"]
    statuses = [graded(late, *_UNSENT_SECONDS)]
    if statuses[0] is not Status.HEALTHY:
        told.append(f"one waits unsent for {late / 60:,.0f} minutes")
    if flow.handled < flow.asked or not flow.handled:
        statuses.append(Status.WARNING if flow.handled else Status.CRITICAL)
        told.append(f"{flow.asked:,} pings were sent")
    if flow.dead != 0:
        statuses.append(Status.WARNING)
        count = "it can't be known how many" if flow.dead is None else f"{flow.dead:,}"
        told.append(f"{count} could not be delivered")
    advice = "Look at the transport: `elders guild status`, and `elders guild dead`."
    return Check("flow", worst(statuses), "; ".join(told), advice)


def _escalation(probe: Probe | None) -> Check:
    if probe is None:
        advice = "Start those who do not answer: a probe rises once all on its way do."
        return Check("escalation", Status.WARNING, "not tried yet", advice)
    way = " -> ".join([SERVANT, *(step.recipient for step in probe.steps)])
    if probe.passed:
        seconds = (probe.steps[-1].at - probe.at) / _MICROS
        return Check("escalation", Status.HEALTHY, f"a probe rose within {seconds:.1f} s: {way}")
    return Check(
        "escalation",
        Status.CRITICAL,
        f"a probe got no further than {way}",
        "Look at the last member named: what rises stays there.",
    )


def _directive(reading: GuildReading) -> Check:
    if reading.directive is None:
        return Check("directive", Status.HEALTHY, "none was told yet")
    kind, at = reading.directive
    hours = (reading.at - at) / _MICROS / 3600
    return Check(
        "directive", Status.HEALTHY, f"the last one, of the kind {kind}, {hours:.1f} h ago"
    )
