"""One owner for a home: others wait, learn who has it, or take over when it is gone."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foundation.errors import Conflict, Unavailable
from foundation.locking import HomeLock
from tests.knowledge.drafts import START

HOLD = """
import sys, time
from pathlib import Path
from foundation.locking import HomeLock
lock = HomeLock(Path(sys.argv[1]), purpose="elders ingest docs")
lock.acquire(timeout_seconds=5)
print("held", flush=True)
time.sleep(60)
"""


def lock_of(home: Path) -> HomeLock:
    return HomeLock(home, purpose="elders serve", clock=lambda: START)


def test_the_second_is_told_who_holds_the_home(tmp_path: Path) -> None:
    first, second = lock_of(tmp_path), lock_of(tmp_path)
    first.acquire(timeout_seconds=0)
    with pytest.raises(Conflict, match=r"held by `elders serve` \(process \d+, since 2023-11-14T"):
        second.acquire(timeout_seconds=0.05)
    first.release()
    first.release()
    assert second.holder() == ""
    with second:
        second.acquire(timeout_seconds=0)
    first.acquire(timeout_seconds=0)
    first.release()


def test_who_waits_long_enough_gets_it(tmp_path: Path) -> None:
    first, second = lock_of(tmp_path), lock_of(tmp_path)
    first.acquire(timeout_seconds=0)
    timer = threading.Timer(0.1, first.release)
    timer.start()
    second.acquire(timeout_seconds=10)
    timer.join()
    second.release()


def test_a_killed_owner_holds_nothing_and_is_forgotten(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "held\n"
    lock = lock_of(tmp_path)
    with pytest.raises(Conflict, match=f"`elders ingest docs` .process {owner.pid},"):
        lock.acquire(timeout_seconds=0.05)
    owner.kill()
    owner.communicate()
    started = time.monotonic()
    lock.acquire(timeout_seconds=10)
    assert time.monotonic() - started < 5
    assert "elders serve" in lock.holder()
    lock.release()


@pytest.mark.parametrize("note", ["", "[]", '{"pid": 1}', "null"])
def test_a_torn_note_names_nobody(tmp_path: Path, note: str) -> None:
    (tmp_path / "lock.json").write_text(note)
    assert lock_of(tmp_path).holder() == ""


def test_a_home_that_is_no_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be locked"):
        lock_of(tmp_path / "file").acquire(timeout_seconds=0)
