"""How everything is, by HTTP and by the command line."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.engine import make_url

from api import KnowledgeBase
from api.auditing import open_audit
from api.breaking import BreakerCounts
from api.health import Checkup
from elders.health.model import Check, Layer, Status
from elders.health.report import Report, write_report
from foundation.breaker import Breakers, Limits, Phase
from foundation.clock import Micros
from foundation.errors import Unavailable
from foundation.settings import load_settings
from ingest.model import Record
from tests.api.doors import Elders, Served, notes
from tests.foundation.security.audits import entry
from tests.support.postgres import Server


@pytest.fixture
def client(base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]) -> httpx.Client:
    return serve(base).client


def checks(told: dict[str, Any], layer: str) -> dict[str, tuple[str, str]]:
    (found,) = [each for each in told["layers"] if each["name"] == layer]
    return {each["name"]: (each["status"], each["reason"]) for each in found["checks"]}


def guild(base: KnowledgeBase, status: Status, *, age_seconds: int = 0) -> None:
    parts = base.platform.parts
    at = Micros(parts.clock() - age_seconds * 1_000_000)
    check = Check("grand_elder", status, "does not answer", "Start it.")
    write_report(parts.home.guild, Report(at, Layer("guild", [check])))


def test_all_layers_are_told_and_that_no_guild_runs(client: httpx.Client) -> None:
    answer = client.get("/v1/health/full")
    assert answer.status_code == 200
    told = answer.json()
    assert [each["name"] for each in told["layers"]] == [
        "system", "application", "business", "security", "guild",
    ]  # fmt: skip
    assert set(checks(told, "system")) == {"disk", "memory", "load"}
    assert checks(told, "guild") == {"running": ("healthy", "not running")}
    assert checks(told, "application")["ready"][0] == "healthy"


def test_what_the_guild_said_last_is_told_and_the_worst_is_the_whole(
    client: httpx.Client, base: KnowledgeBase
) -> None:
    guild(base, Status.CRITICAL)
    told = client.get("/v1/health/full").json()
    assert told["status"] == "critical"
    assert "Start it." in told["recommendations"]
    guild(base, Status.CRITICAL, age_seconds=3_600)
    told = client.get("/v1/health/full").json()
    assert checks(told, "guild") == {
        "running": ("warning", "not running: the last report is 60 minutes old")
    }


def test_documents_that_failed_are_told(base: KnowledgeBase) -> None:
    broken = Record(source_id="broken.pdf", data=b"%PDF-1.7 no more", media_type="application/pdf")
    base.jobs.wait(base.jobs.submit([*notes(2), broken]).id)
    health = Checkup(base).look()
    found = {check.name: check for layer in health.layers for check in layer.checks}
    assert found["ingest"].status is Status.WARNING
    assert "2 added" in found["ingest"].reason
    assert "1 failed" in found["ingest"].reason
    assert found["jobs"].status is Status.HEALTHY


def test_the_audit_log_is_read_and_what_was_found_is_believed_for_a_while(home: Path) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        parts = base.platform.parts
        audit = open_audit(load_settings(), parts.database, home)
        trail = audit.trail()
        for number in (1, 2, 3):
            trail.record(entry(number=number))
        trail.close()
        now = [0.0]
        checkup = Checkup(base, audit=audit, monotonic=lambda: now[0])

        def audited() -> Check:
            layers = checkup.look().layers
            return next(c for layer in layers for c in layer.checks if c.name == "audit")

        assert audited().reason == "3 entries as they were written"
        with closing(sqlite3.connect(home / "truth.db")) as raw:
            raw.execute("UPDATE audit_entries SET user = 'eve' WHERE seq = 2")
            raw.commit()
        now[0] = 599.0
        assert audited().status is Status.HEALTHY
        now[0] = 601.0
        assert audited().status is Status.CRITICAL
        assert audited().reason.startswith("entry 2 is not as it was written")


def test_what_this_process_counted_is_told(base: KnowledgeBase) -> None:
    registry = CollectorRegistry()
    answers = Counter("elders_cache_answers", "", ["how"], registry=registry)
    answers.labels("miss").inc(3)
    shed = Counter("elders_requests_shed", "", ["operation"], registry=registry)
    shed.labels("search").inc(2)
    health = Checkup(base, registry=registry).look()
    found = {check.name: check for layer in health.layers for check in layer.checks}
    assert found["searches"].reason.startswith("3 answered")
    assert found["shedding"].status is Status.WARNING


def test_what_any_process_that_counts_leaves_alone_is_told(base: KnowledgeBase) -> None:
    def told(registry: CollectorRegistry | None = None) -> list[Check]:
        layers = Checkup(base, registry=registry).look().layers
        return [c for layer in layers for c in layer.checks if c.name == "dependencies"]

    registry, others = CollectorRegistry(), Breakers(limits=Limits(failures=1))
    BreakerCounts(registry, others)  # what another worker counted is read from the same registry
    for breakers, name in ((others, "model"), (base.platform.parts.breakers, "redis")):
        breaker = breakers.of(name)
        while breaker.circuit.phase is not Phase.OPEN:
            with suppress(Unavailable), breaker.guarding():
                raise Unavailable("away")
    others.of("embedder")
    assert [(c.status, c.reason) for c in told(registry)] == [(Status.WARNING, "left alone: model")]
    assert [c.reason for c in told()] == ["left alone: redis"]


def test_a_database_that_is_away_is_critical_and_the_other_layers_are_told_as_before(
    fresh_postgres_url: str,
    postgres_server: Server,
    tmp_path: Path,
    serve: Callable[[KnowledgeBase], Served],
) -> None:
    url = make_url(fresh_postgres_url)
    with KnowledgeBase.open(
        tmp_path / "home", background=False, database_url=fresh_postgres_url
    ) as base:
        guild(base, Status.WARNING)
        client = serve(base).client
        assert url.database is not None
        postgres_server.drop(url.database)
        answer = client.get("/v1/health/full", timeout=60)
        assert answer.status_code == 200
        told = answer.json()
        assert told["status"] == "critical"
        for layer in ("application", "business"):
            status, reason = checks(told, layer)["answers"]
            assert (status, "does not exist" in reason) == ("critical", True)
        assert set(checks(told, "system")) == {"disk", "memory", "load"}
        assert "denials" in checks(told, "security")
        assert checks(told, "guild")["grand_elder"][0] == "warning"
        assert any("elders doctor" in each for each in told["recommendations"])


def test_an_audit_log_that_can_not_be_read_is_critical_beside_what_is_known(
    home: Path,
) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        parts = base.platform.parts
        audit = open_audit(load_settings(), parts.database, home)
        checkup = Checkup(base, audit=audit)
        parts.database.close()
        layers = {layer.name: layer for layer in checkup.look().layers}
        found = {check.name: check.status for check in layers["security"].checks}
        assert found["audit"] is Status.CRITICAL
        assert found["denials"] is Status.HEALTHY


def test_a_disk_that_does_not_answer_is_critical(home: Path) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        home.rename(home.with_name("unplugged"))
        layers = Checkup(base).look().layers
        home.with_name("unplugged").rename(home)
    assert {layer.name: layer.status for layer in layers if layer.name != "guild"} == {
        "system": Status.CRITICAL, "application": Status.HEALTHY,
        "business": Status.HEALTHY, "security": Status.HEALTHY,
    }  # fmt: skip


def test_the_command_tells_of_a_database_that_refuses_and_ends_as_for_all_that_is_critical(
    elders: Elders, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with KnowledgeBase.open(home) as base:
        guild(base, Status.HEALTHY)
    monkeypatch.setenv("ELDERS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    told = elders("health", "--json")
    assert told.status == 2
    assert told.json["status"] == "critical"
    assert checks(told.json, "application")["answers"][0] == "critical"
    assert set(checks(told.json, "system")) == {"disk", "memory", "load"}
    assert checks(told.json, "guild")["grand_elder"][0] == "healthy"


@pytest.mark.parametrize(("status", "code"), [(None, 0), (Status.WARNING, 1), (Status.CRITICAL, 2)])
def test_the_command_ends_with_a_status_that_says_how_it_is(
    elders: Elders, home: Path, status: Status | None, code: int
) -> None:
    with KnowledgeBase.open(home) as base:
        base.wait()
        if status is not None:
            guild(base, status)
    plain = elders("health")
    told = elders("health", "--json")
    assert told.status == ["healthy", "warning", "critical"].index(told.json["status"]) >= code
    assert plain.status >= code
    assert "layer" in plain.out
    assert checks(told.json, "business")["searches"][1] == "a server alone counts them"


def test_a_home_that_is_not_there_is_an_error(elders: Elders, tmp_path: Path) -> None:
    found = elders("health", "--home", str(tmp_path / "none"))
    assert found.status == 1
    assert found.out == ""
