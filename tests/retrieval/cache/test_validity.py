from __future__ import annotations

from dataclasses import replace

import pytest

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.glance import Glance
from foundation.ids import Seq
from knowledge.log import PURGED, AsOf
from knowledge.watermarks import Watermarks
from retrieval.cache.model import Request
from retrieval.cache.validity import Validity
from tests.knowledge.test_watermarks import note

ADDED = "document.added"
ASKED = Request("x", collections=("a",))
EVERYTHING = Request("x")


class Followers:
    """Positions that a test moves."""

    def __init__(self) -> None:
        self.now = (0, 0)

    def __call__(self) -> tuple[int, ...]:
        return self.now


@pytest.fixture
def followers() -> Followers:
    return Followers()


@pytest.fixture
def validity(sqlite_database: Database, followers: Followers) -> Validity:
    marks = Watermarks(sqlite_database, Glance(sqlite_database).head)
    return Validity(marks, followers)


def test_an_answer_ends_with_the_next_change_of_its_collections(
    validity: Validity, sqlite_database: Database, followers: Followers
) -> None:
    note(sqlite_database, (ADDED, "a"))
    followers.now = (1, 1)
    tag = validity.tag()
    assert validity.holds(tag, ASKED)
    note(sqlite_database, (ADDED, "b"))
    assert validity.holds(tag, ASKED)
    assert not validity.holds(tag, EVERYTHING)
    note(sqlite_database, (ADDED, "a"))
    assert not validity.holds(tag, ASKED)


def test_an_answer_of_a_follower_that_lagged_ends_when_it_moves(
    validity: Validity, sqlite_database: Database, followers: Followers
) -> None:
    note(sqlite_database, (ADDED, "a"), (ADDED, "b"))
    followers.now = (2, 0)
    tag = validity.tag()
    assert validity.holds(tag, ASKED)
    followers.now = (2, 1)
    assert not validity.holds(tag, ASKED)


def test_a_follower_that_knew_all_that_was_asked_about_may_move(
    validity: Validity, sqlite_database: Database, followers: Followers
) -> None:
    note(sqlite_database, (ADDED, "a"), (ADDED, "b"))
    followers.now = (1, 1)
    tag = validity.tag()
    followers.now = (2, 2)
    assert validity.holds(tag, ASKED)
    assert not validity.holds(tag, EVERYTHING)


def test_an_answer_about_the_past_ends_with_a_purge_alone(
    validity: Validity, sqlite_database: Database, followers: Followers
) -> None:
    note(sqlite_database, (ADDED, "a"))
    followers.now = (1, 1)
    tag, past = validity.tag(), replace(ASKED, at=AsOf(seq=Seq(1)))
    note(sqlite_database, (ADDED, "a"), ("decision.made", ""))
    assert validity.holds(tag, past)
    assert not validity.holds(tag, replace(ASKED, at=AsOf(time=Micros(1))))
    note(sqlite_database, (PURGED, "b"))
    assert not validity.holds(tag, past)


def test_an_answer_of_another_log_never_holds(
    validity: Validity, sqlite_database: Database, followers: Followers
) -> None:
    note(sqlite_database, (ADDED, "a"), at=5)
    followers.now = (1, 1)
    tag = validity.tag()
    assert validity.holds(tag, ASKED)
    assert not validity.holds(replace(tag, recorded=Micros(6)), ASKED)
    assert not validity.holds(replace(tag, seq=Seq(9)), ASKED)
    assert not validity.holds(replace(tag, positions=(0, 1, 1)), ASKED)


def test_what_changed_a_short_time_ago_is_told(
    validity: Validity, sqlite_database: Database
) -> None:
    assert not validity.changed_within(3_600, ASKED, now=1.0)
    note(sqlite_database, (ADDED, "a"), at=1_000_000_000)
    assert validity.changed_within(3_600, ASKED, now=1_100.0)
    assert not validity.changed_within(3_600, ASKED, now=5_000.0)
    assert not validity.changed_within(3_600, replace(ASKED, at=AsOf(seq=Seq(1))), now=1_100.0)
