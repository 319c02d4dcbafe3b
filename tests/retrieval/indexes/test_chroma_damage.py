from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from foundation.errors import Unavailable
from foundation.ids import FOREVER, Seq
from knowledge.follower import catch_up
from retrieval.indexes import chroma_store
from retrieval.indexes.chroma import ChromaIndex
from retrieval.indexes.chroma_check import expectation, fault_of
from tests.contracts.follower import make_chunk
from tests.retrieval.indexes.hashed import (
    DIMENSION,
    ROOT,
    busy_log,
    vector_of,
)
from tests.retrieval.indexes.stores import QUERY, grown, open_index, raw_client


def test_a_sound_store_that_was_not_closed_is_checked_and_kept(tmp_path: Path) -> None:
    index, log = grown(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")  # as a process that died would leave it
    index.close()
    index = open_index(tmp_path / "b")
    assert index.serving() == 0
    with pytest.raises(Unavailable, match="awaits its check"):
        index.nearest(QUERY, 3)
    assert index.position() == log.head()
    assert index.fault is None
    assert len(index.nearest(QUERY, 300)) == 300
    index.close()


def _lose_vectors(folder: Path) -> None:
    client = raw_client(folder)
    collection = client.get_collection("chunks-1", embedding_function=None)
    collection.delete(ids=[str(n) for n in range(1, 20)])
    client.close()


def _swap_vectors(folder: Path) -> None:
    client = raw_client(folder)
    client.delete_collection("chunks-1")
    client.create_collection("chunks-1", embedding_function=None)
    client.close()


@dataclass(frozen=True)
class Damage:
    name: str
    inflict: Callable[[Path], object]


DAMAGES = [
    Damage("vectors lost", _lose_vectors),
    Damage("collection emptied", _swap_vectors),
    Damage("database cut", lambda f: os.truncate(next(f.rglob("chroma.sqlite3")), 50_000)),
    Damage("database overwritten", lambda f: next(f.rglob("chroma.sqlite3")).write_text("no")),
    Damage("store gone", lambda folder: shutil.rmtree(next(folder.glob("store-*")))),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damaged_store_is_thrown_away_and_rebuilt(tmp_path: Path, damage: Damage) -> None:
    index, log = grown(tmp_path)
    index.close()
    damage.inflict(tmp_path)
    index = _opened_after_an_unclean_stop(tmp_path)
    assert index.position() == 0
    assert index.fault
    catch_up(index, log)
    assert set(index.ids().tolist()) == log.current()
    assert len(index.nearest(QUERY, 300)) == 300
    index.close()


@pytest.mark.parametrize("harm", ["cut", "older", "gone"])
def test_a_graph_that_lost_vectors_is_noticed_though_the_database_has_all_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setitem(chroma_store._HNSW, "sync_threshold", 200)
    index, log = grown(tmp_path, 400)
    index.close()
    graph = next(tmp_path.rglob("data_level0.bin")).parent
    shutil.copytree(graph, tmp_path / "older")
    log.change(opened=[make_chunk(n) for n in range(401, 801)])
    index = open_index(tmp_path)
    catch_up(index, log)
    index.close()
    assert _opened_after_an_unclean_stop(tmp_path).position() == log.head()  # nothing is lost yet
    if harm == "cut":
        os.truncate(graph / "data_level0.bin", (graph / "data_level0.bin").stat().st_size // 2)
    else:
        shutil.rmtree(graph)
        if harm == "older":
            shutil.copytree(tmp_path / "older", graph)
    index = _opened_after_an_unclean_stop(tmp_path)
    assert index.position() == 0
    assert index.fault
    catch_up(index, log)
    assert len(index.nearest(QUERY, 800)) == 800
    index.close()


def _opened_after_an_unclean_stop(folder: Path) -> ChromaIndex:
    (folder / "clean").unlink()
    return open_index(folder)


def test_vectors_lost_behind_a_clean_marker_are_noticed_when_chroma_is_opened(
    tmp_path: Path,
) -> None:
    index, log = grown(tmp_path)
    index.close()
    _lose_vectors(tmp_path)
    index = open_index(tmp_path)
    with pytest.raises(Unavailable, match="will be rebuilt"):
        index.nearest(QUERY, 3)
    assert index.position() == 0
    catch_up(index, log)
    assert set(index.ids().tolist()) == log.current()
    index.close()


def test_a_torn_journal_means_position_zero(tmp_path: Path) -> None:
    index, log = grown(tmp_path, 20)
    index.close()
    (tmp_path / "state.json").write_text('{"seq": 1, "gen')
    index = open_index(tmp_path)
    assert index.position() == 0
    catch_up(index, log)
    assert len(index.ids()) == 20
    index.close()


def test_the_check_gives_up_on_a_store_that_takes_too_long_or_too_much(tmp_path: Path) -> None:
    index, _ = grown(tmp_path, 20)
    index.close()
    fair = expectation(tmp_path / "store-1", "chunks-1", dimension=DIMENSION, fewest=20, most=20)
    assert fault_of(replace(fair, fewest=21, most=30)) == "it counts 20 vectors, not 21 to 30"
    assert "took over" in str(fault_of(replace(fair, seconds=0)))
    assert fault_of(replace(fair, memory_bytes=200 * 2**20)) is not None
    assert "cannot be read back" in str(fault_of(replace(fair, dimension=DIMENSION + 1)))
    assert fault_of(fair) is None  # and none of these harmed the store


_STEPS = 60


def _kill_while_applying(folder: Path, seconds: float) -> None:
    script = (
        "from pathlib import Path\n"
        "from knowledge.follower import catch_up\n"
        "from retrieval.indexes.chroma import ChromaIndex\n"
        "from tests.retrieval.indexes.hashed import *\n"
        "import chromadb\n"
        f"index = ChromaIndex(Path({str(folder)!r}), DIMENSION, HashedVectors())\n"
        "index.position()\n"
        "print('ready', flush=True)\n"
        f"catch_up(index, busy_log({_STEPS}), limit=1)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


@pytest.mark.parametrize(
    "kills", [pytest.param(1), pytest.param(12, marks=[pytest.mark.crash, pytest.mark.slow])]
)
def test_after_sigkill_while_applying_the_index_is_right_or_begins_again(
    tmp_path: Path, kills: int
) -> None:
    chance = random.Random(5)
    log = busy_log(_STEPS)
    for _ in range(kills):
        _kill_while_applying(tmp_path, chance.uniform(0.3, 1.5))
    index = open_index(tmp_path)
    catch_up(index, log, limit=500)
    assert set(index.ids().tolist()) == log.current()
    for chunk in random.Random(1).sample(list(log.chunks.values()), 50):
        if chunk.valid_to == FOREVER:
            assert chunk.id in index.nearest(vector_of(chunk.text_hash), 5).ids
    assert index.position() == Seq(_STEPS)
    index.close()
