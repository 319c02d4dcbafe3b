from __future__ import annotations

import random
import string
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from sqlalchemy import Connection, func, select, update

from foundation.database.engine import Database, PoolSettings, open_database
from foundation.database.schema import changes, collections, counters, documents
from foundation.errors import Conflict, GuildError, InvalidInput, Unavailable
from tests.support.postgres import SMALL_POOL, NoServer, Server, new_name, started, terminate_all

Opener = Callable[..., Database]


@pytest.fixture
def opened(postgres_url: str, tmp_path: Path) -> Iterator[Opener]:
    """Open the test's database with a pool of the test's choice."""
    with ExitStack() as stack:

        def open_with(pool: PoolSettings = SMALL_POOL, **options: Any) -> Database:
            database = open_database(postgres_url, home=tmp_path, pool=pool, **options)
            return stack.enter_context(closing(database))

        yield open_with


def show(connection: Connection, name: str) -> str:
    return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


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


def test_the_servers_timeouts_are_in_force(postgres_database: Database) -> None:
    for transaction in (postgres_database.read, postgres_database.write):
        with transaction() as connection:
            assert show(connection, "statement_timeout") == "10s"
            assert show(connection, "idle_in_transaction_session_timeout") == "1min"
            assert show(connection, "client_encoding") == "UTF8"


def test_a_write_may_allow_its_statements_more_time_and_only_for_itself(opened: Opener) -> None:
    database = opened(replace(SMALL_POOL, max_size=1, statement_timeout_seconds=0.2))
    with database.write(statement_timeout_seconds=60) as connection:
        assert show(connection, "statement_timeout") == "1min"
        connection.exec_driver_sql("SELECT pg_sleep(0.5)")
    with database.write() as connection:
        assert show(connection, "statement_timeout") == "200ms"
    with database.read() as connection:
        assert show(connection, "statement_timeout") == "200ms"
        assert show(connection, "lock_timeout") == "0"


def test_a_statement_that_takes_too_long_is_stopped(opened: Opener) -> None:
    database = opened(replace(SMALL_POOL, statement_timeout_seconds=0.1))
    with pytest.raises(Unavailable, match="timeout"), database.read() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(5)")


def test_a_transaction_that_stands_idle_is_ended_and_said_to_be_unknown(opened: Opener) -> None:
    database = opened(replace(SMALL_POOL, idle_in_transaction_timeout_seconds=0.1))

    def dawdle() -> None:
        with database.write() as connection:
            connection.execute(update(counters).values(seq=5))
            time.sleep(0.4)

    with pytest.raises(Unavailable, match="unknown"):
        dawdle()
    with database.read() as connection:
        assert seq(connection) == 0


def test_readers_repeat_their_reads_and_writers_see_what_is_committed(opened: Opener) -> None:
    database = opened(replace(SMALL_POOL, max_size=1))
    for _ in range(2):
        with database.read() as connection:
            assert show(connection, "transaction_isolation") == "repeatable read"
            assert show(connection, "transaction_read_only") == "on"
        with database.write() as connection:
            assert show(connection, "transaction_isolation") == "read committed"
            assert show(connection, "transaction_read_only") == "off"


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


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("40001", Conflict),
        ("40P01", Conflict),
        ("55P03", Conflict),
        ("23514", Conflict),
        ("22P02", InvalidInput),
        ("54000", InvalidInput),
        ("53100", Unavailable),
        ("53300", Unavailable),
        ("57P03", Unavailable),
        ("42501", Unavailable),
        ("XX001", Unavailable),
        ("08006", Unavailable),
    ],
)
def test_the_servers_errors_become_ours_without_their_details(
    postgres_database: Database, code: str, kind: type[GuildError]
) -> None:
    with pytest.raises(kind) as caught, postgres_database.write() as connection:
        connection.exec_driver_sql(
            f"DO $$ BEGIN RAISE EXCEPTION 'the message' USING ERRCODE = '{code}', "
            "DETAIL = 'Failing row contains (secret)'; END $$"
        )
    assert type(caught.value) is kind
    assert "secret" not in str(caught.value)
    assert postgres_database.location in str(caught.value)
    if kind is not Unavailable:
        assert caught.value.__cause__ is None


def test_a_value_that_is_too_long_for_an_index_is_refused(postgres_database: Database) -> None:
    long = "".join(random.Random(1).choices(string.printable, k=9000))
    row = {"id": "d", "number": 1, "collection": "c", "source_id": long, "created_at": 0}

    def insert() -> None:
        with postgres_database.write() as connection:
            postgres_database.bulk_insert(
                connection, collections, [{"name": "c", "created_seq": 1}]
            )
            postgres_database.bulk_insert(connection, documents, [row])

    with pytest.raises(InvalidInput, match="index row"):
        insert()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@127.0.0.1:1/elders",
        "postgres://me:hunter2@127.0.0.1:1/elders",
        "postgresql+psycopg://me:hunter2@127.0.0.1:1/elders",
    ],
)
def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, url: str) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1/elders") as caught:
        open_database(url, home=tmp_path, sleep=lambda _: None)
    assert "hunter2" not in repr(caught.value)
    assert "hunter2" not in repr(caught.value.__cause__)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@host:port/elders",
        "postgresql://me:p@hunter2@host/elders",
        "postgresql://me:hunter2@host/elders?nonsense=hunter2",
        "postgresql://me:hunter2%zz@host/elders",
        "postgresql://me:12/hunter2@host/elders",
        "postgresql://me:hunter2/x@host/elders",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(InvalidInput, match="percent-encoded") as caught:
        open_database(url, home=tmp_path)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_database_that_does_not_exist_is_named(postgres_server: Server, tmp_path: Path) -> None:
    url = postgres_server.database_url("elders_no_such_database")
    with pytest.raises(Unavailable, match="elders_no_such_database"):
        open_database(url, home=tmp_path, pool=SMALL_POOL, sleep=lambda _: None)


def test_a_database_that_cannot_hold_every_text_is_refused(
    postgres_server: Server, tmp_path: Path
) -> None:
    name = new_name()
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' "
                "LC_COLLATE 'C' LC_CTYPE 'C'"
            ).format(sql.Identifier(name))
        )
    try:
        with pytest.raises(Conflict, match="LATIN1"):
            open_database(postgres_server.database_url(name), home=tmp_path, pool=SMALL_POOL)
    finally:
        postgres_server.drop(name)


def test_options_of_the_url_are_kept_beside_ours(postgres_url: str, tmp_path: Path) -> None:
    url = f"{postgres_url}?options=-c%20work_mem%3D7MB&application_name=mine"
    opened = open_database(url, home=tmp_path, pool=SMALL_POOL)
    with closing(opened), opened.read() as connection:
        assert show(connection, "work_mem") == "7MB"
        assert show(connection, "application_name") == "mine"
        assert show(connection, "statement_timeout") == "10s"


def test_reclaiming_makes_the_tables_smaller(postgres_database: Database) -> None:
    def size() -> int:
        with postgres_database.read() as connection:
            statement = "SELECT pg_total_relation_size('changes')"
            return int(connection.exec_driver_sql(statement).scalar_one())

    rows: list[dict[str, Any]] = [
        {
            "seq": number, "at": 0, "kind": "k", "collection": "c", "document_id": None,
            "subject": "x" * 500, "actor": "a", "details": {},
        }
        for number in range(3000)
    ]  # fmt: skip
    with postgres_database.write() as connection:
        postgres_database.bulk_insert(connection, changes, rows)
    large = size()
    with postgres_database.write() as connection:
        connection.execute(changes.delete().where(changes.c.seq > 0))
    postgres_database.reclaim()
    assert size() < large / 5
    with postgres_database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(changes)) == 1


def test_an_index_that_is_not_valid_is_found_by_a_deep_check(
    fresh_postgres_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(fresh_postgres_url) as connection:
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_changes_at'::regclass"
        )
    with closing(open_database(fresh_postgres_url, home=tmp_path, pool=SMALL_POOL)) as database:
        assert database.check().problems == ()
        assert database.check(deep=True).problems == (
            "the index ix_changes_at is not valid: REINDEX it",
        )


def test_a_server_can_be_started_for_tests_where_none_runs() -> None:
    try:
        with started() as server, psycopg.connect(server.url) as connection:
            assert connection.info.server_version >= 150000
            assert "5432" not in server.url
    except NoServer as reason:
        pytest.skip(str(reason))
