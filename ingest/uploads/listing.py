"""Pages of rows in the order of their creation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Select, and_, or_

from ingest.uploads.model import Position


def page_of(
    query: Select[Any],
    created_at: Column[Any],
    identity: Column[Any],
    *,
    after: Position | None,
    ascending: bool,
    limit: int,
) -> Select[Any]:
    """Restrict a query to the rows that follow a position, in either direction."""
    if after is not None:
        beyond = created_at > after.created_at if ascending else created_at < after.created_at
        later = identity > after.id if ascending else identity < after.id
        query = query.where(or_(beyond, and_(created_at == after.created_at, later)))
    order = [column.asc() if ascending else column.desc() for column in (created_at, identity)]
    return query.order_by(*order).limit(limit)
