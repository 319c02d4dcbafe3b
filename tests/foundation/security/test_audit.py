from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from foundation.database.engine import Database, open_database
from foundation.database.schema import audit_checkpoints, audit_entries
from foundation.errors import InvalidInput, Unavailable
from foundation.security.audit import AuditTrail
from foundation.security.audit_backlog import TrailLimits
from foundation.security.audit_keys import Keyring
from foundation.security.audit_reading import AuditLog
from tests.foundation.security.audits import (
    PATIENT,
    checkpoint_file,
    entry,
    operations,
    trail,
    verdict,
)
from tests.support.postgres import SMALL_POOL


@pytest.fixture
def other(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same database as another process opens it, with little patience."""
    sqlite = database.dialect == "sqlite"
    url = f"sqlite:///{database.location}" if sqlite else request.getfixturevalue("postgres_url")
    opened = open_database(url, home=tmp_path, pool=SMALL_POOL, lock_timeout_seconds=0.2)
    yield opened
    opened.close()


@pytest.fixture
def commits(database: Database) -> Callable[[], int]:
    """Count the transactions that were committed."""
    backend: Any = database._backend
    seen: list[Connection] = []
    engine = backend._writer if database.dialect == "sqlite" else backend._writers
    event.listen(engine, "commit", seen.append)
    return lambda: len(seen)


def in_threads(calls: list[Callable[[], object]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    return threads


def joined(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do."""
    waiting = threading.Event()
    for _ in range(1_000):
        if condition():
            return
        waiting.wait(0.01)
    pytest.fail("it did not happen")


def test_entries_wait_for_a_hundred_and_are_then_one_transaction(
    database: Database, tmp_path: Path, commits: Callable[[], int]
) -> None:
    with trail(database, tmp_path) as opened:
        for number in range(99):
            opened.record(entry(number=number))
        assert (opened.state().written, commits()) == (0, 0)
        opened.record(entry(number=99))
        until(lambda: opened.state().written == 100)
        assert commits() == 1


def test_entries_wait_for_others_no_longer_than_the_interval(
    database: Database, tmp_path: Path
) -> None:
    with trail(database, tmp_path, replace(PATIENT, interval_seconds=0.05)) as opened:
        opened.record(entry())
        until(lambda: operations(database) == ["documents.show"])


def test_a_critical_entry_is_committed_when_record_returns(
    database: Database, other: Database, tmp_path: Path
) -> None:
    with trail(database, tmp_path) as opened:
        opened.record(entry("first"))
        opened.record(entry("users.login"), critical=True)
        assert operations(other) == ["first", "users.login"]
        assert opened.state().waiting == 0


def test_critical_entries_of_many_callers_share_a_transaction(
    database: Database, tmp_path: Path, commits: Callable[[], int]
) -> None:
    with trail(database, tmp_path) as opened:
        with database.write():
            threads = in_threads([lambda: opened.record(entry(), critical=True)] * 24)
            until(lambda: opened.state().waiting == 24)
        joined(threads)
        assert len(operations(database)) == 24
        assert commits() <= 3  # that of the write(), of the first entry, of all the others


def test_closing_writes_what_waits_and_signs_it(database: Database, tmp_path: Path) -> None:
    with trail(database, tmp_path) as opened:
        for number in range(250):
            opened.record(entry(number=number))
    found = verdict(database, tmp_path, tmp_path / "audit.checkpoints")
    assert (found.entries, found.vouched, found.problem) == (250, 250, None)
    assert found.checkpoints == 3  # the head, the checkpoint, and its line in the file
    opened.close()
    with pytest.raises(Unavailable, match="closed"):
        opened.record(entry())
    opened.flush()


def test_a_trail_that_records_nothing_leaves_nothing(database: Database, tmp_path: Path) -> None:
    with trail(database, tmp_path) as opened:
        assert opened.checkpoint() is None
    assert [path for path in tmp_path.iterdir() if path.name.startswith("audit.c")] == []
    assert verdict(database, tmp_path).problem is None


def test_checkpoints_are_signed_after_so_many_entries_and_after_a_time(
    database: Database, tmp_path: Path
) -> None:
    by_number = replace(PATIENT, batch=10, checkpoint_entries=20)
    with trail(database, tmp_path, by_number) as opened:
        for number in range(45):
            opened.record(entry(number=number))
        opened.flush()
        assert checkpoint_seqs(database) == [20, 40]
    assert checkpoint_seqs(database) == [20, 40, 45]
    with trail(database, tmp_path, replace(PATIENT, checkpoint_seconds=0.05)) as opened:
        opened.record(entry(), critical=True)
        until(lambda: checkpoint_seqs(database)[-1] == 46)
    lines = list(checkpoint_file(tmp_path).read())
    assert [line.seq for line in lines if line] == checkpoint_seqs(database)


def test_an_entry_within_a_write_is_there_with_what_it_tells_of_or_not_at_all(
    database: Database, tmp_path: Path, commits: Callable[[], int]
) -> None:
    with trail(database, tmp_path) as opened:
        with database.write() as connection:
            opened.record_within(connection, entry("keys.created", 1))
        assert (commits(), operations(database)) == (1, ["keys.created"])
        with suppress(KeyError), database.write() as connection:
            opened.record_within(connection, entry("keys.created", 2))
            raise KeyError
        opened.record(entry("documents.show", 3), critical=True)
        with database.write() as connection:
            opened.record_within(connection, entry("keys.revoked", 4))
    assert operations(database) == ["keys.created", "documents.show", "keys.revoked"]
    assert verdict(database, tmp_path, tmp_path / "audit.checkpoints").problem is None
    assert checkpoint_seqs(database) == [3]


def checkpoint_seqs(database: Database) -> list[int]:
    query = select(audit_checkpoints.c.seq).order_by(audit_checkpoints.c.seq)
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def test_a_critical_entry_within_a_write_is_refused_rather_than_waited_for(
    database: Database, tmp_path: Path
) -> None:
    with trail(database, tmp_path) as opened, database.write():
        with pytest.raises(InvalidInput, match="would wait for the write"):
            opened.record(entry(), critical=True)
        opened.record(entry("queued"))
    assert operations(database) == ["queued"]


def test_while_the_database_takes_nothing_critical_entries_fail_and_others_wait(
    database: Database, other: Database, tmp_path: Path
) -> None:
    with trail(other, tmp_path) as opened:
        with database.write():
            opened.record(entry("patient"))
            with pytest.raises(Unavailable, match="can't be recorded") as caught:
                opened.record(entry("users.login"), critical=True)
            assert caught.value.__cause__ is not None
            with pytest.raises(Unavailable):
                opened.flush()
            state = opened.state()
            assert (state.waiting, state.written) == (1, 0)
            assert "held" in state.problem
        opened.flush()
        assert opened.state().problem == ""
        assert operations(database) == ["patient"]


def test_what_finds_no_room_is_counted_and_the_loss_is_an_entry(
    database: Database, tmp_path: Path
) -> None:
    small = TrailLimits(batch=4, capacity=4, patience_seconds=0.01, interval_seconds=3600)
    with trail(database, tmp_path, small) as opened:
        with database.write():
            for number in range(7):
                opened.record(entry(number=number))
            critical = in_threads([lambda: refused(opened)])
            joined(critical)
            assert (opened.state().waiting, opened.state().lost) == (4, 3)
        opened.flush()
        opened.record(entry("later"), critical=True)
    assert sorted(operations(database)) == sorted(["documents.show"] * 4 + ["audit.lost", "later"])
    lost = next(e for e in AuditLog(database).read() if e.entry.operation == "audit.lost")
    assert lost.entry.metadata == {"entries": 3}
    assert verdict(database, tmp_path).problem is None


def refused(opened: AuditTrail) -> None:
    with pytest.raises(Unavailable, match="has no room"):
        opened.record(entry(), critical=True)


def test_callers_wait_for_room_while_the_queue_is_being_written(
    database: Database, tmp_path: Path
) -> None:
    small = TrailLimits(batch=5, capacity=10, patience_seconds=30, interval_seconds=3600)
    with trail(database, tmp_path, small) as opened:
        for number in range(200):
            opened.record(entry(number=number))
        assert opened.state().lost == 0
    assert len(operations(database)) == 200


class Treacherous(Database):
    """Commits, and then says that the connection was lost: as a network can."""

    betrayals = 1

    @contextmanager
    def write(self, **options: Any) -> Iterator[Connection]:
        with super().write(**options) as connection:
            yield connection
        if self.betrayals:
            self.betrayals -= 1
            raise Unavailable("whether it took place is unknown")


@pytest.mark.parametrize("betrayals", [1, 2])
def test_a_commit_of_which_nobody_knows_whether_it_took_place_doubles_nothing(
    betrayals: int, database: Database, tmp_path: Path
) -> None:
    with trail(database, tmp_path) as opened:
        opened.record(entry("before"), critical=True)
    lying = Treacherous(database._backend, lock_timeout_seconds=30)
    lying.betrayals = betrayals
    with trail(lying, tmp_path) as opened:
        for number in range(3):
            opened.record(entry(f"number {number}"))
        for _ in range(betrayals):
            with suppress(Unavailable):  # unless it was tried again by itself meanwhile
                opened.flush()
        assert lying.betrayals == 0
        opened.record(entry("after"), critical=True)
    names = ["before", "number 0", "number 1", "number 2", "after"]
    assert operations(database) == names
    assert verdict(database, tmp_path).problem is None


def test_a_trail_that_can_not_be_drained_ends_in_time_and_says_so(
    database: Database, other: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hasty = replace(PATIENT, drain_seconds=0.1)
    with database.write(), trail(other, tmp_path, hasty) as opened:
        opened.record(entry())
    assert opened.state().waiting == 1
    said = capsys.readouterr()
    assert "audit.not_drained" in said.out + said.err


def test_a_key_that_is_none_fails_what_is_critical(database: Database, tmp_path: Path) -> None:
    missing = Keyring(tmp_path, str(tmp_path / "nowhere.pem"))
    opened = AuditTrail(database, missing, checkpoint_file(tmp_path), limits=PATIENT)
    with pytest.raises(Unavailable, match="ELDERS_AUDIT_KEY"):
        opened.record(entry(), critical=True)
    opened.close()
    assert operations(database) == []


def test_a_checkpoint_file_that_can_not_be_written_stops_no_entry(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "audit.checkpoints").mkdir()
    with trail(database, tmp_path, replace(PATIENT, checkpoint_entries=1)) as opened:
        opened.record(entry(), critical=True)
        with pytest.raises(Unavailable, match="ELDERS_AUDIT_CHECKPOINTS"):
            opened.checkpoint()
    assert verdict(database, tmp_path).problem is None


def test_threads_and_trails_that_append_at_once_make_one_chain(
    database: Database, other: Database, tmp_path: Path
) -> None:
    second = open_second(database, other)
    with trail(database, tmp_path) as first, trail(second, tmp_path) as another:
        joined(
            in_threads(
                [
                    lambda each=each, n=n: each.record(entry(number=n), critical=n % 2 == 0)  # type: ignore[misc] # bound
                    for n in range(20)
                    for each in (first, another)
                ]
            )
        )
    found = verdict(database, tmp_path, tmp_path / "audit.checkpoints")
    assert (found.entries, found.problem) == (40, None)
    with database.read() as connection:
        assert connection.scalar(select(func.count(audit_entries.c.id.distinct()))) == 40


def open_second(database: Database, other: Database) -> Database:
    """The same backend as `other` has, with patience."""
    return Database(other._backend, lock_timeout_seconds=30)
