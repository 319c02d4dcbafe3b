from __future__ import annotations

import random
import string
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, func, select, update

from foundation.database.engine import Database, open_database
from foundation.database.schema import changes, collections, counters, documents
from foundation.errors import Conflict, GuildError, InvalidInput, Unavailable
from tests.foundation.database.conftest import Opener
from tests.support.postgres import SMALL_POOL


def seq(connection: Connection) -> int:
    return int(connection.execute(select(counters.c.seq)).scalar_one())


def show(connection: Connection, name: str) -> str:
    return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


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
