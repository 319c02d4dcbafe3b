"""A body that comes too slowly is refused, whoever answers: nobody holds a place by dripping."""

from __future__ import annotations

import asyncio
import json
import select
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api import KnowledgeBase
from api.app import create_app
from api.bodies import SHORT_BODY_BYTES, BodyLimit, Pace
from tests.api.doors import served
from tests.api.workers.teams import SECONDS, Team, started

SLOW = {"ELDERS_BODY_SILENCE_SECONDS": "0.5", "ELDERS_BODY_BYTES_PER_SECOND": "1000000"}
HEADS = {
    "what a worker answers": ("POST /v1/search", "application/json"),
    "what the owner answers": ("POST /v1/documents", "application/json"),
    "a form": ("POST /v1/documents", "multipart/form-data; boundary=x"),
    "a file of OpenAI's clients": ("POST /v1/files", "multipart/form-data; boundary=x"),
    "a tool": ("POST /mcp", "application/json"),
}


@pytest.fixture(scope="module", params=[1, 2])
def team(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("slow")
    home, log = folder / "home", folder / "log"
    with started(home, log, workers=request.param, **SLOW) as team:
        yield team


def begun(team: Team, what: str) -> socket.socket:
    """Send a request's head that promises much, and the first byte of its body."""
    line, kind = HEADS[what]
    told = urlsplit(team.address)
    sock = socket.create_connection((told.hostname, told.port), timeout=SECONDS)
    head = (
        f"{line} HTTP/1.1\r\nHost: {told.netloc}\r\nAuthorization: Bearer {team.key}\r\n"
        f"Content-Type: {kind}\r\nAccept: application/json, text/event-stream\r\n"
        "Content-Length: 100000\r\n\r\n"
    )
    sock.sendall(head.encode() + (b"-" if "form-data" in kind else b" "))
    return sock


def answered(sock: socket.socket) -> httpx.Response:
    """Read until the server closes the connection."""
    text = b""
    while part := sock.recv(65_536):
        text += part
    head, _, body = text.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (each.partition(":") for each in fields)]
    return httpx.Response(int(line.split()[1]), headers=headers, content=body)


@pytest.mark.parametrize("what", HEADS)
def test_who_falls_silent_is_answered_and_the_connection_is_closed(team: Team, what: str) -> None:
    with begun(team, what) as sock:
        answer = answered(sock)
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"
    assert "too slowly" in answer.text
    if what != "a file of OpenAI's clients":  # these have errors of their own form
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.loads(answer.text)["status"] == 408


@pytest.mark.parametrize("what", HEADS)
def test_who_drips_is_answered_though_never_silent(team: Team, what: str) -> None:
    with begun(team, what) as sock:
        rest = b"-x\r\nContent-Disposition: form-data; name=f\r\n\r\n" + b" " * 600
        for byte in rest:  # one every tenth of a second: it would take more than a minute
            if select.select([sock], [], [], 0.1)[0]:
                break
            sock.sendall(bytes([byte]))
        answer = answered(sock)
    assert answer.status_code == 408


@pytest.mark.parametrize("what", HEADS)
def test_a_body_that_grows_too_large_is_refused_by_all(what: str, home: Path) -> None:
    line, kind = HEADS[what]
    method, path = line.split()
    parts = [b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"]
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as base:
        end = served(base, max_body_bytes=10_000)
        answer = end.client.request(
            method, path, content=iter([*parts, *[b"x" * 1_000] * 20]),
            headers={"content-type": kind, "accept": "application/json, text/event-stream"},
        )  # fmt: skip
        end.stop()
    assert answer.status_code == 413, answer.text


def test_a_body_that_comes_at_once_is_taken(team: Team) -> None:
    assert team.push(("fast.md", "The swift flies fast. " * 1_000))
    assert team.found("swift") == ["fast.md"]


class Sender:
    """Sends pieces, each after some seconds of its clock."""

    def __init__(self, *pieces: tuple[float, bytes]) -> None:
        self.now = 0.0
        self._pieces = list(pieces)

    async def receive(self) -> Message:
        seconds, piece = self._pieces.pop(0)
        self.now += seconds
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}

    def read(self, pace: Pace, *, busy_seconds: float = 0.0) -> tuple[int, list[int]]:
        """Read all of it, with some work of the app's after each piece.

        Returns:
            How many bytes came through, and the statuses of answers that the app did not give.
        """
        read, statuses = 0, []

        async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
            nonlocal read
            more = True
            while more:
                message = await receive()
                self.now += busy_seconds
                read += len(message["body"])
                more = message["more_body"]

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        limit = BodyLimit(app, pace=pace, monotonic=lambda: self.now)
        scope = {"type": "http", "path": "/v1/documents", "headers": []}
        asyncio.run(limit(scope, self.receive, send))
        return read, statuses


def test_what_comes_as_fast_as_it_must_is_taken_however_long_it_is() -> None:
    pieces = [(1.0, b"x" * 100)] * 500
    assert Sender(*pieces).read(Pace(10.0, 100)) == (50_000, [])
    read, statuses = Sender(*pieces).read(Pace(10.0, 120))
    assert (read < 10_000, statuses) == (True, [408])


def test_the_time_that_the_app_takes_is_not_the_senders() -> None:
    assert Sender(*[(0.0, b"x")] * 5).read(Pace(1.0, 1), busy_seconds=3_600.0) == (5, [])


def test_what_was_sent_ahead_allows_no_longer_silence() -> None:
    assert Pace(30.0, 10_000).left(0.0, 10**9) == 30.0
    assert Pace(30.0, 10_000).left(29.0, 0) == 1.0
    assert Pace(30.0, 10_000).left(31.0, 20_000) == 1.0


@dataclass
class Held:
    """Lets the last piece of a body go when it is told; `here` is what came before."""

    here: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)


def pieces(*, size: int = 100_000, number: int = 3, held: Held | None = None) -> Any:
    """Send a body whose length is not said."""

    async def written() -> AsyncIterator[bytes]:
        yield b'{"documents": [{"source_id": "a", "text": "'
        for _ in range(number):
            yield b"b" * size
        if held:
            held.here.set()
            await held.go.wait()
        yield b'"}]}'

    return written()


@pytest.mark.parametrize("path", ["/v1/search", "/v1/answer", "/v1/feedback", "/v1/graph/subgraph"])
@pytest.mark.parametrize("said", [b"".join, iter])
def test_what_brings_no_documents_has_a_short_body(
    path: str, said: Callable[[list[bytes]], Any], refusing: httpx.Client
) -> None:
    parts = [b"{" + b" " * SHORT_BODY_BYTES, b"}"]
    body, kind = said(parts), {"content-type": "application/json"}
    answer = refusing.post(path, content=body, headers=kind)
    assert answer.status_code == 413
    assert "larger than 1,048,576 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/documents", "/v1/jobs"])
def test_bodies_that_are_on_their_way_have_room_together_and_who_has_none_comes_again(
    path: str, base: KnowledgeBase
) -> None:
    async def run() -> None:
        app = create_app(base, bodies_bytes=400_000)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://t"
        ) as client:
            kind, held = {"content-type": "application/json"}, Held()
            first = asyncio.create_task(client.post(path, content=pieces(held=held), headers=kind))
            await held.here.wait()
            refused = await client.post(path, content=pieces(), headers=kind)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "5"
            assert "too much is being sent" in refused.json()["detail"]
            said = {**kind, "content-length": "400000"}
            early = await client.post(path, content=b"", headers=said)
            assert early.status_code == 503
            short = await client.post(path, content=pieces(size=100), headers=kind)
            assert short.status_code in {200, 202}
            held.go.set()
            assert (await first).status_code in {200, 202}
            again = await client.post(path, content=pieces(), headers=kind)
            assert again.status_code in {200, 202}
            never = await client.post(path, content=pieces(number=6), headers=kind)
            assert never.status_code == 413

    asyncio.run(run())


def test_a_long_search_is_not_read_on_the_trip_that_all_share(base: KnowledgeBase) -> None:
    async def run() -> list[int]:
        app, shared = create_app(base), list[int]()
        do = app.state.looking.do

        async def noted(asked: tuple[KnowledgeBase, bytes]) -> Any:
            shared.append(len(asked[1]))
            return await do(asked)

        app.state.looking.do = noted
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://t"
        ) as client:
            for length, status in (10, 200), (20_000, 422):  # so many values are refused
                wanted = {"source_id": {"$in": ["abcdef"] * length}}
                answer = await client.post("/v1/search", json={"query": "x", "filter": wanted})
                assert answer.status_code == status
        return shared

    (only,) = asyncio.run(run())
    assert only < 1_000
