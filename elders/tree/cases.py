"""The matters that rose, and every step of theirs, in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    case,
    delete,
    exists,
    insert,
    select,
    update,
)

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Level, Sage, elder
from elders.messages import Message, Step, decode
from elders.store import metadata
from elders.tree.escalation import PATIENCE_SECONDS, Case, due_at, risen
from elders.tree.hierarchy import BY_DEFAULT, Superiors
from elders.tree.outbox import KEPT_SECONDS, put
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import Conflict, Forbidden, NotFound

_log = structlog.get_logger(__name__)

_MICROS: Final = 1_000_000

_cases = Table(
    "guild_cases",
    metadata,
    Column("key", String, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, index=True),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", String),
)

_steps = Table(
    "guild_case_steps",
    metadata,
    Column("key", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sender", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)


_LEVELS: Final = {name: int(elder(name).level) for name in (*Sage, CLAUDE_ELDER, GRAND_ELDER)}


def waits_with(member: ColumnElement[str], key: ColumnElement[str]) -> ColumnElement[bool]:
    """Write the condition that a matter is with this member, and nobody took it up yet."""
    level = case(_LEVELS, value=member, else_=int(Level.SERVANT))
    return exists().where(
        _cases.c.key == key, _cases.c.level == level, _cases.c.acknowledged_at.is_(None)
    )


class Cases:
    """Opens matters, has them rise, and stops them. Sync: call it from a thread.

    Args:
        database: the guild's store.
        clock: what time it is.
        superiors: the servants' Sages.
        patience_seconds: how long each level may take to acknowledge.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        superiors: Superiors = BY_DEFAULT,
        patience_seconds: Mapping[Level, float] = PATIENCE_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._superiors = superiors
        self._patience = patience_seconds

    def open(self, message: Message) -> bool:
        """Send a message that must be acknowledged; answer whether it was not known before."""
        with self._database.write() as connection:
            if _find(connection, message.key) is not None:
                return False
            self._insert(connection, message, self._clock())
            return put(connection, message, _dedup(message))

    def rise(self, message: Message, reason: str, *, critical: bool = False) -> Case | None:
        """Pass on what its recipient could not deal with.

        Returns:
            The matter thereafter; None where it was stopped, or is that high already.

        Raises:
            Conflict: it can't rise: see `risen`.
        """
        with self._database.write() as connection:
            return self._rise(connection, message, reason, critical=critical)

    def rise_overdue(self) -> list[Case]:
        """Pass on all that nobody acknowledged in time.

        It is sent in the name of the one to whom it rises: its holder's process may be gone, and
        only a member's own process sends in its name.
        """
        overdue = (
            select(_cases.c.key)
            .where(_cases.c.acknowledged_at.is_(None), _cases.c.due_at <= self._clock())
            .order_by(_cases.c.due_at)
        )
        with self._database.read() as connection:
            if connection.execute(overdue.limit(1)).first() is None:
                return []
        with self._database.write() as connection:
            keys = connection.execute(overdue).scalars().all()
            found = [self._rise_late(connection, key) for key in keys]
        return [case for case in found if case]

    def forget(self) -> None:
        """Remove matters that were acknowledged long ago, with their steps."""
        oldest = self._clock() - KEPT_SECONDS * _MICROS
        over = select(_cases.c.key).where(_cases.c.acknowledged_at < oldest)
        with self._database.write() as connection:
            connection.execute(delete(_steps).where(_steps.c.key.in_(over)))
            connection.execute(delete(_cases).where(_cases.c.acknowledged_at < oldest))

    def _rise_late(self, connection: Connection, key: str) -> Case | None:
        case = _found(connection, key)
        seconds = self._patience[case.level]
        reason = f"{case.message.recipient} did not acknowledge it within {seconds:g} s"
        try:
            return self._rise(connection, case.message, reason, critical=False, late=True)
        except Conflict as error:
            _log.error("case.stuck", key=key, reason=str(error))
            mine = _cases.c.key == key
            connection.execute(update(_cases).where(mine).values(due_at=None))
            return None

    def acknowledge(self, key: str, by: str) -> Case:
        """Take a matter up: it rises no more. Who was first stays the one who did.

        Raises:
            NotFound: no such matter rose.
            Forbidden: it is with somebody of a higher level, or with another of the same.
        """
        with self._database.write() as connection:
            case = _find(connection, key)
            if case is None:
                raise NotFound(f"no matter {key[:80]!r} waits for anybody: check its key")
            holder = case.message.recipient
            if by != holder and elder(by).level <= case.level:
                raise Forbidden(f"the matter {key[:80]!r} is with {holder}: it is not for {by}")
            if case.acknowledged_at is None:
                connection.execute(
                    update(_cases)
                    .where(_cases.c.key == key)
                    .values(acknowledged_at=self._clock(), acknowledged_by=by)
                )
            return _found(connection, key)

    def waiting(self) -> list[Case]:
        """List what nobody acknowledged yet, the oldest first."""
        asked = select(_cases).where(_cases.c.acknowledged_at.is_(None))
        with self._database.read() as connection:
            return [_case(row) for row in connection.execute(asked.order_by(_cases.c.opened_at))]

    def steps(self, key: str) -> list[Step]:
        """List every step of a matter, the first one first."""
        asked = select(_steps).where(_steps.c.key == key).order_by(_steps.c.number)
        with self._database.read() as connection:
            rows = connection.execute(asked).all()
        return [Step(row.sender, row.recipient, Micros(row.at), row.reason) for row in rows]

    def _rise(
        self,
        connection: Connection,
        message: Message,
        reason: str,
        *,
        critical: bool,
        late: bool = False,
    ) -> Case | None:
        case, now = _find(connection, message.key), self._clock()
        if case and case.acknowledged_at is not None:
            return None
        if case and case.level > elder(message.recipient).level:
            return None
        above = risen(message, reason=reason, now=now, critical=critical, superiors=self._superiors)
        if late:
            above = replace(above, sender=above.recipient)
        if case is None:
            self._insert(connection, above, now)
        else:
            values = self._values(above, now)
            connection.execute(update(_cases).where(_cases.c.key == message.key).values(values))
        step = above.history[-1]
        connection.execute(
            insert(_steps).values(
                key=above.key,
                number=len(above.history),
                sender=step.sender,
                recipient=step.recipient,
                at=step.at,
                reason=step.reason,
            )
        )
        put(connection, above, _dedup(above))
        return _found(connection, above.key)

    def _insert(self, connection: Connection, message: Message, now: Micros) -> None:
        values = self._values(message, now)
        connection.execute(insert(_cases).values(key=message.key, opened_at=now, **values))

    def _values(self, message: Message, now: Micros) -> dict[str, Any]:
        level = elder(message.recipient).level
        due = due_at(level, now, self._patience)
        return {"level": int(level), "message": message.encode(), "due_at": due}


def _dedup(message: Message) -> str:
    return f"case:{message.key}:{message.recipient}"


def _find(connection: Connection, key: str) -> Case | None:
    row = connection.execute(select(_cases).where(_cases.c.key == key)).first()
    return None if row is None else _case(row)


def _found(connection: Connection, key: str) -> Case:
    return _case(connection.execute(select(_cases).where(_cases.c.key == key)).one())


def _case(row: Any) -> Case:  # noqa: ANN401 - a row
    return Case(
        decode(row.message), row.opened_at, row.due_at, row.acknowledged_at, row.acknowledged_by
    )
