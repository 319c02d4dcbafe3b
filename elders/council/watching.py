"""The Incident Sage watches learning tasks: what fails or hangs is tried again, then given up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, insert, select, update

from elders.council.model import Recovery, Step, recover
from elders.council.seats import Answers
from elders.council.wording import RECOVERY, TASKS, WATCH, read
from elders.levels import Sage
from elders.messages import Body, Message
from elders.store import metadata
from elders.tasks import wording
from elders.transports.requests import Requests
from elders.tree.reports import Report
from elders.tree.tree import ElderTree
from foundation.clock import Clock, Micros
from foundation.database.database import Database

_watched = Table(
    "guild_watched",
    metadata,
    Column("cycle", String(100), primary_key=True),
    Column("slug", String(100), primary_key=True),
    Column("task", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("told", Text, nullable=False),
)
"""`told` is the result once a task is done, or why it was given up, as JSON."""

OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class Watched:
    """A task under watch: `state` is `open`, `done` or `given_up`."""

    slug: str
    task: str
    tries: int
    submitted_at: Micros
    state: str
    told: Any


class Watching:
    """Answers for the Incident Sage: looks at each task of a cycle, and recovers what it must.

    What it did is in the store before it is answered, so that another look, or another process,
    goes on from there. Tasks are reached by the Task Sage's topics alone.

    Args:
        requests: in the Incident Sage's name, over a transport that reads the Task Sage's answers.
        tree: where a task that is given up is reported.
        database: the guild's store, opened after this module was imported.
        clock: what time it is.
    """

    def __init__(
        self, requests: Requests, tree: ElderTree, database: Database, clock: Clock
    ) -> None:
        self._requests = requests
        self._tree = tree
        self._database = database
        self._clock = clock

    @property
    def answers(self) -> Answers:
        """The topics."""
        return {WATCH: self.watch}

    async def watch(self, request: Message) -> Body:
        """Look at a cycle's tasks once, and answer how each is.

        Raises:
            Unavailable: the Task Sage does not answer.
            InvalidInput: the request is none.
        """
        cycle = wording.field(request.body, "cycle", str)
        tasks = read(TASKS, request.body, "tasks")
        plan = read(RECOVERY, request.body, "plan")
        told: dict[str, Any] = {}
        for slug, task in tasks.items():
            known = await asyncio.to_thread(self._begin, cycle, slug, str(task["id"]))
            if known.state == OPEN:
                known = await self._look(cycle, known, task["task"], plan)
            told[slug] = {"state": known.state, "tries": known.tries, "told": known.told}
        return {"tasks": told}

    async def _look(
        self, cycle: str, known: Watched, task: Mapping[str, Any], plan: Recovery
    ) -> Watched:
        asked = {"id": known.task}
        found = (await self._requests.ask(Sage.TASK, wording.STATUS, asked)).body
        step = recover(str(found["state"]), known.tries, known.submitted_at, self._clock(), plan)
        reason = str(found.get("reason") or "it took too long")
        if step is Step.DONE:
            return await self._note(cycle, known, state="done", told=found["result"])
        if step is Step.AGAIN:
            return await self._again(cycle, known, task)
        if step is Step.GIVE_UP:
            text = f"learning task {known.task} was given up after {known.tries} tries: {reason}"
            report = Report(Sage.INCIDENT, "cycle.task_given_up", text, key=f"{cycle}:{known.slug}")
            await self._tree.report(report)
            return await self._note(cycle, known, state="given_up", told={"reason": reason})
        return known

    async def _again(self, cycle: str, known: Watched, task: Mapping[str, Any]) -> Watched:
        """Submit it once more, under a key that says which try it is."""
        tries = known.tries + 1
        key = f"{str(task['key']).rpartition(':')[0]}:{tries}"
        answer = await self._requests.ask(Sage.TASK, wording.SUBMIT, {**task, "key": key}, key=key)
        submitted = {"task": str(answer.body["id"]), "submitted_at": self._clock()}
        return await self._note(cycle, known, tries=tries, **submitted)

    def _begin(self, cycle: str, slug: str, task: str) -> Watched:
        mine = (_watched.c.cycle == cycle, _watched.c.slug == slug)
        with self._database.write() as connection:
            row = connection.execute(select(_watched).where(*mine)).first()
            if row is None:
                fresh = Watched(slug, task, 1, self._clock(), OPEN, None)
                connection.execute(
                    insert(_watched).values(
                        cycle=cycle, slug=slug, task=task, tries=1, state=OPEN,
                        submitted_at=fresh.submitted_at, told="null",
                    )
                )  # fmt: skip
                return fresh
        return Watched(
            slug, row.task, row.tries, Micros(row.submitted_at), row.state, json.loads(row.told)
        )

    async def _note(self, cycle: str, known: Watched, **changes: Any) -> Watched:
        def note() -> None:
            values = {**changes}
            if "told" in values:
                values["told"] = json.dumps(values["told"])
            mine = (_watched.c.cycle == cycle, _watched.c.slug == known.slug)
            with self._database.write() as connection:
                connection.execute(update(_watched).where(*mine).values(values))

        await asyncio.to_thread(note)
        return Watched(
            known.slug,
            changes.get("task", known.task),
            changes.get("tries", known.tries),
            changes.get("submitted_at", known.submitted_at),
            changes.get("state", known.state),
            changes.get("told", known.told),
        )
