"""What RabbitMQ brings of its own: connections that are lost, and queues that others touch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest

from elders.messages import Message
from elders.transports.broker import REPLIES, Address, Broker
from elders.transports.delivery import Limits
from elders.transports.outbox import Batching
from elders.transports.parcels import pack
from elders.transports.rabbitmq import RabbitTransport
from foundation.clock import system_clock
from foundation.errors import Conflict, InvalidInput, Unavailable
from tests.elders.transports.buses import LIMITS, Inbox, eventually, message, run
from tests.support.certificates import local_certificate
from tests.support.proxy import Proxy, proxied
from tests.support.rabbitmq import own_prefix, rabbitmq_url, remove

PATIENT = replace(LIMITS, send_seconds=10, pause_seconds=0.02)


@pytest.fixture
def address() -> Iterator[Address]:
    found = Address(rabbitmq_url(), prefix=own_prefix())
    yield found
    asyncio.run(remove(found.prefix, ["task_sage", f"task_sage{REPLIES}"]))


@asynccontextmanager
async def opened(
    address: Address, limits: Limits = PATIENT, batching: Batching | None = None
) -> AsyncIterator[RabbitTransport]:
    transport = RabbitTransport(address, clock=system_clock, limits=limits, batching=batching)
    try:
        yield transport
    finally:
        await transport.close()


@asynccontextmanager
async def through(address: Address) -> AsyncIterator[tuple[Proxy, Address]]:
    parts = urlsplit(address.url)
    async with proxied(parts.hostname or "", parts.port or 5672) as proxy:
        login = parts.netloc.rpartition("@")[0]
        url = parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}").geturl()
        yield proxy, replace(address, url=url)


@asynccontextmanager
async def channel(address: Address) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    async with await aio_pika.connect(address.url) as connection:
        yield await connection.channel()


async def first_of(raw: aio_pika.abc.AbstractChannel, queue: str) -> Any:
    """Wait for what a queue holds first, and leave it there unacknowledged."""
    return (await first_ones(raw, queue, 1))[0]


async def first_ones(raw: aio_pika.abc.AbstractChannel, queue: str, count: int) -> list[Any]:
    arrived: asyncio.Queue[aio_pika.abc.AbstractIncomingMessage] = asyncio.Queue()
    await raw.set_qos(prefetch_count=count)
    await (await raw.get_queue(queue)).consume(arrived.put)
    async with asyncio.timeout(20):
        return [await arrived.get() for _ in range(count)]


def test_what_was_sent_is_there_for_another_process(address: Address) -> None:
    async def work() -> None:
        async with opened(address) as first:
            await first.send(message("before"))
        async with opened(address) as second:
            inbox = Inbox()
            await second.listen("task_sage", inbox)
            await eventually(lambda: inbox.topics == ["before"])

    run(work())


def test_connections_that_are_lost_lose_nothing_and_keep_order(address: Address) -> None:
    async def work() -> None:
        async with through(address) as (proxy, behind), opened(behind) as bus:
            inbox = Inbox()
            await bus.listen("task_sage", inbox)
            for number in range(60):
                if number in {10, 30}:
                    proxy.cut()
                if number == 45:
                    proxy.refusing = True
                    proxy.cut()
                    asyncio.get_running_loop().call_later(0.3, setattr, proxy, "refusing", False)
                await bus.send(message(f"{number}"))
            await eventually(lambda: len(set(inbox.topics)) == 60)
            assert list(dict.fromkeys(inbox.topics)) == [f"{number}" for number in range(60)]
            assert proxy.connections > 3

    run(work())


def test_a_broker_that_says_nothing_is_given_up_on_in_time(address: Address) -> None:
    async def work() -> None:
        hasty = replace(LIMITS, send_seconds=0.4)
        async with through(address) as (proxy, behind), opened(behind, hasty) as bus:
            await bus.send(message("first"))
            proxy.stall()
            with pytest.raises(Unavailable, match=r"did not take 1 message\(s\) to task_sage"):
                await bus.send(message("second"))
            with pytest.raises(Unavailable, match=r"did not do it within 0\.4 s"):
                await bus.dead("task_sage")
            with pytest.raises(Unavailable, match=r"did not do it within 0\.4 s"):
                await bus.listen("task_sage", Inbox())
            proxy.flow()
            inbox = Inbox()
            await bus.listen("task_sage", inbox)
            await bus.send(message("third"))
            await eventually(lambda: "third" in inbox.topics)
            assert inbox.topics[0] == "first"

    run(work())


def test_what_is_handled_while_the_connection_is_lost_is_not_handled_again(
    address: Address,
) -> None:
    async def work() -> None:
        async with through(address) as (proxy, behind), opened(behind) as bus:
            inbox, begun, go = Inbox(), asyncio.Event(), asyncio.Event()

            async def slow(each: Message) -> None:
                begun.set()
                await go.wait()
                await inbox(each)

            await bus.listen("task_sage", slow)
            await bus.send(message("first"))
            await begun.wait()
            proxy.cut()
            await asyncio.sleep(0.1)
            go.set()
            await bus.send(message("second"))
            await eventually(lambda: "second" in inbox.topics)
            assert inbox.topics == ["first", "second"]

    run(work())


def test_a_second_listener_stands_by_and_takes_over(address: Address) -> None:
    async def work() -> None:
        async with opened(address) as first, opened(address) as second:
            one, two = Inbox(), Inbox()
            listening = await first.listen("task_sage", one)
            await second.listen("task_sage", two)
            for number in range(20):
                await first.send(message(f"{number}"))
            await eventually(lambda: len(one.topics) == 20)
            assert two.topics == []
            await listening.close()
            await first.send(message("later"))
            await eventually(lambda: two.topics == ["later"])

    run(work())


def test_a_batch_is_one_parcel(address: Address) -> None:
    async def work() -> None:
        async with opened(address, batching=Batching(seconds=0.05)) as bus:
            await asyncio.gather(*(bus.send(message(f"{number}")) for number in range(30)))
        async with channel(address) as raw:
            parcel = await first_of(raw, f"{address.prefix}.to.task_sage")
            assert (parcel.headers["count"], parcel.content_encoding) == (30, "gzip")
            assert parcel.headers["size"] > len(parcel.body)

    run(work())


def test_what_keeps_killing_its_listener_takes_no_others_with_it(address: Address) -> None:
    """Every time the connection is lost counts as a listener that was killed."""

    async def work() -> None:
        limits = replace(PATIENT, returns=4)
        async with opened(address, limits, Batching(seconds=0.02)) as bus:
            await asyncio.gather(*(bus.send(message(f"{number}")) for number in range(3)))
        for _ in range(3):
            async with channel(address) as raw:
                parcel = await first_of(raw, f"{address.prefix}.to.task_sage")
                assert parcel.headers["count"] == 3
        async with opened(address, limits) as bus:
            inbox = Inbox()
            await bus.listen("task_sage", inbox)
            await eventually(lambda: len(inbox.topics) == 3)
            assert inbox.topics == ["0", "1", "2"]

    run(work())


def test_what_a_listener_was_lost_with_too_often_is_laid_aside_by_the_broker(
    address: Address,
) -> None:
    async def work() -> None:
        limits = replace(PATIENT, returns=1)
        async with opened(address, limits) as bus:
            killing = message("killing")
            await bus.send(killing)
            for _ in range(2):
                async with channel(address) as raw:
                    await first_of(raw, f"{address.prefix}.to.task_sage")
            found: list[Message] = []
            async with asyncio.timeout(20):
                while not found:
                    found = await bus.dead("task_sage")
            assert found == [killing]

    run(work())


def test_what_nobody_can_read_is_laid_aside_and_the_rest_goes_on(address: Address) -> None:
    async def work() -> None:
        async with opened(address) as bus:
            inbox = Inbox()
            await bus.listen("task_sage", inbox)
            good = pack([message("good").encode()])
            async with channel(address) as raw:
                for data, headers in ((b"junk", {}), (b"junk", {"size": 4, "count": 1})):
                    await raw.default_exchange.publish(
                        aio_pika.Message(data, headers=dict(headers)),
                        f"{address.prefix}.to.task_sage",
                    )
                await raw.default_exchange.publish(
                    aio_pika.Message(good.data, headers=dict(good.headers)),
                    f"{address.prefix}.to.task_sage",
                )
                await eventually(lambda: inbox.topics == ["good"])
                dead = await first_ones(raw, f"{address.prefix}.dead.task_sage", 2)
                assert [each.body for each in dead] == [b"junk", b"junk"]

    run(work())


def test_a_queue_that_somebody_deleted_is_made_again(address: Address) -> None:
    async def work() -> None:
        async with opened(address, replace(PATIENT, idle_seconds=0.2)) as bus:
            inbox = Inbox()
            await bus.send(message("lost with its queue"))
            async with channel(address) as raw:
                await raw.queue_delete(f"{address.prefix}.to.task_sage")
            await bus.send(message("first"))
            await bus.listen("task_sage", inbox)
            await eventually(lambda: inbox.topics == ["first"])
            async with channel(address) as raw:
                await raw.queue_delete(f"{address.prefix}.to.task_sage")
            await bus.send(message("second"))
            await eventually(lambda: inbox.topics == ["first", "second"])

    run(work())


def test_a_queue_with_other_limits_is_told(address: Address) -> None:
    async def work() -> None:
        async with opened(address) as bus:
            await bus.send(message())
        async with opened(address, replace(PATIENT, capacity=7)) as bus:
            with pytest.raises(Conflict, match="with other limits: let it run empty"):
                await bus.send(message())
            with pytest.raises(Conflict, match="with other limits: let it run empty"):
                await bus.listen("task_sage", Inbox())

    run(work())


def test_where_no_broker_is_it_is_told_without_the_password() -> None:
    async def work() -> None:
        nowhere = Address("amqp://elder:secret@127.0.0.1:9/")
        async with opened(nowhere, replace(LIMITS, send_seconds=0.3)) as bus:
            with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9") as told:
                await bus.send(message())
            assert "secret" not in str(told.value)
        assert "secret" not in repr(nowhere)

    run(work())


def test_the_queue_of_replies_goes_when_nobody_uses_it(address: Address) -> None:
    async def work() -> None:
        recipient = f"task_sage{REPLIES}"
        async with opened(address) as bus:
            await bus.send(message(recipient=recipient))
        (_, arguments) = Broker(address, PATIENT)._queues(recipient)[1]
        async with channel(address) as raw:
            with pytest.raises(aio_pika.exceptions.ChannelPreconditionFailed, match="x-expires"):
                await raw.declare_queue(
                    f"{address.prefix}.to.{recipient}", durable=True,
                    arguments=arguments | {"x-expires": 1},
                )  # fmt: skip

    run(work())


def test_a_broker_with_tls_must_have_a_certificate_that_is_trusted(
    address: Address, tmp_path: Path
) -> None:
    trusted, context = local_certificate(tmp_path / "one")
    other, _ = local_certificate(tmp_path / "other")
    parts = urlsplit(address.url)

    async def work() -> None:
        async with proxied(parts.hostname or "", parts.port or 5672, tls=context) as proxy:
            login = parts.netloc.rpartition("@")[0]
            url = f"amqps://{login}@127.0.0.1:{proxy.port}{parts.path}"
            async with opened(replace(address, url=url, ca_file=trusted)) as bus:
                await bus.send(message())
            hasty = replace(LIMITS, send_seconds=0.3)
            async with opened(replace(address, url=url, ca_file=other), hasty) as bus:
                with pytest.raises(Unavailable, match="did not take"):
                    await bus.send(message())

    asyncio.run(work())


def test_an_address_is_checked(tmp_path: Path) -> None:
    async def work() -> None:
        wrong = tmp_path / "ca.pem"
        wrong.write_text("no certificate")
        for url, ca_file, told in (
            ("http://broker", None, "must begin with amqp://"),
            ("amqp://broker", wrong, "has no amqps://"),
            ("amqps://broker", wrong, "holds no certificates"),
            ("amqps://broker", tmp_path / "missing", "holds no certificates"),
        ):
            with pytest.raises(InvalidInput, match=told):
                RabbitTransport(Address(url, ca_file), clock=system_clock)
        assert Address("amqps://u:p@broker").place == "broker:5671"
        assert Address("amqp://broker").place == "broker:5672"

    asyncio.run(work())
