"""Who may send to whom, and which way a message has to go instead."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Level, Sage, elder
from elders.messages import Message
from foundation.errors import Forbidden

Superiors = Mapping[str, Sage]
"""The Sage of each servant; of one that is not named, the Task Sage."""

BY_DEFAULT: Final[Superiors] = MappingProxyType({})


def superior(name: str, superiors: Superiors = BY_DEFAULT) -> str | None:
    """Answer to whom a member reports; None for the grand elder.

    Raises:
        InvalidInput: there can be no such member.
    """
    level = elder(name).level
    if level is Level.SERVANT:
        return superiors.get(name, Sage.TASK).value
    return {Level.SAGE: CLAUDE_ELDER, Level.CLAUDE_ELDER: GRAND_ELDER}.get(level)


def may_send(sender: str, recipient: str) -> bool:
    """Tell whether a message may go straight: one level up or down, or from Sage to Sage.

    Raises:
        InvalidInput: there can be no such member.
    """
    one, other = elder(sender).level, elder(recipient).level
    if one is other:
        return one is Level.SAGE and sender != recipient
    return abs(one - other) == 1


def proper_path(sender: str, recipient: str, superiors: Superiors = BY_DEFAULT) -> tuple[str, ...]:
    """Answer the members through whom a message goes, both ends included.

    Raises:
        InvalidInput: there can be no such member.
    """
    if sender == recipient:
        return (sender,)
    if may_send(sender, recipient):
        return (sender, recipient)
    if elder(sender).level < elder(recipient).level:
        above = superior(sender, superiors)
        return (sender, *proper_path(above or recipient, recipient, superiors))
    above = superior(recipient, superiors)
    return (*proper_path(sender, above or sender, superiors), recipient)


def check_path(sender: str, recipient: str, superiors: Superiors = BY_DEFAULT) -> None:
    """Refuse what goes past the hierarchy.

    Raises:
        Forbidden: it must go another way, which the message names.
        InvalidInput: there can be no such member.
    """
    if may_send(sender, recipient):
        return
    if sender == recipient:
        raise Forbidden(f"{sender} can't send to itself: name another recipient")
    path = " -> ".join(proper_path(sender, recipient, superiors))
    raise Forbidden(f"{sender} may not send to {recipient} past the hierarchy: send {path}")


def check_arrived(message: Message) -> None:
    """Refuse what should not have been sent to its recipient, whoever let it pass.

    What rose is judged by its steps: each leads to a higher level, the last one to its recipient.

    Raises:
        Forbidden: it came past the hierarchy.
        InvalidInput: its sender, or one of its steps, is no member.
    """
    if not message.history:
        check_path(message.sender, message.recipient)
        return
    steps, last = message.history, message.history[-1]
    rose = all(elder(each.sender).level < elder(each.recipient).level for each in steps)
    whole = all(one.recipient == other.sender for one, other in pairwise(steps))
    # What nobody took up in time is sent in the name of the one to whom it rises.
    own = message.sender in (last.sender, last.recipient)
    if not (rose and whole and own and last.recipient == message.recipient):
        raise Forbidden(
            f"{message.topic[:80]!r} has a history that does not lead up to {message.recipient}:"
            " only what rose goes past the hierarchy"
        )
