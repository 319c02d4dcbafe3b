"""Ways into the platform for tests: commands in this process and in others, a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import uvicorn
from starlette.types import ASGIApp

from api import KnowledgeBase
from api.app import create_app
from api.server import listening
from ingest.model import Record

COMMAND = Path(sys.executable).parent / "elders"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command ended with."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Elders(Protocol):
    """Runs a command."""

    def __call__(self, *arguments: str) -> Answer: ...


def command(
    *arguments: str | bytes,
    env: Mapping[str, str] | None = None,
    data: bytes = b"",
    prefix: Sequence[str] = (),
    timeout: float = 60,
) -> Answer:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [*prefix, COMMAND, *arguments],
        input=data,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=timeout,
        check=False,
    )
    return Answer(
        done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    client: httpx.Client
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self.thread.join()


def served(
    base: KnowledgeBase,
    *,
    max_body_bytes: int = 5_000_000,
    port: int = 0,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    app: ASGIApp | None = None,
) -> Served:
    """Serve a knowledge base, on a free port if none is named, by the app or what is around it."""
    sock = listening("127.0.0.1", port)
    app = app or create_app(base, max_body_bytes=max_body_bytes, ending=lambda: server.should_exit)
    server = uvicorn.Server(uvicorn.Config(around(app), log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    while not server.started:
        time.sleep(0.005)
    address = f"http://127.0.0.1:{sock.getsockname()[1]}"
    return Served(httpx.Client(base_url=address, timeout=60), server, thread)


def notes(count: int, *, about: str = "weather") -> Sequence[Record]:
    """Make documents that are no duplicates of each other."""
    return [
        Record(
            f"{about}/{number}.md",
            text=f"# Note {number}\n\n" + " ".join(f"{about}{number}word{i}" for i in range(12)),
            metadata={"number": number, "even": number % 2 == 0},
        )
        for number in range(count)
    ]
