"""What is to be given to whom, as the store is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from elders.tasks.match import Rate, is_able, is_free, plan
from elders.tasks.model import Task, Worker
from elders.tasks.rows import held_resources, known_workers, ready
from elders.tasks.stock import Stock
from foundation.clock import Micros


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms tasks are given.

    Attributes:
        lease_seconds: how long a worker may give no sign before it loses its tasks.
        dead_after_seconds: how long, before it is given no more.
        most_attempts: after which a task has failed.
        pause_seconds: before a task that failed is tried again; twice as long each time.
        capacity: how much there is of resources; of others there is no end.
    """

    lease_seconds: float = 30.0
    dead_after_seconds: float = 20.0
    most_attempts: int = 5
    pause_seconds: float = 1.0
    capacity: Mapping[str, float] = field(default_factory=dict)


def planned(
    connection: Connection, rate: Rate, now: Micros, terms: Terms
) -> list[tuple[Task, Worker]]:
    """Look for who gets what; tasks that can't be given now are passed over unread."""
    patience = terms.dead_after_seconds
    free = free_workers(connection, now, patience)
    if not free:
        return []
    stock = stock_left(connection, terms.capacity)

    def can_be_given(told: Mapping[str, Any]) -> bool:
        needs = told.get("needs", {})
        return not stock.is_gone(told.get("resources", {})) and any(
            is_able(needs, each) for each in free
        )

    tasks = ready(connection, now, can_be_given)
    return list(plan(tasks, free, rate, now=now, dead_after_seconds=patience, stock=stock))


def free_workers(connection: Connection, now: Micros, dead_after_seconds: float) -> list[Worker]:
    """List who can be given a task now."""
    return [
        each
        for each in known_workers(connection)
        if is_free(each, now=now, dead_after_seconds=dead_after_seconds)
    ]


def stock_left(connection: Connection, capacity: Mapping[str, float]) -> Stock:
    """Tell what is left of resources beside what running tasks hold."""
    return Stock(capacity, held_resources(connection) if capacity else ())
