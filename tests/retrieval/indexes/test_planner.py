from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.errors import InvalidInput, Unavailable
from foundation.ids import Seq
from knowledge.follower import catch_up
from retrieval.indexes.chroma import ChromaIndex
from retrieval.indexes.exact import ExactIndex
from retrieval.indexes.planner import DensePath, DenseSearcher, overfetch
from retrieval.model import Ranking, Scope, Vector
from tests.contracts.follower import MemoryLog, make_chunk
from tests.retrieval.indexes.hashed import DIMENSION, HashedVectors, vector_of

QUERY = vector_of("0123456789abcdef")
COUNT = 600


@dataclass(frozen=True)
class House:
    """Both indexes over the same log: 600 passages of 60 documents, then some closed."""

    exact: ExactIndex
    chroma: ChromaIndex
    log: MemoryLog

    def searcher(self) -> DenseSearcher:
        """Make a searcher for which no corpus is too small for HNSW."""
        return DenseSearcher(self.exact, self.chroma, scanned_per_visit=0)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("dense")
    exact = ExactIndex(folder / "exact", DIMENSION, HashedVectors())
    chroma = ChromaIndex(folder / "chroma", DIMENSION, HashedVectors())
    log = MemoryLog()
    log.change(opened=[make_chunk(n, document=n % 60) for n in range(1, COUNT + 1)])
    log.change(closed=range(1, 50))
    for follower in (exact, chroma):
        catch_up(follower, log)
    yield House(exact, chroma, log)
    chroma.close()
    exact.close()


class _Stub:
    """An approximate index in a state that is hard to bring about."""

    def __init__(self, seq: int, ranking: Ranking | None = None) -> None:
        self._seq = seq
        self._ranking = ranking

    def serving(self) -> Seq:
        return Seq(self._seq)

    def nearest(self, vector: Vector, k: int) -> Ranking:
        if self._ranking is None:
            raise Unavailable(f"no answer for {k} of {len(vector)} dimensions")
        return self._ranking


def test_hnsw_answers_what_is_current_with_the_exact_scores(house: House) -> None:
    found = house.searcher().find(QUERY, 10, Scope())
    wanted = house.exact.search(QUERY, 10, Scope())
    assert found.path is DensePath.HNSW
    assert found.candidates == COUNT - 49
    assert found.ranking.ids.tolist() == wanted.ids.tolist()
    assert np.array_equal(found.ranking.scores, wanted.scores)


@settings(max_examples=40, deadline=None)
@given(mask=st.lists(st.booleans(), min_size=1, max_size=70), k=st.integers(1, 40))
def test_any_filter_gives_what_the_exact_scan_gives(house: House, mask: list[bool], k: int) -> None:
    scope = Scope(documents=np.array(mask, np.bool_))
    found = house.searcher().find(QUERY, k, scope)
    wanted = house.exact.search(QUERY, k, scope)
    assert found.ranking.ids.tolist() == wanted.ids.tolist()
    assert found.candidates == 0 or found.path in {DensePath.HNSW, DensePath.EXACT_REFILLED}


def test_a_filter_that_keeps_only_what_is_far_away_is_refilled_exactly(house: House) -> None:
    ranked = house.exact.search(QUERY, COUNT, Scope()).ids
    documents = np.ones(60, np.bool_)
    documents[[number % 60 for number in ranked[:120].tolist()]] = False
    scope = Scope(documents=documents)
    assert documents.any()
    found = house.searcher().find(QUERY, 8, scope)
    assert found.path is DensePath.EXACT_REFILLED
    assert found.ranking.ids.tolist() == house.exact.search(QUERY, 8, scope).ids.tolist()


@pytest.mark.parametrize("scope", [Scope(seq=Seq(1)), Scope(time=Micros(1500))])
def test_a_past_moment_is_searched_exactly(house: House, scope: Scope) -> None:
    found = house.searcher().find(QUERY, COUNT, scope)
    assert found.path is DensePath.EXACT_AS_OF
    assert len(found.ranking) == COUNT


def test_few_candidates_are_searched_exactly(house: House) -> None:
    found = DenseSearcher(house.exact, house.chroma).find(QUERY, 5, Scope())
    assert found.path is DensePath.EXACT_FEW
    assert len(found.ranking) == 5


def test_without_hnsw_everything_is_searched_exactly(house: House) -> None:
    found = DenseSearcher(house.exact).find(QUERY, 5, Scope())
    assert found.path is DensePath.EXACT_ONLY
    assert len(found.ranking) == 5


@pytest.mark.parametrize("seq", [0, 1])
def test_while_hnsw_is_behind_the_exact_scan_serves(house: House, seq: int) -> None:
    found = DenseSearcher(house.exact, _Stub(seq), scanned_per_visit=0).find(QUERY, 5, Scope())
    assert found.path is DensePath.EXACT_WAITING
    assert len(found.ranking) == 5


def test_when_hnsw_fails_the_exact_scan_serves(house: House) -> None:
    found = DenseSearcher(house.exact, _Stub(9), scanned_per_visit=0).find(QUERY, 5, Scope())
    assert found.path is DensePath.EXACT_FAILED
    assert found.ranking.ids.tolist() == house.exact.search(QUERY, 5, Scope()).ids.tolist()


def test_what_hnsw_knows_and_the_exact_index_does_not_is_left_out(house: House) -> None:
    live = house.exact.search(QUERY, 6, Scope()).ids
    found = Ranking(
        np.concatenate([[9999, 1], live]).astype(np.int64), np.ones(len(live) + 2, np.float32)
    )
    searcher = DenseSearcher(house.exact, _Stub(9, found), scanned_per_visit=0)
    assert searcher.search(QUERY, 6, Scope()).ids.tolist() == live.tolist()


def test_nothing_in_scope_gives_an_empty_ranking(house: House) -> None:
    found = house.searcher().find(QUERY, 5, Scope(documents=np.zeros(60, np.bool_)))
    assert len(found.ranking) == 0
    assert found.candidates == 0


def test_a_query_of_another_dimension_is_refused(house: House) -> None:
    with pytest.raises(InvalidInput, match="query vector"):
        house.searcher().search(np.ones(3, np.float32), 5, Scope())


@given(k=st.integers(1, 1000), passing=st.integers(1, 10**6), everything=st.integers(1, 10**6))
def test_overfetching_expects_at_least_k_to_survive(k: int, passing: int, everything: int) -> None:
    everything = max(passing, everything)
    assert overfetch(k, passing, everything) * passing / everything >= k
