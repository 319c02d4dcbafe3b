"""What the truth promises on every engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from foundation.database.engine import Database, open_database
from foundation.database.revision import HEAD
from foundation.database.schema import changes, collections, counters, documents, verdicts
from foundation.errors import Conflict, InvalidInput, Unavailable
from tests.support.postgres import SMALL_POOL


class Stop(Exception):  # noqa: N818 - no error of the database
    """Ends a transaction early."""


def seq(connection: Connection) -> int:
    return int(connection.execute(select(counters.c.seq)).scalar_one())


def advance(connection: Connection) -> int:
    connection.execute(update(counters).values(seq=counters.c.seq + 1))
    return seq(connection)


def in_thread(work: Callable[[], object]) -> list[BaseException]:
    """Run to the end in another thread and hand back what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    return raised


def test_a_new_database_is_healthy_and_starts_counting_at_zero(database: Database) -> None:
    with database.read() as connection:
        row = connection.execute(select(counters)).one()
    assert tuple(row) == (1, 0, 0, 0, 0)
    health = database.check(deep=True)
    assert health.problems == ()
    assert (health.dialect, health.revision) == (database.dialect, HEAD)


def test_a_health_check_misses_the_row_of_counters(database: Database) -> None:
    with database.write() as connection:
        connection.execute(counters.delete())
        connection.execute(counters.insert().values(id=2, seq=0, chunk=0, document=0))
        connection.execute(counters.insert().values(id=3, seq=0, chunk=0, document=0))
    assert len(database.check().problems) == 1


def test_what_is_written_is_there_afterwards(database: Database) -> None:
    with database.write() as connection:
        assert advance(connection) == 1
    with database.read() as connection:
        assert seq(connection) == 1


def test_an_error_undoes_everything_in_the_transaction(database: Database) -> None:
    def fail_in_the_middle() -> None:
        with database.write() as connection:
            advance(connection)
            database.bulk_insert(connection, collections, [{"name": "a", "created_seq": 1}])
            raise Stop

    with pytest.raises(Stop):
        fail_in_the_middle()
    with database.read() as connection:
        assert seq(connection) == 0
        assert connection.scalar(select(func.count()).select_from(collections)) == 0


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.read() as reader:
        assert seq(reader) == 0
        with database.write() as connection:
            advance(connection)
        assert seq(reader) == 0
    with database.read() as reader:
        assert seq(reader) == 1


def test_a_reader_does_not_see_what_is_not_committed(database: Database) -> None:
    with database.write() as connection:
        advance(connection)
        with database.read() as reader:
            assert seq(reader) == 0


def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(InvalidInput, match="write\\(\\)"), database.read() as connection:
        advance(connection)
    with database.read() as connection:
        assert seq(connection) == 0


def test_writers_in_many_threads_take_turns(database: Database) -> None:
    seen: list[int] = []

    def work() -> None:
        for _ in range(5):
            with database.write() as connection:
                seen.append(advance(connection))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == list(range(1, 21))


def test_a_writer_sees_what_the_one_before_it_committed(
    database: Database, second: Database
) -> None:
    """Each of the two databases has its own turn: only the engine's lock is between them."""
    started, seen = threading.Event(), []

    def wait_for_the_first() -> None:
        started.set()
        with second.write() as connection:
            seen.append(seq(connection))

    with database.write() as connection:
        thread = threading.Thread(target=wait_for_the_first)
        thread.start()
        assert started.wait(5)
        thread.join(0.2)
        assert thread.is_alive(), "the second writer did not wait"
        advance(connection)
    thread.join(10)
    assert seen == [1]


def test_a_writer_that_waited_too_long_is_told_who_holds_it_up(
    database: Database, second: Database
) -> None:
    with database.write(), pytest.raises(Conflict, match="held by another writer"), second.write():
        pytest.fail("two writers at once")
    with second.write() as connection:
        assert advance(connection) == 1


def test_a_thread_that_waited_too_long_for_its_own_process_is_told_so(second: Database) -> None:
    def work() -> None:
        with second.write():
            pytest.fail("two writers at once")

    with second.write():
        (error,) = in_thread(work)
    assert isinstance(error, Conflict)
    assert "another thread" in str(error)


def test_a_write_within_a_write_is_refused_rather_than_waited_for(database: Database) -> None:
    with pytest.raises(InvalidInput, match="within a write"), database.write(), database.write():
        pytest.fail("nested")


def test_a_thread_can_ask_whether_it_is_within_a_write(database: Database) -> None:
    seen: list[bool] = []
    with database.write():
        assert database.is_writing
        assert in_thread(lambda: seen.append(database.is_writing)) == []
    assert (seen, database.is_writing) == ([False], False)


def test_a_writer_frees_its_turn_when_it_fails(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            advance(connection)
            raise Stop

    for _ in range(3):
        with pytest.raises(Stop):
            fail()
    with database.write() as connection:
        assert advance(connection) == 1


def test_a_row_that_exists_is_a_conflict_that_names_the_constraint(database: Database) -> None:
    row = {"name": "secret-collection", "created_seq": 1}
    with database.write() as connection:
        database.bulk_insert(connection, collections, [row])
    with pytest.raises(Conflict, match="collections") as caught, database.write() as connection:
        database.bulk_insert(connection, collections, [row])
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_row_that_refers_to_nothing_is_a_conflict(database: Database) -> None:
    row = {"id": "d", "number": 1, "collection": "none", "source_id": "s", "created_at": 1}
    with pytest.raises(Conflict), database.write() as connection:
        database.bulk_insert(connection, documents, [row])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("subject", "half \ud800"),
        ("details", {"a": float("nan")}),
        ("details", {"a": {1, 2}}),
        ("seq", 2**63),
    ],
)
def test_values_that_no_engine_holds_are_refused_by_plain_statements_too(
    database: Database, column: str, value: Any
) -> None:
    row = {
        "seq": 1, "at": 1, "kind": "k", "collection": "c", "document_id": None,
        "subject": "s", "actor": "a", "details": {},
    }  # fmt: skip
    with pytest.raises(InvalidInput), database.write() as connection:
        connection.execute(changes.insert().values(**{**row, column: value}))
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(changes)) == 0


def test_a_program_error_is_not_disguised(database: Database) -> None:
    with pytest.raises(Exception, match=r"nonsense|syntax") as caught, database.read() as reader:
        reader.exec_driver_sql("nonsense")
    assert type(caught.value).__module__.startswith("sqlalchemy")


def test_errors_do_not_repeat_the_values_of_a_statement(database: Database) -> None:
    with pytest.raises(Exception) as caught, database.write() as connection:
        connection.execute(
            verdicts.insert(),
            {"first_id": "top-secret", "second_id": "b", "same": True, "actor": "a", "seq": 1},
        )
    assert "top-secret" not in str(caught.value)


def test_a_closed_database_says_so(database: Database) -> None:
    database.close()
    with pytest.raises(Unavailable, match="closed"), database.read():
        pytest.fail("read")
    with pytest.raises(Unavailable, match="closed"), database.write():
        pytest.fail("written")


def test_deleted_bytes_are_reclaimed_while_the_rest_stays(database: Database) -> None:
    rows = [{"name": f"collection-{number}", "created_seq": number} for number in range(2000)]
    with database.write() as connection:
        database.bulk_insert(connection, collections, rows)
        connection.execute(collections.delete().where(collections.c.created_seq > 0))
    database.reclaim()
    with database.read() as connection:
        assert connection.scalars(select(collections.c.name)).all() == ["collection-0"]


def test_reclaiming_waits_for_no_writer_for_ever(database: Database, second: Database) -> None:
    with database.write() as connection:
        advance(connection)
        database.bulk_insert(connection, collections, [{"name": "a", "created_seq": 1}])
        with pytest.raises(Conflict):
            second.reclaim()
    second.reclaim()


def test_reclaiming_says_so_when_a_reader_still_sees_the_old_rows(
    database: Database, second: Database
) -> None:
    with database.write() as connection:
        database.bulk_insert(connection, collections, [{"name": "a", "created_seq": 1}])
    with database.read() as reader:
        assert seq(reader) == 0
        with second.write() as connection:
            connection.execute(collections.delete())
        with pytest.raises(Conflict, match="reclaim again"):
            second.reclaim()
    second.reclaim()


def test_tables_that_are_not_migrated_are_refused_when_nobody_may_migrate_them(
    database: Database, url: str, tmp_path: Path
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(Conflict, match="0000"):
        open_database(url, home=tmp_path, migrate=False, pool=SMALL_POOL)
