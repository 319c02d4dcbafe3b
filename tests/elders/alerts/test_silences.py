"""Silences: set and ended in the store, by whatever process, and heeded by the one that alerts."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from elders.alerts.alerting import Alerting, Sinks
from elders.alerts.policy import Policy
from elders.alerts.silences import Silences
from elders.severity import Severity
from elders.store import open_store
from foundation.database.database import Database
from foundation.errors import InvalidInput, NotFound
from tests.elders.alerts.conftest import Box, alert
from tests.elders.conftest import Hands


def test_a_silence_by_another_process_mutes_until_it_ends_or_is_removed(
    tmp_path: Path, clock: Hands
) -> None:
    box = Box()

    async def main(database: Database, silences: Silences) -> None:
        alerts = Alerting(database, Policy(), Sinks({"box": box}, "box", {}), clock=clock)

        async def passes(seconds: float) -> None:
            for _ in range(int(seconds / 10)):
                clock.move(10)
                await alerts.tick()
                await alerts.deliver("box")

        await alerts.take([alert(severity="critical", service="db")])
        made = silences.add(['service="db"'], seconds=7_200, by="ada", why="work")
        await passes(200)
        assert box.sent == []
        silences.remove(made.id)
        await alerts.take([replace(alert(severity="critical", service="db"), at=clock())])
        await passes(250)
        assert [each.severity for each in box.notices] == [Severity.CRITICAL]
        silences.add(['service="web"'], seconds=60, by="ada", why="work")
        await alerts.take([replace(alert("errors", service="web"), at=clock())])
        await passes(50)
        assert {each.severity for each in box.notices} == {Severity.CRITICAL}
        await alerts.take([replace(alert("errors", service="web"), at=clock())])
        await passes(290)

    with (
        closing(open_store(tmp_path)) as database,
        closing(open_store(tmp_path)) as other,
    ):
        asyncio.run(main(database, Silences(other, clock)))
    assert {each.severity for each in box.notices} == {Severity.CRITICAL, Severity.HIGH}


def test_those_that_hold_are_listed_and_none_ends_twice(database: Database, clock: Hands) -> None:
    silences = Silences(database, clock)
    long = silences.add(['service="db"', 'severity!="low"'], seconds=900, by="ada", why="upgrade")
    short = silences.add(['rule=~"slow.*"'], seconds=60, by="bob", why="known")
    assert silences.all() == [short, long]
    clock.move(60)
    assert silences.all() == [long]
    for ended in (short.id, "nothing"):
        with pytest.raises(NotFound, match="there is no silence"):
            silences.remove(ended)
    silences.remove(long.id)
    assert silences.all() == []


@pytest.mark.parametrize(
    ("conditions", "seconds"), [([], 60), (["nonsense"], 60), (['a="b"'], 0), (['a="b"'], 1e12)]
)
def test_a_silence_without_condition_or_end_is_refused(
    database: Database, clock: Hands, conditions: list[str], seconds: float
) -> None:
    with pytest.raises(InvalidInput):
        Silences(database, clock).add(conditions, seconds=seconds, by="ada", why="")


def test_a_silence_that_nobody_can_read_any_more_holds_up_no_alert(
    database: Database, clock: Hands
) -> None:
    silences = Silences(database, clock)
    first = silences.add(['service="db"'], seconds=60, by="ada", why="work")
    second = silences.add(['service="web"'], seconds=60, by="ada", why="work")
    with database.write() as connection:
        old = {"matchers": '["service=~\\"(?!db).*\\""]', "key": first.id}
        query = "UPDATE guild_alert_silences SET matchers = :matchers WHERE key = :key"
        connection.execute(text(query), old)
    assert silences.all() == [second]
    silences.remove(first.id)
