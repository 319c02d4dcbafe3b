"""The audit log as tables: entries in a chain of hashes, and what was signed of it.

No row of these is ever changed or removed by the program, but for the one row of `audit_head`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from foundation.database.registry import metadata

# `metadata` is text, not JSON: it is hashed byte by byte, so that no edit of it goes unseen.
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("operation", String(100), nullable=False),
    Column("user", String(200), nullable=False),
    Column("level", String(50), nullable=False),
    Column("resource", String(500), nullable=False),
    Column("action", String(50), nullable=False),
    Column("result", String(50), nullable=False),
    Column("address", String(100), nullable=False),
    Column("session", String(100), nullable=False),
    Column("duration_micros", BigInteger, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "at"),
    Index(None, "user", "seq"),
    Index(None, "operation", "seq"),
    Index(None, "resource", "seq"),
)

# The newest entry, signed at each commit: without it a cut of the last ones would go unseen.
# A new database has no such row, a restored one has the old one's.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("public_key", String(64), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("signature", String(128), nullable=False),
)
