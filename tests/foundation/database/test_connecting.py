from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection

from foundation.database.engine import open_database
from foundation.errors import Conflict, InvalidInput, Unavailable
from tests.support.postgres import SMALL_POOL, NoServer, Server, new_name, started


def show(connection: Connection, name: str) -> str:
    return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


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


def test_a_server_can_be_started_for_tests_where_none_runs() -> None:
    try:
        with started() as server, psycopg.connect(server.url) as connection:
            assert connection.info.server_version >= 150000
            assert "5432" not in server.url
    except NoServer as reason:
        pytest.skip(str(reason))
