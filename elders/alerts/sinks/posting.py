"""Posting to an address that somebody configured, and to no other."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final

import httpx

from foundation.breaker import Breakers
from foundation.errors import InvalidInput, Unavailable

_TIMEOUT_SECONDS: Final = 10.0
_RETRIED: Final = frozenset({408, 425, 429})
"""Beside these, every status from 500 on."""


def checked_address(text: str, what: str) -> httpx.URL:
    """Read an address to which notices go.

    Raises:
        InvalidInput: it is none, holds a name and password, or is not encrypted on its way to
            another machine.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InvalidInput(f"the address of {what} can't be read as a URL") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidInput(f"the address of {what} must be one such as https://hooks.example.com/x")
    if url.userinfo:
        raise InvalidInput(f"the address of {what} holds a password: give a secret in its place")
    if url.scheme == "http" and not is_this_machine(url.host):
        raise InvalidInput(f"the address of {what} must begin with https, but on this machine")
    return url


def is_this_machine(host: str) -> bool:
    """Tell whether what is sent to a host leaves this machine; a name but localhost does."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Poster:
    """Posts JSON to one address: no redirect is followed, and no proxy is taken from outside.

    Args:
        url: the address.
        name: of the sink, for messages and for its breaker.
        breakers: where its breaker is.

    Raises:
        InvalidInput: the address is none.
    """

    def __init__(self, url: str, *, name: str, breakers: Breakers) -> None:
        self._url = checked_address(url, name)
        self._name = name
        self._breaker = breakers.of(f"alerts: {name}")
        self._client = httpx.AsyncClient(
            timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Post once.

        Raises:
            Unavailable: it did not answer, or not now.
            InvalidInput: it refused.
        """
        sent = {"Content-Type": "application/json", **headers}
        with self._breaker.guarding():
            try:
                async with self._client.stream(
                    "POST", self._url, content=body, headers=sent
                ) as response:
                    status = response.status_code  # what it says is of no use, and may be long
            except httpx.RequestError as error:
                raise Unavailable(
                    f"{self._name} can't be reached ({type(error).__name__})"
                ) from error
            if status in _RETRIED or status >= httpx.codes.INTERNAL_SERVER_ERROR:
                raise Unavailable(f"{self._name} answers with status {status}")
            if not httpx.codes.is_success(status):
                raise InvalidInput(f"{self._name} refuses (status {status}): check its address")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
