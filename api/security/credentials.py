"""Who a request is from, by the credential it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol
from urllib.parse import urlsplit

from api.security.calls import Call
from foundation.errors import Unauthenticated
from foundation.security.binding import names_this_machine
from foundation.security.keys import PREFIX
from foundation.security.policy import Principal

Verify = Callable[[str], Principal]
"""Tells who shows a text, or raises Unauthenticated or Unavailable."""

_SHOW: Final = "show who you are: `Authorization: Bearer` with an API key"


class Authenticator(Protocol):
    """Tells who sends a request.

    Attributes:
        waits: whether it may wait for a database or another server.
    """

    waits: bool

    def authenticate(self, call: Call) -> Principal:
        """Answer who it is.

        Raises:
            Unauthenticated: it is not known.
            Unavailable: it can't be told at present.
        """
        ...


class Bearer:
    """Takes API keys, and tokens where an issuer is set (RFC 6750, in the header alone)."""

    waits = True

    def __init__(self, keys: Verify, tokens: Verify | None = None) -> None:
        self._keys = keys
        self._tokens = tokens

    def authenticate(self, call: Call) -> Principal:
        """Answer who shows the credential."""
        shown = call.values("authorization")
        if len(shown) != 1:
            raise Unauthenticated(_SHOW if not shown else "send one `Authorization` header")
        scheme, _, text = shown[0].strip().partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(_SHOW)
        text = text.strip()
        if self._tokens is None or text.startswith(f"{PREFIX}_"):
            return self._keys(text)
        return self._tokens(text)


class ThisMachine:
    """Takes whoever calls on this machine for its owner: authentication is off.

    A web page can call this machine too, in its visitor's name: so the request must name this
    machine itself (a page of another name that points here is refused), and come from no other
    page's script.
    """

    waits = False

    def authenticate(self, call: Call) -> Principal:
        """Answer that it is the owner, unless another site asks."""
        hosts = call.values("host")
        if len(hosts) != 1 or not names_this_machine(hosts[0]):
            raise Unauthenticated("authentication is off: call this machine by 127.0.0.1")
        for origin in call.values("origin"):
            if not names_this_machine(urlsplit(origin).netloc):
                raise Unauthenticated("authentication is off: no other site may call from a page")
        return Principal.owner
