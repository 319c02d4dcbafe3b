"""Where all tables of the truth are registered, and how their constraints are named."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, MetaData, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Not JSONB: it turns floats such as 6.4e16 into other, whole numbers and forgets the order of keys.
# It cannot be compared in SQL (no DISTINCT, UNION or GROUP BY over these columns).
Json = JSON()

PASSING: Final = {"passing": True}
"""The `info` of a table that holds no knowledge, only work that waits: it is in no backup."""


def kept_tables() -> list[Table]:
    """List the tables that a backup holds, those first that others refer to."""
    return [table for table in metadata.sorted_tables if not table.info.get("passing")]
