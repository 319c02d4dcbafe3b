"""From a metric to a learned rule, over a platform that is really served."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from elders.alerts.finding import alert_of
from elders.incidents.acting import Acting
from elders.incidents.actions import throttle
from elders.incidents.books import Books, Incidents
from elders.incidents.learn import LEARNED, Learning, lesson_of
from elders.incidents.model import Finding, Round
from elders.incidents.monitoring import Monitoring
from elders.incidents.opening import open_sage
from elders.incidents.records import ActionRecords, State, Taken
from elders.incidents.ring import Ring
from elders.incidents.rules import Kind, Rule, Rulebook, write_rules
from elders.incidents.sage import ADOPT, JUDGE, REPORT, REVERT, TURNED, UNDO, Desk, IncidentSage
from elders.incidents.watch import Watch as Looking
from elders.messages import Body, Message
from elders.platform import Platform
from elders.severity import Severity
from elders.transports.memory import MemoryTransport
from foundation.database.database import Database
from foundation.errors import Unavailable
from tests.elders.incidents.conftest import Served
from tests.elders.incidents.given import Ears, Watch, listening, rounds, run
from tests.elders.incidents.test_learning import queue_before_latency

UNHEARD_OF = Rule("odd", "app.up", Kind.BELOW, 0.5, Severity.HIGH, action="dance")
BOOK = Rulebook(
    (
        Rule(
            "slow", "app.latency_seconds", Kind.ABOVE, 1.0, Severity.HIGH, rounds=2,
            action="throttle",
        ),
    )
)  # fmt: skip


class Hall:
    """A sage with all its parts, and those who hear of it."""

    def __init__(
        self,
        store: Database,
        watch: Watch,
        asked: Platform,
        transport: MemoryTransport | None = None,
    ) -> None:
        self.watch = watch
        self.asked = asked
        self.books, self.incidents, self.ring = Books(store, watch), Incidents(store), Ring(store)
        self.books.adopt(BOOK, "for the test")
        self.transport = transport or MemoryTransport(clock=watch)
        self.handed: list[Finding] = []
        self.away = False
        self.acting = Acting([throttle(asked)], store, clock=watch, report=self.report)
        self.looking = Looking(BOOK)
        learning = Learning(
            asked, self.ring, self.books, self.incidents, self.transport, clock=watch
        )
        self.sage = IncidentSage(
            self.transport,
            Monitoring([], asked, self.ring, clock=watch),
            self.looking,
            self.acting,
            learning,
            Desk(self.ring, self.books, self.incidents),
            clock=watch,
            hand_over=self.take,
        )

    async def report(self, taken: Taken) -> None:
        await self.sage.report(taken)

    async def take(self, findings: Sequence[Finding]) -> None:
        if self.away:
            raise Unavailable("the store is away")
        self.handed += findings

    async def live(self, seen: Sequence[Round]) -> None:
        for each in seen:
            self.watch.now = each.at
            await asyncio.to_thread(self.ring.add, each)
            await self.sage.look(each)

    async def say(self, topic: str, body: Body, *, sender: str = "claude_elder") -> None:
        await self.sage.handle(Message(sender, "incident_sage", topic, body, self.watch()))


def test_an_incident_is_met_at_once_and_teaches_an_earlier_rule(
    store: Database, watch: Watch, platform: Served
) -> None:
    values = queue_before_latency()
    calm = {name: each + [each[0]] * 80 for name, each in values.items()}

    async def work() -> None:
        async with Platform(platform.url, SecretStr(platform.key)) as asked:
            hall = await asyncio.to_thread(Hall, store, watch, asked)
            above = await listening(hall.transport, "claude_elder")
            others = await listening(hall.transport, "knowledge_sage", "rag_sage", "task_sage")
            await hall.live(rounds(calm))
            await met(hall, above)
            await learned(hall, others)
            await undone(hall)
            await hall.transport.close()

    async def met(hall: Hall, above: Ears) -> None:
        assert [(each.labels["rule"], each.over) for each in hall.handed] == [
            ("slow", False), ("slow", True),
        ]  # fmt: skip
        (taken,) = await hall.acting.history()
        assert (taken.name, taken.state) == ("throttle", "done")
        held = await hall.asked.ask("GET", "v1/admin/restrictions")
        assert held["rate_factor"] == 0.25
        await above.wait_for(4, REPORT)
        told = [each.body["what"] for each in above.of(REPORT)]
        assert told == ["incident", "finding", "action", "incident"]

    async def learned(hall: Hall, others: Ears) -> None:
        (incident,) = await asyncio.to_thread(hall.incidents.since, hall.handed[0].at)
        assert incident.learned["suspects"][0]["series"] == "app.behind"
        assert incident.learned["version"] == 2
        active = await asyncio.to_thread(hall.books.active)
        assert "app.behind" in {each.series for each in active.book.rules}
        await others.wait_for(3, LEARNED)
        text = "app.latency_seconds incident cause and prevention"
        asking = {"query": text, "collections": ["incidents"]}
        hits = (await hall.asked.ask("POST", "v1/search", body=asking))["hits"]
        assert "app.behind" in hits[0]["text"]

    async def undone(hall: Hall) -> None:
        (taken,) = await hall.acting.history()
        for _ in range(2):
            await hall.say(UNDO, {"number": taken.number})
        held = await hall.asked.ask("GET", "v1/admin/restrictions")
        assert held["rate_factor"] == 1.0
        await hall.say(REVERT, {"version": 1})
        active = await asyncio.to_thread(hall.books.active)
        assert (active.version, active.book.rules) == (3, BOOK.rules)
        other = Rulebook(BOOK.rules[:1])
        await hall.say(ADOPT, {"rules": write_rules(other), "reason": "simpler"})
        active = await asyncio.to_thread(hall.books.active)
        assert (active.version, active.book, active.reason) == (4, other, "simpler")
        assert hall.looking.book == other

    run(work)


class Broken(MemoryTransport):
    """Takes nothing while it is away."""

    away = True

    async def send(self, message: Message) -> None:
        if self.away:
            raise Unavailable("the broker is away")
        await super().send(message)


def test_a_lesson_is_given_to_others_once_broker_and_platform_are_back(
    store: Database, watch: Watch, platform: Served
) -> None:
    values = queue_before_latency()
    calm = rounds({name: each + [each[0]] * 90 for name, each in values.items()})

    async def work() -> None:
        transport = Broken(clock=watch)
        async with Platform("http://127.0.0.1:9") as away:
            hall = await asyncio.to_thread(Hall, store, watch, away, transport)
            await hall.live(calm[:190])
        (owed,) = await asyncio.to_thread(hall.incidents.owed, calm[0].at)
        assert owed.learned["suspects"][0]["series"] == "app.behind"
        transport.away = False
        async with Platform(platform.url, SecretStr(platform.key)) as back:
            again = await asyncio.to_thread(Hall, store, watch, back, transport)
            others = await listening(transport, "knowledge_sage", "rag_sage", "task_sage")
            await again.live(calm[190:])
            await others.wait_for(3, LEARNED)
            assert {each.body["incident"] for each in others.of(LEARNED)} == {owed.id}
            page = await back.ask("GET", "v1/documents", query={"collection": "incidents"})
            assert f"{owed.id}.md" in {each["source_id"] for each in page["documents"]}
        assert await asyncio.to_thread(hall.incidents.owed, calm[0].at) == []
        (kept,) = await asyncio.to_thread(hall.incidents.since, calm[0].at)
        assert kept.learned == lesson_of(owed)
        await transport.close()

    run(work)


def test_what_opens_a_circuit_is_an_incident_and_nonsense_is_refused(
    store: Database, watch: Watch, platform: Served
) -> None:
    async def work() -> None:
        async with Platform(platform.url, SecretStr(platform.key)) as asked:
            hall = await asyncio.to_thread(Hall, store, watch, asked)
            turned = {"name": "redis", "before": "closed", "after": "open"}
            await hall.say(TURNED, turned)
            await hall.say(TURNED, {**turned, "after": "closed"})
            await hall.say(TURNED, {**turned, "after": "half_open"})
            await hall.say(TURNED, {})
            await hall.say(JUDGE, {"id": "incident-1", "real": "maybe"})
            await hall.say(JUDGE, {"id": "incident-1", "real": True})
            await hall.say(UNDO, {"number": 99})
            await hall.say(REVERT, {"version": 99})
            await hall.say(ADOPT, {"rules": [{"name": "half a rule"}]})
            await hall.say(ADOPT, {"rules": write_rules(Rulebook((UNHEARD_OF,)))})
            await hall.say("tea", {})
            assert [(each.kind, each.over) for each in hall.handed] == [
                ("circuit", False), ("circuit", True),
            ]  # fmt: skip
            assert alert_of(hall.handed[0]).fingerprint == alert_of(hall.handed[1]).fingerprint
            going = await asyncio.to_thread(hall.incidents.open)
            assert going is not None
            await hall.say(JUDGE, {"id": going.id, "real": False})
            active = await asyncio.to_thread(hall.books.active)
            assert (active.version, active.book.rules) == (1, BOOK.rules)
            judged = await asyncio.to_thread(hall.incidents.open)
            assert judged is not None
            assert judged.real is False
            await hall.say(JUDGE, {"id": going.id, "real": True}, sender="servant.a")
            assert await asyncio.to_thread(hall.incidents.open) == judged
            await hall.transport.close()

    run(work)


def test_what_was_found_while_the_store_was_away_is_handled_once_it_is_back(
    store: Database, watch: Watch, platform: Served
) -> None:
    async def work() -> None:
        async with Platform(platform.url, SecretStr(platform.key)) as asked:
            hall = await asyncio.to_thread(Hall, store, watch, asked)
            hall.away = True
            values = queue_before_latency()
            slow = rounds({name: each + [each[0]] * 10 for name, each in values.items()})
            await hall.live(slow[:-1])
            assert hall.handed == []
            hall.away = False
            await hall.live(slow[-1:])
            told = [(each.labels["rule"], each.over) for each in hall.handed]
            assert told == [("slow", False), ("slow", True)]
            (taken,) = await hall.acting.history()
            assert taken.name == "throttle"
            await hall.transport.close()

    run(work)


def test_it_settles_what_died_runs_measures_and_stops(
    store: Database, watch: Watch, platform: Served, tmp_path: Path
) -> None:
    async def work() -> None:
        transport = MemoryTransport(clock=watch)
        async with Platform(platform.url, SecretStr(platform.key)) as asked:
            sage = await asyncio.to_thread(
                open_sage, store, transport, asked, tmp_path, clock=watch,
                interval_seconds=0.01, dry_run=True,
            )  # fmt: skip
            records, stop, ring = ActionRecords(store), asyncio.Event(), Ring(store)
            left = await asyncio.to_thread(records.begin, "lockdown", "", State.BEGUN, watch())
            above = await listening(transport, "claude_elder")
            running = asyncio.create_task(sage.run(stop))
            while not await asyncio.to_thread(ring.count):  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.01)
            await above.wait_for(1, REPORT)
            stop.set()
            await running
            found, _ = await asyncio.to_thread(records.find, left.number)
        assert found.state is State.FAILED
        (told,) = above.of(REPORT)
        assert (told.body["what"], told.body["number"]) == ("action", left.number)
        assert (told.body["state"], told.body["told"]) == ("failed", found.told)
        await transport.close()

    run(work)
