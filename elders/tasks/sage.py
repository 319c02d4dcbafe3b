"""The Task Sage: takes tasks, gives them to workers, foresees and learns."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import structlog

from elders.learned import PatternFeed
from elders.levels import CLAUDE_ELDER, Sage
from elders.messages import Body, Message
from elders.tasks import wording
from elders.tasks.assigning import Assigning
from elders.tasks.knowing import Knowing
from elders.tasks.model import MICROS, Assignment, read_task
from elders.tasks.planning import Planning
from elders.tasks.rounds import keep_on
from elders.tasks.scaling import Scale, rescale, workers_for
from elders.tasks.submitting import Submitting
from elders.tasks.workers import WorkerPool
from elders.transport import Transport
from elders.transports.delivery import Sleep
from foundation.clock import Clock, Micros
from foundation.errors import (
    Forbidden,
    GuildError,
    InvalidInput,
    NotFound,
    Outdated,
    Unavailable,
)

_REFUSED: Final = (InvalidInput, NotFound, Outdated, Forbidden)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the Task Sage does what it does by itself, in seconds.

    Attributes:
        assign: between two rounds of giving tasks; a task that comes in or ends begins one too.
        learn: between two times of learning success rates and of looking how many workers to have.
        keep: how long tasks that ended are kept.
        calm: how long fewer workers must do before there are fewer.
        backlog: within which workers should get through what waits.
        answer: within which tasks are promised to be done; None if they are not.
    """

    assign: float = 0.5
    learn: float = 60.0
    keep: float = 30 * 86_400.0
    calm: float = 600.0
    backlog: float = 600.0
    answer: float | None = None


_DEFAULTS: Final = Rhythm()


class TaskSage:
    """Listens as `task_sage`, and works through a store that others may work through at once.

    Messages that are wrong are refused (to whoever asked for an answer) and counted, not handed
    over again; those that the store could not take are handed over again by the transport.

    Args:
        transport: what carries messages.
        tasks: the store's door for tasks.
        assigning: and for workers.
        knowing: what is learned.
        pool: processes to start and stop; None where workers come by themselves.
        feed: what the Knowledge Sage learns; None without it.
    """

    def __init__(
        self,
        transport: Transport,
        tasks: Submitting,
        assigning: Assigning,
        knowing: Knowing,
        *,
        clock: Clock,
        pool: WorkerPool | None = None,
        feed: PatternFeed | None = None,
        rhythm: Rhythm = _DEFAULTS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._tasks = tasks
        self._assigning = assigning
        self._knowing = knowing
        self._planning = Planning(tasks, assigning, knowing, clock=clock)
        self._clock = clock
        self._pool = pool
        self._feed = feed
        self._rhythm = rhythm
        self._sleep = sleep
        self._scale = Scale()
        self._least = 0
        self._woken = asyncio.Event()
        self.refused: Counter[str] = Counter()
        self._handlers: Mapping[str, Callable[[Message], Awaitable[Body | None]]] = {
            wording.SUBMIT: self._submit,
            wording.STATUS: self._status,
            wording.PLAN: self._plan,
            wording.AT_LEAST: self._at_least,
            wording.JOIN: self._join,
            wording.LEAVE: self._leave,
            wording.HEARTBEAT: self._beat,
            wording.DONE: self._done,
            wording.FAILED: self._failed,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Listen and work until `stop` is set."""
        listening = await self._transport.listen(Sage.TASK, self.handle)
        assign, learn = self._rhythm.assign, self._rhythm.learn
        try:
            async with asyncio.TaskGroup() as group:
                rounds = [
                    group.create_task(keep_on(self.assign, assign, self._sleep, self._woken)),
                    group.create_task(keep_on(self.learn, learn, self._sleep)),
                ]
                await stop.wait()
                for each in rounds:
                    each.cancel()
        finally:
            await listening.close()
            if self._pool is not None:
                await self._pool.close()

    async def handle(self, message: Message) -> None:
        """Act on a message, and answer it where somebody waits.

        Raises:
            Conflict, Unavailable: the store did not answer: hand it over again.
        """
        try:
            handler = self._handlers.get(message.topic)
            if handler is None:
                raise InvalidInput(f"the Task Sage does not know the topic {message.topic[:80]!r}")
            body = await handler(message)
        except _REFUSED as error:
            self.refused[message.topic] += 1
            _log.warning("message.refused", topic=message.topic, reason=str(error))
            await self._answer(message, wording.REFUSED, {"reason": str(error)})
        else:
            if body is not None:
                await self._answer(message, wording.ANSWER, body)

    async def assign(self) -> list[Assignment]:
        """Give what is ready to who is free, and tell those who listen."""
        given = await asyncio.to_thread(self._assigning.assign, self._knowing.rates)
        known = await asyncio.to_thread(self._assigning.workers) if given else []
        listening = {worker.name for worker in known if worker.listens}
        for each in given:
            await asyncio.to_thread(self._knowing.forecast, each.task)
            if each.worker in listening:
                await self._tell(each)
        return given

    async def learn(self) -> None:
        """Learn from what became of tasks, forget old ones, scale, and tell what comes late."""
        await self._pull()
        await asyncio.to_thread(self._knowing.learn, self._assigning)
        before = Micros(self._clock() - int(self._rhythm.keep * MICROS))
        await asyncio.to_thread(self._tasks.forget, before)
        if self._pool is not None:
            await self._pool.scale(await self.wanted())
        await self._report_late()

    async def wanted(self) -> int:
        """Tell how many workers there should be: for the next hour's load, or for what waits."""
        foreseen = await asyncio.to_thread(self._knowing.next_hour, self._tasks)
        waiting = await asyncio.to_thread(self._knowing.waiting_seconds, self._tasks)
        load = max(foreseen.mean, 100 * waiting / self._rhythm.backlog)
        wanted = workers_for(load, answer_seconds=self._rhythm.answer)
        self._scale = rescale(self._scale, wanted, self._clock(), calm_seconds=self._rhythm.calm)
        self._least = await asyncio.to_thread(self._knowing.floors.least)
        return max(self._scale.workers, self._least)

    async def _submit(self, message: Message) -> Body:
        task = read_task({"key": message.key, **message.body})
        submitted = await asyncio.to_thread(self._tasks.submit, task)
        task = replace(task, id=submitted.id)
        told = await asyncio.to_thread(self._knowing.forecast, task)
        self._woken.set()
        forecast = {name: getattr(told, name) for name in ("seconds", "low", "high", "basis")}
        estimate, workers = self._planning.late_seconds, self._workers
        late = await asyncio.to_thread(estimate, task, told.seconds, workers=workers)
        return {
            "id": submitted.id,
            "fresh": submitted.fresh,
            "forecast": forecast,
            "late_seconds": late,
        }

    async def _status(self, message: Message) -> Body:
        found = await asyncio.to_thread(self._tasks.get, wording.field(message.body, "id", str))
        told = asdict(found)
        del told["task"]
        return {"id": found.task.id, **told}

    async def _plan(self, message: Message) -> Body:
        capacity = wording.read_amounts(message.body.get("capacity", {}))
        reserved = wording.read_reservations(message.body.get("reserved", []))
        plan = self._planning.plan
        slots = await asyncio.to_thread(plan, capacity, reserved, workers=self._workers)
        return {"slots": [asdict(each) for each in slots]}

    @property
    def _workers(self) -> int:
        """How many slots to plan for, however few there are now: the pool begins them."""
        return 1 if self._pool is None else max(self._scale.workers, self._least)

    async def _report_late(self) -> None:
        """Tell the claude_elder of each deadline that can't be held any more, once."""
        newly_late = self._planning.newly_late
        for each in await asyncio.to_thread(newly_late, workers=self._workers):
            body, key = {"what": "deadline", **asdict(each)}, f"{each.id}:{wording.REPORT}"
            await self._send(CLAUDE_ELDER, wording.REPORT, body, key=key)
            self._planning.told(each)

    async def _at_least(self, message: Message) -> None:
        if message.sender != Sage.INCIDENT:
            raise Forbidden(f"{message.sender} may not ask for workers: the Incident Sage may")
        floor = wording.read_floor(message.body)
        await asyncio.to_thread(self._knowing.floors.ask, floor)
        if self._pool is not None:
            await self._pool.scale(await self.wanted())

    async def _join(self, message: Message) -> None:
        worker = wording.read_joining(message.body, message.sender)
        await asyncio.to_thread(self._assigning.join, worker)
        self._woken.set()

    async def _leave(self, message: Message) -> None:
        await asyncio.to_thread(self._assigning.leave, message.sender)
        self._woken.set()

    async def _beat(self, message: Message) -> None:
        tokens, told = wording.read_tokens(message.body.get("tokens")), message.body.get("worker")
        joining = wording.read_joining(told, message.sender) if told else None
        beat = self._assigning.beat
        lost = await asyncio.to_thread(beat, message.sender, tokens, joining=joining)
        if lost:
            told = {each: tokens[each] for each in sorted(lost)}
            await self._send(message.sender, wording.LOST, {"tokens": told})

    async def _done(self, message: Message) -> None:
        task_id, token = wording.read_attempt(message.body)
        result: Any = message.body.get("result")
        complete = self._assigning.complete
        await asyncio.to_thread(complete, task_id, token, result, by=message.sender)
        self._woken.set()

    async def _failed(self, message: Message) -> None:
        task_id, token = wording.read_attempt(message.body)
        reason = wording.field(message.body, "reason", str)
        for_good = wording.field(message.body, "for_good", bool)
        fail = self._assigning.fail
        await asyncio.to_thread(fail, task_id, token, reason, for_good=for_good, by=message.sender)
        self._woken.set()

    async def _tell(self, given: Assignment) -> None:
        """Tell a worker what it is given; what does not get through is lost with its lease."""
        body, key = wording.write_assignment(given), f"{given.task.id}:{given.token}"
        try:
            await self._send(given.worker, wording.ASSIGN, body, key=key, expires_at=given.until)
        except Unavailable as error:
            _log.warning("task.not_told", task=given.task.id, error=str(error))
        except InvalidInput as error:
            fail = self._assigning.fail
            await asyncio.to_thread(fail, given.task.id, given.token, str(error), for_good=True)

    async def _pull(self) -> None:
        """Take what the Knowledge Sage learned; while it can't be had, what is known stays."""
        if self._feed is None:
            return
        try:
            while await asyncio.to_thread(self._feed.pull, self._knowing.patterns):
                continue
        except GuildError as error:
            _log.warning("patterns.unavailable", reason=str(error))

    async def _answer(self, message: Message, topic: str, body: Body) -> None:
        if message.reply_to is not None:
            key = f"{message.id}:{topic}"
            to = message.reply_to
            await self._send(to, topic, body, key=key, correlation_id=message.id)

    async def _send(self, recipient: str, topic: str, body: Body, **fields: Any) -> None:
        message = Message(Sage.TASK, recipient, topic, body, self._clock())
        await self._transport.send(replace(message, **fields))
