"""Worker processes: drained, begun anew, and a task that one of them dropped is done once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from blockbuster import blockbuster_ctx

from elders.store import open_store
from elders.tasks.assigning import Assigning
from elders.tasks.giving import Terms
from elders.tasks.model import Task, TaskState, Traits, Worker
from elders.tasks.submitting import Progress, Submitting
from elders.tasks.workers import Command, WorkerPool
from foundation.clock import system_clock
from tests.elders.tasks.given import even

ROOT = Path(__file__).parents[3]
DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers import their handlers from here."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


class Guild:
    """A store, and a pool of real processes over it; tasks are assigned as time passes."""

    def __init__(self, folder: Path, command: Command | None = None) -> None:
        self.folder = folder
        self.store = open_store(folder / "guild")
        self.tasks = Submitting(self.store, clock=system_clock)
        self.assigning = Assigning(
            self.store, clock=system_clock, terms=Terms(dead_after_seconds=600, pause_seconds=0.01)
        )
        self.pool = WorkerPool(
            command or self._command, self.assigning, grace_seconds=0.2, rng=Random(1)
        )

    def _command(self, name: str) -> Sequence[str]:
        return [
            sys.executable, "-m", "elders.tasks", "--folder", str(self.folder / "guild"),
            "--name", name, "--handlers", "tests.elders.tasks.handlers:HANDLERS",
            "--poll-seconds", "0.02", "--beat-seconds", "0.1", "--until-stdin-ends",
        ]  # fmt: skip

    async def submit(self) -> str:
        task = Task(Traits("wait"), {"folder": str(self.folder)})
        return (await asyncio.to_thread(self.tasks.submit, task)).id

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(holds):
                await asyncio.to_thread(self.assigning.assign, even)
                await asyncio.sleep(0.05)

    async def progress(self, task_id: str) -> Progress:
        return await asyncio.to_thread(self.tasks.get, task_id)

    def began(self) -> list[str]:
        place = self.folder / "began"
        return place.read_text().split() if place.exists() else []

    def holder(self, task_id: str) -> str:
        return self.tasks.get(task_id).worker


def run(guild: Guild, work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(120):
                await work()
        finally:
            await asyncio.to_thread((guild.folder / "go").touch)
            await guild.pool.close()

    with closing(guild.store), blockbuster_ctx():
        asyncio.run(main())


def test_a_worker_that_is_to_go_ends_its_task_first(tmp_path: Path) -> None:
    guild = Guild(tmp_path)

    async def work() -> None:
        await guild.pool.scale(1)
        task_id = await guild.submit()
        await guild.until(lambda: guild.began() == ["1"])
        (pid,) = guild.pool.pids.values()
        await guild.pool.scale(0)
        await guild.until(lambda: all(each.draining for each in guild.assigning.workers()))
        await asyncio.sleep(0.5)  # twice as long as a worker that has nothing is waited for
        assert list(guild.pool.pids.values()) == [pid]
        await asyncio.to_thread((tmp_path / "go").touch)
        await guild.pool.close()
        done = await guild.progress(task_id)
        assert (done.state, done.result) == (TaskState.DONE, {"pid": pid, "token": 1})
        assert guild.pool.pids == {}

    run(guild, work)
    assert guild.began() == ["1"]


def test_the_task_of_a_worker_that_is_killed_is_done_once_by_another(tmp_path: Path) -> None:
    guild = Guild(tmp_path)

    async def work() -> None:
        await guild.pool.scale(2)
        task_id = await guild.submit()
        await guild.until(lambda: guild.began() == ["1"])
        first = await asyncio.to_thread(guild.holder, task_id)
        os.kill(guild.pool.pids[first], signal.SIGKILL)
        await guild.until(lambda: guild.began() == ["1", "2"])
        await asyncio.to_thread((tmp_path / "go").touch)
        await guild.until(lambda: guild.tasks.get(task_id).state is TaskState.DONE)
        done = await guild.progress(task_id)
        assert done.worker != first
        assert done.result["token"] == 2
        await guild.until(lambda: len(guild.pool.pids) == 2)
        assert first not in guild.pool.pids

    run(guild, work)
    assert guild.began() == ["1", "2"]


def test_only_a_worker_that_has_nothing_is_killed_when_it_does_not_go(tmp_path: Path) -> None:
    guild = Guild(tmp_path, lambda _: [sys.executable, "-c", DEAF, str(tmp_path / "deaf")])

    async def work() -> None:
        await guild.pool.scale(1)
        async with asyncio.timeout(30):
            while not await asyncio.to_thread((tmp_path / "deaf").exists):  # noqa: ASYNC110 - it starts
                await asyncio.sleep(0.01)
        (name, pid), *_ = guild.pool.pids.items()
        await asyncio.to_thread(guild.assigning.join, Worker(name))
        task_id = await guild.submit()
        await asyncio.to_thread(guild.assigning.assign, even)
        closing_ = asyncio.create_task(guild.pool.close())
        await asyncio.sleep(0.6)  # three times as long as it is waited for
        os.kill(pid, 0)
        await asyncio.to_thread(guild.assigning.complete, task_id, 1)
        await closing_
        assert guild.pool.pids == {}

    run(guild, work)


def test_those_that_die_young_are_begun_anew_after_longer_and_longer_pauses(
    tmp_path: Path,
) -> None:
    guild = Guild(tmp_path)
    names: list[str] = []
    pauses: list[float] = []

    def command(name: str) -> Sequence[str]:
        names.append(name)
        return [sys.executable, "-S", "-c", "raise SystemExit(3)"]

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    guild.pool = WorkerPool(command, guild.assigning, rng=Random(1), sleep=sleep)

    async def work() -> None:
        await guild.pool.scale(1)
        async with asyncio.timeout(60):
            while len(names) < 4:  # noqa: ASYNC110 - processes come and go
                await asyncio.sleep(0.01)

    run(guild, work)
    assert len(set(names)) == len(names)
    bounds = [(0.25, 0.5), (0.5, 1.0), (1.0, 2.0)]
    assert all(low <= at <= high for at, (low, high) in zip(pauses, bounds, strict=False))


def test_a_program_that_is_not_there_is_tried_again_and_harms_nobody(tmp_path: Path) -> None:
    guild = Guild(tmp_path, lambda _: [str(tmp_path / "nothing")])

    async def work() -> None:
        await guild.pool.scale(2)
        await asyncio.sleep(0.1)
        assert (guild.pool.size, guild.pool.pids) == (2, {})

    run(guild, work)
