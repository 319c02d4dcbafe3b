"""A store of the guild's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import elders.guild.running  # noqa: F401 - it names every table
from elders.store import open_store
from foundation.database.database import Database
from tests.elders.tree.conftest import Hands


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as opened:
        yield opened
