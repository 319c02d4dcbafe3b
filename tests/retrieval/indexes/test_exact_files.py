from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from foundation.errors import Unavailable
from foundation.ids import Seq
from knowledge.follower import catch_up
from retrieval.indexes.exact import ExactIndex, ExactReader
from retrieval.indexes.rows import BLOCK
from retrieval.model import Scope
from tests.contracts.follower import MemoryLog, make_chunk
from tests.retrieval.indexes.hashed import (
    DIMENSION,
    ROOT,
    HashedVectors,
    busy_log,
    feed_of,
    vector_of,
)
from tests.retrieval.indexes.naive import QUERY, assert_same, naive, open_index, passes


def test_a_purge_leaves_no_bytes_of_the_vector_in_any_file(tmp_path: Path) -> None:
    index, log = open_index(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, 9)])
    catch_up(index, log)
    needle = vector_of(make_chunk(5).text_hash).tobytes()
    assert any(needle in path.read_bytes() for path in tmp_path.rglob("*.f32"))
    log.change(purged=[5])
    catch_up(index, log)
    assert not any(needle in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_an_append_that_was_never_committed_is_wiped_when_the_folder_is_opened(
    tmp_path: Path,
) -> None:
    index = open_index(tmp_path)
    index.apply(feed_of(1, opened=[make_chunk(1)]))
    committed = (tmp_path / "state.json").read_bytes()
    index.apply(feed_of(2, after=1, opened=[make_chunk(2)]))
    index.close()
    (tmp_path / "state.json").write_bytes(committed)  # as if it had died before the commit
    index = open_index(tmp_path)
    assert index.position() == 1
    assert index.ids(Scope()).tolist() == [1]
    needle = vector_of(make_chunk(2).text_hash).tobytes()
    assert not any(needle in path.read_bytes() for path in tmp_path.rglob("*.f32"))


def test_applying_a_feed_again_after_dying_within_it_gives_the_same_state(tmp_path: Path) -> None:
    log = MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, 6)])
    index = open_index(tmp_path)
    catch_up(index, log)
    log.change(opened=[make_chunk(6), make_chunk(7)], closed=[1, 2], purged=[3])
    feed = log.feed(Seq(1), limit=100)
    committed = (tmp_path / "state.json").read_bytes()
    index.apply(feed)
    wanted = [index.search(QUERY, 99, scope) for scope in (Scope(), Scope(seq=Seq(1)))]
    index.close()
    (tmp_path / "state.json").write_bytes(committed)
    index = open_index(tmp_path)
    index.apply(feed)
    for scope, ranking in zip((Scope(), Scope(seq=Seq(1))), wanted, strict=True):
        assert_same(index.search(QUERY, 99, scope), ranking)


@dataclass(frozen=True)
class Damage:
    name: str
    inflict: Callable[[Path], object]


def _shorten(pattern: str) -> Callable[[Path], object]:
    def inflict(folder: Path) -> None:
        path = next(folder.rglob(pattern))
        os.truncate(path, path.stat().st_size // 3)

    return inflict


def _alter_state(folder: Path) -> None:
    envelope = json.loads((folder / "state.json").read_text())
    envelope["body"] = envelope["body"].replace('"rows": 3', '"rows": 2')
    (folder / "state.json").write_text(json.dumps(envelope))


DAMAGES = [
    Damage("vectors cut short", lambda folder: os.truncate(next(folder.rglob("*.f32")), 100)),
    Damage("columns cut short", lambda folder: os.truncate(next(folder.rglob("*.i64")), 100)),
    Damage("columns empty", lambda folder: os.truncate(next(folder.rglob("*.i64")), 0)),
    Damage(
        "columns zeroed",
        lambda folder: next(folder.rglob("*.i64")).write_bytes(bytes(6 * BLOCK * 8)),
    ),
    Damage("state cut short", _shorten("state.json")),
    Damage("state altered", _alter_state),
    Damage("state of another kind", lambda folder: (folder / "state.json").write_text("[1]")),
    Damage("state gone", lambda folder: (folder / "state.json").unlink()),
    Damage("generation gone", lambda folder: shutil.rmtree(next(folder.glob("g*")))),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damaged_folder_means_position_zero_and_is_rebuilt(
    tmp_path: Path, damage: Damage
) -> None:
    feed = feed_of(1, opened=[make_chunk(n) for n in (1, 2, 3)])
    index = open_index(tmp_path)
    index.apply(feed)
    index.close()
    damage.inflict(tmp_path)
    index = open_index(tmp_path)
    assert index.position() == 0
    assert len(index.ids(Scope())) == 0
    index.apply(feed)
    assert index.ids(Scope()).tolist() == [1, 2, 3]


def test_another_dimension_means_position_zero(tmp_path: Path) -> None:
    index = open_index(tmp_path)
    index.apply(feed_of(1, opened=[make_chunk(1)]))
    index.close()
    assert ExactReader(tmp_path, DIMENSION + 1).position() == 0
    assert ExactIndex(tmp_path, DIMENSION + 1, HashedVectors(DIMENSION + 1)).position() == 0


def test_a_disk_that_takes_no_more_is_unavailable_and_loses_nothing(tmp_path: Path) -> None:
    index = open_index(tmp_path)
    index.apply(feed_of(1, opened=[make_chunk(1)]))
    more = feed_of(2, after=1, opened=[make_chunk(n) for n in range(2, BLOCK + 9)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (BLOCK * DIMENSION * 4, hard))
    try:
        with pytest.raises(Unavailable, match="cannot be written"):
            index.apply(more)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert index.position() == 1
    assert index.ids(Scope()).tolist() == [1]
    index.apply(more)
    assert len(index.ids(Scope())) == BLOCK + 8


_STEPS = 150


def test_after_sigkill_in_the_middle_the_index_is_right_or_begins_again(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from knowledge.follower import catch_up\n"
        "from retrieval.indexes.exact import ExactIndex\n"
        "from tests.retrieval.indexes.hashed import *\n"
        f"index = ExactIndex(Path({str(tmp_path)!r}), DIMENSION, HashedVectors())\n"
        f"log = busy_log({_STEPS})\n"
        "print('ready', flush=True)\n"
        "catch_up(index, log, limit=1)\n"
    )
    log = busy_log(_STEPS)
    chance = random.Random(3)
    reached = []
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.02, 0.3))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        index = open_index(tmp_path)
        reached.append(index.position())
        then = Scope(seq=index.position())
        alive = [chunk.id for chunk in log.chunks.values() if passes(chunk, then)]
        assert set(alive) <= set(index.ids(then).tolist())  # those purged later may still be there
        index.close()
    assert reached == sorted(reached)
    assert reached[-1] > 0
    index = open_index(tmp_path)
    catch_up(index, log, limit=50)
    for scope in (Scope(), Scope(seq=Seq(_STEPS // 2))):
        assert_same(
            index.search(QUERY, 50, scope), naive(list(log.chunks.values()), QUERY, 50, scope)
        )


def test_opening_a_folder_again_and_again_does_not_make_its_files_larger(tmp_path: Path) -> None:
    index = open_index(tmp_path)
    index.apply(feed_of(1, opened=[make_chunk(1)]))
    index.close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    for _ in range(12):
        open_index(tmp_path).close()
    again = {path.name: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    assert again == sizes
