"""Messages from the store to the transport: in order for each recipient, none waits for another."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import structlog

from elders.messages import Message
from elders.transport import Transport
from elders.tree.outbox import Outbox
from foundation.clock import Clock
from foundation.errors import GuildError, InvalidInput

_log = structlog.get_logger(__name__)


class Sending:
    """Sends what waits in the store.

    Args:
        transport: carries the messages.
        outbox: what is to be sent.
        clock: what time it is.
    """

    def __init__(self, transport: Transport, outbox: Outbox, *, clock: Clock) -> None:
        self._transport = transport
        self._outbox = outbox
        self._clock = clock
        self._sending = self._more = False

    async def flush(self) -> None:
        """Send what waits, in its order; what is not taken stays for the next time.

        While another task of this process does so it is left to that one: a handler whose message
        rises must not wait for a sender that waits for the handler.
        """
        self._more = True
        if self._sending:
            return
        self._sending = True
        try:
            while self._more:
                self._more = False
                await self._send_waiting()
        finally:
            self._sending = False

    async def _send_waiting(self) -> None:
        """Send to all recipients at once; who takes nothing is left out, and holds up no other."""
        skipped: set[str] = set()
        while waiting := await asyncio.to_thread(self._outbox.waiting, skipped=skipped):
            queues: dict[str, list[tuple[int, Message]]] = defaultdict(list)
            for each in waiting:
                queues[each[1].recipient].append(each)
            taken = await asyncio.gather(
                *(self._send_in_order(each) for each in queues.values()), return_exceptions=True
            )
            for recipient, outcome in zip(queues, taken, strict=True):
                if isinstance(outcome, BaseException):
                    raise outcome
                if not outcome:
                    skipped.add(recipient)

    async def _send_in_order(self, queue: Sequence[tuple[int, Message]]) -> bool:
        """Send to one recipient; answer whether all was taken.

        What is refused as it is (too large, say) never will be taken, and is laid aside. Whatever
        else is wrong may be mended, a missing key too: it waits.
        """
        for number, message in queue:
            try:
                await self._transport.send(message)
            except InvalidInput as error:
                _log.error("tree.refused", key=message.key, reason=str(error))
                await asyncio.to_thread(self._outbox.refuse, number, str(error))
            except GuildError as error:
                _log.warning("tree.not_sent", key=message.key, reason=str(error))
                return False
            else:
                await asyncio.to_thread(self._outbox.sent, number, self._clock())
        return True
