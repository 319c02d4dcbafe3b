"""A PostgreSQL server for tests: the one that is named, one that runs here, or one of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from foundation.database.engine import PoolSettings, open_database
from foundation.database.revision import HEAD
from foundation.database.schema import metadata

VARIABLE = "ELDERS_TEST_DATABASE_URL"
LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"

SMALL_POOL = PoolSettings(min_size=1, max_size=8)
"""Enough for a test; a full pool of ten connections for each would keep the server busy."""


class NoServer(Exception):  # noqa: N818 - says what is so, not what went wrong
    """There is no PostgreSQL here, and none could be started."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server on which this test session may make databases."""

    url: str

    def database_url(self, name: str) -> str:
        """Name a database on this server."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def create(self, name: str) -> str:
        """Make an empty database and answer its URL; no commit there waits for the disk."""
        for statement in (
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'",
            "ALTER DATABASE {} SET synchronous_commit = off",
        ):
            self._execute(sql.SQL(statement).format(sql.Identifier(name)))
        return self.database_url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(statement.format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def new_name() -> str:
    """Make up the name of a database that no other session or worker has."""
    return f"elders_test_{os.getpid()}_{uuid.uuid4().hex[:12]}"


@contextmanager
def migrated_database(server: Server, home: Path) -> Iterator[str]:
    """Make a database with all tables, for as long as it is needed, and answer its URL."""
    name = new_name()
    url = server.create(name)
    try:
        open_database(url, home=home, pool=SMALL_POOL).close()
        yield url
    finally:
        server.drop(name)


def empty(url: str) -> None:
    """Bring a database back to how its migrations left it.

    A hundred times faster than a new database, of which PostgreSQL writes every page to the disk.
    """
    terminate_all(url)
    with psycopg.connect(url) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        connection.execute("INSERT INTO counters VALUES (1, 0, 0, 0)")
        connection.execute("UPDATE alembic_version SET version_num = %s", [HEAD])


@contextmanager
def found_server(environment: Mapping[str, str]) -> Iterator[Server]:
    """Find a server, or start one for as long as it is needed.

    Raises:
        NoServer: with the reason; but what the environment names must be there.
    """
    if named := environment.get(VARIABLE):
        url = f"postgresql://{named.partition('://')[2]}"
        with psycopg.connect(url, connect_timeout=5):
            pass
        yield Server(url)
    elif _answers(LOCAL):
        yield Server(LOCAL)
    else:
        with started() as server:
            yield server


def _answers(url: str) -> bool:
    """Tell whether we may make databases there."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            return bool(row and row[0]) and connection.info.server_version >= 150000
    except psycopg.Error:
        return False


@contextmanager
def started() -> Iterator[Server]:
    """Start a server in a folder of its own; as root it runs as `postgres` or `nobody`."""
    binaries = _binaries()
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="elders-postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        data, port = folder / "data", _free_port()
        run = _Runner(user)
        run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
            "-c fsync=off -c max_connections=100"
        )
        run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield Server(f"postgresql://postgres@127.0.0.1:{port}/postgres")
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs a program as a user; None means the one we are."""

    user: str | None

    def __call__(self, program: Path, *arguments: str | Path) -> None:
        done = subprocess.run(
            [program, *arguments],
            user=self.user,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise NoServer(f"{program.name} failed: {done.stderr.strip()[-300:]}")


def _binaries() -> Path:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve())
    for initdb in candidates:
        if (initdb.parent / "pg_ctl").exists():
            return initdb.parent
    raise NoServer(
        f"no PostgreSQL answers at 127.0.0.1:5432, none is installed, and {VARIABLE} is not set"
    )


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoServer("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def terminate_all(url: str) -> int:
    """End every other connection to the database, as a restart of the server would."""
    name = conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        ).fetchall()
    return len(rows)
