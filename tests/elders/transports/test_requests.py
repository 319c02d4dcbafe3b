"""Requests: answered, refused, late or given up; and nothing is left over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from elders.messages import Body, Message
from elders.transports.delivery import Limits
from elders.transports.memory import MemoryTransport
from elders.transports.requests import (
    Failure,
    Requests,
    again,
    answering,
    others,
)
from foundation.clock import system_clock
from foundation.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from tests.elders.transports.buses import LIMITS, eventually, run


class Sage:
    """Answers, if it is told what."""

    def __init__(self, name: str = "task_sage") -> None:
        self.name = name
        self.asked: list[Message] = []
        self.answer: Body | Exception = {"it": "is done"}
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, request: Message) -> Body:
        self.asked.append(request)
        await self.may_answer.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@asynccontextmanager
async def asking(
    *sages: Sage, limits: Limits = LIMITS, **options: Any
) -> AsyncIterator[tuple[MemoryTransport, Requests]]:
    bus = MemoryTransport(clock=system_clock, limits=limits)
    requests = Requests(bus, "claude_elder", clock=system_clock, **options)
    await requests.open()
    for sage in sages:
        await bus.listen(sage.name, answering(bus, sage.name, sage, clock=system_clock))
    yield bus, requests
    for sage in sages:
        sage.may_answer.set()
    await requests.close()
    await bus.close()
    assert requests.pending == 0


def test_a_request_is_answered() -> None:
    async def work() -> None:
        sage = Sage()
        async with asking(sage) as (_, requests):
            answer = await requests.ask("task_sage", "task.plan", {"what": 1}, key="k")
            assert (answer.sender, answer.body) == ("task_sage", {"it": "is done"})
            request = sage.asked[0]
            assert (request.topic, request.body, request.key) == ("task.plan", {"what": 1}, "k")
            assert request.expires_at == request.at + 30_000_000
            assert requests.counts.answered == 1

    run(work())


def test_many_at_once_get_their_own_answers() -> None:
    async def work() -> None:
        bus = MemoryTransport(clock=system_clock, limits=LIMITS)

        async def echo(request: Message) -> Body:
            return {"number": request.body["number"]}

        requests = Requests(bus, "claude_elder", clock=system_clock)
        await requests.open()
        await bus.listen("task_sage", answering(bus, "task_sage", echo, clock=system_clock))
        answers = await asyncio.gather(
            *(requests.ask("task_sage", "echo", {"number": number}) for number in range(200))
        )
        assert [each.body["number"] for each in answers] == list(range(200))
        assert requests.pending == 0
        await bus.close()

    run(work())


@pytest.mark.parametrize("kind", [InvalidInput, NotFound, Conflict, Forbidden])
def test_a_refusal_is_raised_where_it_was_asked(kind: type[Exception]) -> None:
    async def work() -> None:
        sage = Sage()
        sage.answer = kind("as it must be")
        async with asking(sage) as (_, requests):
            with pytest.raises(kind, match="as it must be"):
                await requests.ask("task_sage", "task.plan", {})
            assert len(sage.asked) == 1
            assert requests.counts.refused == 1

    run(work())


def test_who_gets_no_reply_gives_up_in_time_and_the_late_one_is_counted() -> None:
    async def work() -> None:
        sage = Sage()
        sage.may_answer.clear()
        async with asking(sage, timeout_seconds=0.2) as (_, requests):
            with pytest.raises(Unavailable, match=r"task_sage did not answer 'task\.plan'"):
                await requests.ask("task_sage", "task.plan", {})
            assert requests.pending == 0
            sage.may_answer.set()
            await eventually(lambda: requests.counts.late == 1)
            assert requests.counts.unanswered == 1
            assert (await requests.ask("task_sage", "task.plan", {})).body

    run(work())


def test_the_same_one_is_asked_again_with_the_same_key() -> None:
    async def work() -> None:
        sage = Sage()
        sage.answer = {"attempt": "any"}
        bus = MemoryTransport(clock=system_clock, limits=LIMITS)
        requests = Requests(
            bus, "claude_elder", clock=system_clock, timeout_seconds=0.02, recover=again(2)
        )
        await requests.open()
        failures: list[Failure] = []

        def recover(failure: Failure) -> str | None:
            failures.append(failure)
            return again(2)(failure)

        with pytest.raises(Unavailable, match="attempt 3"):
            await requests.ask("task_sage", "task.plan", {}, recover=recover)
        assert [(each.attempts, each.sent) for each in failures] == [
            (1, True),
            (2, True),
            (3, True),
        ]
        assert len({each.request.key for each in failures}) == 1
        assert len({each.request.id for each in failures}) == 3
        await requests.close()
        await bus.close()

    run(work())


def test_another_one_is_asked_where_the_first_is_silent() -> None:
    async def work() -> None:
        silent, other = Sage(), Sage("rag_sage")
        silent.may_answer.clear()
        async with asking(silent, other, timeout_seconds=0.05) as (_, requests):
            answer = await requests.ask(
                "task_sage", "task.plan", {}, recover=others(["rag_sage", "incident_sage"])
            )
            assert answer.sender == "rag_sage"

    run(work())


def test_what_can_not_be_sent_is_told_with_its_reason() -> None:
    async def work() -> None:
        full = Limits(capacity=1, send_seconds=0.01)
        failures: list[Failure] = []

        def recover(failure: Failure) -> None:
            failures.append(failure)

        async with asking(limits=full) as (bus, requests):
            await bus.send(Message("a", "task_sage", "t", {}, system_clock()))
            with pytest.raises(Unavailable, match="none was taken"):
                await requests.ask("task_sage", "task.plan", {}, recover=recover)
            assert [each.sent for each in failures] == [False]
            with pytest.raises(InvalidInput):
                await requests.ask("task_sage", "task.plan", {"odd": {1}})
            assert requests.pending == 0

    run(work())


def test_who_stops_waiting_leaves_nothing_behind() -> None:
    async def work() -> None:
        sage = Sage()
        sage.may_answer.clear()
        async with asking(sage) as (_, requests):
            task = asyncio.create_task(requests.ask("task_sage", "task.plan", {}))
            await eventually(lambda: len(sage.asked) == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert requests.pending == 0

    run(work())


def test_closing_ends_what_waits_and_asks_nobody_else() -> None:
    async def work() -> None:
        sage = Sage()
        sage.may_answer.clear()
        async with asking(sage, recover=again(5)) as (_, requests):
            tasks = [asyncio.create_task(requests.ask("task_sage", "t", {})) for _ in range(3)]
            await eventually(lambda: requests.pending == 3)
            await requests.close()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(each, Unavailable) for each in outcomes)
            assert "stopped waiting" in str(outcomes[0])

    run(work())


def test_a_handler_may_ask_while_it_answers() -> None:
    async def work() -> None:
        helper = Sage("rag_sage")
        async with asking(helper) as (bus, _):
            own = Requests(bus, "task_sage", clock=system_clock)
            await own.open()

            async def answer(request: Message) -> Body:
                return (await own.ask("rag_sage", "find", {})).body

            await bus.listen("task_sage", answering(bus, "task_sage", answer, clock=system_clock))
            asker = Requests(bus, "grand_elder", clock=system_clock)
            await asker.open()
            assert (await asker.ask("task_sage", "t", {})).body == {"it": "is done"}

    run(work())


@pytest.mark.parametrize("body", [{}, {"answer": 3}, {"refused": {"kind": "Forbidden"}}, {"x": 1}])
def test_a_reply_that_is_none_is_told(body: Body) -> None:
    async def work() -> None:
        async with asking() as (bus, requests):

            async def nonsense(request: Message) -> None:
                await bus.send(
                    Message(
                        "task_sage", request.reply_to or "", "t", body, system_clock(),
                        correlation_id=request.id,
                    )
                )  # fmt: skip

            await bus.listen("task_sage", nonsense)
            with pytest.raises(Unavailable, match="what is no answer"):
                await requests.ask("task_sage", "t", {})

    run(work())


def test_who_answers_and_is_not_asked_to_reply_just_acts() -> None:
    async def work() -> None:
        sage = Sage()
        async with asking(sage) as (bus, requests):
            await bus.send(Message("a", "task_sage", "t", {}, system_clock()))
            await eventually(lambda: len(sage.asked) == 1)
            assert requests.counts.late == 0

    run(work())
