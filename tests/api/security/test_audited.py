"""Requests in the audit log: what is told of them, and what an answer waits for."""

from __future__ import annotations

import asyncio
import threading

import pytest
from anyio import to_thread

from api.security.audited import Audited
from foundation.database.engine import Database
from foundation.security.audit_entry import Result
from foundation.security.policy import Role
from foundation.security.rates import MemoryBuckets
from tests.api.security.guarded import Gate, Kept


@pytest.fixture
def gate(sqlite_database: Database) -> Gate:
    return Gate(sqlite_database)


def audited(gate: Gate, kept: Kept) -> None:
    buckets = MemoryBuckets(monotonic=gate.clock.seconds)
    gate.layers = Audited(gate.layers, auditor=kept, clock=gate.now, buckets=buckets)  # type: ignore[assignment]  # around the layers


def test_a_request_is_told_of_with_who_what_and_how_it_ended(gate: Gate) -> None:
    kept = Kept()
    audited(gate, kept)
    assert gate.ask("GET", "/v1/documents/abc").status_code == 200
    ((entry, critical),) = kept.entries
    assert (entry.operation, entry.action) == ("GET /v1/documents/{document_id}", "read")
    assert (entry.resource, entry.result, critical) == ("abc", Result.OK, False)
    assert entry.caller.user.startswith("key:")
    assert (entry.caller.level, entry.caller.address) == ("reader", "192.0.2.1")
    assert len(entry.caller.session) == 16
    assert gate.key not in repr(entry)
    assert gate.key[-20:] not in repr(entry)


def test_what_changes_something_is_on_the_disk_before_it_is_answered(gate: Gate) -> None:
    kept = Kept()
    audited(gate, kept)
    writer = gate.issue(Role.WRITER)
    assert gate.ask("DELETE", "/v1/documents/abc", key=writer).status_code == 200
    assert kept.said() == [("DELETE /v1/documents/{document_id}", "writer", "ok", True)]
    kept.broken = True
    refused = gate.ask("DELETE", "/v1/documents/abc", key=writer)
    assert refused.status_code == 503
    assert "audit log" in refused.json()["detail"]
    assert gate.ask("GET", "/v1/documents/abc").status_code == 503


def test_what_layers_refuse_is_told_with_the_layer(gate: Gate) -> None:
    kept = Kept()
    audited(gate, kept)
    assert gate.ask(key="eg_wrong").status_code == 401
    assert gate.ask("DELETE", "/v1/documents/abc").status_code == 403
    assert [(e.result, e.metadata["layer"]) for e, _ in kept.entries] == [
        ("denied", "token"),
        ("denied", "permission"),
    ]
    assert not any(critical for _, critical in kept.entries)


def test_a_flood_of_wrong_keys_is_no_flood_of_entries_and_limits_tell_nothing(gate: Gate) -> None:
    kept = Kept()
    audited(gate, kept)
    statuses = [gate.ask(key="eg_wrong").status_code for _ in range(130)]
    assert statuses.count(429) == 30
    assert len(kept.entries) == 100
    assert {entry.result for entry, _ in kept.entries} == {"denied"}


def test_what_anybody_may_ask_and_a_fault_of_the_app(gate: Gate) -> None:
    kept = Kept()
    audited(gate, kept)
    gate.ask("GET", "/health", key=None)
    assert kept.entries == []

    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    gate.seen.app = broken
    with pytest.raises(RuntimeError):
        gate.ask()
    assert kept.said() == [("GET /v1/patterns", "reader", "failed", False)]


def test_a_refusal_goes_out_while_all_threads_of_the_app_are_busy(gate: Gate) -> None:
    kept, ended = Kept(), threading.Event()
    audited(gate, kept)

    async def run() -> int:
        threads = int(to_thread.current_default_thread_limiter().total_tokens)
        async with asyncio.TaskGroup() as group:
            for _ in range(threads):
                group.create_task(to_thread.run_sync(ended.wait, 30))
            try:
                async with asyncio.timeout(10):
                    return (await gate.asked(key="eg_wrong")).status_code
            finally:
                ended.set()

    assert asyncio.run(run()) == 401
    assert len(kept.entries) == 1
