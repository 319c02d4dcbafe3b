"""The connection to a RabbitMQ broker: made when it is needed, and made anew when it is lost."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog

from elders.transports.delivery import Limits
from foundation.errors import Conflict, InvalidInput, Unavailable

if TYPE_CHECKING:
    from aio_pika.abc import AbstractChannel, AbstractConnection
    from pamqp.common import FieldTable

_HEARTBEAT_SECONDS: Final = 10
_PATIENCE_SECONDS: Final = 1.0
"""For closing what may be broken."""
_REPLIES_MILLIS: Final = 3_600_000

REPLIES: Final = ".replies"
"""Recipients whose names end so wait for answers; unused for an hour, their queues are removed."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is.

    Attributes:
        url: `amqp://user:password@host:port/vhost`, or `amqps://` with TLS.
        ca_file: certificates of who may have signed the broker's; None for the system's.
        prefix: begins the names of all queues, so that several platforms share a broker.
    """

    url: str = field(repr=False)
    ca_file: Path | None = None
    prefix: str = "elders"

    @property
    def place(self) -> str:
        """Name host and port, without the password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or (5671 if parts.scheme == 'amqps' else 5672)}"


class Broker:
    """One connection, shared by all that publish and consume."""

    def __init__(self, address: Address, limits: Limits) -> None:
        """Check the address; nothing is connected yet.

        Raises:
            InvalidInput: the URL is none of a broker, or the file holds no certificates.
            Unavailable: the extra `rabbitmq` is not installed.
        """
        try:
            from aio_pika.exceptions import AMQPError
        except ImportError as error:
            raise Unavailable("messages by RabbitMQ need: pip install -e '.[rabbitmq]'") from error
        self.failures: Final = (AMQPError, RuntimeError, OSError, TimeoutError)
        self._address = address
        self._limits = limits
        self._tls = _tls(address)
        self._turn = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._publishing: AbstractChannel | None = None
        self._declared: set[str] = set()
        self._closed = False

    @property
    def place(self) -> str:
        """Name host and port."""
        return self._address.place

    def silent(self) -> Unavailable:
        """Say that the broker did not answer in time."""
        return Unavailable(
            f"RabbitMQ at {self.place} did not do it within {self._limits.send_seconds:g} s: look"
            " whether it runs, and its log"
        )

    def queue(self, recipient: str) -> str:
        """Name the queue of what is sent to a recipient."""
        return f"{self._address.prefix}.to.{recipient}"

    def dead_queue(self, recipient: str) -> str:
        """Name the queue of what could not be delivered to a recipient."""
        return f"{self._address.prefix}.dead.{recipient}"

    async def channel(self) -> AbstractChannel:
        """Open a channel of one's own; whoever opens it closes it.

        Raises:
            Unavailable: this was closed.
            failures: whatever the broker or the network does.
        """
        async with self._turn:
            return await self._opened()

    async def publishing(self) -> AbstractChannel:
        """Answer the channel on which all is published, with confirmations; as `channel`."""
        async with self._turn:
            if self._publishing is None or self._publishing.is_closed:
                self._publishing = await self._opened()
            return self._publishing

    async def declare(self, recipient: str) -> None:
        """Make a recipient's queues, unless they are known to be there.

        Raises:
            Conflict: they are there, with other limits.
            failures: as `channel`.
        """
        if recipient in self._declared:
            return
        channel = await self.channel()
        try:
            for name, arguments in self._queues(recipient):
                await channel.declare_queue(name, durable=True, arguments=arguments)
        except self.failures as error:
            from aio_pika.exceptions import ChannelPreconditionFailed

            if isinstance(error, ChannelPreconditionFailed):
                raise Conflict(
                    f"{self.place} has the queue {self.queue(recipient)} with other limits: let it"
                    " run empty, delete it, and start again"
                ) from error
            raise
        finally:
            await self.let_go(channel)
        self._declared.add(recipient)

    def forget(self, recipient: str) -> None:
        """Look again whether a recipient's queues are there, as something said that they aren't."""
        self._declared.discard(recipient)

    async def let_go(self, channel: AbstractChannel) -> None:
        """Close a channel, for whatever that is worth."""
        with suppress(*self.failures):
            await asyncio.wait_for(channel.close(), _PATIENCE_SECONDS)

    async def reset(self) -> None:
        """Leave a connection that does not answer: the next call makes a new one."""
        connection, self._connection = self._connection, None
        self._publishing = None
        self._declared = set()
        if connection is not None:
            with suppress(*self.failures):
                await asyncio.wait_for(connection.close(), _PATIENCE_SECONDS)

    async def close(self) -> None:
        """Close the connection for good."""
        self._closed = True
        await self.reset()

    async def _opened(self) -> AbstractChannel:
        import aio_pika

        if self._closed:
            raise Unavailable("this transport was closed")
        if self._connection is None or self._connection.is_closed:
            await self.reset()
            self._connection = await aio_pika.connect(
                self._address.url,
                ssl_context=self._tls,
                timeout=self._limits.send_seconds,
                heartbeat=_HEARTBEAT_SECONDS,
            )
            _log.info("broker.connected", place=self.place)
        try:
            channel = self._connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.initialize(timeout=self._limits.send_seconds)
        except self.failures:
            await self.reset()  # a connection that was lost says so by this alone
            raise
        return channel

    def _queues(self, recipient: str) -> list[tuple[str, FieldTable]]:
        """List a recipient's queues; the one for the dead first, as the other one needs it."""
        kept: FieldTable = {"x-queue-type": "quorum"}
        if recipient.endswith(REPLIES):
            kept["x-expires"] = _REPLIES_MILLIS
        limited: FieldTable = {
            "x-max-length": self._limits.capacity,
            "x-overflow": "reject-publish",
            "x-delivery-limit": self._limits.returns,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.dead_queue(recipient),
            "x-dead-letter-strategy": "at-least-once",
            "x-single-active-consumer": True,
        }
        return [(self.dead_queue(recipient), kept), (self.queue(recipient), kept | limited)]


def _tls(address: Address) -> ssl.SSLContext | None:
    scheme = urlsplit(address.url).scheme
    if scheme not in ("amqp", "amqps"):
        raise InvalidInput("the URL of RabbitMQ must begin with amqp:// or amqps://")
    if scheme == "amqp":
        if address.ca_file is not None:
            raise InvalidInput("certificates are named, but the URL of RabbitMQ has no amqps://")
        return None
    try:
        return ssl.create_default_context(cafile=address.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(f"{address.ca_file} holds no certificates: {error}") from error
