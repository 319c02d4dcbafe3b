"""What callers prove themselves with, as a table; no secret stands in it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table, Text

from foundation.database.registry import Json, metadata

# Hashes are peppered. The previous secret of a key that was rotated holds until `previous_until`.
# Moments are microseconds; FOREVER is never. `scopes` null: all that the role may do; `labels`
# null: every label. A key is no knowledge: it has no change, and is in no follower.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("collections", Json, nullable=False),
    Column("labels", Json, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("previous_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)
