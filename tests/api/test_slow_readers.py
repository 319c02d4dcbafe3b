"""Who does not read his answer holds no place, and is left after a while."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from api import KnowledgeBase
from api.guarding import guarded
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings
from tests.api.doors import Served, served

SIZE = 20_000_000
"""More than what two sockets hold between them."""


@pytest.fixture
def end(request: pytest.FixtureRequest, base: KnowledgeBase, home: Path) -> Iterator[Served]:
    """A server with one place for each operation, which leaves readers after some seconds."""
    settings = load_settings(
        home=home,
        requests_running=1,
        requests_patience_seconds=10.0,
        body_silence_seconds=request.param,
    )
    with ExitStack() as closing:
        app = closing.enter_context(guarded(base, settings, load_security_settings(auth=False)))
        running = served(base, app=app)
        closing.callback(running.stop)
        yield running


@pytest.fixture
def reader(end: Served) -> Iterator[socket.socket]:
    """A connection on which a large file was asked for; nothing of it is read."""
    kept = end.client.post(
        "/v1/files", files={"file": ("a.txt", b"b" * SIZE)}, data={"purpose": "assistants"}
    )
    address = end.client.base_url
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        sock.settimeout(60)
        sock.connect((address.host, address.port))
        path = f"/v1/files/{kept.json()['id']}/content"
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc.decode()}\r\n\r\n".encode())
        assert sock.recv(12) == b"HTTP/1.1 200"
        yield sock


@pytest.mark.parametrize("end", [600.0], indirect=True)
def test_others_are_answered_while_a_reader_takes_nothing(
    end: Served, reader: socket.socket
) -> None:
    answers = [end.client.get("/v1/documents") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3


@pytest.mark.parametrize("end", [1.0], indirect=True)
def test_a_reader_who_takes_nothing_is_left(end: Served, reader: socket.socket) -> None:
    while end.server.server_state.tasks:  # until the server has given up on him
        assert end.client.get("/health").status_code == httpx.codes.OK
    read = 0
    while part := reader.recv(1 << 20):
        read += len(part)
    assert 0 < read < SIZE
