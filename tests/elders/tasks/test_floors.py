"""Floors of workers: one for each source, the highest holds, old messages change nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from elders.tasks.floors import Floors
from elders.tasks.model import MICROS
from elders.tasks.scaling import LONGEST_SECONDS, Floor
from elders.tasks.tables import floors as rows
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput
from tests.elders.tasks.given import Watch


def wanted(watch: Watch, source: str, workers: int, *, seconds: float = 60.0) -> Floor:
    return Floor(source, workers, Micros(watch.now + int(seconds * MICROS)), watch.now)


def taken_back(floor: Floor) -> Floor:
    return Floor(floor.source, 0, floor.asked_at, floor.asked_at)


def sources(store: Database) -> set[str]:
    with store.read() as connection:
        return set(connection.execute(select(rows.c.source)).scalars())


def test_the_highest_that_has_not_ended_holds(store: Database, watch: Watch) -> None:
    floors = Floors(store, clock=watch)
    assert floors.least() == 0
    floors.ask(wanted(watch, "action", 9, seconds=60))
    floors.ask(wanted(watch, "knob", 5, seconds=120))
    assert floors.least() == 9
    watch.pass_(60)
    assert floors.least() == 5
    watch.pass_(60)
    assert floors.least() == 0


def test_what_is_taken_back_is_its_own_sources_alone(store: Database, watch: Watch) -> None:
    floors = Floors(store, clock=watch)
    action, knob = wanted(watch, "action", 9), wanted(watch, "knob", 5)
    floors.ask(action)
    floors.ask(knob)
    floors.ask(taken_back(action))
    assert floors.least() == 5
    floors.ask(action)
    floors.ask(taken_back(knob))
    assert floors.least() == 0


def test_what_is_taken_back_late_leaves_what_was_asked_for_since(
    store: Database, watch: Watch
) -> None:
    floors = Floors(store, clock=watch)
    first = wanted(watch, "action", 9)
    floors.ask(first)
    watch.pass_(1)
    floors.ask(wanted(watch, "action", 7))
    floors.ask(taken_back(first))
    assert floors.least() == 7


def test_an_older_message_brings_nothing_back(store: Database, watch: Watch) -> None:
    floors = Floors(store, clock=watch)
    first = wanted(watch, "action", 9, seconds=LONGEST_SECONDS)
    watch.pass_(1)
    second = wanted(watch, "action", 4, seconds=10)
    floors.ask(second)
    floors.ask(first)
    assert floors.least() == 4
    watch.pass_(10)
    floors.ask(second)
    floors.ask(first)
    assert floors.least() == 0


def test_rows_go_when_nothing_older_can_matter(store: Database, watch: Watch) -> None:
    floors = Floors(store, clock=watch)
    old = wanted(watch, "action", 9)
    floors.ask(old)
    watch.pass_(LONGEST_SECONDS - 1)
    floors.ask(wanted(watch, "knob", 5))
    assert sources(store) == {"action", "knob"}
    watch.pass_(1)
    floors.ask(old)
    assert sources(store) == {"knob"}


def test_a_clock_that_is_far_ahead_does_not_keep_workers(store: Database, watch: Watch) -> None:
    floors, ahead = Floors(store, clock=watch), Watch()
    ahead.pass_(LONGEST_SECONDS + 1)
    with pytest.raises(InvalidInput, match="future"):
        floors.ask(wanted(ahead, "action", 9))
    assert sources(store) == set()
