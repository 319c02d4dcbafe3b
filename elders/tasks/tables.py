"""The Task Sage's tables in the guild's store. Moments are microseconds, 0 for none."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from elders.store import metadata
from foundation.database.registry import Json

# A task without a deadline has FOREVER there, which sorts last.
# `told` is the task as it was submitted, `digest` a hash of it without its id. `token` is that of
# the latest attempt, and how many there were; `worker`, `assigned_at`, `lease_until` and `until`
# are the latest attempt's.
tasks = Table(
    "guild_tasks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("kind", String(200), nullable=False),
    Column("told", Json, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("token", Integer, nullable=False),
    Column("worker", String(200), nullable=False),
    Column("assigned_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Column("result", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "state", "priority", "deadline", "number"),
    Index(None, "worker", "state"),
)

dependencies = Table(
    "guild_task_dependencies",
    metadata,
    Column("task", String(64), ForeignKey("guild_tasks.id"), primary_key=True),
    Column("after", String(64), ForeignKey("guild_tasks.id"), primary_key=True),
    Index(None, "after"),
)

workers = Table(
    "guild_workers",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("capabilities", Json, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("draining", Boolean, nullable=False),
    Column("listens", Boolean, nullable=False),
)

# One row for each source. It outlasts its floor until no older message of this source can matter.
floors = Table(
    "guild_worker_floors",
    metadata,
    Column("source", String(100), primary_key=True),
    Column("workers", Integer, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
)

# One row for each attempt that ended; the oldest are forgotten.
outcomes = Table(
    "guild_task_outcomes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("task", String(64), nullable=False),
    Column("traits", Json, nullable=False),
    Column("kind", String(200), nullable=False),
    Column("worker", String(200), nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Index(None, "worker", "kind", "succeeded"),
)

# One row for each hour of the clock in which somebody was busy, `since` from when on; the sum of
# all workers' seconds, of attempts that ended.
hours = Table(
    "guild_task_hours",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    Column("busy_seconds", Float, nullable=False),
)

patterns = Table(
    "guild_task_patterns",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("median_seconds", Float, nullable=False),
    Column("p90_seconds", Float, nullable=False),
    Column("skills", Json, nullable=False),
    Column("confidence", Float, nullable=False),
)

cursors = Table(
    "guild_task_cursors",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("purged", BigInteger, nullable=False),
)
