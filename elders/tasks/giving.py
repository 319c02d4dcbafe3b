"""What is to be given to whom, as the store is now."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from elders.tasks.match import Rate, is_able, is_free, plan
from elders.tasks.model import Task, Worker
from elders.tasks.rows import known_workers, ready
from foundation.clock import Micros


def planned(
    connection: Connection, rate: Rate, now: Micros, dead_after_seconds: float
) -> list[tuple[Task, Worker]]:
    """Look for who gets what; tasks that nobody who is free can do are passed over unread."""
    free = free_workers(connection, now, dead_after_seconds)

    def can_be_done(needs: Mapping[str, float]) -> bool:
        return any(is_able(needs, each) for each in free)

    tasks = ready(connection, now, can_be_done)
    return list(plan(tasks, free, rate, now=now, dead_after_seconds=dead_after_seconds))


def free_workers(connection: Connection, now: Micros, dead_after_seconds: float) -> list[Worker]:
    """List who can be given a task now."""
    return [
        each
        for each in known_workers(connection)
        if is_free(each, now=now, dead_after_seconds=dead_after_seconds)
    ]
