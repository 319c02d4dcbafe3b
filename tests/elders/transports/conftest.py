"""Stores on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from elders.store import open_store
from foundation.database.database import Database
from tests.support.postgres import Server, new_name


@pytest.fixture
def guild_url(postgres_server: Server) -> Iterator[str]:
    """Make an empty database, for the guild's tables alone."""
    name = new_name()
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Database]:
    """Open the same store, as a process does when it starts again."""
    url = request.getfixturevalue("guild_url") if request.param == "postgresql" else None
    return lambda: open_store(tmp_path / "guild", url)


@pytest.fixture
def store(reopened: Callable[[], Database]) -> Iterator[Database]:
    with closing(reopened()) as found:
        yield found
