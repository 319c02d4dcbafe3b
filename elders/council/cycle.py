"""The claude elder leads the cycle: one stage after another, each recorded, none done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import structlog

from elders.council import wording
from elders.council.model import (
    MOST_CASES,
    MOST_PATTERNS,
    THRESHOLD,
    Pattern,
    Recovery,
    Stage,
    following,
    plan_task,
    task_key,
)
from elders.council.records import Cycle, Cycles, Made
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.messages import Body, Message
from elders.tasks import wording as tasks
from elders.transport import Transport
from elders.transports.delivery import Sleep
from elders.transports.requests import Requests, again
from foundation.clock import Clock, Micros
from foundation.errors import GuildError

_MICROS: Final = 1_000_000
_TRIES: Final = 3

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Customs:
    """How cycles are led.

    Attributes:
        threshold: the chance from which on a passage is a similar case.
        cases, patterns: at the most.
        recovery: what the Incident Sage does about tasks that fail.
        deadline_seconds: of learning tasks, from the cycle's begin.
        look_seconds: between two looks at tasks that are open.
    """

    threshold: float = THRESHOLD
    cases: int = MOST_CASES
    patterns: int = MOST_PATTERNS
    recovery: Recovery = field(default_factory=Recovery)
    deadline_seconds: float = 3_600.0
    look_seconds: float = 2.0


_DEFAULTS: Final = Customs()


class Council:
    """Leads cycles in the claude elder's name; several processes may, each stage is reached once.

    Args:
        transport: carries messages.
        requests: in the claude elder's name, opened; the Task Sage's answers are read by `tasks`.
        tasks: likewise, over a transport that reads the Task Sage's answers.
        cycles: the store.
    """

    def __init__(
        self,
        transport: Transport,
        requests: Requests,
        task_requests: Requests,
        cycles: Cycles,
        *,
        clock: Clock,
        customs: Customs = _DEFAULTS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._requests = requests
        self._tasks = task_requests
        self._cycles = cycles
        self._clock = clock
        self._customs = customs
        self._sleep = sleep
        self._stages: Mapping[Stage, Callable[[Cycle], Awaitable[Made]]] = {
            Stage.ANALYSED: self._analyse,
            Stage.FOUND: self._find,
            Stage.PLANNED: self._plan,
            Stage.EXECUTED: self._execute,
            Stage.STORED: self._store,
            Stage.TOLD: self._tell,
        }

    async def lead(self, cycle_id: str) -> Cycle:
        """Lead a cycle to its end, from wherever it is.

        Raises:
            Unavailable: somebody does not answer; led again, it goes on from there.
            Conflict: another process leads it.
        """
        cycle = await asyncio.to_thread(self._cycles.begin, cycle_id)
        while (stage := following(cycle.stage)) is not None:
            made = await self._stages[stage](cycle)
            cycle = await asyncio.to_thread(self._cycles.reach, cycle, stage, made)
            _log.info("cycle.reached", cycle=cycle.id, stage=stage)
        return cycle

    async def run(self, every_seconds: float) -> None:
        """Lead a cycle in each period, and what a crash left over, until cancelled."""
        while True:
            now = self._clock()
            left = await asyncio.to_thread(self._left)
            for each in dict.fromkeys([*left, f"at-{int(now // (every_seconds * _MICROS))}"]):
                try:
                    await self.lead(each)
                except GuildError as error:
                    _log.warning("cycle.not_led", cycle=each, reason=str(error))
            passed = self._clock() % int(every_seconds * _MICROS) / _MICROS
            await self._sleep(min(max(every_seconds - passed, 1.0), every_seconds))

    def _left(self) -> list[str]:
        try:
            return [each.id for each in self._cycles.unfinished()]
        except GuildError as error:
            _log.warning("cycles.unknown", reason=str(error))
            return []

    async def _analyse(self, cycle: Cycle) -> Made:
        asked = {"since": asdict(cycle.since), "limit": self._customs.patterns}
        answer = await self._ask(cycle, Sage.KNOWLEDGE, wording.ANALYSE, asked, "analyse")
        patterns = wording.read(wording.PATTERNS, answer, "patterns")
        after = wording.read(wording.CURSOR, answer, "next")
        return {"patterns": wording.written(patterns), "next": asdict(after)}

    async def _find(self, cycle: Cycle) -> Made:
        """Ask for each pattern by itself: a crash loses one search at the most."""
        counts: dict[str, int] = {}
        for pattern in await self._patterns(cycle):
            part = f"cases:{pattern.slug}"
            if (known := await asyncio.to_thread(self._cycles.part, cycle.id, part)) is None:
                asked = {
                    "statement": pattern.statement,
                    "threshold": self._customs.threshold,
                    "limit": self._customs.cases,
                }
                known = await self._ask(cycle, Sage.RAG, wording.SIMILAR, asked, part)
                await asyncio.to_thread(self._cycles.keep_part, cycle.id, part, known)
            counts[pattern.slug] = len(known["cases"])
        return {"cases": counts}

    async def _plan(self, cycle: Cycle) -> Made:
        """Submit a task for each pattern with cases, and ask when each can run."""
        planned: dict[str, Any] = {}
        for pattern in await self._patterns(cycle):
            task = await self._task(cycle, pattern)
            if task is None:
                continue
            key = task_key(cycle.id, pattern)
            answer = (await self._tasks.ask(Sage.TASK, tasks.SUBMIT, task, key=key)).body
            planned[pattern.slug] = {"id": answer["id"], "forecast": answer["forecast"]}
        if planned:
            slots = (await self._tasks.ask(Sage.TASK, tasks.PLAN, {})).body["slots"]
            starts = {each["id"]: each["start"] for each in slots}
            for each in planned.values():
                each["start"] = starts.get(each["id"])
        return {"tasks": planned}

    async def _execute(self, cycle: Cycle) -> Made:
        """Have the Incident Sage look until no task is open any more."""
        planned = (await asyncio.to_thread(self._cycles.made, cycle.id, Stage.PLANNED))["tasks"]
        by_slug = {each.slug: each for each in await self._patterns(cycle)}
        learnings, given_up, waiting = [], [], dict(planned)
        while waiting:
            for slug in list(waiting):
                task = await self._task(cycle, by_slug[slug])
                watched = {slug: {"id": waiting[slug]["id"], "task": task}}
                asked = {
                    "cycle": cycle.id, "tasks": watched, "plan": asdict(self._customs.recovery),
                }  # fmt: skip
                answer = await self._ask(cycle, Sage.INCIDENT, wording.WATCH, asked, None)
                found = answer["tasks"][slug]
                if found["state"] == "open":
                    continue
                del waiting[slug]
                if found["state"] == "done":
                    learnings.append(found["told"])
                else:
                    given_up.append(slug)
            if waiting:
                await self._sleep(self._customs.look_seconds)
        return {"learnings": learnings, "given_up": given_up}

    async def _store(self, cycle: Cycle) -> Made:
        asked = {"cycle": cycle.id, "learnings": await self._learnings(cycle)}
        return dict(await self._ask(cycle, Sage.KNOWLEDGE, wording.STORE, asked, "store"))

    async def _tell(self, cycle: Cycle) -> Made:
        learnings = await self._learnings(cycle)
        brief = [
            {name: each[name] for name in ("pattern", "statement", "confidence", "cases")}
            for each in learnings
        ]
        body = {"cycle": cycle.id, "learnings": brief}
        for member in (*Sage, GRAND_ELDER):
            key = f"{cycle.id}:told:{member}"
            message = Message(CLAUDE_ELDER, member, wording.LEARNED, body, self._clock(), key=key)
            await self._transport.send(message)
        await asyncio.to_thread(self._cycles.hear, CLAUDE_ELDER, cycle.id, len(learnings))
        return {"told": [*(each.value for each in Sage), GRAND_ELDER]}

    async def _patterns(self, cycle: Cycle) -> list[Pattern]:
        made = await asyncio.to_thread(self._cycles.made, cycle.id, Stage.ANALYSED)
        return wording.read(wording.PATTERNS, made, "patterns")

    async def _learnings(self, cycle: Cycle) -> list[dict[str, Any]]:
        made = await asyncio.to_thread(self._cycles.made, cycle.id, Stage.EXECUTED)
        return wording.read(wording.LEARNINGS, made, "learnings")

    async def _task(self, cycle: Cycle, pattern: Pattern) -> dict[str, Any] | None:
        """Write a pattern's task, the same whenever it is asked for; None without cases."""
        part = await asyncio.to_thread(self._cycles.part, cycle.id, f"cases:{pattern.slug}")
        cases = wording.read(wording.CASES, part or {"cases": []}, "cases")
        deadline = Micros(cycle.begun_at + int(self._customs.deadline_seconds * _MICROS))
        return plan_task(cycle.id, pattern, cases, deadline=deadline) if cases else None

    async def _ask(
        self, cycle: Cycle, sage: Sage, topic: str, body: Body, part: str | None
    ) -> Body:
        """Ask a Sage, a few times; the same part of a cycle with the same key."""
        key = None if part is None else f"{cycle.id}:{cycle.begun_at}:{part}"
        return (await self._requests.ask(sage, topic, body, key=key, recover=again(_TRIES))).body
