from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from elders.alerts.alerting import Alerting, Sinks
from elders.alerts.learning import Response
from elders.alerts.model import Alert, Kind, Notice
from elders.alerts.policy import Policy
from elders.alerts.topology import Topology
from elders.severity import Severity
from elders.store import open_store
from foundation.database.database import Database
from foundation.errors import InvalidInput, NotFound, Unavailable
from tests.elders.alerts.conftest import Box, alert
from tests.elders.conftest import START, Hands

POLICY = Policy(topology=Topology({"api": ["db"], "web": ["api"]}))

BY_SEVERITY = {Severity.CRITICAL: ("ada",)}


@pytest.fixture(autouse=True)
def _nothing_blocks() -> Iterator[None]:
    with blockbuster_ctx():
        yield


def alerting(
    database: Database, clock: Hands, box: Box, policy: Policy = POLICY, **more: object
) -> Alerting:
    sinks = Sinks({box.name: box}, box.name, {})
    return Alerting(database, policy, sinks, clock=clock, **more)  # type: ignore[arg-type] # an enricher


async def passes(alerts: Alerting, clock: Hands, seconds: float, *, step: float = 10) -> None:
    for _ in range(int(seconds / step)):
        clock.move(step)
        await alerts.tick()
        await alerts.deliver("box")


def now(clock: Hands, found: Alert) -> Alert:
    return replace(found, at=clock())


def test_an_alert_is_told_after_the_wait_again_after_the_interval_and_at_its_end(
    database: Database, clock: Hands
) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        for _ in range(64):
            await alerts.take([now(clock, alert(service="db"))])
            await passes(alerts, clock, 240, step=240)
        await passes(alerts, clock, 400)

    asyncio.run(main())
    kinds = [(notice.number, notice.kind) for notice in box.notices]
    assert kinds == [(1, Kind.FIRING), (2, Kind.FIRING), (3, Kind.RESOLVED)]
    assert box.notices[0].at - START * 1_000_000 == 240_000_000
    assert box.notices[1].at - box.notices[0].at == 14_400_000_000
    assert box.notices[1].reports == 61
    assert {receiver for receiver, _ in box.sent} == {"claude_elder", "incident_sage"}


def test_what_became_worse_is_told_soon(database: Database, clock: Hands) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        await alerts.take([alert(severity="medium", service="db")])
        await passes(alerts, clock, 40)
        await alerts.take([now(clock, alert("errors", "critical", service="db"))])
        await passes(alerts, clock, 40)

    asyncio.run(main())
    assert [notice.severity for notice in box.notices] == [Severity.MEDIUM, Severity.CRITICAL]
    assert [receiver for receiver, _ in box.sent] == [
        "incident_sage", "on_call_engineer",
        "grand_elder", "claude_elder", "incident_sage", "on_call_engineer",
    ]  # fmt: skip


def test_whoever_was_told_of_the_beginning_is_told_of_the_end(
    database: Database, clock: Hands
) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        await alerts.take([alert(severity="low", service="web", tags=("performance",))])
        await passes(alerts, clock, 40)
        await alerts.take([now(clock, alert("errors", "high", service="other"))])
        await passes(alerts, clock, 40)
        await alerts.take([now(clock, alert("down", "critical", service="db"))])
        await passes(alerts, clock, 40)
        await passes(alerts, clock, 400)

    asyncio.run(main())
    told: dict[str, set[str]] = {}
    over: dict[str, set[str]] = {}
    for receiver, each in box.sent:
        (told if each.kind is Kind.FIRING else over).setdefault(each.composite, set()).add(receiver)
    assert over == told
    first = box.notices[0].composite
    assert {"on_call_engineer", "performance_team", "grand_elder"} <= over[first]


def test_whoever_was_told_of_one_of_two_matters_that_are_one_is_told_of_the_end(
    database: Database, clock: Hands
) -> None:
    box = Box()

    async def main() -> None:
        topology = Topology({"api": ["db"], "web": ["db"]})
        alerts = alerting(database, clock, box, Policy(topology=topology, routes=BY_SEVERITY))
        await alerts.take([alert("slow", "critical", service="api")])
        await alerts.take([alert("errors", "critical", service="web", tags=("performance",))])
        await passes(alerts, clock, 40)
        assert len(box.notices) == 2
        await alerts.take([now(clock, alert("errors", "critical", service="web"))])
        await alerts.take([now(clock, alert("down", "critical", service="db"))])
        await passes(alerts, clock, 400)

    asyncio.run(main())
    (over,) = [each for each in box.notices if each.kind is Kind.RESOLVED]
    assert over.absorbs
    assert set(over.receivers) == {"ada", "performance_team"}


def test_a_critical_alert_that_was_over_at_once_is_told_all_the_same(
    database: Database, clock: Hands
) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        await alerts.take([alert(severity="critical", service="db")])
        await alerts.take([alert(severity="critical", service="db", at=1, resolved=True)])
        await alerts.take([alert(severity="high", service="other")])
        await alerts.take([alert(severity="high", service="other", at=1, resolved=True)])
        await passes(alerts, clock, 90)

    asyncio.run(main())
    assert [notice.kind for notice in box.notices] == [Kind.FIRING, Kind.RESOLVED]
    assert box.notices[0].critical == ["latency (db): slow"]


@pytest.mark.parametrize("before", ["low", None])
@pytest.mark.parametrize("late", [False, True])
def test_a_critical_alert_that_became_milder_before_anybody_was_told_is_told_as_critical(
    database: Database, clock: Hands, before: str | None, *, late: bool
) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        if before:
            await alerts.take([alert("disk", before, service="db")])
            await passes(alerts, clock, 40)
        grave = now(clock, alert("disk", "critical", service="db"))
        clock.move(5)
        mild = now(clock, alert("disk", "low", service="db"))
        for each in (mild, grave) if late else (grave, mild):
            await alerts.take([each])
        await passes(alerts, clock, 40)
        for _ in range(5):
            await passes(alerts, clock, 3_000, step=200)
            await alerts.take([now(clock, alert("disk", "low", service="db"))])

    asyncio.run(main())
    told = [each for each in box.notices if each.kind is Kind.FIRING][bool(before) :]
    assert told[0].critical == ["disk (db): slow"]
    assert [each.severity for each in told[:2]] == [Severity.CRITICAL, Severity.LOW]
    assert {"grand_elder", "claude_elder", "incident_sage"} <= set(told[0].receivers)


def test_what_was_critical_is_explained_by_no_other_alert_until_it_was_told(
    database: Database, clock: Hands
) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        await alerts.take([alert("down", "critical", service="db")])
        await alerts.take([alert("errors", "critical", service="api")])
        await alerts.take([alert("errors", "low", service="api", at=5)])
        await passes(alerts, clock, 40)

    asyncio.run(main())
    named = [name for each in box.notices for name in each.critical]
    assert sorted(named) == ["down (db): slow", "errors (api): slow"]


def test_nothing_is_lost_when_the_process_ends_at_any_point(tmp_path: Path, clock: Hands) -> None:
    box = Box(failing=Unavailable("away"))

    async def one_step(number: int, database: Database) -> None:
        alerts = alerting(database, clock, box)
        if number == 0:
            await alerts.take([alert(severity="critical", service="db")])
        elif number == 1:
            await alerts.tick()
        elif number == 2:
            assert await alerts.deliver("box") == 0
            box.failing = None
        elif number == 3:
            await alerts.deliver("box")
            await alerts.deliver("box")
        else:
            await alerts.take([alert(severity="critical", service="db", at=200, resolved=True)])
            await passes(alerts, clock, 60)

    for number in range(5):
        with closing(open_store(tmp_path / "guild")) as database:
            asyncio.run(one_step(number, database))
        clock.move(40)
    assert [receiver for receiver, _ in box.sent] == [
        "grand_elder", "claude_elder", "incident_sage",
    ] * 2  # fmt: skip
    assert [notice.kind for notice in box.notices] == [Kind.FIRING, Kind.RESOLVED]


def test_what_could_not_be_sent_for_a_day_is_given_up_and_listed(
    database: Database, clock: Hands
) -> None:
    box = Box(failing=Unavailable("no such room"))

    async def main() -> None:
        alerts = alerting(database, clock, box)
        await alerts.take([alert(severity="low", service="db")])
        await passes(alerts, clock, 40)
        await passes(alerts, clock, 90_000, step=600)
        found = await alerts.given_up()
        assert [(receiver, reason) for _, receiver, reason in found][:1] == [
            ("on_call_engineer", "no such room")
        ]
        box.failing = None
        await passes(alerts, clock, 600)

    asyncio.run(main())
    assert all(notice.kind is not Kind.FIRING for notice in box.notices)


def test_rules_that_nobody_heeds_are_told_more_quietly(database: Database, clock: Hands) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        for number in range(24):
            grave = "critical" if number % 2 else "high"
            await alerts.take([now(clock, alert("noise", grave))])
            await alerts.take([now(clock, alert("useful", "high"))])
            await passes(alerts, clock, 40, step=40)
            for notice in {each.composite: each for _, each in box.sent[-5:]}.values():
                if notice.lines[0].rule == "useful":
                    await alerts.respond(notice.composite, Response.ACTED, "ada")
            await passes(alerts, clock, 400, step=100)
        rates = await alerts.rates()
        assert rates["noise"].is_quiet
        assert not rates["useful"].is_quiet
        with pytest.raises(NotFound, match="no alert"):
            await alerts.respond("nothing", Response.ACTED, "ada")

    asyncio.run(main())
    told = {
        (each.lines[0].rule, each.lines[0].severity): each.severity
        for each in box.notices
        if each.kind is Kind.FIRING
    }
    assert told["noise", Severity.MEDIUM] is Severity.MEDIUM
    assert told["noise", Severity.CRITICAL] is Severity.CRITICAL
    assert told["useful", Severity.HIGH] is Severity.HIGH


class Stuck:
    """An enricher that fails, however it does."""

    async def enrich(self, notice: Notice) -> Notice:
        raise RuntimeError(notice.key)

    async def close(self) -> None: ...


def test_an_enrichment_that_fails_holds_nothing_back(database: Database, clock: Hands) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box, enricher=Stuck())
        await alerts.take([alert(service="db")])
        await passes(alerts, clock, 40)
        await alerts.close()

    asyncio.run(main())
    assert len(box.notices) == 1


def test_a_report_too_large_is_refused_and_nothing_with_it_is_counted(
    database: Database, clock: Hands
) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        for bad in (alert(""), alert(summary="x" * 3_000), alert(service="a\0b")):
            with pytest.raises(InvalidInput):
                await alerts.take([alert(service="db"), bad])
        await passes(alerts, clock, 60)

    asyncio.run(main())
    assert box.sent == []


def test_a_store_that_fails_leaves_what_was_known(database: Database, clock: Hands) -> None:
    box = Box()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        await alerts.take([alert(service="db")])
        with pytest.raises(InvalidInput):
            await alerts.take([alert(service="web"), alert("\ud800")])
        await passes(alerts, clock, 40)

    asyncio.run(main())
    assert box.notices[0].members == 1


def test_sinks_that_nobody_made_are_refused(database: Database) -> None:
    with pytest.raises(InvalidInput, match="there is no sink 'mail'"):
        Alerting(database, POLICY, Sinks({"box": Box()}, "box", {"ada": ["mail"]}))


def test_each_sink_is_served_by_itself(database: Database, clock: Hands) -> None:
    box, done = Box(), asyncio.Event()

    async def main() -> None:
        alerts = alerting(database, clock, box)
        await alerts.take([alert(service="db")])

        async def sleep(_: float) -> None:
            clock.move(20)
            if box.sent:
                done.set()
            await asyncio.sleep(0)

        running = asyncio.ensure_future(alerts.run(sleep=sleep))
        await asyncio.wait_for(done.wait(), 10)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())
    assert box.notices[0].kind is Kind.FIRING
