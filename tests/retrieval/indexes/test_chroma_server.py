from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromadb
import pytest

from foundation.errors import InvalidInput, Unavailable
from knowledge.follower import catch_up
from retrieval.indexes.chroma import ChromaIndex
from retrieval.indexes.chroma_store import _sessions
from tests.contracts.follower import FollowerContract, MemoryLog, make_chunk
from tests.retrieval.indexes.hashed import (
    feed_of,
)
from tests.retrieval.indexes.stores import QUERY, open_index


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


def test_a_server_that_does_not_answer_is_unavailable_and_keeps_the_position(
    tmp_path: Path,
) -> None:
    index = open_index(tmp_path, url="http://127.0.0.1:9", collection="home")
    index.apply(feed_of(3))
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        index.apply(feed_of(4, after=3, opened=[make_chunk(1)]))
    assert index.position() == 3
    with pytest.raises(InvalidInput, match="no Chroma server"):
        open_index(tmp_path / "b", url="localhost:8000", collection="home").nearest(QUERY, 1)
    with pytest.raises(InvalidInput, match="collection name"):
        open_index(tmp_path / "c", url="http://127.0.0.1:9")


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
