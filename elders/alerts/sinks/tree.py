"""Notices to members of the tree; the grand elder's rise there as critical matters do."""

from __future__ import annotations

from typing import Final

from elders.alerts.model import Kind, Notice
from elders.alerts.wording import body_of
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.messages import Message
from elders.tree.tree import ElderTree
from foundation.clock import Clock

TOPIC: Final = "alert"
SERVANT: Final = "servant.alerts"
"""In whose name the Incident Sage is told."""


class TreeSink:
    """Sends in the Incident Sage's name. Who is no member is told by way of the Incident Sage.

    A notice that something fires reaches the grand elder by escalation, so that it waits to be
    acknowledged; of its end only the claude elder and the Incident Sage are told.

    Args:
        tree: this process's door to it.
        clock: what time it is.
        name: as the rules name it.
    """

    def __init__(self, tree: ElderTree, *, clock: Clock, name: str = "tree") -> None:
        self._tree = tree
        self._clock = clock
        self.name = name

    async def send(self, notice: Notice, receiver: str) -> None:
        """Send a notice.

        Raises:
            Unavailable: nothing took it in time.
        """
        body = {**body_of(notice), "receiver": receiver}
        key = f"{notice.key}:{receiver}"
        sage, now = Sage.INCIDENT.value, self._clock()
        own = Message(SERVANT, sage, TOPIC, body, now, key=key)
        if receiver == CLAUDE_ELDER:
            await self._tree.send(Message(sage, CLAUDE_ELDER, TOPIC, body, now, key=key))
        elif receiver != GRAND_ELDER:
            await self._tree.send(own)
        elif notice.kind is Kind.FIRING:
            await self._tree.escalate(own, f"critical alert: {notice.title}", critical=True)

    async def close(self) -> None:
        """Nothing is held."""
