from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from sqlalchemy import Connection, select, update

from foundation.database.engine import PoolSettings
from foundation.database.schema import collections, counters
from foundation.errors import Unavailable
from tests.foundation.database.conftest import Opener
from tests.support.postgres import SMALL_POOL, Server, terminate_all


def seq(connection: Connection) -> int:
    return int(connection.execute(select(counters.c.seq)).scalar_one())


def backend_id(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def terminate(url: str, pid: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def connections(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'elders'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_the_pool_is_as_large_as_promised(opened: Opener, postgres_url: str) -> None:
    database = opened(PoolSettings())
    assert eventually(lambda: connections(postgres_url) >= 10)
    with ExitStack() as stack:
        for _ in range(14):
            stack.enter_context(database.read())
        assert connections(postgres_url) >= 14
    pool = database._backend._pool  # type: ignore[attr-defined]  # PostgreSQL's backend
    assert (pool.min_size, pool.max_size) == (10, 50)
    assert (pool.max_lifetime, pool.max_idle) == (3600.0, 600.0)
    assert conninfo_to_dict(pool.conninfo)["connect_timeout"] == "3"


def test_no_connection_is_left_after_closing(opened: Opener, postgres_url: str) -> None:
    database = opened()
    with database.read() as connection:
        assert seq(connection) == 0
    database.close()
    assert eventually(lambda: connections(postgres_url) == 0)


def test_connections_that_the_server_ended_are_replaced_before_use(
    opened: Opener, postgres_url: str
) -> None:
    database = opened(replace(SMALL_POOL, min_size=4))
    assert eventually(lambda: connections(postgres_url) >= 4)
    started_at = time.monotonic()
    for number in range(1, 4):
        assert terminate_all(postgres_url) >= 1
        with database.write() as connection:
            connection.execute(update(counters).values(seq=number))
        assert terminate_all(postgres_url) >= 1
        with database.read() as connection:
            assert seq(connection) == number
    assert time.monotonic() - started_at < 5


def test_a_connection_lost_before_the_lock_was_had_is_tried_again(
    opened: Opener, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened()
    pool = database._backend._pool  # type: ignore[attr-defined]  # PostgreSQL's backend
    take, lost = pool.getconn, list[int]()

    def take_and_lose(timeout: float) -> psycopg.Connection[TupleRow]:
        connection: psycopg.Connection[TupleRow] = take(timeout=timeout)
        if not lost:
            lost.append(connection.info.backend_pid)
            terminate(postgres_url, lost[0])
        return connection

    monkeypatch.setattr(pool, "getconn", take_and_lose)
    with database.write() as connection:
        connection.execute(update(counters).values(seq=1))
    assert len(lost) == 1
    with database.read() as connection:
        assert seq(connection) == 1


def test_a_connection_lost_in_the_middle_is_unavailable_and_nothing_is_written(
    opened: Opener, postgres_url: str
) -> None:
    database = opened()

    def lose_a_writer() -> None:
        with database.write() as connection:
            connection.execute(update(counters).values(seq=5))
            terminate(postgres_url, backend_id(connection))
            connection.execute(update(counters).values(seq=6))

    def lose_a_reader() -> None:
        with database.read() as connection:
            terminate(postgres_url, backend_id(connection))
            seq(connection)

    for lose in (lose_a_writer, lose_a_reader):
        with pytest.raises(Unavailable):
            lose()
    with database.read() as connection:
        assert seq(connection) == 0


def test_the_pool_does_not_run_dry_of_connections_that_were_lost_in_use(
    opened: Opener, postgres_url: str
) -> None:
    database = opened(replace(SMALL_POOL, max_size=2, wait_seconds=5.0))

    def lose() -> None:
        with database.read() as connection:
            terminate(postgres_url, backend_id(connection))
            seq(connection)

    for _ in range(4):
        with pytest.raises(Unavailable):
            lose()
    pool = database._backend._pool  # type: ignore[attr-defined]  # PostgreSQL's backend
    with database.read() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.owner is pool, "the last resort had to serve"


def test_a_copy_whose_connection_is_lost_leaves_nothing(opened: Opener, postgres_url: str) -> None:
    database = opened()
    rows = [{"name": f"c{number}", "created_seq": 1} for number in range(2000)]

    def lose_the_copy() -> None:
        with database.write() as connection:
            terminate(postgres_url, backend_id(connection))
            database.bulk_insert(connection, collections, rows)

    with pytest.raises(Unavailable):
        lose_the_copy()
    with database.write() as connection:
        assert database.bulk_insert(connection, collections, rows) == 2000


def test_an_error_within_the_block_frees_the_connection(opened: Opener) -> None:
    database = opened(replace(SMALL_POOL, max_size=1, wait_seconds=0.1))
    for _ in range(5):
        with pytest.raises(KeyError), database.read() as connection:
            raise KeyError(seq(connection))
    pool = database._backend._pool  # type: ignore[attr-defined]  # PostgreSQL's backend
    assert pool.get_stats()["pool_available"] == 1


def test_when_the_pool_is_exhausted_a_connection_beside_it_serves(opened: Opener) -> None:
    database = opened(replace(SMALL_POOL, max_size=1, wait_seconds=0.1))
    with database.read() as first:
        inside = backend_id(first)
        started_at = time.monotonic()
        with database.read() as second:
            assert backend_id(second) != inside
        assert time.monotonic() - started_at < 3


@contextmanager
def no_connections_allowed(server: Server, url: str) -> Iterator[None]:
    """Let the server refuse everybody, as it does while it starts or stops."""
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [conninfo_to_dict(url)["dbname"]],
        )
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_server_that_went_away_is_unavailable_in_bounded_time_and_used_when_back(
    opened: Opener, postgres_server: Server, postgres_url: str
) -> None:
    slept: list[float] = []
    database = opened(
        replace(SMALL_POOL, wait_seconds=0.2), sleep=slept.append, rng=random.Random(1)
    )
    with no_connections_allowed(postgres_server, postgres_url):
        started_at = time.monotonic()
        with pytest.raises(Unavailable, match="did not answer"), database.read():
            pytest.fail("read")
        assert time.monotonic() - started_at < 5
        assert len(slept) == 2
        assert all(0 <= delay <= 0.1 * 2**n for n, delay in enumerate(slept))
    with database.read() as connection:
        assert seq(connection) == 0


def test_sqlalchemys_handler_of_notices_does_not_pile_up(opened: Opener) -> None:
    database = opened(replace(SMALL_POOL, max_size=1))
    for _ in range(20):
        with database.read() as connection:
            driver: Any = connection.connection.driver_connection
    assert len(driver._notice_handlers) <= 1
