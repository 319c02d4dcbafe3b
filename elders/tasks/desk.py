"""Where a worker takes its tasks from, and says what became of them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

from elders.levels import Sage
from elders.messages import Body, Message
from elders.tasks.assigning import Assigning
from elders.tasks.model import Assignment, Worker
from elders.tasks.wording import (
    ASSIGN,
    DONE,
    FAILED,
    HEARTBEAT,
    JOIN,
    LEAVE,
    LOST,
    read_assignment,
    read_tokens,
)
from elders.transport import Listening, Transport
from foundation.clock import Clock

_REMEMBERED: Final = 10_000


class Desk(Protocol):
    """One worker's tasks. Behaviour: tests/elders/tasks/test_desk.py.

    Everything may be said twice. Who says of a task that it has lost that it is done changes
    nothing.

    Raises:
        Outdated: from `complete` and `fail`, where it can be known that the task is lost.
        Conflict, Unavailable: nobody took it: say it again.
    """

    async def join(self, worker: Worker) -> None:
        """Say that this worker is there and what it can do; a draining one gets no more."""
        ...

    async def held(self) -> list[Assignment]:
        """List what this worker has, the oldest first."""
        ...

    async def beat(self, tokens: Mapping[str, int]) -> set[str]:
        """Give a sign of life; answer which of these tasks are lost.

        Who was forgotten meanwhile joins again, as what it was.
        """
        ...

    async def complete(self, task_id: str, token: int, result: object) -> None:
        """Say that a task is done."""
        ...

    async def fail(self, task_id: str, token: int, reason: str, *, for_good: bool) -> None:
        """Say that an attempt failed."""
        ...

    async def leave(self) -> None:
        """Say that this worker is gone."""
        ...


class StoreDesk:
    """A desk for workers who reach the guild's store themselves."""

    def __init__(self, assigning: Assigning, name: str) -> None:
        self._assigning = assigning
        self._name = name
        self._worker: Worker | None = None

    async def join(self, worker: Worker) -> None:
        """Write that this worker is there."""
        self._worker = worker
        await asyncio.to_thread(self._assigning.join, worker)

    async def held(self) -> list[Assignment]:
        """Read what it has."""
        return await asyncio.to_thread(self._assigning.held, self._name)

    async def beat(self, tokens: Mapping[str, int]) -> set[str]:
        """Write a sign of life."""
        beat, joining = self._assigning.beat, self._worker
        return await asyncio.to_thread(beat, self._name, tokens, joining=joining)

    async def complete(self, task_id: str, token: int, result: object) -> None:
        """Write that a task is done."""
        await asyncio.to_thread(self._assigning.complete, task_id, token, result)

    async def fail(self, task_id: str, token: int, reason: str, *, for_good: bool) -> None:
        """Write that an attempt failed."""
        failing = self._assigning.fail
        await asyncio.to_thread(failing, task_id, token, reason, for_good=for_good)

    async def leave(self) -> None:
        """Write that this worker is gone."""
        await asyncio.to_thread(self._assigning.leave, self._name)


class BusDesk:
    """A desk for workers elsewhere, who send the Task Sage messages. Open it before use."""

    def __init__(self, transport: Transport, name: str, *, clock: Clock) -> None:
        self._transport = transport
        self._name = name
        self._clock = clock
        self._held: dict[str, Assignment] = {}
        self._lost: dict[str, int] = {}
        self._ended: OrderedDict[str, int] = OrderedDict()
        self._listening: Listening | None = None
        self._told: Body = {}

    async def join(self, worker: Worker) -> None:
        """Listen, and tell the Sage."""
        if self._listening is None:
            self._listening = await self._transport.listen(self._name, self._take)
        self._told = {
            "name": worker.name,
            "capabilities": dict(worker.capabilities),
            "slots": worker.slots,
            "draining": worker.draining,
        }
        await self._send(JOIN, self._told)

    async def held(self) -> list[Assignment]:
        """Answer what was given and has not ended."""
        return list(self._held.values())

    async def beat(self, tokens: Mapping[str, int]) -> set[str]:
        """Tell the Sage, and answer what it said was lost by now."""
        lost = {each for each, token in self._lost.items() if tokens.get(each) == token}
        self._lost.clear()
        await self._send(HEARTBEAT, {"tokens": dict(tokens), "worker": self._told})
        return lost

    async def complete(self, task_id: str, token: int, result: object) -> None:
        """Tell the Sage that a task is done."""
        told = {"id": task_id, "token": token, "result": result}
        await self._send(DONE, told, key=f"{task_id}:{token}:{DONE}")
        self._end(task_id, token)

    async def fail(self, task_id: str, token: int, reason: str, *, for_good: bool) -> None:
        """Tell the Sage that an attempt failed."""
        told = {"id": task_id, "token": token, "reason": reason, "for_good": for_good}
        await self._send(FAILED, told, key=f"{task_id}:{token}:{FAILED}")
        self._end(task_id, token)

    async def leave(self) -> None:
        """Tell the Sage, and listen no more."""
        await self._send(LEAVE, {})
        if self._listening is not None:
            await self._listening.close()
            self._listening = None

    async def _take(self, message: Message) -> None:
        if message.topic == ASSIGN:
            given = read_assignment(message.body)
            known = self._held.get(given.task.id)
            newest = max(known.token if known else 0, self._ended.get(given.task.id, 0))
            if given.token > newest:
                self._held[given.task.id] = given
        elif message.topic == LOST:
            for task_id, token in read_tokens(message.body.get("tokens")).items():
                self._lost[task_id] = token
                self._end(task_id, token)

    def _end(self, task_id: str, token: int) -> None:
        """Have an attempt no more, and not again when its message comes twice."""
        if (known := self._held.get(task_id)) and known.token <= token:
            del self._held[task_id]
        self._ended[task_id] = max(token, self._ended.pop(task_id, 0))
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    async def _send(self, topic: str, body: Body, *, key: str | None = None) -> None:
        message = Message(self._name, Sage.TASK, topic, body, self._clock())
        await self._transport.send(message if key is None else replace(message, key=key))
