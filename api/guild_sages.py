"""The Task Sage and the Incident Sage, put together from the settings of the guild."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from elders.alerts.alerting import Alerting
from elders.alerts.enriching import PlatformEnricher
from elders.alerts.finding import alert_of
from elders.alerts.opening import open_alerting
from elders.alerts.raising import RAISE, raised
from elders.alerts.rules_file import Rules
from elders.alerts.sinks.tree import SERVANT
from elders.council.model import LEARNING
from elders.council.seats import Answers, Seated
from elders.guild.running import Work
from elders.guild.settings import GuildSettings
from elders.improving.opening import Improving
from elders.improving.wording import APPROVED
from elders.incidents.model import Finding
from elders.incidents.opening import open_sage
from elders.learned import PatternFeed
from elders.levels import Sage
from elders.messages import Body, Message
from elders.platform import Platform
from elders.tasks.assigning import Assigning
from elders.tasks.giving import Terms
from elders.tasks.knowing import Knowing
from elders.tasks.learning import PATTERN_KIND
from elders.tasks.sage import Rhythm, TaskSage
from elders.tasks.submitting import Submitting
from elders.tasks.workers import WorkerPool
from elders.transport import Transport
from elders.tree.tree import ElderTree
from foundation.breaker import Breakers
from foundation.clock import system_clock

if TYPE_CHECKING:
    from foundation.database.database import Database

_HANDLERS: Final = "elders.council.lesson:HANDLERS"


def task_sage(
    transport: Transport,
    database: Database,
    settings: GuildSettings,
    folder: Path,
    breakers: Breakers,
) -> Work:
    """Make the Task Sage, with a pool of processes that learn from cases."""
    terms = Terms(capacity=settings.guild_capacity)
    assigning = Assigning(database, clock=system_clock, terms=terms)
    knowing = Knowing(database, clock=system_clock)
    pool = WorkerPool(
        lambda name: _worker(name, folder),
        assigning,
        rng=Random(),  # noqa: S311 - no secret
    )
    feed = PatternFeed(
        settings.guild_platform_url,
        knowing.patterns,
        kinds=[PATTERN_KIND],
        breakers=breakers,
        key=settings.guild_api_key,
    )
    sage = TaskSage(
        transport,
        Submitting(database, clock=system_clock),
        assigning,
        knowing,
        clock=system_clock,
        pool=pool,
        feed=feed,
        rhythm=Rhythm(answer=settings.guild_answer_seconds),
    )

    async def work(stop: asyncio.Event) -> None:
        try:
            await sage.run(stop)
        finally:
            feed.close()

    return work


def incident_sage(
    transport: Transport,
    known: Platform,
    database: Database,
    settings: GuildSettings,
    folder: Path,
    rules: Rules,
    breakers: Breakers,
) -> Work:
    """Make the Incident Sage, who improves too; without leave to act it plans and reports alone."""
    acts = settings.guild_incident_actions

    def opened() -> Alerting:
        tree = ElderTree(transport, database, speaks_for=[Sage.INCIDENT, SERVANT])
        return open_alerting(
            rules, database, tree, environment=os.environ,
            breakers=breakers, enricher=PlatformEnricher(known),
        )  # fmt: skip

    async def work(stop: asyncio.Event) -> None:
        alerting = await asyncio.to_thread(opened)
        async with AsyncExitStack() as closing:
            closing.push_async_callback(alerting.close)
            improving = _improving(transport, known, database, settings, folder)
            answers: Answers = {
                APPROVED: improving.approved, RAISE: partial(_raise, alerting),
            }  # fmt: skip
            seat = Seated(transport, {Sage.INCIDENT.value: answers}, system_clock)
            sage = await asyncio.to_thread(
                open_sage, database, seat, known, folder,
                dry_run=not acts, hand_over=partial(_alert, alerting),
            )  # fmt: skip
            async with asyncio.TaskGroup() as group:
                rounds = [group.create_task(each.run()) for each in (improving, alerting)]
                await sage.run(stop)
                for each in rounds:
                    each.cancel()

    return work


async def _alert(alerting: Alerting, findings: Sequence[Finding]) -> None:
    await alerting.take([alert_of(each) for each in findings])


async def _raise(alerting: Alerting, message: Message) -> Body:
    await alerting.take([raised(message)])
    return {}


def _improving(
    transport: Transport,
    known: Platform,
    database: Database,
    settings: GuildSettings,
    folder: Path,
) -> Improving:
    return Improving(
        database, transport, known, folder, clock=system_clock,
        every_seconds=settings.guild_improve_seconds, acts=settings.guild_incident_actions,
    )  # fmt: skip


def _worker(name: str, folder: Path) -> Sequence[str]:
    return [
        sys.executable, "-m", "elders.tasks", "--folder", str(folder), "--name", name,
        "--handlers", _HANDLERS, "--capability", f"{LEARNING}=1", "--until-stdin-ends",
    ]  # fmt: skip
