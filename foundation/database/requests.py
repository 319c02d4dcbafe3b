"""Requests that may come twice, as a table: which was answered how."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from foundation.database.registry import metadata

# `id` and `request` are hashes of the key with who sent it, and of what was sent. `status` is 0
# while it is worked on, by `run` in `home`. `body` is compressed, and null where it is not kept.
# Moments are microseconds. An answer is no knowledge: it has no change, and is in no follower.
idempotency = Table(
    "idempotency",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("home", String(64), nullable=False),
    Column("run", String(36), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("status", Integer, nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("body", LargeBinary),
    Index(None, "started_at"),
)
