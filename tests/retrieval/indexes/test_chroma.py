from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import Conflict, InvalidInput, Unavailable
from knowledge.follower import PositionFile, catch_up
from retrieval.indexes.chroma import ChromaIndex
from tests.contracts.follower import FollowerContract, make_chunk
from tests.retrieval.indexes.hashed import (
    DIMENSION,
    HashedVectors,
    feed_of,
    vector_of,
)
from tests.retrieval.indexes.stores import QUERY, grown, open_index, raw_client


class TestChromaIndexFollows(FollowerContract[ChromaIndex]):
    def make(self, folder: Path) -> ChromaIndex:
        return open_index(folder)

    def ids(self, follower: ChromaIndex) -> set[int]:
        found = set(follower.nearest(QUERY, 1000).ids.tolist())
        assert found == set(follower.ids().tolist())
        return found

    def close(self, follower: ChromaIndex) -> None:
        follower.close()


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
