"""A server of several processes: one truth for all, and none is missed when it dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from api import KnowledgeBase
from tests.api.doors import COMMAND, notes

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Team:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def workers(self) -> set[int]:
        """Answer the processes that were started to serve, and live."""
        found = set()
        for each in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # it ends just now
                if "spawn_main" in " ".join(each.cmdline()):
                    found.add(each.pid)
        return found

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask over a connection of its own, so that any worker may answer."""
        return httpx.request(method, self.address + path, json=body, timeout=SECONDS, verify=False)

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

    def push(self, *documents: tuple[str, str]) -> Sequence[str]:
        body = {"documents": [{"source_id": name, "text": text} for name, text in documents]}
        results = self.ask("POST", "/v1/documents", body).raise_for_status().json()["results"]
        return [each["document_id"] for each in results]


@pytest.fixture
def team(home: Path, tmp_path: Path) -> Iterator[Team]:
    with KnowledgeBase.open(home) as base:
        base.ingest(notes(5), wait=True)
    log = tmp_path / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0", "--workers", "2", "--json"],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "ELDERS_AUTH": "off"},
        )
    assert process.stdout is not None
    address = json.loads(_object(process))["address"]
    yield Team(process, address, log)
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=SECONDS)


def _object(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    text = b""
    while not text.rstrip().endswith(b"}"):
        line = process.stdout.readline()
        assert line, "the server did not start"
        text += line
    return text


def _until(condition: object) -> None:
    end = time.monotonic() + SECONDS
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def test_all_workers_know_at_once_what_was_accepted(team: Team, home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:

        def shown(query: str) -> set[tuple[str, ...]]:
            return set(pool.map(lambda _: tuple(team.found(query)), range(32)))

        assert shown("weather3word5") == {("weather/3.md",)}
        (known,) = team.push(("zoo.md", "The okapi sleeps standing."))
        assert shown("okapi") == {("zoo.md",)}
        team.push(("zoo.md", "The giraffe sleeps standing."))
        assert shown("okapi") == {()}
        assert shown("giraffe") == {("zoo.md",)}
        assert team.answered() == 4 * 32
        assert team.ask("DELETE", f"/v1/documents/{known}").status_code == 200
        assert shown("giraffe") == {()}
    _ended_in_order(team, home)


def _ended_in_order(team: Team, home: Path) -> None:
    team.push(("last.md", "The last words."))
    workers = team.workers()
    team.process.send_signal(signal.SIGTERM)
    assert team.process.wait(SECONDS) == 0
    assert not any(psutil.pid_exists(each) for each in workers)
    assert "rror" not in team.log.read_text()
    with KnowledgeBase.open(home, patience_seconds=0.0) as base:
        assert base.search("last words", mode="lexical", k=1)[0].citation.source_id == "last.md"


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced(team: Team) -> None:
    assert team.found("weather3word5")
    _until(lambda: len(team.workers()) == 2)
    before = team.workers()
    os.kill(min(before), signal.SIGKILL)
    _until(lambda: len(team.workers() - before) == 1)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: team.found("weather3word5"), range(16)))
    assert team.push(("after.md", "A note after the death."))
    assert team.found("death")[:1] == ["after.md"]


@pytest.mark.slow
def test_workers_end_with_their_owner_however_that_ends(team: Team) -> None:
    assert team.found("weather3word5")
    _until(lambda: len(team.workers()) == 2)
    workers = team.workers()
    team.process.kill()
    _until(lambda: not any(psutil.pid_exists(each) for each in workers))


@pytest.mark.slow
def test_a_worker_makes_room_for_one_with_the_model_that_took_over(team: Team, home: Path) -> None:
    assert team.found("weather3word5")
    _until(lambda: len(team.workers()) == 2)
    before = team.workers()
    note = home / "serving.json"
    note.with_suffix(".aside").write_text(note.read_text())
    note.with_suffix(".aside").replace(note)
    _until(lambda: len(team.workers() - before) == 2)
    assert team.found("weather3word5")
