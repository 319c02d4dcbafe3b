"""The transport that the settings ask for."""

from __future__ import annotations

from elders.transport import Transport
from elders.transports.broker import Address
from elders.transports.delivery import Limits
from elders.transports.key_files import read_keys
from elders.transports.memory import MemoryTransport
from elders.transports.outbox import Batching
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.replays import Replays
from elders.transports.sealed import SealedTransport, Validity
from elders.transports.settings import BusSettings
from foundation.clock import Clock
from foundation.database.database import Database
from foundation.errors import InvalidInput


def open_transport(settings: BusSettings, store: Database, *, clock: Clock) -> Transport:
    """Make the transport; files are read here, and the broker is connected to when it is used.

    Args:
        settings: which one.
        store: where accepted envelopes are noted; opened after this module was imported.
        clock: what time it is.

    Raises:
        InvalidInput: the URL is none of a broker, or a file does not hold what it should.
        Unavailable: a file can't be read, or the extra `rabbitmq` is not installed.
    """
    transport = _plain(settings, clock)
    if settings.bus_keys_file is None:
        return transport
    return SealedTransport(
        transport,
        read_keys(settings.bus_keys_file, settings.bus_signing_file),
        Replays(store, clock),
        clock=clock,
        validity=Validity(settings.bus_lifetime_seconds, settings.bus_clock_skew_seconds),
    )


def open_broker(settings: BusSettings, *, clock: Clock, batched: bool = True) -> RabbitTransport:
    """Make the transport that carries messages as they are, sealed ones in their envelopes.

    Args:
        settings: where the broker is.
        clock: what time it is.
        batched: whether messages wait for others, as the settings say.

    Raises:
        InvalidInput: the settings name none, or the URL is none of a broker.
        Unavailable: the extra `rabbitmq` is not installed.
    """
    if settings.bus_url is None:
        raise InvalidInput(
            "without ELDERS_BUS_URL messages stay within the process that is the guild, and no"
            " other can look at them: name a RabbitMQ broker"
        )
    url = settings.bus_url.get_secret_value()
    batching = Batching(settings.bus_batch_messages, settings.bus_batch_seconds)
    return RabbitTransport(
        Address(url, settings.bus_ca_file, settings.bus_prefix),
        clock=clock,
        limits=_limits(settings),
        batching=batching if batched and batching.seconds else None,
    )


def _plain(settings: BusSettings, clock: Clock) -> Transport:
    if settings.bus_url is None:
        return MemoryTransport(clock=clock, limits=_limits(settings))
    return open_broker(settings, clock=clock)


def _limits(settings: BusSettings) -> Limits:
    return Limits(
        capacity=settings.bus_capacity,
        send_seconds=settings.bus_send_seconds,
        deliveries=settings.bus_deliveries,
        outage_seconds=settings.bus_outage_seconds,
    )
