"""Members' places at the bus: which topics each answers, and how Sages are reached through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from elders.messages import Body, Message
from elders.tasks import wording as tasks
from elders.transport import Handler, Listening, Transport
from elders.transports.delivery import Rejected
from elders.transports.requests import answering
from elders.tree.hierarchy import check_arrived
from foundation.clock import Clock
from foundation.errors import Forbidden, InvalidInput

Answers = Mapping[str, Callable[[Message], Awaitable[Body]]]
"""By topic; what they answer goes to whoever asked."""

Around = Callable[[str, Handler], Handler]
"""Makes a handler of a member's handler, given the member's name."""

_REPLIES: Final = {tasks.ANSWER: "answer", tasks.REFUSED: "refused"}


class Seated:
    """A transport on which members answer further topics, beside what they listen to themselves.

    So a Sage that listens for its own topics need know nothing of the council's: what is addressed
    to it under one of `answers` is answered before it. What comes past the hierarchy is refused,
    or dead where nobody waits for an answer. Closing is left to the transport itself.

    Args:
        transport: carries the messages.
        answers: by recipient, then by topic.
        clock: what time it is.
        around: makes of a member's handler one that deals with further matters too.
    """

    def __init__(
        self,
        transport: Transport,
        answers: Mapping[str, Answers],
        clock: Clock,
        around: Around = lambda _, handler: handler,
    ) -> None:
        self._transport = transport
        self._answers = answers
        self._clock = clock
        self._around = around

    async def send(self, message: Message) -> None:
        """Hand a message over, as the transport does."""
        await self._transport.send(message)

    async def listen(self, recipient: str, handler: Handler) -> Listening:
        """Have a recipient's messages handled, those of further topics by who answers them."""
        handlers = {
            topic: answering(self._transport, recipient, answer, clock=self._clock)
            for topic, answer in self._answers.get(recipient, {}).items()
        }
        beside = self._around(recipient, handler)

        async def check(message: Message) -> Body:
            check_arrived(message)
            return {}

        refusing = answering(self._transport, recipient, check, clock=self._clock)

        async def handle(message: Message) -> None:
            try:
                check_arrived(message)
            except (Forbidden, InvalidInput) as error:
                if message.reply_to is None:
                    raise Rejected(str(error)) from error
                await refusing(message)
            else:
                await handlers.get(message.topic, beside)(message)

        return await self._transport.listen(recipient, handle)

    async def dead(self, recipient: str) -> list[Message]:
        """List what could not be delivered, as the transport does."""
        return await self._transport.dead(recipient)

    async def count_dead(self, recipient: str) -> int:
        """Count what is dead, as the transport does."""
        return await self._transport.count_dead(recipient)

    async def settle(self, recipient: str, handler: Handler) -> int:
        """Settle what is dead, as the transport does."""
        return await self._transport.settle(recipient, handler)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()


class TaskReplies(Seated):
    """A transport that reads the Task Sage's answers as replies to requests."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        super().__init__(transport, {}, clock)

    async def listen(self, recipient: str, handler: Handler) -> Listening:
        """Have messages handled; those of the Task Sage in the words that requests know."""

        async def handle(message: Message) -> None:
            await handler(as_reply(message))

        return await self._transport.listen(recipient, handle)


def as_reply(message: Message) -> Message:
    """Write an answer of the Task Sage as `Requests` reads replies."""
    known = _REPLIES.get(message.topic)
    if known == "answer":
        return replace(message, body={"answer": dict(message.body)})
    if known == "refused":
        reason = str(message.body.get("reason"))
        return replace(message, body={"refused": {"kind": "InvalidInput", "reason": reason}})
    return message
