"""How Redis is reached: by one URL, with one patience, wherever it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from foundation.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from redis import Redis

_TIMEOUT_SECONDS: Final = 0.25
"""A server that is slower is of no use to what asks it in the middle of a request."""


def connected(url: str, *, needs: str, setting: str) -> tuple[Redis, tuple[type[Exception], ...]]:
    """Make a client that connects with its first call.

    Args:
        url: `redis://host:port/database`, `rediss://…` or `unix://…`.
        needs: what needs the client, for the error where it is not installed.
        setting: which names the URL, for the error where it is none: it may hold a password.

    Returns:
        The client, and what it raises where the server does not answer.

    Raises:
        InvalidInput: the URL is none.
        Unavailable: the extra `redis` is not installed.
    """
    try:
        import redis
    except ImportError as error:
        raise Unavailable(f"{needs} its client: pip install -e '.[redis]'") from error
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
    except ValueError:
        raise InvalidInput(
            f"the URL of Redis must begin with redis://, rediss:// or unix://; check {setting}"
        ) from None
    return client, (redis.RedisError, OSError)
