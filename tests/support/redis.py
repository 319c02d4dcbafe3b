"""A Redis server for tests: the one that ELDERS_TEST_REDIS_URL names, or this machine's."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest
import redis

URL = os.environ.get("ELDERS_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def redis_url() -> str:
    """Answer the server's URL; without one the test is skipped, or fails where CI is set."""
    try:
        with redis.Redis.from_url(URL, socket_connect_timeout=1) as client:
            client.ping()
    except redis.RedisError as reason:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"CI must test Redis, but {URL} does not answer: {reason}")
        pytest.skip(f"{URL} does not answer")
    return URL


def own_prefix() -> str:
    """Make a prefix that no other test has."""
    return f"elders-test-{uuid4().hex}:"
