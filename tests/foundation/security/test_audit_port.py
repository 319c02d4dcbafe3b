from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.errors import Forbidden, Unavailable
from foundation.security.audit_entry import Caller, Entry, Result
from foundation.security.audit_port import Auditor, auditing
from foundation.security.audit_reading import AuditLog
from tests.foundation.security.audits import trail

ADA = Caller("ada", "sage", "192.0.2.7", "d1e5")


@dataclass
class Kept:
    """Keeps entries in a list."""

    said: list[tuple[Entry, bool]] = field(default_factory=list)

    def record(self, entry: Entry, *, critical: bool = False) -> None:
        self.said.append((entry, critical))


class Closed:
    def record(self, entry: Entry, *, critical: bool = False) -> None:  # noqa: ARG002 - a port
        raise Unavailable("the log is full")


def test_an_operation_is_recorded_when_it_ends_with_how_long_it_took() -> None:
    kept = Kept()
    ticks = iter([5_000_000, 7_345_678])
    with auditing(
        kept,
        "documents.purge",
        action="delete",
        resource="d-1",
        caller=ADA,
        metadata={"reason": "r"},
        critical=True,
        clock=lambda: Micros(99),
        monotonic=lambda: next(ticks),
    ) as outcome:
        assert kept.said == []
        outcome.metadata["versions"] = 3
    ((entry, critical),) = kept.said
    assert critical
    assert (entry.at, entry.duration_micros) == (99, 2_345)
    assert (entry.operation, entry.action, entry.resource) == ("documents.purge", "delete", "d-1")
    assert (entry.caller, entry.result) == (ADA, Result.OK)
    assert entry.metadata == {"reason": "r", "versions": 3}


def test_what_goes_wrong_is_recorded_and_goes_on() -> None:
    kept = Kept()
    with pytest.raises(Forbidden), auditing(kept, "documents.purge"):
        raise Forbidden("not you")
    with pytest.raises(SystemExit), auditing(kept, "ingest"):
        raise SystemExit(143)
    assert [(entry.result, entry.metadata) for entry, _ in kept.said] == [
        (Result.DENIED, {"error": "Forbidden"}),
        (Result.STOPPED, {"error": "SystemExit"}),
    ]


def test_what_shows_only_on_the_way_can_be_told_on_the_way() -> None:
    kept = Kept()
    with auditing(kept, "users.login", action="login") as outcome:
        outcome.caller, outcome.resource, outcome.result = ADA, "ada", "denied"
    ((entry, critical),) = kept.said
    assert (entry.caller, entry.resource, entry.result, critical) == (ADA, "ada", "denied", False)

    def fail() -> None:
        with auditing(kept, "users.login") as outcome:
            outcome.result = "denied"
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert kept.said[-1][0].result == "denied"


def test_an_operation_that_can_not_be_recorded_does_not_answer_that_all_went_well() -> None:
    closed: Auditor = Closed()
    with pytest.raises(Unavailable, match="full"), auditing(closed, "users.login", critical=True):
        pass
    with pytest.raises(Unavailable, match="full") as caught, auditing(closed, "users.login"):
        raise Forbidden("not you")
    assert isinstance(caught.value.__context__, Forbidden)


def test_the_trail_is_an_auditor(database: Database, tmp_path: Path) -> None:
    with trail(database, tmp_path) as opened:
        with auditing(opened, "documents.show", resource="d-1", caller=ADA, critical=True):
            pass
        (found,) = AuditLog(database).search().entries
    assert (found.entry.resource, found.entry.caller) == ("d-1", ADA)
    assert found.entry.at > 1_790_000_000_000_000
