"""A store of the guild's and a clock that moves when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import elders.guild.running  # noqa: F401 - it names every table
from elders.store import open_store
from foundation.clock import Micros
from foundation.database.database import Database

START = 1_767_225_600  # 2026-01-01 00:00 UTC


class Hands:
    def __init__(self) -> None:
        self.now = START * 1_000_000

    def __call__(self) -> Micros:
        return Micros(self.now)

    def move(self, seconds: float) -> None:
        self.now += int(seconds * 1_000_000)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as opened:
        yield opened
