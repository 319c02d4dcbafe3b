from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from foundation.database import migrations
from foundation.database.engine import Database, open_database
from foundation.database.revision import HEAD, current_revision
from foundation.database.schema import counters, metadata
from foundation.errors import Conflict
from tests.support.postgres import SMALL_POOL, Server, new_name

LATER = {
    "names", "mentions", "claims", "labels", "identities", "decisions", "patterns", "extractions",
    "feedback", "audit_entries", "audit_head", "audit_checkpoints", "api_keys", "files",
    "file_parts", "vector_stores", "file_batches", "attachments", "jobs", "job_items",
    "idempotency",
}  # fmt: skip
"""Tables that revisions after the first brought."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which nobody has made tables yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    name = new_name()
    yield server.create(name)
    server.drop(name)


def test_the_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_known_head_is_the_newest_migration() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_upgrading_again_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        connection.execute(counters.update().values(seq=7))
    migrations.upgrade(database)
    with database.read() as connection:
        assert current_revision(connection) == HEAD
        assert connection.scalar(select(counters.c.seq)) == 7


def _open(url: str, home: Path, gate: multiprocessing.synchronize.Barrier) -> None:
    gate.wait(30)
    open_database(url, home=home, pool=SMALL_POOL).close()


def test_processes_that_upgrade_at_once_take_turns(empty_url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2)
    processes = [context.Process(target=_open, args=(empty_url, tmp_path, gate)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    with closing(open_database(empty_url, home=tmp_path, pool=SMALL_POOL)) as database:
        assert database.check(deep=True).problems == ()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(
    database: Database, url: str, tmp_path: Path
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for migrate in (True, False):
        with pytest.raises(Conflict, match="9999"):
            open_database(url, home=tmp_path, migrate=migrate, pool=SMALL_POOL)
    with pytest.raises(Conflict, match="newer version of this program"):
        open_database(url, home=tmp_path, pool=SMALL_POOL)
    with database.read() as connection:
        assert current_revision(connection) == "9999"


def test_an_empty_database_is_refused_when_nobody_may_migrate_it(
    empty_url: str, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="revision none"):
        open_database(empty_url, home=tmp_path, migrate=False, pool=SMALL_POOL)


def test_tables_of_another_program_are_left_alone(empty_url: str, tmp_path: Path) -> None:
    execute(empty_url, "CREATE TABLE changes (theirs integer)")
    with pytest.raises(Conflict, match=r"another program \(changes\)"):
        open_database(empty_url, home=tmp_path, pool=SMALL_POOL)


def test_a_migration_that_fails_leaves_no_table_behind(empty_url: str, tmp_path: Path) -> None:
    execute(empty_url, "CREATE TABLE theirs (x integer)")
    execute(empty_url, "CREATE INDEX ix_versions_document_id_valid_to ON theirs (x)")
    with pytest.raises((Conflict, OperationalError)):
        open_database(empty_url, home=tmp_path, pool=SMALL_POOL)
    execute(empty_url, "DROP TABLE theirs")
    with closing(open_database(empty_url, home=tmp_path, pool=SMALL_POOL)) as database:
        assert database.check(deep=True).problems == ()


def execute(url: str, statement: str) -> None:
    import psycopg

    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
            raw.execute(statement)
            raw.commit()
    else:
        with psycopg.connect(url) as connection:
            connection.execute(statement.encode())


def test_a_database_of_the_first_revision_keeps_its_rows(empty_url: str, tmp_path: Path) -> None:
    """It is brought to revision 0001 first, gets rows, and is then opened by this program."""
    from alembic import command

    with (
        closing(open_database(empty_url, home=tmp_path, pool=SMALL_POOL)) as database,
        database.changing_schema() as connection,
    ):
        config = migrations._config()
        config.attributes["connection"] = connection
        for table in reversed(metadata.sorted_tables):
            if table.name in LATER:
                connection.exec_driver_sql(f"DROP TABLE {table.name}")
        connection.exec_driver_sql("ALTER TABLE counters DROP COLUMN name")
        command.stamp(config, "0001")
        connection.execute(counters.update().values(seq=9, chunk=4))
    with closing(open_database(empty_url, home=tmp_path, pool=SMALL_POOL)) as database:
        with database.read() as connection:
            row = connection.execute(select(counters)).one()
            context = MigrationContext.configure(connection)
            assert compare_metadata(context, metadata) == []
        assert (row.seq, row.chunk, row.name) == (9, 4, 0)
        assert database.check(deep=True).problems == ()
