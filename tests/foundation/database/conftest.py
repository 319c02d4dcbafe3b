from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.database.engine import Database, open_database
from tests.support.postgres import SMALL_POOL


@pytest.fixture
def url(database: Database, request: pytest.FixtureRequest) -> str:
    """What opens the same database once more."""
    if database.dialect == "sqlite":
        return f"sqlite:///{database.location}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def second(url: str, tmp_path: Path) -> Iterator[Database]:
    """The same truth opened as another process would, with little patience."""
    opened = open_database(url, home=tmp_path, pool=SMALL_POOL, lock_timeout_seconds=0.4)
    yield opened
    opened.close()
