"""A request as the layers see it, and what they find out about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from starlette.types import Scope

from api.security.operations import Match
from foundation.errors import Unauthenticated
from foundation.security.policy import Principal
from foundation.security.rates import Rate, Taken


class Layer(StrEnum):
    """The five, in their order."""

    NETWORK = "network"
    RATE = "rate"
    TOKEN = "token"  # noqa: S105 - the name of a layer
    PERMISSION = "permission"
    BEHAVIOUR = "behaviour"


class Outcome(StrEnum):
    """What a layer said; `failed`: it could not tell, which refuses too."""

    PASSED = "passed"
    REFUSED = "refused"
    FAILED = "failed"


class Counts(Protocol):
    """Counts what layers said. It must not fail, and takes no more than microseconds."""

    def add(self, layer: Layer, outcome: Outcome) -> None:
        """Count one."""
        ...


@dataclass(slots=True)
class Call:
    """A request, and what is known of it so far.

    Attributes:
        peer: the address at the other end of the connection.
        client: who sends it, as rates are counted; the network layer finds it.
        limits: what rates said, for the header fields of the answer.
        principal: None where nobody had to say who they are.
        touched: documents that the answer shows; routes may add to it.
        made: the id of what it made, put somewhere or read; routes say it.
        ended: the status by which it ended, where the answer around it has another; 0 otherwise.
        refused: the layer that let it not pass.
        recorded: whether another process put it into the audit log.
    """

    method: str
    path: str
    peer: str | None
    headers: Sequence[tuple[bytes, bytes]]
    client: str = ""
    limits: list[tuple[Rate, Taken]] = field(default_factory=list)
    match: Match | None = None
    principal: Principal | None = None
    touched: set[str] = field(default_factory=set)
    made: str = ""
    ended: int = 0
    refused: Layer | None = None
    recorded: bool = False

    def values(self, name: str) -> list[str]:
        """List the values of a header's lines, in their order; the name is in lower case."""
        wanted = name.encode("latin-1")
        return [value.decode("latin-1") for each, value in self.headers if each == wanted]


def call_of(scope: Scope) -> Call:
    """Read a request's head from its ASGI scope."""
    peer = scope.get("client")
    return Call(scope["method"], scope["path"], peer[0] if peer else None, scope["headers"])


class Refused(Exception):  # noqa: N818 - says what happened to the request
    """A layer let a request not pass: how to answer it, telling nothing that is not the client's.

    Attributes:
        more: members of the problem beside its status and detail.
    """

    def __init__(
        self,
        layer: Layer,
        status: int,
        detail: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        more: dict[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.layer = layer
        self.status = status
        self.detail = detail
        self.headers = headers
        self.more = more or {}


def principal_in(scope: Scope) -> Principal:
    """Answer who sent a request that came through the layers.

    Raises:
        Unauthenticated: nobody said so: the route asks for more than it may be asked without.
    """
    found = scope.get("state", {}).get("principal")
    if not isinstance(found, Principal):
        raise Unauthenticated("it is not known who asks: send an API key as a bearer token")
    return found
