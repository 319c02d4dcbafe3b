"""Work that waits, as tables: jobs and the documents in them. They are in no backup."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from foundation.database.registry import PASSING, Json, metadata

# Jobs in the order in which they came (`number`). Moments are microseconds, 0 for none. Rights are
# values: those of who asked, when they asked. `bytes` is what lies in the home for it; `base` is
# how many documents were done when the present run began, for its rate.
jobs = Table(
    "jobs",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("principal", Text, nullable=False),
    Column("collections", Json, nullable=False),
    Column("labels", Json, nullable=False),
    Column("actor", Text, nullable=False),
    Column("collection", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("cancelling", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("base", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Index(None, "state", "number"),
    Index(None, "principal", "number"),
    info=PASSING,
)

# `outcome` is empty while nothing became of it; `start` is where its bytes begin in the job's file.
job_items = Table(
    "job_items",
    metadata,
    Column("job", BigInteger, ForeignKey("jobs.number"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("source_id", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index(None, "job", "outcome"),
    info=PASSING,
)
