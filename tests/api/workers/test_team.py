"""A server of several processes: one truth for all, and none is missed when it dies."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from api import KnowledgeBase
from tests.api.test_serving import Service, service, serving
from tests.api.workers.teams import SECONDS, Team, started, until

__all__ = ["service"]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def together(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Team]:
    """A server that many tests ask."""
    folder = tmp_path_factory.mktemp("team")
    settings = {}
    if request.param == "postgresql":
        settings["ELDERS_DATABASE_URL"] = request.getfixturevalue("_postgres_shared")
    with started(folder / "home", folder / "log", **settings) as team:
        yield team


@pytest.fixture
def team(home: Path, tmp_path: Path) -> Iterator[Team]:
    """A server of one test's own."""
    with started(home, tmp_path / "log") as team:
        assert team.found("weather3word5")
        until(lambda: len(team.workers()) == 2)
        yield team


@pytest.mark.slow
def test_all_workers_know_at_once_what_was_accepted(together: Team) -> None:
    with ThreadPoolExecutor(8) as pool:

        def shown(query: str) -> set[tuple[str, ...]]:
            return set(pool.map(lambda _: tuple(together.found(query)), range(16)))

        before = together.answered()
        assert shown("weather3word5") == {("weather/3.md",)}
        (known,) = together.push(("zoo.md", "The okapi sleeps standing."))
        assert shown("okapi") == {("zoo.md",)}
        together.push(("zoo.md", "The giraffe sleeps standing."))
        assert shown("okapi") == {()}
        assert shown("giraffe") == {("zoo.md",)}
        assert together.answered() - before == 4 * 16
        assert together.ask("DELETE", f"/v1/documents/{known}").status_code == 200
        assert shown("giraffe") == {()}


def test_a_key_that_was_revoked_ends_in_every_worker_at_once(together: Team) -> None:
    made = json.loads(together.command("keys", "create", "gone", "-c", "*", "--json"))
    bearer = {"authorization": f"Bearer {made['key']}"}

    def statuses() -> set[int]:
        asked = [("GET", "/v1/documents"), ("GET", "/v1/files")] * 8
        return {together.ask(*each, **bearer).status_code for each in asked}

    assert statuses() == {200}
    together.command("keys", "revoke", made["id"])
    assert statuses() == {401}


def test_what_is_refused_is_refused_before_its_body_comes(together: Team) -> None:
    head = "POST /v1/documents HTTP/1.1\r\nContent-Length: "
    known = f"\r\nAuthorization: Bearer {together.key}"
    for told, status in ((f"{head}5000000", b" 401 "), (f"{head}900000000{known}", b" 413 ")):
        asked, answer = together.begun(told)
        asked.close()
        assert status in answer.split(b"\r\n")[0]


@pytest.mark.slow
def test_each_request_is_audited_once_under_the_address_that_called(together: Team) -> None:
    said = {"x-elders-peer": "6.6.6.6 66", "connection": "x-forwarded-for"}
    together.push(("audited.md", "A note of what was done."), **said)
    together.ask("GET", "/v1/files", authorization="Bearer wrong", **said)
    for told, result in (("POST /v1/documents", "ok"), ("GET /v1/files", "denied")):
        until(partial(_audited, together, told, result))
        addresses = [each["address"] for each in _audited(together, told, result)]
        assert set(addresses) == {"127.0.0.1"}
    named = [each["metadata"]["request_id"] for each in _audited(together)]
    assert len(named) == len(set(named))
    assert together.command("audit", "verify")


def _audited(team: Team, operation: str = "", result: str = "") -> list[dict[str, Any]]:
    told = json.loads(team.command("audit", "search", "--json", "--limit", "1000"))
    entries = told["entries"]
    return [
        each
        for each in entries
        if "request_id" in each["metadata"]
        and operation in each["operation"]
        and result in each["result"]
    ]


@pytest.mark.slow
def test_a_signal_ends_all_in_order(team: Team, home: Path) -> None:
    team.push(("last.md", "The last words."))
    workers = team.workers()
    team.process.send_signal(signal.SIGTERM)
    assert team.process.wait(SECONDS) == 0
    assert not any(psutil.pid_exists(each) for each in workers)
    assert "rror" not in team.log.read_text()
    with KnowledgeBase.open(home, patience_seconds=0.0) as base:
        assert base.search("last words", mode="lexical", k=1)[0].citation.source_id == "last.md"


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_though_it_does_not_start_at_once(
    team: Team, home: Path
) -> None:
    until(lambda: team.log.read_text().count("cache.warmed") == 2)  # both have read what is damaged
    before = team.workers()
    damaged = [home / f"behaviour-{number}.json" for number in (1, 2, 3)]
    for each in damaged:
        each.write_text("{")
    os.kill(min(before), signal.SIGKILL)
    until(lambda: "can't be read" in team.log.read_text())
    assert team.process.poll() is None
    assert team.found("weather3word5")
    for each in damaged:
        each.unlink()
    until(lambda: len(team.workers() - before) == 1)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: team.found("weather3word5"), range(16)))
    assert team.push(("after.md", "A note after the death."))
    assert team.found("death")[:1] == ["after.md"]


@pytest.mark.slow
def test_workers_end_with_their_owner_however_that_ends(team: Team) -> None:
    workers = team.workers()
    team.process.kill()
    until(lambda: not any(psutil.pid_exists(each) for each in workers))


@pytest.mark.slow
def test_workers_are_renewed_one_after_the_other(team: Team) -> None:
    before = team.workers()
    team.process.send_signal(signal.SIGHUP)
    with ThreadPoolExecutor(4) as pool:
        while team.workers() & before:
            assert all(pool.map(lambda _: team.found("weather3word5"), range(8)))
    assert len(team.workers()) == 2


@pytest.mark.slow
def test_workers_are_renewed_when_another_model_takes_over(
    home: Path, tmp_path: Path, service: Service
) -> None:
    service.gate.clear()
    new = {"ELDERS_EMBEDDER": "openai:tiny", "ELDERS_OPENAI_BASE_URL": service.url}
    with started(home, tmp_path / "log", workers=2, **new) as team:
        assert team.found("weather3word5")
        until(lambda: len(team.workers()) == 2)
        before = team.workers()
        service.gate.set()
        until(lambda: serving(home) == "openai:tiny")
        until(lambda: not team.workers() & before)
        asked = {"query": "weather3word5", "mode": "dense"}
        assert team.ask("POST", "/v1/search", asked).json()["hits"]


@pytest.mark.slow
def test_the_circuits_of_workers_are_in_the_metrics_and_told_as_health(
    home: Path, tmp_path: Path
) -> None:
    with started(home, tmp_path / "log", ELDERS_CACHE_URL="redis://127.0.0.1:1/0") as team:
        assert team.found("weather3word5")  # a worker asked its cache, and nobody answered

        def failed() -> bool:
            text = team.ask("GET", "/metrics").raise_for_status().text
            told = [line.rpartition(" ") for line in text.splitlines() if line[0] != "#"]
            return any(
                name.startswith("elders_breaker_calls_total") and 'outcome="failed"' in name
                for name, _, value in told
                if float(value) >= 1
            )

        until(failed)
        until(lambda: "left alone: " in team.ask("GET", "/v1/health/full").text)
