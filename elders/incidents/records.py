"""What the Incident Sage did, in the guild's store: written before it is done, and after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from elders.messages import Body
from elders.store import metadata
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import NotFound

_actions = Table(
    "guild_actions",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("undo", Text, nullable=False),
)
"""`told` is what came of it, `undo` what undoing needs, both as JSON."""


class State(StrEnum):
    """What became of an action."""

    PLANNED = "planned"
    """A dry run: nothing was done."""
    BEGUN = "begun"
    """It is under way, or the process died in it and no other has taken its seat yet."""
    DONE = "done"
    FAILED = "failed"
    """It could not be done, or its process died in it: then it isn't known whether it was."""
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Taken:
    """An action that was taken, or would have been.

    Attributes:
        told: what came of it, or would.
    """

    number: int
    name: str
    at: Micros
    state: State
    reason: str
    told: Body


class ActionRecords:
    """The store's door for what was done. Sync: call it from a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, name: str, reason: str, state: State, at: Micros) -> Taken:
        """Note that an action is about to be taken, or planned."""
        row = {
            "name": name, "at": at, "state": state, "reason": reason, "told": "{}", "undo": "",
        }  # fmt: skip
        with self._database.write() as connection:
            number = connection.execute(
                insert(_actions).values(row).returning(_actions.c.number)
            ).scalar_one()
        return Taken(number, name, at, state, reason, {})

    def end(self, taken: Taken, undo: Body | None) -> None:
        """Note what came of an action, and what undoing it needs."""
        values = {
            "state": taken.state,
            "told": json.dumps(taken.told),
            "undo": "" if undo is None else json.dumps(undo),
        }
        with self._database.write() as connection:
            connection.execute(
                update(_actions).where(_actions.c.number == taken.number).values(values)
            )

    def last_tried(self, name: str) -> Micros | None:
        """Answer when an action was tried last, whatever came of it."""
        tried = select(_actions.c.at).where(
            _actions.c.name == name, _actions.c.state != State.PLANNED
        )
        with self._database.read() as connection:
            return connection.execute(tried.order_by(_actions.c.at.desc()).limit(1)).scalar()

    def begun(self) -> Sequence[Taken]:
        """List what is under way, or was when its process died; the oldest first."""
        query = select(_actions).where(_actions.c.state == State.BEGUN).order_by(_actions.c.number)
        with self._database.read() as connection:
            return [_taken(row) for row in connection.execute(query).mappings()]

    def find(self, number: int) -> tuple[Taken, Body | None]:
        """Find an action, and what undoing it needs; None where it can't be undone.

        Raises:
            NotFound: there was none of this number.
        """
        query = select(_actions).where(_actions.c.number == number)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"there is no action {number}")
        return _taken(row), json.loads(row["undo"]) if row["undo"] else None

    def latest(self, limit: int) -> list[Taken]:
        """List what was taken, the newest first."""
        query = select(_actions).order_by(_actions.c.number.desc()).limit(limit)
        with self._database.read() as connection:
            return [_taken(row) for row in connection.execute(query).mappings()]


def _taken(row: RowMapping) -> Taken:
    return Taken(
        row["number"], row["name"], Micros(row["at"]), State(row["state"]), row["reason"],
        json.loads(row["told"]),
    )  # fmt: skip
