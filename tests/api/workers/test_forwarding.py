"""A worker hands requests to the owner as they are, and answers back as they come."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.server import listening
from api.workers.forwarding import Forwarding, Peered

OPTIONS: dict[str, Any] = {
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": 1,
}


class Owner:
    """What the owner's app saw."""

    def __init__(self) -> None:
        self.reading = threading.Event()
        self.left = threading.Event()

    async def told(self, request: Request) -> Response:
        size = 0
        try:
            async for part in request.stream():
                size += len(part)
                self.reading.set()
        except ClientDisconnect:
            self.left.set()
            raise
        named = ("x-elders-peer", "x-one", "host", "content-type", "x-request-id")
        return JSONResponse(
            {
                "target": request.scope["raw_path"].decode(),
                "query": request.url.query,
                "method": request.method,
                "size": size,
                "client": list(request.client or ()),
                "headers": {name: request.headers.get(name) for name in named},
            },
            status_code=207,
            headers={"x-two": "two"},
        )

    async def stream(self, _request: Request) -> Response:
        async def parts() -> Any:
            try:
                for number in range(1_000):
                    yield f"data: {number}\n\n"
                    await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                self.left.set()
                raise

        return StreamingResponse(parts(), media_type="text/event-stream")

    async def broken(self, _request: Request) -> Response:
        async def parts() -> Any:
            yield "the first half"
            raise ClientDisconnect

        return StreamingResponse(parts(), headers={"content-length": "1000"})

    def app(self) -> Starlette:
        methods = ["GET", "POST", "DELETE"]
        return Starlette(
            routes=[
                Route("/stream", self.stream),
                Route("/broken", self.broken),
                Route("/{path:path}", self.told, methods=methods),
            ]
        )


class Running:
    """A server in a thread."""

    def __init__(
        self, app: Any, *, uds: str | None = None, sock: socket.socket | None = None
    ) -> None:
        self.server = uvicorn.Server(uvicorn.Config(app, uds=uds, lifespan="on", **OPTIONS))
        sockets = None if sock is None else [sock]
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": sockets})
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


async def _here(_request: Request) -> Response:
    return PlainTextResponse("here")


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def behind(owner: Owner, tmp_path: Path) -> Iterator[Running]:
    running = Running(Peered(owner.app()), uds=str(tmp_path / "owner.sock"))
    yield running
    running.stop()


@pytest.fixture
def client(behind: Running, tmp_path: Path) -> Iterator[httpx.Client]:
    sock = listening("127.0.0.1", 0)
    front = Forwarding(
        Starlette(routes=[Route("/here", _here)]),
        owner=tmp_path / "owner.sock",
        answers=lambda _method, path: path == "/here",
    )
    running = Running(front, sock=sock)
    address = f"http://127.0.0.1:{sock.getsockname()[1]}"
    with httpx.Client(base_url=address, timeout=20) as client:
        yield client
    running.stop()
    sock.close()


def test_the_app_answers_what_it_may(client: httpx.Client) -> None:
    assert client.get("/here").text == "here"


def test_a_request_arrives_as_it_was_sent(client: httpx.Client) -> None:
    sent = {
        "x-one": "1", "x-elders-peer": "1.2.3.4 5", "host": "name.example", "te": "trailers",
    }  # fmt: skip
    answer = client.post("/a%2Fb/%E6%97%A5?q=x%20y&q=2", json={"a": "b" * 300_000}, headers=sent)
    told = answer.json()
    assert (answer.status_code, answer.headers["x-two"]) == (207, "two")
    assert (told["target"], told["query"], told["method"]) == (
        "/a%2Fb/%E6%97%A5", "q=x%20y&q=2", "POST",
    )  # fmt: skip
    assert told["size"] > 300_000
    assert told["headers"]["x-one"] == "1"
    assert told["headers"]["host"] == "name.example"
    assert told["headers"]["x-elders-peer"] is None


def test_the_owner_knows_who_called_and_believes_nobody_else(client: httpx.Client) -> None:
    told = client.get("/x", headers={"x-elders-peer": "1.2.3.4 5"}).json()
    assert told["client"][0] == "127.0.0.1"
    assert told["client"][1] > 1_024


def test_a_body_without_a_length_arrives(client: httpx.Client) -> None:
    parts = (b"part" for _ in range(100))
    assert client.post("/x", content=parts).json()["size"] == 400


def test_a_caller_who_leaves_while_they_send_has_left_the_owner_too(
    client: httpx.Client, owner: Owner
) -> None:
    asked = socket.create_connection((client.base_url.host, client.base_url.port))
    asked.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert owner.reading.wait(10)
    asked.close()
    assert owner.left.wait(10)


def test_what_can_not_be_passed_on_is_the_callers_mistake(client: httpx.Client) -> None:
    asked = socket.create_connection((client.base_url.host, client.base_url.port), timeout=10)
    asked.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")
    assert b" 400 " in asked.recv(1_000).split(b"\r\n")[0]
    asked.close()


def test_what_streams_arrives_piece_by_piece_and_ends_with_the_caller(
    client: httpx.Client, owner: Owner
) -> None:
    with client.stream("GET", "/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        first = next(answer.iter_lines())
    assert first == "data: 0"
    assert owner.left.wait(10)


def test_an_answer_that_breaks_off_is_not_passed_for_whole(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/broken")


def test_without_its_owner_a_worker_says_so(client: httpx.Client, behind: Running) -> None:
    assert client.get("/x").status_code == 207
    behind.stop()
    for _ in range(2):
        answer = client.get("/x")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "away" in answer.json()["detail"]
    assert client.get("/here").text == "here"
