from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings

from foundation.errors import Conflict, InvalidInput, Unavailable
from foundation.ids import FOREVER, Seq
from knowledge.follower import PositionFile, catch_up
from retrieval.indexes import chroma_store
from retrieval.indexes.chroma import ChromaIndex
from retrieval.indexes.chroma_check import expectation, fault_of
from retrieval.indexes.chroma_store import _sessions
from tests.contracts.follower import FollowerContract, MemoryLog, make_chunk
from tests.retrieval.indexes.hashed import (
    DIMENSION,
    HashedVectors,
    busy_log,
    feed_of,
    vector_of,
)

QUERY = vector_of("0123456789abcdef")


def open_index(folder: Path, **options: Any) -> ChromaIndex:
    return ChromaIndex(folder, DIMENSION, HashedVectors(), **options)


def raw_client(folder: Path) -> Any:
    """Open the store behind the index's back."""
    store = next(folder.glob("store-*"))
    return chromadb.PersistentClient(str(store), Settings(anonymized_telemetry=False))


def grown(folder: Path, count: int = 300) -> tuple[ChromaIndex, MemoryLog]:
    log = MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, count + 1)])
    index = open_index(folder)
    catch_up(index, log)
    return index, log


class TestChromaIndexFollows(FollowerContract[ChromaIndex]):
    def make(self, folder: Path) -> ChromaIndex:
        return open_index(folder)

    def ids(self, follower: ChromaIndex) -> set[int]:
        found = set(follower.nearest(QUERY, 1000).ids.tolist())
        assert found == set(follower.ids().tolist())
        return found

    def close(self, follower: ChromaIndex) -> None:
        follower.close()


class TestChromaServerFollows(FollowerContract[ChromaIndex]):
    @pytest.fixture(autouse=True)
    def _server(self, server: str) -> None:
        self._url = server

    def make(self, folder: Path) -> ChromaIndex:
        name = f"home{abs(hash(folder))}"
        return open_index(folder, url=self._url, collection=name)

    def ids(self, follower: ChromaIndex) -> set[int]:
        return set(follower.nearest(QUERY, 1000).ids.tolist())

    def close(self, follower: ChromaIndex) -> None:
        follower.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    folder = tmp_path_factory.mktemp("server")
    child = subprocess.Popen(
        [program, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the Chroma server did not start")


def test_neighbours_come_with_their_inner_products_best_first(tmp_path: Path) -> None:
    index, _ = grown(tmp_path)
    ranking = index.nearest(QUERY, 10)
    vectors = np.array([vector_of(make_chunk(n).text_hash) for n in ranking.ids.tolist()])
    assert np.allclose(ranking.scores, vectors @ QUERY, atol=1e-5)
    assert ranking.scores.tolist() == sorted(ranking.scores.tolist(), reverse=True)
    index.close()


def test_only_ids_vectors_and_filter_fields_reach_chromas_files(tmp_path: Path) -> None:
    secret = "a sentence that must stay in the truth alone"
    index = open_index(tmp_path)
    index.apply(feed_of(1, opened=[make_chunk(1, text=secret, document=5)]))
    index.close()
    assert not any(secret.encode() in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    client = raw_client(tmp_path)
    held = client.get_collection("chunks-1", embedding_function=None).get()
    client.close()
    assert held["documents"] == [None]
    assert held["metadatas"] == [{"document": 5, "collection": "default"}]


def test_opening_the_index_does_not_open_chroma(tmp_path: Path) -> None:
    index, _ = grown(tmp_path)
    index.close()
    index = open_index(tmp_path)
    assert index.position() == 1
    assert index.serving() == 0
    assert (tmp_path / "clean").exists()  # still: nothing has touched the store
    index.warm()
    assert index.serving() == 1
    assert not (tmp_path / "clean").exists()
    index.close()
    assert (tmp_path / "clean").exists()


def test_the_position_can_be_read_without_opening_the_index(tmp_path: Path) -> None:
    index, log = grown(tmp_path)
    assert PositionFile(tmp_path / "state.json").read() == log.head()
    index.close()


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


def test_a_purge_leaves_no_bytes_of_the_vector_in_any_file(tmp_path: Path) -> None:
    index, log = grown(tmp_path)
    log.change(closed=[7])
    catch_up(index, log)
    needle = vector_of(make_chunk(7).text_hash).tobytes()
    log.change(purged=[7])
    index.apply(log.feed(index.position(), limit=1000))
    assert index.position() == 0  # deleted vectors stay in Chroma's files: it begins again
    catch_up(index, log)
    index.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(needle in path.read_bytes() for path in files)


def test_a_purge_of_what_was_never_in_the_store_costs_no_rebuild(tmp_path: Path) -> None:
    index, log = grown(tmp_path, 20)
    log.change(opened=[make_chunk(900)])
    log.change(purged=[900])
    index.apply(log.feed(index.position(), limit=1000))
    assert index.position() == 3
    assert index.fault is None
    index.close()


def test_a_missing_vector_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    reader = HashedVectors()
    index = ChromaIndex(tmp_path, DIMENSION, reader)
    reader.missing = {make_chunk(2).text_hash}
    feed = feed_of(1, opened=[make_chunk(1), make_chunk(2)])
    with pytest.raises(Unavailable, match="not in the truth"):
        index.apply(feed)
    assert index.position() == 0
    reader.missing = set()
    index.apply(feed)
    assert index.ids().tolist() == [1, 2]
    index.close()


def test_a_gap_and_a_query_of_another_dimension_are_refused(tmp_path: Path) -> None:
    index = open_index(tmp_path)
    with pytest.raises(Conflict, match="read the feed from there"):
        index.apply(feed_of(9, after=5, opened=[make_chunk(1)]))
    with pytest.raises(InvalidInput, match="query vector"):
        index.nearest(np.ones(3, np.float32), 5)


def test_nothing_is_searched_after_closing(tmp_path: Path) -> None:
    index, _ = grown(tmp_path, 20)
    index.close()
    with pytest.raises(Unavailable, match="closed"):
        index.nearest(QUERY, 5)
    assert (tmp_path / "clean").exists()


def test_searches_go_on_while_feeds_are_applied(tmp_path: Path) -> None:
    index, log = grown(tmp_path, 50)
    stop, looks, errors = threading.Event(), [0], []

    def look() -> None:
        while not stop.is_set():
            try:
                looks[0] += len(index.nearest(QUERY, 5)) == 5
            except Unavailable as error:
                errors.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    for start in range(100, 1000, 100):
        log.change(opened=[make_chunk(start + n) for n in range(100)], closed=[start // 100])
        catch_up(index, log)
    stop.set()
    thread.join()
    assert not errors
    assert looks[0] > 0
    assert set(index.ids().tolist()) == log.current()
    index.close()


def test_a_server_that_does_not_answer_is_unavailable_and_keeps_the_position(
    tmp_path: Path,
) -> None:
    index = open_index(tmp_path, url="http://127.0.0.1:9", collection="home")
    index.apply(feed_of(3))
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        index.apply(feed_of(4, after=3, opened=[make_chunk(1)]))
    assert index.position() == 3
    with pytest.raises(InvalidInput, match="no Chroma server"):
        open_index(tmp_path / "b", url="localhost:8000").nearest(QUERY, 1)


def test_a_server_that_lost_the_collection_means_position_zero(tmp_path: Path, server: str) -> None:
    index, log = open_index(tmp_path, url=server, collection="lost"), MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, 30)])
    catch_up(index, log)
    index.close()
    client: Any = chromadb.HttpClient(port=int(server.rpartition(":")[2]))
    client.delete_collection("lost-1")
    index = open_index(tmp_path, url=server, collection="lost")
    with pytest.raises(Unavailable, match="rebuilt"):
        index.nearest(QUERY, 1)
    assert index.position() == 0
    catch_up(index, log)
    assert len(index.nearest(QUERY, 50)) == 29
    index.close()
    assert [c.name for c in client.list_collections() if c.name.startswith("lost")] == ["lost-2"]
    for session in _sessions(client):
        session.close()  # its own close() leaves them open
    client.close()


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
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
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
