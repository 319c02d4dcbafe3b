"""What people read and settle, and decide in the guild's name, through its store."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.guild import guild_store
from elders.guild.inbox import Inbox, Unsettled
from elders.improving.wording import SUGGESTED
from elders.levels import Sage
from elders.messages import Message
from elders.transports.memory import MemoryTransport
from elders.tree.council import ASKED, Decision, Opinion, Opinions, request_key
from elders.tree.tree import ElderTree
from foundation.clock import system_clock
from foundation.errors import Forbidden, InvalidInput, NotFound
from foundation.ids import new_id

if TYPE_CHECKING:
    from foundation.database.database import Database


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision.

    Attributes:
        key: of the decision that was made; None where opinions are asked for first.
        asked: the Sages that are asked.
    """

    key: str | None
    asked: Sequence[str] = ()


def inbox(home: Path | None, member: str | None, limit: int) -> Unsettled:
    """List what members were told and nobody settled yet.

    Args:
        home: in whose folder `guild` the store lies, unless the settings name another.
        member: whose, as messages name them; None for all.
        limit: how many at the most.

    Raises:
        InvalidInput: a setting is wrong.
        Unavailable: the store does not answer.
    """
    with guild_store(home) as store:
        return Inbox(store, system_clock).unsettled(member, limit=limit)


def settle(home: Path | None, keys: Sequence[str]) -> None:
    """Take matters up in the grand elder's name: they rise no more, and are in no inbox any more.

    Raises:
        InvalidInput: a setting is wrong.
        NotFound: nothing with one of these keys waits; those before it are settled.
        Unavailable: the store does not answer.
    """
    with guild_store(home) as store:
        kept = Inbox(store, system_clock)
        for key in keys:
            kept.settle(key)


def decide(
    home: Path | None, decision: Decision, recipients: Sequence[str], *, ask: bool = False
) -> Decided:
    """Make a decision in an elder's name, with the opinions that were given of it.

    The elder's process sends it.

    Args:
        home: as for `inbox`.
        decision: what is decided.
        recipients: whom it concerns.
        ask: whether the Sages are asked for the opinions that it lacks.

    Raises:
        InvalidInput: there is no such kind.
        InsufficientAuthority: it is not for whoever decides.
        Forbidden: opinions are missing, or a recipient is out of reach.
        Unavailable: the store does not answer.
    """
    with guild_store(home) as store:
        return asyncio.run(_decided(store, decision, recipients, ask=ask))


async def _decided(
    store: Database, decision: Decision, recipients: Sequence[str], *, ask: bool
) -> Decided:
    tree = _tree(store)
    if lacking := await tree.lacking(decision):
        if ask and (asked := await tree.ask(decision)):
            return Decided(None, [each.recipient for each in asked])
        commands = "\n".join(f"{answer_to(each)}" for each in lacking)
        raise Forbidden(
            "the decision lacks opinions: ask for them with --ask (once), or give them, each with"
            f" --approve or --object and a --reason:\n{commands}"
        )
    opinions = await asyncio.to_thread(Opinions(store).of, decision.subject)
    key = new_id()
    await tree.decide(replace(decision, opinions=[*opinions.values()]), recipients, key=key)
    return Decided(key)


def opine(
    home: Path | None, sage: str, decision: Decision, *, approves: bool, reason: str
) -> list[str]:
    """Give a Sage's opinion of a decision, and settle the request for it.

    Returns:
        The Sages whose opinions the decision still lacks.

    Raises:
        InvalidInput: there is no such kind of decision, or an elder is named, who decides.
        Unavailable: the store does not answer.
    """
    if sage not in set(Sage):
        raise InvalidInput(f"{sage} has no opinions to give: name a Sage")
    with guild_store(home) as store:
        return asyncio.run(_opined(store, Sage(sage), decision, approves=approves, reason=reason))


async def _opined(
    store: Database, sage: Sage, decision: Decision, *, approves: bool, reason: str
) -> list[str]:
    tree = _tree(store)
    await tree.lacking(decision)  # it must be of a kind that there is
    given = await asyncio.to_thread(Opinions(store).of, decision.subject)
    opinion = Opinion(sage, decision.subject, approves=approves, reason=reason, at=system_clock())
    await tree.opine(opinion, by=sage)
    with suppress(NotFound):
        kept = Inbox(store, system_clock)
        await asyncio.to_thread(kept.settle, request_key(sage, decision, given))
    return [each.recipient for each in await tree.lacking(decision)]


def answer_to(message: Message) -> str | None:
    """Write the command by which a message from the inbox is answered, but for what it says."""
    match message.body:
        case {"kind": str(kind), "text": str(text)} if message.topic == ASKED:
            sage = message.recipient.removesuffix("_sage")
            return shlex.join(["elders", "guild", "opine", sage, kind, text])
        case _ if message.topic == SUGGESTED:
            return shlex.join(["elders", "guild", "approve", message.key])
    return None


def _tree(store: Database) -> ElderTree:
    """Open a door to the tree that sends nothing by itself: members' processes do."""
    return ElderTree(MemoryTransport(clock=system_clock), store, clock=system_clock, speaks_for=())
