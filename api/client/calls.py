"""What the server is asked, told once for both clients."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import update_wrapper, wraps
from typing import Any, Final, Generic, ParamSpec, Self, TypeVar, cast, overload
from urllib.parse import quote

from api.client.events import Event

P = ParamSpec("P")
T = TypeVar("T")

_JSON: Final = "application/json"
_EVENTS: Final = "text/event-stream"
_DOTS: Final = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class Sent:
    """What one request carries.

    Attributes:
        path: values for the names in the route's path.
        query: what stands behind the question mark; None leaves a name out.
        body: an object to be sent as JSON, without what is None.
        content: a body that is sent as it is, of the type `content_type`.
        waits_seconds: how long the server may wait with its answer because it was asked to.
        files: field, file name and bytes of each file of a form; `form` are its other fields.
    """

    path: Mapping[str, str | int] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content: bytes | None = None
    content_type: str = ""
    files: Sequence[tuple[str, tuple[str, bytes]]] = ()
    form: Mapping[str, str] = field(default_factory=dict)
    waits_seconds: float = 0.0

    def arguments(self) -> dict[str, Any]:
        """Lay it out as httpx takes it."""
        headers: dict[str, str] = {}
        query = {name: _written(value) for name, value in self.query.items() if value is not None}
        found: dict[str, Any] = {"params": query, "headers": headers}
        if self.files:
            found |= {"files": list(self.files), "data": dict(self.form)}
        elif self.body is not None:
            known = {name: value for name, value in self.body.items() if value is not None}
            found["content"] = json.dumps(known, ensure_ascii=False).encode("utf-8", "replace")
            headers["Content-Type"] = _JSON
        elif self.content is not None:
            found["content"] = self.content
            headers["Content-Type"] = self.content_type
        return found


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path of the API.

    Attributes:
        repeatable: whether doing it twice is as good as once, so that it may be tried again when
            nobody knows whether it was done.
        once: whether each call has a key by which the server does it once, so that it may be sent
            again too.
        statuses: those that are answers; all others are errors.
    """

    method: str
    path: str
    repeatable: bool
    statuses: frozenset[int] = frozenset({200})
    accept: str = _JSON
    once: bool = False

    def address(self, values: Mapping[str, str | int]) -> str:
        """Write the path; a name may hold any character."""
        return self.path.format_map({name: _segment(str(value)) for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read."""

    route: Route
    sent: Sent
    read: Callable[[bytes], T]


@dataclass(frozen=True, slots=True)
class StreamCall(Generic[T]):
    """One request whose answer comes as events, and how each is read."""

    route: Route
    sent: Sent
    read: Callable[[Event], T]


class Sender(ABC):
    """Waits for answers."""

    @abstractmethod
    def send(self, call: Call[T]) -> T:
        """Answer a call."""

    @abstractmethod
    def stream(self, call: StreamCall[T]) -> Iterator[T]:
        """Answer a call event by event."""


class AsyncSender(ABC):
    """Awaits answers."""

    @abstractmethod
    async def send(self, call: Call[T]) -> T:
        """Answer a call."""

    @abstractmethod
    def stream(self, call: StreamCall[T]) -> AsyncIterator[T]:
        """Answer a call event by event."""


class Operation(Generic[P, T]):
    """A route as a method of both clients."""

    def __init__(self, route: Route, build: Callable[P, Sent], read: Callable[[bytes], T]) -> None:
        self.route = route
        self.build = build
        self.read = read
        update_wrapper(cast("Any", self), build)

    @overload
    def __get__(self, sender: Sender, owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, sender: AsyncSender, owner: type[Any]
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, sender: None, owner: type[Any]) -> Self: ...
    def __get__(self, sender: Sender | AsyncSender | None, owner: type[Any]) -> Any:
        """Bind it to a client."""
        if sender is None:
            return self

        @wraps(self.build)
        def sending(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - as above
            return sender.send(Call(self.route, self.build(*args, **kwargs), self.read))

        return sending


class Streaming(Generic[P, T]):
    """A route whose answer comes as events, as a method of both clients."""

    def __init__(self, route: Route, build: Callable[P, Sent], read: Callable[[Event], T]) -> None:
        self.route = route
        self.build = build
        self.read = read
        update_wrapper(cast("Any", self), build)

    @overload
    def __get__(self, sender: Sender, owner: type[Any]) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, sender: AsyncSender, owner: type[Any]) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, sender: None, owner: type[Any]) -> Self: ...
    def __get__(self, sender: Sender | AsyncSender | None, owner: type[Any]) -> Any:
        """Bind it to a client."""
        if sender is None:
            return self

        @wraps(self.build)
        def streaming(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - as above
            return sender.stream(StreamCall(self.route, self.build(*args, **kwargs), self.read))

        return streaming


def asks(
    method: str,
    path: str,
    read: Callable[[bytes], T],
    *,
    repeatable: bool | None = None,
    statuses: Sequence[int] = (200,),
    accept: str = _JSON,
    once: bool = False,
) -> Callable[[Callable[P, Sent]], Operation[P, T]]:
    """Make an operation of a function that lays out its request.

    Args:
        repeatable: by default what is read with GET may be tried again, and what is done once.
        once: send a key with each call, so that the server does it once.
    """
    again = once or method == "GET" if repeatable is None else repeatable
    route = Route(method, path, again, frozenset(statuses), accept, once)
    return lambda build: Operation(route, build, read)


def streams(
    method: str, path: str, read: Callable[[Event], T]
) -> Callable[[Callable[P, Sent]], Streaming[P, T]]:
    """Make an operation whose answer comes as events; only its beginning is tried again."""
    route = Route(method, path, repeatable=True, accept=_EVENTS)
    return lambda build: Streaming(route, build, read)


def _written(value: Any) -> Any:  # noqa: ANN401 - whatever a query may hold
    return str(value).lower() if isinstance(value, bool) else value


def _segment(value: str) -> str:
    """Write a name so that no server or proxy takes it for a way upwards."""
    return value.replace(".", "%2E") if value in _DOTS else quote(value, safe="")
