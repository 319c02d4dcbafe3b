"""Work that is asked for twice is done once, on both engines, after restarts and crashes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import idempotency
from foundation.errors import Conflict, InvalidInput
from foundation.idempotency import LARGEST_BODY, Answered, Idempotency, forget_answers

ANSWER = Answered(200, "application/json", b'{"results": []}')
HOUR = 3_600_000_000


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_728_000_000_000_000

    def __call__(self) -> Micros:
        return Micros(self.now)


@pytest.fixture
def clock() -> Hands:
    return Hands()


def test_what_was_answered_is_answered_again_by_any_process(
    database: Database, clock: Hands
) -> None:
    first = Idempotency(database, clock, home=Path("one"))
    assert first.begin("key", "request") is None
    first.finish("key", ANSWER)
    for again in (
        first,
        Idempotency(database, clock, home=Path("one")),
        Idempotency(database, clock, home=Path("two")),
    ):
        assert again.begin("key", "request") == ANSWER
        with pytest.raises(InvalidInput, match="another request"):
            again.begin("key", "other")


def test_what_is_under_way_is_not_begun_again(database: Database, clock: Hands) -> None:
    first = Idempotency(database, clock, home=Path("one"))
    first.begin("key", "request")
    elsewhere = Idempotency(database, clock, home=Path("two"))
    for again in (first, elsewhere):
        with pytest.raises(Conflict, match="still being worked on"):
            again.begin("key", "request")
        with pytest.raises(InvalidInput):
            again.begin("key", "other")
    first.release("key")
    assert elsewhere.begin("key", "request") is None


def test_after_a_crash_the_homes_next_owner_begins_anew_at_once(
    database: Database, clock: Hands
) -> None:
    Idempotency(database, clock, home=Path("one")).begin("key", "request")
    next_one = Idempotency(database, clock, home=Path("one"))
    assert next_one.begin("key", "request") is None
    next_one.finish("key", ANSWER)
    assert next_one.begin("key", "request") == ANSWER


def test_after_a_crash_of_another_home_it_is_begun_anew_after_an_hour(
    database: Database, clock: Hands
) -> None:
    lost = Idempotency(database, clock, home=Path("one"))
    lost.begin("key", "request")
    other = Idempotency(database, clock, home=Path("two"))
    clock.now += HOUR
    assert other.begin("key", "request") is None
    lost.finish("key", ANSWER)  # it was slow, not dead: the answer is the other's to give
    with pytest.raises(Conflict):
        other.begin("key", "request")


def test_old_answers_are_swept(database: Database, clock: Hands) -> None:
    kept = Idempotency(database, clock, home=Path("one"))
    for name in ("a", "b"):
        kept.begin(name, "request")
        kept.finish(name, ANSWER)
        clock.now += HOUR
    clock.now += 22 * HOUR
    assert kept.begin("a", "another") is None
    assert kept.begin("b", "request") == ANSWER
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(idempotency)) == 2


@pytest.mark.parametrize("body", [os.urandom(LARGEST_BODY + 1), b"x" * (16 * 1024 * 1024 + 1)])
def test_too_large_an_answer_is_known_to_have_been_given(
    sqlite_database: Database, clock: Hands, body: bytes
) -> None:
    kept = Idempotency(sqlite_database, clock, home=Path("one"))
    kept.begin("key", "request")
    kept.finish("key", Answered(200, "text/plain", body))
    with pytest.raises(Conflict, match="was not kept"):
        kept.begin("key", "request")


def test_a_purge_leaves_nothing_of_what_answers_said(database: Database, clock: Hands) -> None:
    kept = Idempotency(database, clock, home=Path("one"))
    kept.begin("key", "request")
    kept.finish("key", ANSWER)
    with database.write() as connection:
        forget_answers(connection)
    with pytest.raises(Conflict, match="look at what is there"):
        kept.begin("key", "request")


def test_of_many_at_once_one_begins(database: Database, clock: Hands) -> None:
    kept = [Idempotency(database, clock, home=Path(home)) for home in ("one", "two")]
    gate, begun, refused = threading.Barrier(8), [], []

    def ask(number: int) -> None:
        gate.wait(30)
        try:
            begun.append(kept[number % 2].begin("key", "request"))
        except Conflict as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (begun, len(refused)) == ([None], 7)


class Queued:
    """A database for which one thread waits before it may write."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waiting: threading.Thread | None = None
        self.waits, self.go = threading.Event(), threading.Event()

    def write(self) -> AbstractContextManager[Connection]:
        if threading.current_thread() is self.waiting:
            self.waits.set()
            assert self.go.wait(30)
        return self.database.write()


@pytest.mark.parametrize("ending", ["finish", "release"])
def test_while_the_end_waits_to_be_written_it_is_not_begun_again(
    database: Database, clock: Hands, ending: str
) -> None:
    queued = Queued(database)
    kept = Idempotency(cast("Database", queued), clock, home=Path("one"))
    assert kept.begin("key", "request") is None
    ends = {"finish": lambda: kept.finish("key", ANSWER), "release": lambda: kept.release("key")}
    queued.waiting = threading.Thread(target=ends[ending])
    queued.waiting.start()
    assert queued.waits.wait(30)
    try:
        with pytest.raises(Conflict, match="still being worked on"):
            kept.begin("key", "request")
    finally:
        queued.go.set()
        queued.waiting.join()
    assert kept.begin("key", "request") == (ANSWER if ending == "finish" else None)


def test_between_its_row_and_its_commit_it_is_known_to_be_worked_on(
    sqlite_database: Database, clock: Hands
) -> None:
    class Committing(Queued):
        def write(self) -> AbstractContextManager[Connection]:
            return seen(self.database.write())

    @contextmanager
    def seen(writing: AbstractContextManager[Connection]) -> Iterator[Connection]:
        with writing as connection:
            yield connection
        with pytest.raises(Conflict, match="still being worked on"):
            other.begin("key", "request")

    other = Idempotency(sqlite_database, clock, home=Path("one"))
    kept = Idempotency(cast("Database", Committing(sqlite_database)), clock, home=Path("one"))
    other._run, other._working = kept._run, kept._working  # the same, by another way to write
    assert kept.begin("key", "request") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.binary(max_size=2_000), st.integers(200, 299), st.uuids())
def test_an_answer_comes_back_byte_by_byte(
    sqlite_database: Database, body: bytes, status: int, key: UUID
) -> None:
    kept = Idempotency(sqlite_database, Hands(), home=Path("one"))
    answer = Answered(status, "text/plain", body)
    if kept.begin(str(key), "request") is None:
        kept.finish(str(key), answer)
        assert kept.begin(str(key), "request") == answer
