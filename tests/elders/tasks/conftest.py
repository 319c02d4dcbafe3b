"""The guild's store on both engines, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from elders.store import metadata, open_store
from foundation.database.database import Database
from tests.elders.tasks.given import Watch


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = open_store(tmp_path / "guild", url)
    yield database
    if url:
        with database.changing_schema() as connection:
            metadata.drop_all(connection)
    database.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()
