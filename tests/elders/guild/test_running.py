"""What the members of a guild that runs do with what they are told; nothing blocks their loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from elders.alerts.sinks import tree as alerts
from elders.guild.inbox import Inbox
from elders.guild.members import MEMBERS
from elders.guild.running import Charter, Rhythm, _tellers, run_guild
from elders.health.members import Members
from elders.improving.wording import SUGGESTED
from elders.incidents.learn import LEARNED
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Level, Sage
from elders.messages import Message
from elders.platform import Platform
from elders.tasks.wording import REPORT as TASK
from elders.transports.memory import MemoryTransport
from elders.transports.requests import Answer, Requests
from elders.tree.circuits import TURNED
from elders.tree.council import ASKED, Decision, Opinion
from elders.tree.reports import CRITICAL, DIGEST, Reports
from elders.tree.tree import DECISION, REQUEST, ElderTree
from foundation.breaker import Breakers, Limits
from foundation.clock import system_clock
from foundation.database.database import Database
from foundation.errors import Forbidden, InvalidInput, Unavailable


class Hall:
    """A guild that runs, and somebody who asks its members."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bus = MemoryTransport(clock=system_clock)
        self.inbox = Inbox(database, system_clock)
        self.tree = ElderTree(self.bus, database)

    async def ask(self, member: str, topic: str, body: dict[str, Any], by: str) -> Answer:
        requests = Requests(self.bus, by, clock=system_clock, address="people.replies")
        await requests.open()
        try:
            return await requests.ask(member, topic, body)
        finally:
            await requests.close()

    async def kept(self, member: str, count: int = 1) -> list[Message]:
        while True:
            found = (await asyncio.to_thread(self.inbox.unsettled, member)).letters
            if len(found) >= count:
                return [each.message for each in found]
            await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(database: Database, folder: Path) -> AsyncIterator[Hall]:
    hall, stop, seated = Hall(database), asyncio.Event(), asyncio.Event()
    charter = Charter(
        [*MEMBERS.values()], hall.bus, database, Platform("http://127.0.0.1:1"), system_clock,
        folder, rhythm=Rhythm(cycle=3_600),
    )  # fmt: skip
    running = asyncio.create_task(run_guild(charter, stop, seated.set))
    await seated.wait()
    try:
        yield hall
    finally:
        stop.set()
        await running


def run(database: Database, folder: Path, work: Callable[[Hall], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), opened(database, folder) as hall:
            await work(hall)

    with blockbuster_ctx():
        asyncio.run(main())


@pytest.mark.parametrize(
    ("topic", "sender", "member"),
    [
        ("alert", Sage.INCIDENT, CLAUDE_ELDER),
        (SUGGESTED, Sage.INCIDENT, CLAUDE_ELDER),
        (DIGEST, "servant.a", Sage.TASK),
        (CRITICAL, CLAUDE_ELDER, GRAND_ELDER),
        (LEARNED, Sage.INCIDENT, Sage.KNOWLEDGE),
        (LEARNED, Sage.INCIDENT, Sage.RAG),
        (LEARNED, Sage.INCIDENT, Sage.TASK),
    ],
)
def test_what_is_told_is_kept_once(
    database: Database, tmp_path: Path, topic: str, sender: str, member: str
) -> None:
    async def work(hall: Hall) -> None:
        for key in ("a", "a", "b"):
            await hall.bus.send(Message(sender, member, topic, {"n": 1}, system_clock(), key=key))
        assert [each.key for each in await hall.kept(member, 2)] == ["b", "a"]

    run(database, tmp_path, work)


def test_a_deadline_that_the_task_sage_tells_of_goes_up_with_a_digest(
    database: Database, tmp_path: Path
) -> None:
    async def work(hall: Hall) -> None:
        body = {"what": "deadline", "id": "a"}
        await hall.bus.send(Message(Sage.TASK, CLAUDE_ELDER, TASK, body, system_clock()))
        waiting = Reports(database, system_clock).waiting
        while not await asyncio.to_thread(waiting, Level.CLAUDE_ELDER):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)

    run(database, tmp_path, work)


def test_what_comes_past_the_hierarchy_is_refused_or_dead(
    database: Database, tmp_path: Path
) -> None:
    async def work(hall: Hall) -> None:
        with pytest.raises(Forbidden, match="claude_elder -> incident_sage"):
            await hall.ask(Sage.INCIDENT, "incident.status", {}, by=GRAND_ELDER)
        past = Message("servant.a", GRAND_ELDER, "alert", {"n": 1}, system_clock())
        unknown = Message("tailor", GRAND_ELDER, "alert", {"n": 2}, system_clock())
        allowed = Message(CLAUDE_ELDER, GRAND_ELDER, "alert", {"n": 3}, system_clock())
        for each in (past, unknown, allowed):
            await hall.bus.send(each)
        assert await hall.kept(GRAND_ELDER) == [allowed]
        assert await hall.bus.dead(GRAND_ELDER) == [past, unknown]

    run(database, tmp_path, work)


def test_what_rose_is_kept_and_waits(database: Database, tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        beyond = Message(CLAUDE_ELDER, Sage.TASK, "budget", {}, system_clock(), key="a")
        await hall.tree.escalate(beyond, "it needs another budget")
        (found,) = await hall.kept(CLAUDE_ELDER)
        assert (found.topic, found.sender) == ("budget", Sage.TASK)
        assert [case.message.key for case in await hall.tree.waiting()] == ["a"]
        await asyncio.to_thread(hall.inbox.settle, "a")
        assert await hall.tree.waiting() == []

    run(database, tmp_path, work)


def test_a_request_goes_to_whom_its_nature_names_and_is_answered_with_the_route(
    database: Database, tmp_path: Path
) -> None:
    async def work(hall: Hall) -> None:
        body = {"request": {"text": "find similar passages", "kind": "search"}}
        answer = (await hall.ask(CLAUDE_ELDER, REQUEST, body, GRAND_ELDER)).body
        assert answer == {
            "recipient": "rag_sage", "through": CLAUDE_ELDER, "rule": "kind", "confidence": 1.0,
        }  # fmt: skip
        (found,) = await hall.kept(Sage.RAG)
        assert (found.sender, found.body["request"]) == (CLAUDE_ELDER, body["request"])
        assert (await asyncio.to_thread(hall.inbox.unsettled, CLAUDE_ELDER)).letters == []

    run(database, tmp_path, work)


def test_a_critical_request_waits_with_the_claude_elder(database: Database, tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        body = {"request": {"text": "all is lost", "critical": True}}
        answer = await hall.ask(Sage.TASK, REQUEST, body, CLAUDE_ELDER)
        assert answer.body["rule"] == "stated critical"
        (found,) = await hall.kept(CLAUDE_ELDER)
        assert found.sender == Sage.TASK
        while [case.message.key for case in await hall.tree.waiting()] != [found.key]:  # noqa: ASYNC110 - of the store
            await asyncio.sleep(0.01)

    run(database, tmp_path, work)


@pytest.mark.parametrize("told", [{}, {"request": {"text": "x", "kind": "whim"}}, {"request": 7}])
def test_what_is_no_request_is_refused_with_the_reason(
    database: Database, tmp_path: Path, told: dict[str, Any]
) -> None:
    async def work(hall: Hall) -> None:
        with pytest.raises(InvalidInput, match="request"):
            await hall.ask(Sage.RAG, REQUEST, told, CLAUDE_ELDER)

    run(database, tmp_path, work)


def test_a_decision_is_kept_and_told_of_with_its_opinions_and_refused_without(
    database: Database, tmp_path: Path
) -> None:
    decision = Decision("knowledge", "Forget nothing.", CLAUDE_ELDER)
    body = {"kind": decision.kind, "text": decision.text, "by": decision.by, "opinions": []}

    async def work(hall: Hall) -> None:
        with pytest.raises(Forbidden, match="lacks opinions"):
            await hall.ask(Sage.RAG, DECISION, body, CLAUDE_ELDER)
        with pytest.raises(Forbidden, match="may not tell"):
            await hall.ask(Sage.RAG, DECISION, body, Sage.TASK)
        with pytest.raises(InvalidInput, match="no decision"):
            await hall.ask(Sage.RAG, DECISION, {}, CLAUDE_ELDER)
        assert not any(each.directive for each in (await known(hall)).values())
        opinions = [
            Opinion(sage, decision.subject, approves=False, reason="no", at=system_clock())
            for sage in (Sage.KNOWLEDGE, Sage.RAG)
        ]
        for each in opinions:
            await hall.tree.opine(each, by=each.sage)
        told = Decision(decision.kind, decision.text, decision.by, opinions)
        await hall.tree.decide(told, [Sage.RAG, Sage.TASK])
        for member in (Sage.RAG, Sage.TASK):
            (found,) = await hall.kept(member)
            assert found.body["text"] == "Forget nothing."
            assert (await known(hall))[member].directive == "knowledge"

    run(database, tmp_path, work)


def test_an_opinion_is_asked_of_the_sages_that_must_give_one_until_they_did(
    database: Database, tmp_path: Path
) -> None:
    decision = Decision("capacity", "Run ten workers.", GRAND_ELDER)

    async def work(hall: Hall) -> None:
        with pytest.raises(InvalidInput, match="no decision"):
            await hall.ask(Sage.TASK, ASKED, {}, CLAUDE_ELDER)
        asked = await hall.tree.ask(decision)
        assert [each.recipient for each in asked] == [Sage.INCIDENT, Sage.TASK]
        assert await hall.tree.ask(decision) == []  # nobody is asked twice
        for each in asked:
            (found,) = await hall.kept(each.recipient)
            assert (found.sender, found.body["text"]) == (CLAUDE_ELDER, decision.text)
        opinion = Opinion(Sage.TASK, decision.subject, approves=True, reason="", at=system_clock())
        await hall.tree.opine(opinion, by=Sage.TASK)
        assert [each.recipient for each in await hall.tree.lacking(decision)] == [Sage.INCIDENT]
        for late in asked:  # it comes again, by another way, once the Task Sage has answered
            await hall.ask(late.recipient, ASKED, dict(late.body), CLAUDE_ELDER)
        assert len(await hall.kept(Sage.TASK)) == 1
        assert len(await hall.kept(Sage.INCIDENT)) == 2

    run(database, tmp_path, work)


async def known(hall: Hall) -> dict[str, Any]:
    return dict(await asyncio.to_thread(Members(hall.database).all))


@pytest.mark.parametrize(
    ("members", "sender"),
    [([Sage.TASK], Sage.TASK), ([CLAUDE_ELDER, GRAND_ELDER], CLAUDE_ELDER)],
)
def test_every_process_tells_the_incident_sage_of_its_circuits(
    database: Database, tmp_path: Path, members: list[str], sender: str
) -> None:
    breakers, bus = Breakers(limits=Limits(1, 60.0)), MemoryTransport(clock=system_clock)
    charter = Charter(
        members, bus, database, Platform("http://127.0.0.1:1"), system_clock, tmp_path, breakers,
        rhythm=Rhythm(cycle=3_600, notices=0.01),
    )  # fmt: skip

    async def main() -> Message:
        told, stop, seated = asyncio.Queue[Message](), asyncio.Event(), asyncio.Event()
        await bus.listen(Sage.INCIDENT, told.put)
        running = asyncio.create_task(run_guild(charter, stop, seated.set))
        await seated.wait()
        with suppress(Unavailable), breakers.of("embedder").guarding():
            raise Unavailable("gone")
        while (found := await told.get()).topic != TURNED:
            continue
        stop.set()
        await running
        return found

    with blockbuster_ctx():
        found = asyncio.run(asyncio.wait_for(main(), 60))
    assert (found.sender, found.body["name"]) == (sender, "embedder")


def test_the_incident_sages_own_process_tells_it_as_the_servant_of_alerts() -> None:
    assert _tellers([Sage.INCIDENT]) == [alerts.SERVANT]
    assert _tellers([GRAND_ELDER]) == []
