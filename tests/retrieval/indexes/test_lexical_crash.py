from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge.follower import catch_up
from retrieval.indexes.lexical import LexicalIndex
from tests.contracts.follower import MemoryLog, make_chunk
from tests.retrieval.indexes.small import NOW, found

_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from foundation.errors import Unavailable
from retrieval.indexes.lexical import LexicalIndex
from tests.retrieval.indexes.test_lexical_crash import growing_log
index, log = LexicalIndex(Path(sys.argv[1])), growing_log()
index.apply(log.feed(0, limit=20))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
for _ in range(2):
    try:
        index.apply(log.feed(index.position(), limit=400))
    except Unavailable as error:
        print(error)
index.close()
"""


def test_a_disk_that_refuses_is_reported_and_loses_nothing(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=True,
        timeout=60,
    )
    assert child.stdout.count("could not be written") == 2
    index, log = LexicalIndex(tmp_path), growing_log()
    position = index.position()
    assert 0 < position < log.head()
    held = {int(c.id) for c in log.chunks.values() if c.valid_from <= position}
    assert set(index.ids().tolist()) == held & log.current()
    catch_up(index, log)
    assert set(index.ids().tolist()) == log.current()
    index.close()


_CHILD = """
import sys
from pathlib import Path
from knowledge.follower import catch_up
from retrieval.indexes.lexical import LexicalIndex
from tests.retrieval.indexes.test_lexical_crash import growing_log
index, log = LexicalIndex(Path(sys.argv[1])), growing_log()
while index.position() < log.head():
    index.apply(log.feed(index.position(), limit=20))
    print(index.position(), flush=True)
"""


def growing_log() -> MemoryLog:
    """Make 120 changes: each opens some chunks and closes or purges others."""
    log = MemoryLog()
    for seq in range(120):
        log.change(
            opened=[make_chunk(seq * 5 + n, document=seq) for n in range(5)],
            closed=[seq * 5 - 7] if seq > 2 else [],
            purged=[seq * 5 - 30] if seq > 6 else [],
        )
    return log


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path, seed: int) -> None:
    rng, log, acknowledged = random.Random(seed), growing_log(), 0
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        time.sleep(rng.random() * 0.15)
        os.kill(child.pid, signal.SIGKILL)
        lines += child.stdout.read().splitlines()
        child.stdout.close()
        child.wait()
        acknowledged = max([acknowledged, *(int(line) for line in lines if line.strip())])
        index = LexicalIndex(tmp_path)
        position = index.position()
        assert acknowledged <= position <= log.head()
        assert index.damage() == []
        held = {int(c.id) for c in log.chunks.values() if c.valid_from <= position}
        assert held & log.current() <= set(index.ids(NOW).tolist())
        index.close()
    index = LexicalIndex(tmp_path)
    catch_up(index, log)
    assert set(index.ids(NOW).tolist()) == log.current()
    assert set(found(index, "passage", k=10_000)) == log.current()
    index.close()


def test_a_list_of_deletions_that_a_killed_commit_left_does_not_stop_the_next(
    tmp_path: Path,
) -> None:
    folder, before = tmp_path / "index", tmp_path / "before"
    log = MemoryLog()
    log.change(opened=[make_chunk(n) for n in (1, 2, 3)])
    index = LexicalIndex(folder)
    catch_up(index, log)
    index.close()
    shutil.copytree(folder, before)
    log.change(opened=[make_chunk(4)], closed=[2])
    index = LexicalIndex(folder)
    catch_up(index, log)
    index.close()
    lists = [path for path in folder.rglob("*.del") if not _twin(path, folder, before).exists()]
    assert lists
    for path in lists:
        shutil.copy(path, _twin(path, folder, before))
    index = LexicalIndex(before)
    catch_up(index, log)
    assert index.ids().tolist() == [1, 3, 4]
    index.close()


def _twin(path: Path, folder: Path, other: Path) -> Path:
    return other / path.relative_to(folder)
