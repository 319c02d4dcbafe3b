"""A RabbitMQ broker for tests: the one that ELDERS_TEST_RABBITMQ_URL names, or this machine's."""

from __future__ import annotations

import asyncio
import os
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError

URL = os.environ.get("ELDERS_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")


def rabbitmq_url() -> str:
    """Answer the broker's URL; without one the test is skipped, or fails where CI is set."""
    try:
        asyncio.run(_connected())
    except (AMQPError, OSError, TimeoutError) as reason:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"CI must test RabbitMQ, but the broker does not answer: {reason!r}")
        pytest.skip("no RabbitMQ answers at 127.0.0.1:5672, nor where the environment says")
    return URL


def own_prefix() -> str:
    """Make a prefix that no other test has."""
    return f"elders-test-{uuid4().hex}"


async def remove(prefix: str, recipients: list[str]) -> None:
    """Remove the queues of recipients."""
    async with await aio_pika.connect(URL) as connection:
        channel = await connection.channel()
        for recipient in recipients:
            for kind in ("to", "dead"):
                await channel.queue_delete(f"{prefix}.{kind}.{recipient}")


async def _connected() -> None:
    connection = await aio_pika.connect(URL, timeout=2)
    await connection.close()
