"""How a matter rises: one level at a time, never down, never round, with every step recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from elders.levels import GRAND_ELDER, Level, Sage, elder
from elders.messages import Message, Step
from elders.tree.hierarchy import BY_DEFAULT, Superiors, superior
from foundation.clock import Micros
from foundation.errors import Conflict
from foundation.ids import new_id

DEPTH_LIMIT: Final = 8
"""Steps that a message may have behind it; there are four levels."""

PATIENCE_SECONDS: Final[Mapping[Level, float]] = {
    Level.SERVANT: 60.0,
    Level.SAGE: 300.0,
    Level.CLAUDE_ELDER: 900.0,
}
"""How long a level may take to acknowledge; nobody is above the grand elder."""

_MICROS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A matter that waits for somebody to take it up.

    Attributes:
        message: as its holder, `message.recipient`, was last sent it; its history has every step.
        due_at: when it rises further, unless it is acknowledged; None at the top.
    """

    message: Message
    opened_at: Micros
    due_at: Micros | None
    acknowledged_at: Micros | None = None
    acknowledged_by: str | None = None

    @property
    def level(self) -> Level:
        """Answer the level of its holder."""
        return elder(self.message.recipient).level


def risen(
    message: Message,
    *,
    reason: str,
    now: Micros,
    critical: bool = False,
    superiors: Superiors = BY_DEFAULT,
) -> Message:
    """Answer the message that takes a matter from its recipient to whoever is above.

    From a servant it goes back to the Sage that sent it, if one did. It has the same key, so that
    its effect is had once, and one step more.

    Args:
        message: what its recipient could not deal with.
        reason: why.
        now: when.
        critical: it goes straight to the grand elder.
        superiors: the servants' Sages.

    Raises:
        Conflict: nobody is above, or it has been there, or it has come too far.
    """
    holder = message.recipient
    above = _above(message, superiors)
    if above is None:
        raise Conflict(f"{message.topic!r} can't rise: nobody is above {holder}")
    target = GRAND_ELDER if critical else above
    if len(message.history) >= DEPTH_LIMIT:
        raise Conflict(
            f"{message.topic!r} has {len(message.history)} steps behind it and rises no more: look"
            " for a loop among those who pass it on"
        )
    been = [name for step in message.history for name in (step.sender, step.recipient)]
    if any(elder(name).level >= elder(target).level for name in been):
        raise Conflict(
            f"{message.topic!r} has been at the level of {target} already: levels only rise"
        )
    step = Step(holder, target, now, reason)
    return replace(
        message,
        sender=holder,
        recipient=target,
        at=now,
        id=new_id(),
        history=(*message.history, step),
    )


def _above(message: Message, superiors: Superiors) -> str | None:
    sent_by_sage = message.sender in set(Sage)
    if sent_by_sage and elder(message.recipient).level is Level.SERVANT:
        return message.sender
    return superior(message.recipient, superiors)


def due_at(
    level: Level, now: Micros, patience_seconds: Mapping[Level, float] = PATIENCE_SECONDS
) -> Micros | None:
    """Answer when a matter rises from a level that does not acknowledge it; None for never."""
    seconds = patience_seconds.get(level)
    return None if seconds is None else Micros(now + int(seconds * _MICROS))
