"""What improvement goes by is measured of a real store and a real platform."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import elders.tasks.tables  # noqa: F401 - it names the tables
from elders.improving.measuring import Measuring
from elders.incidents.host import Host
from elders.platform import Platform
from elders.store import open_store
from elders.tasks.assigning import Assigning
from elders.tasks.model import Task, Traits, Worker
from elders.tasks.submitting import Submitting
from foundation.clock import system_clock
from foundation.database.database import Database
from tests.api.doors import served
from tests.api.teaching import opened
from tests.elders.transports.buses import run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as found:
        yield found


def test_store_platform_and_machine_are_measured(
    store: Database, learned_template: Path, tmp_path: Path
) -> None:
    tasks = Submitting(store, clock=system_clock)
    assigning = Assigning(store, clock=system_clock)
    for _ in range(3):
        tasks.submit(Task(Traits("backup")))
    assigning.join(Worker("servant.a", slots=2))
    assigning.assign(lambda _worker, _kind: 0.5)

    values: dict[str, float] = {}

    async def work(address: str) -> None:
        platform = Platform(address)
        found = Measuring(tasks, assigning, platform, Host(tmp_path).read)
        values.update(await found.measure())
        await platform.close()

    with opened(shutil.copytree(learned_template, tmp_path / "home")) as base:
        running = served(base)
        try:
            run(work(str(running.client.base_url)))
        finally:
            running.stop()
    assert (values["tasks.waiting"], values["workers.load"]) == (1.0, 100.0)
    assert 0 < values["store.seconds"] < 60
    assert "host.memory" in values
    assert any(name.startswith("app.behind") for name in values)
