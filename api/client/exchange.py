"""What comes of a call: an answer, another attempt after a while, or an error (nothing is done).

Both clients ask it, the one that waits and the one that awaits: what is decided, is decided once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from api.client.calls import Route
from foundation.errors import (
    Conflict,
    Forbidden,
    GuildError,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
)

T = TypeVar("T")
Part = TypeVar("Part")

_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""The server can't have seen the request."""

_REFUSED: Final = frozenset({409, 429, 503})
"""The server did nothing now, if it also says when to come again."""

_PASSING: Final = frozenset({408, 429, 502, 503, 504})
_CONFLICT: Final = 409
_WORK_SECONDS: Final = 600.0
"""For how long it is waited until what an earlier attempt began is done."""

_PATIENCE_SECONDS: Final = 60.0
"""Whoever is told to wait longer is told so, in place of a program that stands still."""

_KINDS: Final[dict[int, type[GuildError]]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    408: Unavailable,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
_LONGEST: Final = 500
_PROBLEM: Final = TypeAdapter(dict[str, Any])


Outcome = httpx.Response | httpx.RequestError
"""What came of sending a request: an answer, or what kept it from coming."""


class Attempts:
    """Judges what came of each attempt at one call."""

    def __init__(self, route: Route, delays: Iterator[float]) -> None:
        """Begin.

        Args:
            route: what is not repeatable is sent again only if it surely was not done.
            delays: seconds before each further attempt.
        """
        self._route = route
        self._delays = delays
        self._worked_on = 0.0

    def judge(self, outcome: Outcome) -> httpx.Response | float:
        """Answer the answer, or how many seconds to wait before another attempt.

        Raises:
            InvalidInput, NotFound, Conflict, Forbidden: the server says so.
            Unavailable: it can't be reached, or has no time.
            GuildError: a fault of the server.
        """
        if isinstance(outcome, httpx.Response) and outcome.status_code in self._route.statuses:
            return outcome
        wait = self._wait(outcome)
        if wait is None:
            raise failure(outcome) from _cause(outcome)
        return wait

    def _wait(self, outcome: Outcome) -> float | None:
        if isinstance(outcome, httpx.Response):
            told = _told(outcome)
            refused = outcome.status_code in _REFUSED and told is not None
            passing = outcome.status_code in _PASSING and self._route.repeatable
            if not (refused or passing) or (told or 0.0) > _PATIENCE_SECONDS:
                return None
            if outcome.status_code == _CONFLICT and told:
                return self._until_it_is_done(told)
            delay = next(self._delays, None)
            return None if delay is None else max(delay, told or 0.0)
        if self._route.repeatable or isinstance(outcome, _UNSENT):
            return next(self._delays, None)
        return None

    def _until_it_is_done(self, seconds: float) -> float | None:
        """Wait for what an earlier attempt began: that costs no attempt, but has an end."""
        self._worked_on += seconds
        return seconds if self._worked_on <= _WORK_SECONDS else None


def understood(response: httpx.Response, read: Callable[[Part], T], part: Part) -> T:
    """Read an answer, or a part of it.

    Raises:
        GuildError: it is none that this platform gives.
    """
    try:
        return read(part)
    except ValidationError as error:
        raise GuildError(
            f"{response.request.url} answered something else than this platform does"
            f" ({error.errors()[0]['msg']}): is the address right, and the server's version this"
            " client's?"
        ) from error


def failure(outcome: Outcome) -> GuildError:
    """Make the error of the tree that an outcome is."""
    if isinstance(outcome, httpx.Response):
        return _kind(outcome.status_code)(_detail(outcome))
    reason = str(outcome) or type(outcome).__name__
    return Unavailable(f"{outcome.request.url} does not answer ({reason}): is the server running?")


def problem_failure(problem: dict[str, Any]) -> GuildError:
    """Make the error of a problem that came in the middle of a stream."""
    return _kind(int(problem.get("status", 500)))(str(problem.get("detail", "")))


def _kind(status: int) -> type[GuildError]:
    return _KINDS.get(status, InvalidInput if 400 <= status < 500 else GuildError)


def _told(response: httpx.Response) -> float | None:
    """Read how many seconds the server wants to be left alone (RFC 9110, 10.2.3)."""
    written = response.headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return float(written[:9])
    try:
        then = parsedate_to_datetime(written)
        now = parsedate_to_datetime(response.headers["date"])
        return max(0.0, (then - now).total_seconds())
    except (ValueError, TypeError, KeyError):
        return None


def _detail(response: httpx.Response) -> str:
    try:
        problem = _PROBLEM.validate_json(response.content)
        return str(problem["detail"])
    except (ValidationError, KeyError):
        text = " ".join(response.text.split())[:_LONGEST]
        return f"{response.request.url} answered {response.status_code}: {text}"


def _cause(outcome: Outcome) -> Exception:
    if not isinstance(outcome, httpx.Response):
        return outcome
    told = f"{outcome.request.method} {outcome.request.url}: {outcome.status_code}"
    return httpx.HTTPStatusError(told, request=outcome.request, response=outcome)
