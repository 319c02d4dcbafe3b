from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from foundation.database.engine import Database, PoolSettings, open_database
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


Opener = Callable[..., Database]


@pytest.fixture
def opened(postgres_url: str, tmp_path: Path) -> Iterator[Opener]:
    """Open the test's database with a pool of the test's choice."""
    with ExitStack() as stack:

        def open_with(pool: PoolSettings = SMALL_POOL, **options: Any) -> Database:
            database = open_database(postgres_url, home=tmp_path, pool=pool, **options)
            return stack.enter_context(closing(database))

        yield open_with
