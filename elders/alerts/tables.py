"""What alerting keeps: tables of the guild's store, written and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from elders.alerts.book import Book
from elders.alerts.model import Composite, Notice, Tracked
from elders.alerts.policy import Policy
from elders.store import metadata
from foundation.clock import Micros

_alerts = Table(
    "guild_alerts",
    metadata,
    Column("key", String, primary_key=True),
    Column("data", Text, nullable=False),
)

_composites = Table(
    "guild_alert_composites",
    metadata,
    Column("key", String, primary_key=True),
    Column("data", Text, nullable=False),
)

notices = Table(
    "guild_alert_notices",
    metadata,
    Column("key", String, primary_key=True),
    Column("composite", String, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("rule", String, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("data", Text, nullable=False),
    Column("response", String),
    Column("responder", String),
)
"""The history: what was told, and what became of it."""

deliveries = Table(
    "guild_alert_deliveries",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", String, nullable=False, index=True),
    Column("composite", String, nullable=False, index=True),
    Column("receiver", String, nullable=False),
    Column("sink", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, index=True),
    Column("attempts", Integer, nullable=False),
    Column("given_up", Text),
)
"""Who is yet to be told: `next_at` is null once that is done, or given up."""


@dataclass(frozen=True, slots=True)
class _Codec:
    write: Callable[[Any], str]
    read: Callable[[str], Any]


@cache
def _codec(kind: type) -> _Codec:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return _Codec(lambda value: adapter.dump_json(value).decode(), adapter.validate_json)


def written(notice: Notice) -> str:
    """Write a notice as JSON."""
    return _codec(Notice).write(notice)


def read_notice(text: str) -> Notice:
    """Read what `written` wrote."""
    found: Notice = _codec(Notice).read(text)
    return found


def load(connection: Connection, policy: Policy) -> Book:
    """Read every alert and composite."""
    tracked, composites = (
        [_codec(kind).read(text) for text in connection.execute(select(table.c.data)).scalars()]
        for table, kind in ((_alerts, Tracked), (_composites, Composite))
    )
    return Book(policy, tracked, composites)


def save(connection: Connection, book: Book) -> None:
    """Write what changed since it was written last."""
    changed = book.changes
    tracked = {**book.past, **book.tracked}
    _replace(connection, _alerts, changed.tracked, tracked, Tracked)
    _replace(connection, _composites, changed.composites, book.composites, Composite)


def _replace(
    connection: Connection,
    table: Table,
    keys: Iterable[str],
    now: Mapping[str, object],
    kind: type,
) -> None:
    gone = [{"old": key} for key in keys]
    if not gone:
        return
    connection.execute(delete(table).where(table.c.key == bindparam("old")), gone)
    write = _codec(kind).write
    rows = [
        {"key": each["old"], "data": write(now[each["old"]])} for each in gone if each["old"] in now
    ]
    if rows:
        connection.execute(insert(table), rows)


def put_notice(
    connection: Connection,
    notice: Notice,
    rule: str,
    targets: Sequence[tuple[str, str]],
    next_at: Micros,
) -> None:
    """Keep a notice, and that it is to be sent.

    Args:
        connection: in a write transaction.
        notice: what is told.
        rule: whose alert it mainly is.
        targets: receivers, each with the name of a sink.
        next_at: when it is to be sent, unless it is made ready before.
    """
    connection.execute(
        insert(notices).values(
            key=notice.key, composite=notice.composite, number=notice.number, rule=rule,
            at=notice.at, data=written(notice),
        )
    )  # fmt: skip
    rows = [
        {"key": notice.key, "composite": notice.composite, "receiver": receiver,
         "sink": sink, "made_at": notice.at, "next_at": next_at, "attempts": 0}
        for receiver, sink in targets
    ]  # fmt: skip
    if rows:
        connection.execute(insert(deliveries), rows)
