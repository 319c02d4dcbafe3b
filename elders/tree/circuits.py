"""A circuit that opens is told to the Incident Sage, and so is its closing."""

from __future__ import annotations

import queue
from typing import Final

import structlog

from elders.levels import Sage
from elders.messages import Message
from elders.transport import Transport
from elders.tree.hierarchy import check_path
from foundation.breaker import Phase, Turned
from foundation.clock import Clock, Micros
from foundation.errors import Unavailable

_log = structlog.get_logger(__name__)

TURNED: Final = "circuit.turned"
_LIMIT: Final = 10_000


class CircuitNotices:
    """A breaker's listener that neither blocks nor fails; `send` passes on what it heard.

    Args:
        transport: carries the notices.
        sender: in whose name: a member who may send to the Incident Sage.
        clock: what time it is.

    Raises:
        Forbidden: the sender may not.
    """

    def __init__(self, transport: Transport, *, sender: str, clock: Clock) -> None:
        check_path(sender, Sage.INCIDENT)
        self._transport = transport
        self._sender = sender
        self._clock = clock
        self._heard: queue.SimpleQueue[tuple[Turned, Micros]] = queue.SimpleQueue()
        self._kept: Message | None = None

    def __call__(self, turned: Turned) -> None:
        """Hear of a change, in any thread; a probe alone is no news."""
        if turned.after is Phase.HALF_OPEN:
            return
        if self._heard.qsize() >= _LIMIT:
            _log.error("circuits.not_told", name=turned.name, after=turned.after)
            return
        self._heard.put((turned, self._clock()))

    async def send(self) -> int:
        """Send what was heard, in its order; answer how much. What is not taken is kept.

        Only one task may send.
        """
        count = 0
        while (message := self._kept or self._next()) is not None:
            self._kept = message
            try:
                await self._transport.send(message)
            except Unavailable as error:
                _log.warning("circuits.not_sent", reason=str(error))
                break
            self._kept = None
            count += 1
        return count

    def _next(self) -> Message | None:
        try:
            turned, at = self._heard.get_nowait()
        except queue.Empty:
            return None
        body = {"name": turned.name, "before": turned.before, "after": turned.after}
        return Message(self._sender, Sage.INCIDENT.value, TURNED, body, at)
