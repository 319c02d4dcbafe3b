"""What both clients know of the server and send to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from random import Random
from typing import Any, Final

import httpx

from api.client.calls import Route, Sent
from foundation.errors import InvalidInput
from foundation.ids import new_id
from foundation.retry import backoff

TIMEOUT_SECONDS: Final = 60.0
RETRIES: Final = 3
_FIRST_SECONDS: Final = 0.2


def options(address: str, key: str | None, timeout_seconds: float) -> dict[str, Any]:
    """Lay out what an httpx client is made with. No redirect is followed: it could take the key.

    Raises:
        InvalidInput: the address is none, or the key can't stand in a header.
    """
    url = httpx.URL(address) if _is_url(address) else None
    if url is None or url.scheme not in {"http", "https"} or not url.host:
        raise InvalidInput(f"{address[:200]!r} is no address: write http://host:port")
    headers = {"User-Agent": f"elders-guild/{version('elders-guild')}"}
    if key is not None:
        if not (key.isascii() and key.isprintable() and key.strip() == key and key):
            raise InvalidInput("the key holds characters that no key has: is there a line break?")
        headers["Authorization"] = f"Bearer {key}"
    return {"base_url": url, "headers": headers, "timeout": timeout_seconds}


def request(
    build: Callable[..., httpx.Request], route: Route, sent: Sent, timeout_seconds: float
) -> httpx.Request:
    """Write a call's request, which is the same at each attempt: the key of what is done once too.

    It has as much patience as the server was asked to wait.
    """
    arguments = sent.arguments()
    arguments["headers"]["Accept"] = route.accept
    if route.once:
        arguments["headers"]["Idempotency-Key"] = f'"{new_id()}"'
    patience = httpx.Timeout(timeout_seconds, read=timeout_seconds + sent.waits_seconds)
    return build(route.method, route.address(sent.path), timeout=patience, **arguments)


def delays(rng: Random | None, retries: int) -> Callable[[], Iterator[float]]:
    """Make what answers, for each call anew, how long to wait before each further attempt."""
    spread = rng or Random()  # noqa: S311 - nothing secret depends on it
    return lambda: backoff(spread, retries=retries, initial_seconds=_FIRST_SECONDS)


def _is_url(address: str) -> bool:
    try:
        httpx.URL(address)
    except httpx.InvalidURL:
        return False
    return True
