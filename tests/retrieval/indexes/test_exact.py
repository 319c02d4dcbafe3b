from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.errors import Conflict, InvalidInput, Unavailable
from foundation.ids import FOREVER, Seq
from knowledge.follower import catch_up
from knowledge.model import Chunk
from retrieval.indexes.exact import ExactIndex, ExactReader
from retrieval.indexes.rows import BLOCK
from retrieval.model import Scope, Vector
from tests.contracts.follower import FollowerContract, MemoryLog, make_chunk
from tests.retrieval.indexes.hashed import (
    DIMENSION,
    HashedVectors,
    feed_of,
    matrix_of,
    vector_of,
)
from tests.retrieval.indexes.naive import QUERY, assert_same, naive, open_index


class TestExactIndexFollows(FollowerContract[ExactIndex]):
    def make(self, folder: Path) -> ExactIndex:
        return open_index(folder)

    def ids(self, follower: ExactIndex) -> set[int]:
        return set(follower.search(QUERY, 1000, Scope()).ids.tolist())

    def close(self, follower: ExactIndex) -> None:
        follower.close()


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    mask = draw(st.none() | st.lists(st.booleans(), max_size=8))
    return Scope(
        documents=None if mask is None else np.array(mask, np.bool_),
        seq=draw(st.none() | st.integers(0, 12).map(Seq)),
        time=draw(st.none() | st.integers(0, 12_000).map(Micros)),
    )


@st.composite
def histories(draw: st.DrawFn) -> MemoryLog:
    """Draw a log: every step opens, closes and purges some; a few passages repeat a text."""
    log, number = MemoryLog(), 0
    for _ in range(draw(st.integers(1, 8))):
        opened = []
        for _ in range(draw(st.integers(0, 6))):
            number += 1
            text = draw(st.sampled_from(["", "the same words", "other words"]))
            opened.append(make_chunk(number, document=draw(st.integers(0, 9)), text=text))
        known = sorted(log.chunks)
        live = [n for n in known if log.chunks[n].valid_to == FOREVER]
        closed = draw(st.sets(st.sampled_from(live), max_size=3)) if live else set()
        purged = draw(st.sets(st.sampled_from(known), max_size=2)) if known else set()
        log.change(opened=opened, closed=sorted(closed), purged=sorted(purged))
    return log


@settings(max_examples=60, deadline=None)
@given(log=histories(), limit=st.integers(1, 20), scope=scopes(), k=st.integers(0, 30))
def test_search_equals_the_naive_computation_for_any_history_and_scope(
    log: MemoryLog, limit: int, scope: Scope, k: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(Path(folder))
        catch_up(index, log, limit=limit)
        wanted = naive(list(log.chunks.values()), QUERY, k, scope)
        assert_same(index.search(QUERY, k, scope), wanted)
        index.close()
        assert_same(ExactReader(Path(folder), DIMENSION).search(QUERY, k, scope), wanted)


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 3 * BLOCK),
    share=st.sampled_from([0.001, 0.1, 0.3, 0.9, 1.0]),
    k=st.integers(1, 50),
    seed=st.integers(0, 99),
)
def test_search_equals_the_naive_computation_over_many_blocks(
    large_index: tuple[ExactIndex, list[Chunk]], count: int, share: float, k: int, seed: int
) -> None:
    index, chunks = large_index
    allowed = np.random.default_rng(seed).random(count) < share
    scope = Scope(documents=allowed)
    assert_same(index.search(QUERY, k, scope), naive(chunks, QUERY, k, scope))


@pytest.fixture(scope="module")
def large_index(tmp_path_factory: pytest.TempPathFactory) -> tuple[ExactIndex, list[Chunk]]:
    """Five blocks of one chunk a document, more than the rows that are multiplied at once."""
    folder = tmp_path_factory.mktemp("large")
    chunks = [make_chunk(n + 1, document=n, text=f"text {n % 9000}") for n in range(5 * BLOCK)]
    index = open_index(folder)
    for start in range(0, len(chunks), 3000):
        index.apply(
            feed_of(start + 3000, after=start and start, opened=chunks[start : start + 3000])
        )
    return index, chunks


def test_equal_vectors_score_alike_wherever_they_lie_and_rank_by_id(
    large_index: tuple[ExactIndex, list[Chunk]],
) -> None:
    index, chunks = large_index
    ranking = index.search(vector_of(chunks[0].text_hash), 3, Scope())
    assert ranking.ids.tolist()[:3] == [1, 9001, 18001]
    assert len(set(ranking.scores.tolist())) == 1


def test_k_beyond_the_number_of_chunks_returns_all_of_them(tmp_path: Path) -> None:
    index = open_index(tmp_path)
    assert len(index.search(QUERY, 5, Scope())) == 0
    index.apply(feed_of(1, opened=[make_chunk(1), make_chunk(2)]))
    assert len(index.search(QUERY, 10**9, Scope())) == 2
    assert len(index.search(QUERY, 0, Scope())) == 0


def test_scores_are_nan_for_unknown_and_purged_chunks_and_given_for_closed_ones(
    tmp_path: Path,
) -> None:
    index, log = open_index(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(n) for n in (1, 2, 3)])
    log.change(closed=[2])
    catch_up(index, log)
    log.change(purged=[3])
    catch_up(index, log)
    scores = index.scores(QUERY, np.array([3, 2, 77, 1]))
    wanted = matrix_of([make_chunk(2), make_chunk(1)]) @ QUERY
    assert np.isnan(scores[[0, 2]]).all()
    assert np.allclose(scores[[1, 3]], wanted, atol=1e-6)


@pytest.mark.parametrize("vector", [np.ones(3, np.float32), np.full(DIMENSION, np.nan, np.float32)])
def test_a_query_of_another_shape_or_not_finite_is_refused(tmp_path: Path, vector: Vector) -> None:
    with pytest.raises(InvalidInput, match="query vector"):
        open_index(tmp_path).search(vector, 1, Scope())


def test_a_missing_vector_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    reader = HashedVectors()
    index = ExactIndex(tmp_path, DIMENSION, reader)
    index.apply(feed_of(1, opened=[make_chunk(1)]))
    feed = feed_of(
        2, after=1, opened=[make_chunk(2), make_chunk(3)], closed=[make_chunk(1, until=2)]
    )
    reader.missing = {make_chunk(3).text_hash}
    with pytest.raises(Unavailable, match="not in the truth"):
        index.apply(feed)
    assert index.position() == 1
    assert index.ids(Scope()).tolist() == [1]
    reader.missing = set()
    index.apply(feed)
    assert index.ids(Scope()).tolist() == [2, 3]


def test_a_vector_of_another_dimension_is_a_conflict(tmp_path: Path) -> None:
    index = ExactIndex(tmp_path, DIMENSION, HashedVectors(DIMENSION + 1))
    with pytest.raises(Conflict, match="dimensions"):
        index.apply(feed_of(1, opened=[make_chunk(1)]))


def test_a_vector_that_is_not_finite_is_never_found_first(tmp_path: Path) -> None:
    class Broken(HashedVectors):
        def vectors(self, text_hashes: Sequence[str]) -> dict[str, bytes]:
            assert len(text_hashes) == 2
            bad = np.full(DIMENSION, np.nan, "<f4").tobytes()
            good = vector_of(make_chunk(2).text_hash).tobytes()
            return {make_chunk(1).text_hash: bad, make_chunk(2).text_hash: good}

    index = ExactIndex(tmp_path, DIMENSION, Broken())
    index.apply(feed_of(1, opened=[make_chunk(1), make_chunk(2)]))
    ranking = index.search(vector_of(make_chunk(2).text_hash), 2, Scope())
    assert ranking.ids.tolist() == [2, 1]
    assert ranking.scores[1] == 0.0


def test_a_feed_that_leaves_a_gap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="read the feed from there"):
        open_index(tmp_path).apply(feed_of(9, after=5, opened=[make_chunk(1)]))


def test_a_reader_follows_commits_growth_and_resets_of_the_writer(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    reader = ExactReader(folder, DIMENSION)
    assert reader.position() == 0
    assert not folder.exists()
    writer, log = open_index(folder), MemoryLog()
    number = 0
    for _ in range(3):
        log.change(opened=[make_chunk(number + n) for n in range(1, BLOCK)])
        number += BLOCK - 1
        catch_up(writer, log)
        assert reader.position() == log.head()
        assert len(reader.ids(Scope())) == number
    log.change(closed=[1, 2], purged=[3])
    catch_up(writer, log)
    assert_same(reader.search(QUERY, 9, Scope()), writer.search(QUERY, 9, Scope()))
    before = reader.rows()
    writer.reset()
    assert len(before.vectors @ QUERY) == number  # a search under way keeps its pages
    assert reader.position() == 0
    assert len(reader.search(QUERY, 9, Scope())) == 0


def test_searches_during_an_update_see_the_old_or_the_new_chunk_but_never_neither(
    tmp_path: Path,
) -> None:
    writer, log = open_index(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(1)])
    catch_up(writer, log)
    readers = [writer, ExactReader(tmp_path, DIMENSION)]
    stop, gaps, looks = threading.Event(), [0, 0], [0, 0]

    def look(which: int) -> None:
        while not stop.is_set():
            gaps[which] += len(readers[which].search(QUERY, 5, Scope())) == 0
            looks[which] += 1

    threads = [threading.Thread(target=look, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for number in range(2, 60):
        log.change(opened=[make_chunk(number)], closed=[number - 1])
        catch_up(writer, log)
    stop.set()
    for thread in threads:
        thread.join()
    assert gaps == [0, 0]
    assert min(looks) > 0
