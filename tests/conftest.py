"""What every test may ask for: the truth on SQLite, on PostgreSQL, or on both in turn."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.database.engine import Database, open_database
from tests.support.models import Race, raced
from tests.support.postgres import (
    SMALL_POOL,
    NoServer,
    Server,
    empty,
    found_server,
    migrated_database,
)


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among modules: it took a sixth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file: copying it is quicker than migrating anew."""
    home = tmp_path_factory.mktemp("template")
    open_database(None, home=home).close()
    return home / "truth.db"


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """The truth in a SQLite file of its own."""
    home = tmp_path / "sqlite"
    home.mkdir()
    shutil.copy(sqlite_template, home)
    database = open_database(None, home=home)
    yield database
    database.close()


@pytest.fixture(scope="session")
def learned_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that learned the patterns of two logs: copying it is quicker than learning anew."""
    from tests.api.teaching import opened, teach

    home = tmp_path_factory.mktemp("learned") / "home"
    with opened(home) as base:
        teach(base)
        base.patterns.learn()
    return home


@pytest.fixture(scope="session")
def race(tmp_path_factory: pytest.TempPathFactory) -> Race:
    """Two processes that want the packaged model at once; the first worker's make it for all."""
    place = tmp_path_factory.getbasetemp()
    return raced((place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "models")


@pytest.fixture(scope="session")
def models_dir(race: Race) -> Path:
    """The folder in which the packaged model is ready."""
    return race.models_dir


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server; without one the test is skipped, or fails where CI is set."""
    try:
        with found_server(os.environ) as server:
            yield server
    except NoServer as reason:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"CI must test PostgreSQL, but: {reason}")
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def _postgres_shared(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The database that this session's tests use one after the other."""
    with migrated_database(postgres_server, tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
def postgres_url(_postgres_shared: str) -> str:
    """The URL of a migrated database that no other test is using; it is emptied before each.

    So what a process of the test before wrote last, as it ended, is gone too. A test that changes
    more than rows takes `fresh_postgres_url`.
    """
    empty(_postgres_shared)
    return _postgres_shared


@pytest.fixture
def fresh_postgres_url(postgres_server: Server, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database that the test may do anything to."""
    with migrated_database(postgres_server, tmp_path) as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str, tmp_path: Path) -> Iterator[Database]:
    """The truth in a PostgreSQL database of its own."""
    database = open_database(postgres_url, home=tmp_path, pool=SMALL_POOL)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """The truth on both engines in turn: what is tested with it is part of the contract."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found: Database = request.getfixturevalue(name)
    return found
