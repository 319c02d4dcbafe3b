"""A platform that is served, and a guild around it in this process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

import elders.guild.running  # noqa: F401 - it names every table
from api import KnowledgeBase
from elders.council.lesson import HANDLERS
from elders.council.model import LEARNING
from elders.guild.running import Charter, Rhythm, Work, run_guild
from elders.levels import CLAUDE_ELDER, Sage
from elders.platform import Platform
from elders.store import open_store
from elders.tasks.assigning import Assigning
from elders.tasks.desk import StoreDesk
from elders.tasks.giving import Terms
from elders.tasks.knowing import Knowing
from elders.tasks.model import Worker
from elders.tasks.sage import Rhythm as TaskRhythm
from elders.tasks.sage import TaskSage
from elders.tasks.submitting import Submitting
from elders.tasks.worker import Handlers, WorkerLoop
from elders.transport import Transport
from elders.transports.memory import MemoryTransport
from foundation.clock import system_clock
from foundation.database.database import Database
from tests.api.doors import Served, served
from tests.api.teaching import opened


@pytest.fixture
def base(learned_template: Path, tmp_path: Path) -> Iterator[KnowledgeBase]:
    with opened(shutil.copytree(learned_template, tmp_path / "home")) as base:
        base.wait()
        yield base


@pytest.fixture
def server(base: KnowledgeBase) -> Iterator[Served]:
    running = served(base)
    yield running
    running.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as found:
        yield found


@pytest.fixture
def platform(server: Served) -> Platform:
    return Platform(str(server.client.base_url))


@asynccontextmanager
async def task_sage(
    transport: Transport, store: Database, handlers: Handlers = HANDLERS
) -> AsyncIterator[None]:
    """Let the Task Sage work, with one worker in this process."""
    assigning = Assigning(store, clock=system_clock, terms=Terms(most_attempts=1))
    sage = TaskSage(
        transport,
        Submitting(store, clock=system_clock),
        assigning,
        Knowing(store, clock=system_clock),
        clock=system_clock,
        rhythm=TaskRhythm(assign=0.02),
    )
    worker = WorkerLoop(
        StoreDesk(assigning, "servant.a"), Worker("servant.a", {LEARNING: 1.0}), handlers,
        poll_seconds=0.02,
    )  # fmt: skip
    stop = asyncio.Event()
    running = [asyncio.create_task(each.run(stop)) for each in (sage, worker)]
    yield
    stop.set()
    await asyncio.gather(*running)


@asynccontextmanager
async def guild(
    platform: Platform, store: Database, folder: Path = Path()
) -> AsyncIterator[MemoryTransport]:
    """Run every member but the claude elder, whom the test plays."""
    transport = MemoryTransport(clock=system_clock)

    def work(seats: Transport) -> Work:
        async def run(stop: asyncio.Event) -> None:
            async with task_sage(seats, store):
                await stop.wait()

        return run

    members = [*(each.value for each in Sage), "grand_elder"]
    charter = Charter(
        members, transport, store, platform, system_clock, folder, work={Sage.TASK: work},
        rhythm=Rhythm(beat=0.1),
    )  # fmt: skip
    assert CLAUDE_ELDER not in members
    stop, seated = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(run_guild(charter, stop, seated.set))
    await seated.wait()
    yield transport
    stop.set()
    await running
