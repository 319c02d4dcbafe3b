from __future__ import annotations

from pathlib import Path

import pytest

from elders.alerts.history import History, close, trim
from elders.alerts.learning import Response
from elders.alerts.model import Kind
from elders.alerts.tables import put_notice
from elders.store import open_store
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import NotFound
from tests.elders.alerts.conftest import notice
from tests.elders.conftest import Hands


def put(database: Database, first: int, count: int, targets: list[tuple[str, str]]) -> None:
    with database.write() as connection:
        for number in range(first, first + count):
            told = notice(composite=f"c{number}", at=Micros(number), kind=Kind.FIRING)
            put_notice(connection, told, "latency", targets, Micros(number))
        trim(connection)


def test_the_last_thousand_notices_are_kept_and_what_is_to_be_sent(database: Database) -> None:
    history = History(database)
    put(database, 0, 5, [("ada", "mail")])
    put(database, 5, 1_200, [])
    told = history.told(2_000)
    assert len(told) == 1_000
    assert [each.notice.composite for each in told[-6:]] == ["c210", "c4", "c3", "c2", "c1", "c0"]
    for delivery in history.due("mail", Micros(10)):
        history.sent(delivery)
    put(database, 2_000, 5, [])
    assert history.told(2_000)[-1].notice.composite == "c210"
    assert history.due("mail", Micros(10)) == []


def test_a_matter_that_ended_without_a_word_was_ignored(database: Database) -> None:
    history = History(database)
    put(database, 0, 3, [])
    history.respond("c0", Response.ACTED, "ada")
    with database.write() as connection:
        close(connection, notice(composite="c9", kind=Kind.RESOLVED, absorbs=["c0", "c1"]))
        close(connection, notice(composite="c2", kind=Kind.FIRING))
    found = {each.notice.composite: (each.response, each.responder) for each in history.told()}
    assert found == {
        "c0": (Response.ACTED, "ada"), "c1": (Response.IGNORED, None), "c2": (None, None),
    }  # fmt: skip
    assert history.rates()["latency"].cases == 2
    with pytest.raises(NotFound):
        history.respond("c9", Response.ACTED, "ada")


def test_what_became_of_a_matter_became_of_those_that_turned_out_to_be_it(
    database: Database,
) -> None:
    history = History(database)
    put(database, 0, 4, [])
    end = notice(composite="c3", number=3, kind=Kind.RESOLVED, absorbs=["c0", "c1"])
    with database.write() as connection:
        merged = notice(composite="c3", number=2, absorbs=["c0"])
        put_notice(connection, merged, "latency", [], Micros(9))
    assert history.respond("c3", Response.ACKNOWLEDGED, "ada") == {"c0", "c3"}
    with database.write() as connection:
        put_notice(connection, end, "latency", [], Micros(10))
        close(connection, end)
    found = {(each.notice.composite, each.response, each.responder) for each in history.told()}
    assert found == {
        *((each, Response.ACKNOWLEDGED, "ada") for each in ("c0", "c1", "c3")), ("c2", None, None)
    }  # fmt: skip
    assert history.rates()["latency"].cases == 3


def test_while_nobody_ever_responds_nothing_counts_as_ignored(database: Database) -> None:
    history = History(database)
    put(database, 0, 12, [])
    with database.write() as connection:
        for number in range(11):
            close(connection, notice(composite=f"c{number}", kind=Kind.RESOLVED))
    assert {each.response for each in history.told()} == {None}
    assert history.rates() == {}
    history.respond("c11", Response.ACKNOWLEDGED, "ada")
    assert history.rates()["latency"].cases == 1


def test_a_delivery_that_fails_comes_again_later_each_time(database: Database) -> None:
    history = History(database)
    put(database, 0, 1, [("ada", "mail"), ("ada", "chat")])
    at = 0
    for wait in (5, 20, 80, 320, 600, 600):
        (delivery,) = history.due("mail", Micros(at))
        assert not history.failed(delivery, "away", Micros(at))
        at += wait * 1_000_000
        assert history.due("mail", Micros(at - 1)) == []


def test_nobody_hears_of_the_end_before_the_beginning(database: Database) -> None:
    history = History(database)
    with database.write() as connection:
        for number, composite in ((1, "a"), (2, "a"), (1, "b")):
            told = notice(composite=composite, number=number)
            put_notice(connection, told, "latency", [("ada", "mail")], Micros(0))

    def due() -> list[str]:
        return [each.notice.key for each in history.due("mail", Micros(1))]

    assert due() == ["alert:a:1", "alert:b:1"]
    history.failed(history.due("mail", Micros(1))[0], "away", Micros(1))
    assert due() == ["alert:b:1"]
    (first, _) = history.due("mail", Micros(10**8))
    history.sent(first)
    assert due() == ["alert:a:2", "alert:b:1"]


def test_all_of_it_works_on_postgresql(fresh_postgres_url: str, tmp_path: Path) -> None:
    import asyncio

    from elders.alerts.alerting import Alerting, Sinks
    from elders.alerts.policy import Policy
    from elders.alerts.silences import Silences
    from tests.elders.alerts.conftest import Box, alert

    box, clock = Box(), Hands()

    async def main(database: Database) -> None:
        alerts = Alerting(database, Policy(), Sinks({"box": box}, "box", {}), clock=clock)
        Silences(database, clock).add(['service="x"'], seconds=60, by="ada", why="work")
        await alerts.take([alert(severity="critical", service="db"), alert(service="x")])
        clock.move(40)
        await alerts.tick()
        await alerts.deliver("box")
        await alerts.respond(box.notices[0].composite, Response.ACTED, "ada")
        await alerts.take([alert(severity="critical", service="db", at=50, resolved=True)])
        clock.move(400)
        for _ in range(2):
            clock.move(40)
            await alerts.tick()
            await alerts.deliver("box")
        assert len(await alerts.history()) == 2
        assert await alerts.given_up() == []

    database = open_store(tmp_path, fresh_postgres_url)
    try:
        asyncio.run(main(database))
    finally:
        database.close()
    assert [each.kind for each in box.notices] == [Kind.FIRING, Kind.RESOLVED]
