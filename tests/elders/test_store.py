"""The guild's own tables."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from elders.messages import Message
from elders.store import open_store
from elders.tree.outbox import Outbox, put
from foundation.clock import Micros
from foundation.errors import Conflict, Unavailable
from tests.support.postgres import Server, new_name


def test_a_store_opens_again_and_two_processes_may_share_it(tmp_path: Path) -> None:
    with (
        closing(open_store(tmp_path / "new")) as first,
        closing(open_store(tmp_path / "new")) as second,
    ):
        assert first.location == second.location


def test_an_empty_postgresql_database_is_enough(tmp_path: Path, postgres_server: Server) -> None:
    name = new_name()
    url = postgres_server.create(name)
    try:
        with (
            closing(open_store(tmp_path, url)) as first,
            closing(open_store(tmp_path, url)) as second,
            first.write(),
            second.read() as connection,
        ):
            assert connection.exec_driver_sql("SELECT count(*) FROM guild_schema").scalar() == 1
    finally:
        postgres_server.drop(name)


def test_tables_of_another_version_are_not_touched(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as database, database.write() as connection:
        connection.exec_driver_sql("UPDATE guild_schema SET version = 99")
    with pytest.raises(Conflict, match="version 99"):
        open_store(tmp_path)


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unavailable, match="can't be made"):
        open_store(tmp_path / "file" / "guild")


def test_tables_of_the_first_version_become_those_of_the_second(tmp_path: Path) -> None:
    _as_of_the_first_version(tmp_path, None)


def test_so_they_do_on_postgresql(tmp_path: Path, fresh_postgres_url: str) -> None:
    _as_of_the_first_version(tmp_path, fresh_postgres_url)


def _as_of_the_first_version(folder: Path, url: str | None) -> None:
    message = Message("rag_sage", "task_sage", "hello", {"text": "é"}, Micros(1))
    with closing(open_store(folder, url)) as database, database.write() as connection:
        put(connection, message, "a")
        connection.exec_driver_sql("ALTER TABLE guild_outbox DROP COLUMN sender")
        connection.exec_driver_sql("ALTER TABLE guild_outbox DROP COLUMN recipient")
        connection.exec_driver_sql("UPDATE guild_schema SET version = 1")
    for _ in range(2):
        with closing(open_store(folder, url)) as database:
            outbox = Outbox(database, ["rag_sage"])
            assert [each.key for _, each in outbox.waiting()] == [message.key]
            assert outbox.waiting(skipped=["task_sage"]) == []
