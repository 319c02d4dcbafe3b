"""A home to search in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.database.engine import Database
from tests.retrieval.searching import Home


@pytest.fixture
def home(sqlite_database: Database, tmp_path: Path) -> Iterator[Home]:
    """The truth on SQLite with both indexes beside it."""
    found = Home(sqlite_database, tmp_path / "followers")
    yield found
    found.close()
