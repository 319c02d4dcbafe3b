"""Messages in sealed envelopes, on whatever transport."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from elders.messages import Message, decode
from elders.transport import Handler, Listening, Transport
from elders.transports.delivery import Rejected, Sleep
from elders.transports.replays import RENEW_SECONDS, Claim, Replays
from foundation.clock import Clock, Micros
from foundation.errors import Forbidden, GuildError, InvalidInput
from foundation.ids import new_id
from foundation.security.envelopes import Header, Keys, seal, unseal

_MICROS: Final = 1_000_000
_WAIT_SECONDS: Final = 1.0
_TOPIC: Final = "sealed"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Validity:
    """How long envelopes hold.

    Attributes:
        lifetime_seconds: of those whose message never expires, and of any at the most.
        skew_seconds: how much the clocks of two machines may differ.
    """

    lifetime_seconds: int = 24 * 3_600
    skew_seconds: int = 30


_DEFAULTS: Final = Validity()


@dataclass(frozen=True, slots=True)
class SealedCounts:
    """What was not handed over: replays of what was acted on, and what no envelope should be."""

    replayed: int = 0
    refused: int = 0


class SealedTransport:
    """Seals what is sent, and hands over what is signed by its sender, valid, and new.

    What is refused is laid aside as dead at once; a replay is dropped. Who listens on the way sees
    sender, recipient, times and sizes, and no more.
    """

    def __init__(
        self,
        transport: Transport,
        keys: Keys,
        replays: Replays,
        *,
        clock: Clock,
        validity: Validity = _DEFAULTS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._keys = keys
        self._replays = replays
        self._clock = clock
        self._validity = validity
        self._sleep = sleep
        self._working: dict[str, asyncio.Event] = {}
        self._counts = SealedCounts()

    @property
    def counts(self) -> SealedCounts:
        """Tell what was not handed over since this was made."""
        return self._counts

    async def send(self, message: Message) -> None:
        """Seal a message and send it.

        Raises:
            Forbidden: this process has no key to send as this sender.
            InvalidInput: it is too large (three quarters of what the transport takes), or its body
                is no JSON.
            Unavailable: as the transport says.
        """
        now = self._clock()
        latest = Micros(now + self._validity.lifetime_seconds * _MICROS)
        expires_at = latest if message.expires_at is None else min(latest, message.expires_at)
        envelope = seal(
            message.encode(),
            self._keys,
            sender=message.sender,
            recipient=message.recipient,
            envelope_id=new_id(),
            issued_at=now,
            expires_at=expires_at,
        )
        body = {"envelope": base64.b64encode(envelope).decode()}
        outside = replace(message, topic=_TOPIC, body=body, history=(), expires_at=expires_at)
        await self._transport.send(outside)

    async def listen(self, recipient: str, handler: Handler) -> Listening:
        """Have everything for a recipient opened and handled; as the transport's `listen`."""

        async def opened(outside: Message) -> None:
            await self._accept(outside, recipient, handler)

        return await self._transport.listen(recipient, opened)

    async def dead(self, recipient: str) -> list[Message]:
        """List what could not be delivered, opened where it can be."""
        return [self._looked_into(each) for each in await self._transport.dead(recipient)]

    async def count_dead(self, recipient: str) -> int:
        """Count what could not be delivered, as the transport does."""
        return await self._transport.count_dead(recipient)

    async def settle(self, recipient: str, handler: Handler) -> int:
        """Hand what is dead now to somebody who decides; what can't be opened as it came."""

        async def opened(outside: Message) -> None:
            await handler(self._looked_into(outside))

        return await self._transport.settle(recipient, opened)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()

    async def _accept(self, outside: Message, recipient: str, handler: Handler) -> None:
        try:
            header, message = self._opened(outside, recipient)
            header.check_time(
                self._clock(),
                skew=self._validity.skew_seconds * _MICROS,
                lifetime=self._validity.lifetime_seconds * _MICROS,
            )
        except (Forbidden, InvalidInput) as error:
            self._counts = replace(self._counts, refused=self._counts.refused + 1)
            _log.warning("envelope.refused", to=recipient, reason=str(error))
            raise Rejected(str(error)) from error
        if await self._is_new(header):
            async with self._claimed(header.id):
                await handler(message)
        else:
            self._counts = replace(self._counts, replayed=self._counts.replayed + 1)
            _log.warning("envelope.replayed", sender=header.sender, envelope_id=header.id)

    async def _is_new(self, header: Header) -> bool:
        expires_at = header.expires_at + self._validity.skew_seconds * _MICROS
        while True:
            if (working := self._working.get(header.id)) is not None:
                await working.wait()
                continue
            self._working[header.id] = asyncio.Event()
            claim = None
            try:
                claim = await asyncio.to_thread(
                    self._replays.claim, header.id, expires_at=expires_at
                )
            finally:
                if claim is not Claim.MINE:
                    self._working.pop(header.id).set()
            if claim is not Claim.OTHERS:
                return claim is Claim.MINE
            await self._sleep(_WAIT_SECONDS)

    @asynccontextmanager
    async def _claimed(self, envelope_id: str) -> AsyncIterator[None]:
        renewing = asyncio.get_running_loop().create_task(self._renew(envelope_id))
        try:
            yield
        except BaseException:
            renewing.cancel()
            await asyncio.shield(asyncio.to_thread(self._replays.release, envelope_id))
            raise
        else:
            renewing.cancel()
            await asyncio.shield(asyncio.to_thread(self._replays.finish, envelope_id))
        finally:
            renewing.cancel()
            self._working.pop(envelope_id).set()

    async def _renew(self, envelope_id: str) -> None:
        while True:
            await self._sleep(RENEW_SECONDS)
            with suppress(GuildError):
                await asyncio.to_thread(self._replays.renew, envelope_id)

    def _opened(self, outside: Message, recipient: str) -> tuple[Header, Message]:
        try:
            envelope = base64.b64decode(outside.body["envelope"], validate=True)
        except (KeyError, TypeError, binascii.Error, ValueError) as error:
            raise InvalidInput("a message came without its envelope") from error
        header, content = unseal(envelope, self._keys, recipient=recipient)
        message = decode(content)
        if (message.sender, message.recipient) != (header.sender, header.recipient):
            raise Forbidden(f"the envelope {header.id} holds a message of or for somebody else")
        return header, message

    def _looked_into(self, outside: Message) -> Message:
        try:
            return self._opened(outside, outside.recipient)[1]
        except (Forbidden, InvalidInput):
            return outside
