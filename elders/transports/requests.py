"""Requests that are answered, fail, or time out: none waits for ever, and nothing is left over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from elders.messages import Body, Message
from elders.transport import Handler, Listening, Transport
from elders.transports.broker import REPLIES
from foundation.clock import Clock, Micros
from foundation.errors import Conflict, Forbidden, GuildError, InvalidInput, NotFound, Unavailable
from foundation.ids import new_id

TIMEOUT_SECONDS: Final = 30.0
_MICROS: Final = 1_000_000

_log = structlog.get_logger(__name__)

_REFUSALS: Final[dict[str, type[GuildError]]] = {
    each.__name__: each for each in (InvalidInput, NotFound, Conflict, Forbidden)
}
"""What repeating the same request does not mend, by the name that a reply gives it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and by whom: it may be another one than was asked."""

    sender: str
    body: Body


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that nobody answered.

    Attributes:
        request: as it was sent last.
        attempts: how often it was sent, each time to whoever `recover` named.
        sent: whether the transport took it; if not, why is `reason`.
    """

    request: Message
    attempts: int
    sent: bool
    reason: str


Recover = Callable[[Failure], str | None]
"""Decides whom to ask next, with the same key; None gives up."""


def give_up(_failure: Failure) -> None:
    """Ask nobody else."""


def again(times: int) -> Recover:
    """Ask the same one so many times more."""
    return lambda failure: failure.request.recipient if failure.attempts <= times else None


def others(recipients: Sequence[str]) -> Recover:
    """Ask these, one after another."""
    return lambda failure: dict(enumerate(recipients, start=1)).get(failure.attempts)


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """What became of requests; `late` replies came when nobody waited for them any more."""

    answered: int = 0
    refused: int = 0
    unanswered: int = 0
    late: int = 0


class Requests:
    """Asks others in one member's name, and waits for their replies.

    Replies come to an address of their own, so that whoever handles a message may ask meanwhile.
    """

    def __init__(
        self,
        transport: Transport,
        name: str,
        *,
        clock: Clock,
        timeout_seconds: float = TIMEOUT_SECONDS,
        recover: Recover = give_up,
        address: str | None = None,
    ) -> None:
        """Prepare; `open` it before asking.

        Args:
            transport: carries requests and replies.
            name: who asks.
            clock: what time it is.
            timeout_seconds: for each attempt, its sending included.
            recover: what to do about a request that was not answered.
            address: where replies come; another one for each process that asks in the same name.
        """
        self._transport = transport
        self._name = name
        self._clock = clock
        self._timeout = timeout_seconds
        self._recover = recover
        self._address = address or f"{name}{REPLIES}"
        self._pending: dict[str, asyncio.Future[Message]] = {}
        self._listening: Listening | None = None
        self._closed = False
        self._counts = {"answered": 0, "refused": 0, "unanswered": 0, "late": 0}

    @property
    def pending(self) -> int:
        """Count the requests that wait for replies."""
        return len(self._pending)

    @property
    def counts(self) -> RequestCounts:
        """Tell what became of requests since this was made."""
        return RequestCounts(**self._counts)

    async def open(self) -> None:
        """Listen for replies; as the transport's `listen`."""
        self._listening = await self._transport.listen(self._address, self._replied)

    async def close(self) -> None:
        """Give up on what waits, and listen no more."""
        self._closed = True
        for future in self._pending.values():
            if not future.done():
                future.set_exception(Unavailable(f"{self._name} stopped waiting for replies"))
        if self._listening is not None:
            await self._listening.close()

    async def ask(
        self,
        recipient: str,
        topic: str,
        body: Body,
        *,
        key: str | None = None,
        recover: Recover | None = None,
    ) -> Answer:
        """Send a request and wait for the answer.

        Args:
            recipient: who is asked.
            topic: what about.
            body: the request.
            key: of its effect, for one that was asked before; every attempt has the same.
            recover: in place of the one for all.

        Raises:
            InvalidInput, NotFound, Conflict, Forbidden: as whoever was asked says; or it could not
                be sent.
            Unavailable: nobody answered. Whether it had its effect is not known.
        """
        request = Message(
            self._name, recipient, topic, body, self._clock(),
            key=key or new_id(), reply_to=self._address,
        )  # fmt: skip
        attempts = 0
        while True:
            attempts += 1
            outcome = await self._asked(self._timed(request))
            if isinstance(outcome, Message):
                return self._answer(outcome)
            self._counts["unanswered"] += 1
            _log.warning("request.unanswered", topic=topic, to=request.recipient)
            failure = Failure(request, attempts, outcome is None, str(outcome or "no reply"))
            following = None if self._closed else (recover or self._recover)(failure)
            if following is None:
                raise Unavailable(
                    f"{request.recipient} did not answer {topic[:80]!r} within {self._timeout:g} s"
                    f" ({failure.reason}, attempt {attempts}): look whether it runs"
                ) from outcome
            request = replace(request, id=new_id(), recipient=following)

    def _timed(self, request: Message) -> Message:
        now = self._clock()
        return replace(request, at=now, expires_at=Micros(now + round(self._timeout * _MICROS)))

    async def _asked(self, request: Message) -> Message | Unavailable | None:
        """Ask once: answer the reply, why it was not sent, or None where no reply came in time."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._pending[request.id] = future
        try:
            async with asyncio.timeout(self._timeout):
                await self._transport.send(request)
                return await future
        except TimeoutError:
            return None
        except Unavailable as error:
            return future.result() if _has_reply(future) else error
        finally:
            del self._pending[request.id]
            future.cancel()

    async def _replied(self, reply: Message) -> None:
        future = self._pending.get(reply.correlation_id or "")
        if future is None or future.done():
            self._counts["late"] += 1
            _log.info("reply.late", topic=reply.topic, sender=reply.sender)
        else:
            future.set_result(reply)

    def _answer(self, reply: Message) -> Answer:
        match reply.body:
            case {"answer": dict(body)}:
                self._counts["answered"] += 1
                return Answer(reply.sender, body)
            case {"refused": {"kind": str(kind), "reason": str(reason)}}:
                self._counts["refused"] += 1
                raise _REFUSALS.get(kind, Unavailable)(reason)
        raise Unavailable(f"{reply.sender} replied to {reply.topic[:80]!r} what is no answer")


def answering(
    transport: Transport, name: str, answer: Callable[[Message], Awaitable[Body]], *, clock: Clock
) -> Handler:
    """Make a handler that answers what is asked; replies don't expire, so late ones are counted.

    Refusals (InvalidInput, NotFound, Conflict, Forbidden) are the reply; whatever else `answer`
    raises has the request delivered again, so it must know its `key`.

    Args:
        transport: carries the replies.
        name: who answers.
        answer: finds the answer.
        clock: what time it is.
    """

    async def handle(request: Message) -> None:
        try:
            body: Body = {"answer": await answer(request)}
        except tuple(_REFUSALS.values()) as error:
            kind = next(name for name, each in _REFUSALS.items() if isinstance(error, each))
            body = {"refused": {"kind": kind, "reason": str(error)}}
        if request.reply_to is not None:
            await transport.send(
                Message(
                    name, request.reply_to, request.topic, body, clock(),
                    correlation_id=request.id,
                )
            )  # fmt: skip

    return handle


def _has_reply(future: asyncio.Future[Message]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
