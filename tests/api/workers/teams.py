"""A server of several processes, for tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil

from api import KnowledgeBase
from tests.api.doors import COMMAND, notes

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Team:
    """A server that runs, with a key that sees everything."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path
    home: Path
    env: Mapping[str, str]
    key: str

    def workers(self) -> set[int]:
        """Answer the processes that were started to serve, and live."""
        found = set()
        for each in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # it ends just now
                if "spawn_main" in " ".join(each.cmdline()):
                    found.add(each.pid)
        return found

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Ask over a connection of its own, so that any worker may answer."""
        told = {"authorization": f"Bearer {self.key}", **headers}
        return httpx.request(
            method, self.address + path, json=body, headers=told, timeout=SECONDS, verify=False
        )

    def found(self, query: str) -> list[str]:
        asked = {"query": query, "mode": "lexical"}
        hits = self.ask("POST", "/v1/search", asked).raise_for_status().json()["hits"]
        return [hit["citation"]["source_id"] for hit in hits]

    def answered(self) -> int:
        """Count the searches that all processes together answered."""
        text = self.ask("GET", "/metrics").raise_for_status().text
        lines = [
            each for each in text.splitlines() if each.startswith("elders_cache_answers_total")
        ]
        return sum(int(float(each.split(" ")[1])) for each in lines)

    def push(self, *documents: tuple[str, str], **headers: str) -> Sequence[str]:
        body = {"documents": [{"source_id": name, "text": text} for name, text in documents]}
        answer = self.ask("POST", "/v1/documents", body, **headers)
        return [each["document_id"] for each in answer.raise_for_status().json()["results"]]

    def begun(self, head: str) -> tuple[socket.socket, bytes]:
        """Send the head of a request with no byte of its body; answer what comes of it."""
        told = urlsplit(self.address)
        asked = socket.create_connection((told.hostname, told.port), timeout=SECONDS)
        asked.sendall(f"{head}\r\nHost: {told.netloc}\r\n\r\n".encode())
        return asked, asked.recv(4_096)

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [COMMAND, *arguments], env=self.env, capture_output=True, check=True, text=True
        )
        return done.stdout


@contextmanager
def started(home: Path, log: Path, *, workers: int = 2, **settings: str) -> Iterator[Team]:
    """Run a server of some workers over a new home with five notes."""
    env = {
        **os.environ,
        "ELDERS_HOME": str(home),
        "ELDERS_EMBEDDER": "hashing",
        "ELDERS_DATABASE_POOL_MIN_CONNECTIONS": "1",
        **settings,
    }
    url = settings.get("ELDERS_DATABASE_URL")
    with KnowledgeBase.open(home, embedder="hashing", database_url=url) as base:
        base.ingest(notes(5), wait=True)
    made = subprocess.run(
        [COMMAND, "keys", "create", "t", "-c", "*", "--label", "*", "--role", "admin", "--json"],
        env=env, capture_output=True, check=True,
    )  # fmt: skip
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0", "--workers", str(workers), "--json"],
            stdout=subprocess.PIPE, stderr=errors, env=env,
        )  # fmt: skip
    try:
        address = json.loads(_object(process))["address"]
        yield Team(process, address, log, home, env, json.loads(made.stdout)["key"])
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=SECONDS)


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def _object(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    text = b""
    while not text.rstrip().endswith(b"}"):
        line = process.stdout.readline()
        assert line, "the server did not start"
        text += line
    return text
