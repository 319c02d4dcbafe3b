from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from foundation.clock import Micros
from foundation.ids import Seq
from knowledge.follower import Feed, catch_up
from retrieval.indexes.lexical import LexicalIndex
from retrieval.model import Scope
from tests.contracts.follower import MemoryLog, make_chunk
from tests.retrieval.indexes.small import NOW, found, index_of, index_of_texts, titled


@pytest.mark.parametrize("k", [0, -1])
def test_none_are_found_when_none_are_asked_for(tmp_path: Path, k: int) -> None:
    index = index_of_texts(tmp_path, "some text")
    assert len(index.search("text", k, NOW)) == 0
    index.close()


def test_a_billion_may_be_asked_for(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "some text", "more text")
    assert sorted(found(index, "text", k=10**9)) == [1, 2]
    index.close()


def test_rankings_are_typed_descend_and_break_ties_by_chunk_id(tmp_path: Path) -> None:
    numbers = list(range(1, 200))
    random.Random(3).shuffle(numbers)
    index = LexicalIndex(tmp_path)
    for seq, part in enumerate(np.array_split(numbers, 5)):
        chunks = [titled(int(n), f"same words {'twice words' * (n % 3)}") for n in part]
        index.apply(Feed(Seq(seq), Seq(seq + 1), chunks, [], []))
    ranking = index.search("some words twice", 150, NOW)
    assert ranking.ids.dtype == np.int64
    assert ranking.scores.dtype == np.float32
    keys = list(zip((-ranking.scores).tolist(), ranking.ids.tolist(), strict=True))
    assert keys == sorted(keys)
    for k in (1, 7, 66, 70, 149):
        assert index.search("some words twice", k, NOW).ids.tolist() == ranking.ids[:k].tolist()
    index.close()


def test_the_past_is_searched_by_seq_and_by_time(tmp_path: Path) -> None:
    index, log = LexicalIndex(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(1, text="first river")])
    log.change(opened=[make_chunk(2, text="second river")], closed=[1])
    log.change(opened=[make_chunk(3, text="third river")])
    log.change(closed=[2])
    catch_up(index, log, limit=1)
    held = {0: set(), 1: {1}, 2: {2}, 3: {2, 3}, 4: {3}, 99: {3}}
    for seq, expected in held.items():
        assert set(found(index, "river", Scope(seq=Seq(seq)))) == expected
        assert set(found(index, "river", Scope(time=Micros(seq * 1000)))) == expected
        assert set(found(index, "river", Scope(time=Micros(seq * 1000 + 999)))) == expected
        assert set(index.ids(Scope(seq=Seq(seq))).tolist()) == expected
    assert found(index, "river", Scope(seq=Seq(3), time=Micros(4000))) == [3]
    assert found(index, "river") == [3]
    index.close()


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.1, 0.6, 1.0])
def test_only_allowed_documents_are_found(tmp_path: Path, share: float) -> None:
    chunks = [titled(n, f"river {'stone ' * (n % 7)}", document=n) for n in range(6000)]
    index = index_of(tmp_path, chunks)
    mask = np.random.default_rng(1).random(5900) < share
    everything = index.search("river stone", 6000, NOW).ids
    assert len(everything) == 6000
    inside = np.array([n < 5900 and mask[n] for n in everything], np.bool_)
    for k in (5, 50, 6000):
        found = index.search("river stone", k, Scope(documents=mask)).ids
        assert found.tolist() == everything[inside][:k].tolist()
    assert index.ids(Scope(documents=mask)).tolist() == np.flatnonzero(mask).tolist()
    index.close()


def test_rare_matches_are_found_behind_a_wide_mask(tmp_path: Path) -> None:
    chunks = [titled(n, "river" if n % 100 else "river gem", document=n) for n in range(9000)]
    index = index_of(tmp_path, chunks)
    mask = np.arange(9000) % 3 == 0
    assert found(index, "gem", Scope(documents=mask), k=100) == list(range(0, 9000, 300))
    index.close()


def test_scores_of_chosen_chunks_are_those_of_the_search(tmp_path: Path) -> None:
    index, log = LexicalIndex(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(n, text="river " * n + "stone") for n in range(1, 6)])
    log.change(closed=[5])
    catch_up(index, log)
    ranking = index.search("river", 10, NOW)
    wanted = np.array([3, 1, 77, 5], np.int64)
    scores = index.scores("river", wanted)
    by_id = dict(zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True))
    assert scores[:3].tolist() == [by_id[3], by_id[1], 0.0]
    assert scores[3] > 0
    assert index.scores("zebra", wanted).tolist() == [0.0] * 4
    assert index.scores("river", np.empty(0, np.int64)).shape == (0,)
    index.close()


def test_segments_do_not_change_scores(tmp_path: Path) -> None:
    chunks = [
        titled(n, f"river w{n % 5} stone{n % 3} " * (1 + n % 4), document=n) for n in range(300)
    ]
    at_once = index_of(tmp_path / "a", chunks)
    in_parts = LexicalIndex(tmp_path / "b")
    for seq in range(6):
        part = chunks[seq * 50 : seq * 50 + 50]
        in_parts.apply(Feed(Seq(seq), Seq(seq + 1), part, [], []))
    for query in ("river", "w3 stone1 river", "stone2 w1"):
        one, other = (i.search(query, 40, NOW) for i in (at_once, in_parts))
        assert one.ids.tolist() == other.ids.tolist()
        assert one.scores.tolist() == other.scores.tolist()
    at_once.close()
    in_parts.close()
