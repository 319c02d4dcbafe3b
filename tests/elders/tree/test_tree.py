from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.messages import Message
from elders.store import open_store
from elders.transports.memory import MemoryTransport
from elders.tree.council import Decision, Opinion
from elders.tree.reports import Report, Weight
from elders.tree.routing import Request, Rule
from elders.tree.tree import Customs, ElderTree
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import (
    CriticalFailure,
    Forbidden,
    InsufficientAuthority,
    InvalidInput,
    Unavailable,
)
from tests.elders.conftest import START, Hands
from tests.elders.tree.carrier import Carrier

TASK = Message("task_sage", "servant.one", "task", {"n": 1}, Micros(START), key="k")


class Member:
    """Remembers what it was sent, and does as its script says."""

    def __init__(self, *script: Exception) -> None:
        self._script = list(script)
        self.seen: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.seen.append(message)
        if self._script:
            raise self._script.pop(0)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def tree(carrier: Carrier, database: Database, clock: Hands) -> ElderTree:
    return ElderTree(carrier, database, customs=Customs(servants=["servant.one"]), clock=clock)


@pytest.fixture(autouse=True)
def _nothing_blocks() -> Iterator[None]:
    with blockbuster_ctx():
        yield


def test_a_request_goes_where_its_nature_says(tree: ElderTree, carrier: Carrier) -> None:
    chosen = asyncio.run(tree.submit(Request("find similar passages"), key="r"))
    (message,) = carrier.boxes["rag_sage"]
    assert (chosen.recipient, chosen.rule) == ("rag_sage", Rule.WORDS)
    assert (message.sender, message.key) == (CLAUDE_ELDER, "r")
    assert message.body["rule"] == "words"
    assert message.body["confidence"] == chosen.confidence
    assert message.body["request"]["text"] == "find similar passages"


def test_a_critical_request_rises_unless_it_is_acknowledged(
    tree: ElderTree, carrier: Carrier, clock: Hands
) -> None:
    async def main() -> None:
        for key in ("a", "b", "a"):
            await tree.submit(Request("all is lost", critical=True), key=key)
        await tree.acknowledge("a", CLAUDE_ELDER)
        clock.move(900)
        await tree.tick()

    asyncio.run(main())
    assert [message.key for message in carrier.boxes[CLAUDE_ELDER]] == ["a", "b"]
    assert [message.key for message in carrier.boxes[GRAND_ELDER]] == ["b"]


def test_nobody_sends_past_the_hierarchy(tree: ElderTree, carrier: Carrier) -> None:
    asyncio.run(tree.send(replace(TASK, recipient=CLAUDE_ELDER)))
    with pytest.raises(Forbidden, match=r"servant\.one -> task_sage -> claude_elder"):
        asyncio.run(tree.send(replace(TASK, sender="servant.one", recipient=CLAUDE_ELDER)))
    assert len(carrier.boxes[CLAUDE_ELDER]) == 1


def test_what_is_beyond_a_member_rises_level_by_level(tree: ElderTree, carrier: Carrier) -> None:
    members = {
        name: Member(InsufficientAuthority(f"beyond {name}"))
        for name in ("servant.one", "task_sage")
    } | {CLAUDE_ELDER: Member()}

    async def main() -> None:
        for name, member in members.items():
            await tree.listen(name, member)
        await tree.send(TASK)
        await tree.send(TASK)
        steps = await tree.steps("k")
        assert [(step.recipient, step.reason) for step in steps] == [
            ("task_sage", "beyond servant.one"),
            (CLAUDE_ELDER, "beyond task_sage"),
        ]
        await tree.acknowledge("k", CLAUDE_ELDER)
        assert await tree.waiting() == []

    asyncio.run(main())
    assert [len(member.seen) for member in members.values()] == [1, 1, 1]
    (risen,) = members[CLAUDE_ELDER].seen
    assert (risen.topic, risen.body, len(risen.history)) == ("task", {"n": 1}, 2)


def test_a_critical_failure_skips_the_levels_between(tree: ElderTree, carrier: Carrier) -> None:
    async def main() -> None:
        await tree.listen("servant.one", Member(CriticalFailure("the disk is on fire")))
        await tree.send(TASK)

    asyncio.run(main())
    assert list(carrier.boxes) == [GRAND_ELDER]


def test_at_the_top_what_can_not_be_dealt_with_is_dead_and_not_lost(
    tree: ElderTree, carrier: Carrier
) -> None:
    async def main() -> None:
        await tree.listen(GRAND_ELDER, Member(InsufficientAuthority("nobody can")))
        await tree.send(replace(TASK, sender=CLAUDE_ELDER, recipient=GRAND_ELDER))

    asyncio.run(main())
    assert [message.key for message in carrier.died[GRAND_ELDER]] == ["k"]


def test_duplicates_are_handled_once_and_failures_again(tree: ElderTree, carrier: Carrier) -> None:
    carrier.copies = 3
    member = Member(ValueError("a mistake"))

    async def main() -> None:
        await tree.listen("servant.one", member)
        await tree.send(TASK)

    asyncio.run(main())
    assert len(member.seen) == 2
    assert len(carrier.died["servant.one"]) == 1


def test_a_strategic_decision_is_sent_with_its_opinions_or_not_at_all(
    tree: ElderTree, carrier: Carrier, clock: Hands
) -> None:
    decision = Decision("capacity", "Run ten workers.", CLAUDE_ELDER)
    opinions = [
        Opinion(sage, decision.subject, approves=True, reason="yes", at=clock())
        for sage in (Sage.TASK, Sage.INCIDENT)
    ]

    async def main() -> None:
        with pytest.raises(Forbidden, match="lacks opinions"):
            await tree.decide(replace(decision, opinions=opinions), ["task_sage"])
        for opinion in opinions:
            await tree.opine(opinion, by=opinion.sage)
        with pytest.raises(Forbidden, match="past the hierarchy"):
            await tree.decide(replace(decision, opinions=opinions), ["task_sage", "servant.one"])
        with pytest.raises(InvalidInput):
            await tree.decide(replace(decision, kind="whim"), ["task_sage"])
        await tree.decide(replace(decision, opinions=opinions), ["task_sage", "incident_sage"])

    asyncio.run(main())
    assert {name: len(box) for name, box in carrier.boxes.items()} == {
        "task_sage": 1,
        "incident_sage": 1,
    }
    assert len(carrier.boxes["task_sage"][0].body["opinions"]) == 2


def test_critical_reports_go_at_once_and_others_with_the_digest(
    tree: ElderTree, carrier: Carrier, clock: Hands
) -> None:
    async def main() -> list[int]:
        counts = []
        await tree.report(Report("rag_sage", "index.built", "built"))
        counts.append(len(carrier.boxes[CLAUDE_ELDER]))
        await tree.report(Report("rag_sage", "index.lost", "lost", Weight.CRITICAL))
        counts.append(len(carrier.boxes[CLAUDE_ELDER]))
        for _ in range(2):
            clock.move(1800)
            await tree.tick()
        return [*counts, len(carrier.boxes[CLAUDE_ELDER])]

    assert asyncio.run(main()) == [0, 1, 2]
    assert [each.topic for each in carrier.boxes[CLAUDE_ELDER]] == [
        "report.critical",
        "report.digest",
    ]


def test_nothing_is_lost_while_the_broker_is_away_and_over_a_restart(
    tmp_path: Path, carrier: Carrier, clock: Hands
) -> None:
    carrier.broken = True
    told, top = Member(), Member()

    async def before(tree: ElderTree) -> None:
        await tree.report(Report("servant.one", "task.done", "one"))
        await tree.report(Report("servant.one", "task.lost", "two", Weight.CRITICAL))
        assert await tree.escalate(TASK, "beyond me", critical=True)
        clock.move(900)
        await tree.tick()

    async def after(tree: ElderTree) -> None:
        await tree.listen("task_sage", told)
        await tree.listen(GRAND_ELDER, top)
        await tree.tick()
        await tree.tick()

    for run in (before, after):
        with closing(open_store(tmp_path / "kept")) as opened:
            asyncio.run(run(ElderTree(carrier, opened, clock=clock)))
        carrier.broken = False
    assert [each.topic for each in told.seen] == ["report.critical", "report.digest"]
    assert [each.topic for each in top.seen] == ["task"]


def test_a_crash_between_sending_and_noting_it_has_no_second_effect(
    tree: ElderTree, carrier: Carrier, database: Database, clock: Hands
) -> None:
    told = Member()

    async def main() -> None:
        await tree.listen("task_sage", told)
        await tree.report(Report("servant.one", "task.lost", "x", Weight.CRITICAL))
        await asyncio.to_thread(_unsent, database)
        await ElderTree(carrier, database, clock=clock).tick()

    asyncio.run(main())
    assert len(told.seen) == 1


def _unsent(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE guild_outbox SET sent_at = NULL")


def test_what_a_transport_never_takes_is_laid_aside_and_holds_up_nothing(
    database: Database, clock: Hands
) -> None:
    class Narrow(Carrier):
        async def send(self, message: Message) -> None:
            if "big" in str(message.body):
                raise InvalidInput("it is too large")
            await super().send(message)

    carrier = Narrow()
    tree = ElderTree(carrier, database, clock=clock)

    async def main() -> list[str]:
        for text in ("big", "small"):
            await tree.report(Report("rag_sage", "x", text, Weight.CRITICAL))
        return [reason for _message, reason in await tree.refused()]

    assert asyncio.run(main()) == ["it is too large"]
    assert len(carrier.boxes[CLAUDE_ELDER]) == 1


def test_who_takes_nothing_holds_up_nobody_else_and_a_missing_key_loses_nothing(
    database: Database, clock: Hands
) -> None:
    class Picky(Carrier):
        away = True

        async def send(self, message: Message) -> None:
            if self.away and message.recipient == "task_sage":
                raise Unavailable("its queue is full")
            if self.away and message.sender == CLAUDE_ELDER:
                raise Forbidden("no key for it")
            await super().send(message)

    carrier = Picky()
    tree = ElderTree(carrier, database, clock=clock)

    async def main() -> None:
        for number in range(200):
            await tree.report(Report("servant.one", "x", str(number), Weight.CRITICAL))
        await tree.report(Report(CLAUDE_ELDER, "x", "up", Weight.CRITICAL))
        await tree.report(Report("rag_sage", "x", "lost", Weight.CRITICAL))
        assert list(carrier.boxes) == [CLAUDE_ELDER]
        carrier.away = False
        await tree.tick()
        assert await tree.refused() == []

    asyncio.run(main())
    told = [int(each.body["text"]) for each in carrier.boxes["task_sage"]]
    assert told == list(range(200))
    assert len(carrier.boxes[GRAND_ELDER]) == 1


def test_each_process_sends_for_its_own_members_alone(
    database: Database, carrier: Carrier, clock: Hands
) -> None:
    async def main() -> None:
        rag = ElderTree(carrier, database, clock=clock, speaks_for=["rag_sage"])
        elder = ElderTree(carrier, database, clock=clock, speaks_for=[CLAUDE_ELDER])
        await elder.report(Report("rag_sage", "x", "lost", Weight.CRITICAL))
        await rag.report(Report("rag_sage", "x", "routine"))
        clock.move(3600)
        await elder.tick()
        assert carrier.boxes == {}
        await rag.tick()

    asyncio.run(main())
    topics = [each.topic for each in carrier.boxes[CLAUDE_ELDER]]
    assert topics == ["report.critical", "report.digest"]


def test_what_nobody_takes_up_rises_without_its_holders_process(
    database: Database, carrier: Carrier, clock: Hands
) -> None:
    async def main() -> None:
        servant = ElderTree(carrier, database, clock=clock, speaks_for=["servant.one"])
        await servant.escalate(TASK, "beyond me")
        clock.move(301)
        await ElderTree(carrier, database, clock=clock, speaks_for=[CLAUDE_ELDER]).tick()

    asyncio.run(main())
    (risen,) = carrier.boxes[CLAUDE_ELDER]
    assert risen.history[-1].sender == "task_sage"


def test_who_asks_again_gets_another_reply(tree: ElderTree, carrier: Carrier) -> None:
    member = Member()

    async def main() -> None:
        await tree.listen("servant.one", member)
        for _ in range(2):
            await tree.send(replace(TASK, reply_to="task_sage.replies"))

    asyncio.run(main())
    assert len(member.seen) == 2


def test_it_stands_on_a_transport_that_is_one(database: Database, clock: Hands) -> None:
    arrived: asyncio.Queue[Message] = asyncio.Queue()

    async def beyond_me(_message: Message) -> None:
        raise InsufficientAuthority("it needs another budget")

    async def main() -> Message:
        transport = MemoryTransport(clock=clock)
        tree = ElderTree(transport, database, clock=clock)
        for name in ("servant.one", "task_sage"):
            await tree.listen(name, beyond_me)
        await tree.listen(CLAUDE_ELDER, arrived.put)
        await tree.send(TASK)
        async with asyncio.timeout(10):
            found = await arrived.get()
        await transport.close()
        return found

    found = asyncio.run(main())
    assert [step.recipient for step in found.history] == ["task_sage", CLAUDE_ELDER]


def test_it_ticks_until_it_is_cancelled(tree: ElderTree, carrier: Carrier, clock: Hands) -> None:
    async def main() -> None:
        await tree.report(Report("rag_sage", "index.built", "built"))
        slept = asyncio.Event()
        ticks = _ticks(clock, slept)
        task = asyncio.create_task(tree.run(sleep=ticks))
        await slept.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await tree.forget()

    asyncio.run(main())
    assert len(carrier.boxes[CLAUDE_ELDER]) == 1


def _ticks(clock: Hands, enough: asyncio.Event) -> Callable[[float], Awaitable[object]]:
    async def sleep(seconds: float) -> None:
        clock.move(1800 * seconds)
        if clock.now > (START + 5400) * 1_000_000:
            enough.set()
        await asyncio.sleep(0)

    return sleep
