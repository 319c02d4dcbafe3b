"""Who of the tree is there: members answer pings, pass probes up, and remember directives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, String, Table, insert, select, update

from elders.levels import GRAND_ELDER
from elders.messages import Message
from elders.store import metadata
from elders.transport import Handler
from elders.tree.tree import DECISION, ElderTree
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import InsufficientAuthority

PING: Final = "health.ping"
PROBE: Final = "health.probe"

_members = Table(
    "guild_members",
    metadata,
    Column("member", String, primary_key=True),
    Column("answered_for", BigInteger),
    Column("asked_at", BigInteger),
    Column("directive", String),
    Column("directive_at", BigInteger),
)

_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of a member.

    Attributes:
        answered_for: when the last ping was sent that it answered, by the sender's clock.
        asked_at: when it was sent one last.
        directive: the kind of the decision that it was told last.
    """

    answered_for: Micros | None = None
    asked_at: Micros | None = None
    directive: str | None = None
    directive_at: Micros | None = None

    @property
    def answers(self) -> bool:
        """Tell whether it answered its last ping; who was never sent one did not fail to."""
        return (self.answered_for or 0) >= (self.asked_at or 0)


class Members:
    """Keeps what is known of each member. Sync: call it from a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Presence]:
        """Answer what is known, by name."""
        with self._database.read() as connection:
            return {
                row.member: Presence(
                    row.answered_for, row.asked_at, row.directive, row.directive_at
                )
                for row in connection.execute(select(_members))
            }

    def answered(self, member: str, at: Micros) -> None:
        """Note that a member answered the ping sent then."""
        self._note(member, answered_for=at)

    def asked(self, member: str, at: Micros) -> None:
        """Note that a member was sent a ping."""
        self._note(member, asked_at=at)

    def directed(self, member: str, kind: str, at: Micros) -> None:
        """Note that a member was told a decision."""
        self._note(member, directive=kind, directive_at=at)

    def _note(self, member: str, **values: Any) -> None:
        mine = _members.c.member == member
        with self._database.write() as connection:
            if not connection.execute(update(_members).where(mine).values(values)).rowcount:
                connection.execute(insert(_members).values(member=member, **values))


def attending(
    tree: ElderTree, database: Database, name: str, handler: Handler, *, clock: Clock
) -> Handler:
    """Make a member's handler one that deals with pings and probes too: give it to `tree.listen`.

    A ping is answered in the guild's store. A probe goes up, as what is beyond a member does, and
    the grand elder acknowledges it. Everything else is the handler's.

    Args:
        tree: this process's door to it.
        database: the guild's store.
        name: of the member.
        handler: what it does besides.
        clock: what time it is.
    """
    members = Members(database)

    async def handle(message: Message) -> None:
        if message.topic == PING:
            await asyncio.to_thread(members.answered, name, message.at)
        elif message.topic == PROBE and name == GRAND_ELDER:
            await tree.acknowledge(message.key, name)
        elif message.topic == PROBE:
            raise InsufficientAuthority("a probe of the way up: it goes on to the grand elder")
        else:
            if message.topic == DECISION:
                kind = str(message.body.get("kind", ""))[:_LONGEST]
                await asyncio.to_thread(members.directed, name, kind, clock())
            await handler(message)

    return handle
