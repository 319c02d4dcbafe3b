"""What comes of an attempt: decided without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from api.client.calls import Route
from api.client.exchange import Attempts, Outcome
from foundation.errors import (
    Conflict,
    Forbidden,
    GuildError,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
)

REQUEST = httpx.Request("POST", "http://server/v1/x")
ONCE = Route("POST", "/v1/x", repeatable=False)
AGAIN = Route("POST", "/v1/x", repeatable=True)
DELAY = 0.5


def delays() -> Iterator[float]:
    return iter([DELAY] * 3)


def answered(status: int, detail: str | None = "what to do", **headers: str) -> httpx.Response:
    content = b"<h1>proxy</h1>" if detail is None else json.dumps({"detail": detail}).encode()
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=content, headers=written, request=REQUEST)


def kept(kind: type[httpx.TransportError]) -> httpx.TransportError:
    return kind("cut off", request=REQUEST)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInput), (401, Unauthenticated), (403, Forbidden), (404, NotFound),
        (405, InvalidInput), (409, Conflict), (413, InvalidInput), (415, InvalidInput),
        (422, InvalidInput), (429, Unavailable), (500, GuildError), (502, Unavailable),
        (503, Unavailable), (307, GuildError),
    ],
)  # fmt: skip
def test_a_status_is_an_error_of_the_tree(status: int, kind: type[GuildError]) -> None:
    with pytest.raises(GuildError, match=r"^what to do$") as caught:
        Attempts(ONCE, delays()).judge(answered(status))
    assert type(caught.value) is kind
    assert isinstance(caught.value.__cause__, httpx.HTTPStatusError)
    assert caught.value.__cause__.response.status_code == status


def test_what_is_being_worked_on_is_asked_for_again() -> None:
    attempts = Attempts(ONCE, delays())
    assert attempts.judge(answered(409, retry_after="2")) == 2.0
    with pytest.raises(Conflict):
        attempts.judge(answered(409))


def test_waiting_for_what_is_being_worked_on_costs_no_attempt_but_ends() -> None:
    attempts = Attempts(ONCE, delays())
    for _ in range(20):
        assert attempts.judge(answered(409, retry_after="30")) == 30.0
    with pytest.raises(Conflict):
        attempts.judge(answered(409, retry_after="30"))


def test_an_error_that_is_no_problem_is_told_with_its_address() -> None:
    with pytest.raises(Unavailable, match="http://server/v1/x answered 502: <h1>proxy</h1>"):
        Attempts(ONCE, delays()).judge(answered(502, None))


@pytest.mark.parametrize(
    ("route", "outcome", "wait"),
    [
        (AGAIN, answered(503), DELAY),
        (AGAIN, answered(502), DELAY),
        (AGAIN, answered(408), DELAY),
        (AGAIN, answered(500), None),
        (AGAIN, answered(422), None),
        (AGAIN, kept(httpx.ReadError), DELAY),
        (AGAIN, kept(httpx.ReadTimeout), DELAY),
        (ONCE, answered(503), None),
        (ONCE, answered(502, retry_after="1"), None),
        (ONCE, answered(503, retry_after="2"), 2.0),
        (ONCE, answered(429, retry_after="0"), DELAY),
        (ONCE, answered(429, retry_after="61"), None),
        (ONCE, answered(429, retry_after="soon"), None),
        (ONCE, answered(429, retry_after="1" * 5_000), None),
        (ONCE, kept(httpx.ConnectError), DELAY),
        (ONCE, kept(httpx.PoolTimeout), DELAY),
        (ONCE, kept(httpx.ReadError), None),
        (ONCE, kept(httpx.WriteError), None),
        (ONCE, kept(httpx.RemoteProtocolError), None),
    ],
)
def test_what_may_have_been_done_is_not_done_twice(
    route: Route, outcome: Outcome, wait: float | None
) -> None:
    attempts = Attempts(route, delays())
    if wait is None:
        with pytest.raises(GuildError):
            attempts.judge(outcome)
    else:
        assert attempts.judge(outcome) == wait


def test_a_date_to_come_again_is_read_by_the_servers_clock() -> None:
    told = {
        "date": "Sun, 29 Nov 2026 11:59:55 GMT",
        "retry_after": "Sun, 29 Nov 2026 12:00:00 GMT",
    }
    assert Attempts(ONCE, delays()).judge(answered(503, **told)) == 5.0
    with pytest.raises(Unavailable):
        Attempts(ONCE, delays()).judge(answered(503, retry_after=told["retry_after"]))


@pytest.mark.parametrize("written", ["²", "٣", "-1", "soon", ""])
def test_a_time_to_come_again_that_is_none_is_as_if_it_were_not_said(written: str) -> None:
    headers = [(b"retry-after", written.encode())]
    answer = httpx.Response(503, json={"detail": "what to do"}, headers=headers, request=REQUEST)
    with pytest.raises(Unavailable, match=r"^what to do$"):
        Attempts(ONCE, delays()).judge(answer)


def test_after_the_last_delay_the_error_is_the_callers() -> None:
    attempts = Attempts(AGAIN, delays())
    for _ in range(3):
        assert attempts.judge(answered(503)) == DELAY
    with pytest.raises(Unavailable, match="what to do"):
        attempts.judge(answered(503))


def test_who_does_not_answer_is_named() -> None:
    with pytest.raises(Unavailable, match="http://server/v1/x does not answer") as caught:
        Attempts(ONCE, delays()).judge(kept(httpx.ReadError))
    assert isinstance(caught.value.__cause__, httpx.ReadError)


def test_only_the_routes_own_statuses_are_answers() -> None:
    ready = Route("GET", "/ready", repeatable=True, statuses=frozenset({200, 503}))
    for status in (200, 503):
        answer = answered(status)
        assert Attempts(ready, delays()).judge(answer) is answer
