from __future__ import annotations

import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tantivy import Index

from foundation.clock import Micros
from foundation.errors import Conflict, Unavailable
from foundation.ids import ChunkId, Seq
from knowledge.follower import Feed, PositionFile, catch_up
from knowledge.model import Chunk
from retrieval.indexes.lexical import LexicalIndex
from retrieval.indexes.postings import generations
from retrieval.model import Ranking, Scope
from tests.contracts.follower import FollowerContract, MemoryLog, make_chunk

NOW = Scope()


class TestLexicalIndexAsAFollower(FollowerContract[LexicalIndex]):
    def make(self, folder: Path) -> LexicalIndex:
        return LexicalIndex(folder)

    def ids(self, follower: LexicalIndex) -> set[int]:
        found = set(follower.search("passage", 10_000, NOW).ids.tolist())
        assert found == set(follower.ids().tolist())
        assert len(found) == follower.count()
        return found

    def close(self, follower: LexicalIndex) -> None:
        follower.close()


def _chunk(
    number: int, text: str, *, title: str = "", heading: tuple[str, ...] = (), document: int = 1
) -> Chunk:
    chunk = make_chunk(number, document=document, text=text)
    return dataclasses.replace(chunk, title=title, heading=heading)


def _index(folder: Path, chunks: Sequence[Chunk]) -> LexicalIndex:
    index = LexicalIndex(folder)
    index.apply(Feed(Seq(0), Seq(1), chunks, [], []))
    return index


def _texts(folder: Path, *texts: str) -> LexicalIndex:
    return _index(folder, [_chunk(n, text, document=n) for n, text in enumerate(texts, start=1)])


def _found(index: LexicalIndex, query: str, scope: Scope = NOW, k: int = 10) -> list[int]:
    ids: list[int] = index.search(query, k, scope).ids.tolist()
    return ids


def _in_dictionaries(folder: Path, prefix: str) -> set[str]:
    """List terms from the files themselves, those of deleted chunks included."""
    found = set()
    for path in folder.rglob("meta.json"):
        searcher = Index.open(str(path.parent)).searcher()
        for field in ("words", "pairs", "grams"):
            found |= {term for term, _ in searcher.terms_with_prefix(field, prefix)}
    return found


def test_words_are_found_by_their_stems_whatever_their_case_and_accents(tmp_path: Path) -> None:
    index = _texts(tmp_path, "Running RETRIEVERS in a café", "walking dogs")
    for query in ("run", "retriever", "cafe", "CAFÉ", "ran runs retrieve"):
        assert _found(index, query) == [1]
    index.close()


def test_japanese_is_found_without_a_dictionary(tmp_path: Path) -> None:
    index = _texts(tmp_path, "梅雨は北海道を除く日本でみられる。", "火山の噴火予知は難しい。", "雨")
    assert _found(index, "北海道に梅雨はあるか")[0] == 1
    assert _found(index, "噴火") == [2]
    assert _found(index, "雨")[0] == 3
    assert _found(index, "の") == [2]
    index.close()


def test_half_width_and_full_width_letters_are_the_same(tmp_path: Path) -> None:
    index = _texts(tmp_path, "ﾃﾞｰﾀﾍﾞｰｽ の Ｖｅｒｓｉｏｎ", "other")
    assert _found(index, "データベース") == [1]
    assert _found(index, "version") == [1]
    index.close()


@pytest.mark.parametrize(
    "query",
    ["createApp", "create app", "http_client.py", "http_client", "http client", "HTTPServer"],
)
def test_identifiers_are_found_whole_and_by_their_parts(tmp_path: Path, query: str) -> None:
    index = _texts(
        tmp_path, "Call createApp() from http_client.py with HTTPServer.", "nothing of that kind"
    )
    assert _found(index, query) == [1]
    index.close()


def test_a_whole_identifier_ranks_above_its_parts(tmp_path: Path) -> None:
    index = _texts(
        tmp_path,
        "to create an app you create the app app app create",
        "the function createApp makes an application",
        "client http py http client",
        "see http_client.py for the function",
    )
    assert _found(index, "createApp")[0] == 2
    assert _found(index, "http_client.py")[0] == 4
    index.close()


def test_a_title_counts_more_than_the_text_and_headings_count(tmp_path: Path) -> None:
    index = _index(
        tmp_path,
        [
            _chunk(1, "volcano and some more words about other things"),
            _chunk(2, "mountain and some more words about other things", title="Volcano"),
            _chunk(3, "mountain and some more words of things", heading=("Lava", "Ash")),
        ],
    )
    assert _found(index, "volcano") == [2, 1]
    assert _found(index, "lava") == [3]
    index.close()


def test_neighbouring_words_rank_above_scattered_ones(tmp_path: Path) -> None:
    index = _texts(
        tmp_path, "red car and the blue house stand", "red house and the blue car stand", "empty"
    )
    assert _found(index, "a blue house") == [1, 2]
    assert _found(index, "a blue car") == [2, 1]
    index.close()


def test_stop_words_are_asked_for_only_when_there_is_nothing_else(tmp_path: Path) -> None:
    index = _texts(tmp_path, "who is it", "the river", "a mountain of the who")
    assert _found(index, "what is the river of it") == [2]
    assert set(_found(index, "the who")) == {1, 2, 3}
    index.close()


@pytest.mark.parametrize(
    "query",
    ["", "  \n", "?!…", "title:(", '"unclosed', "\0", "\udc80", "zebra", "+-&&||!(){}[]^~*:\\/"],
)
def test_what_has_no_known_term_finds_nothing(tmp_path: Path, query: str) -> None:
    index = _texts(tmp_path, "some text", "more text")
    assert len(index.search(query, 10, NOW)) == 0
    index.close()


def test_query_syntax_is_plain_text(tmp_path: Path) -> None:
    index = _texts(tmp_path, "apple", "banana", "chunk 2 words")
    assert set(_found(index, "apple AND NOT words:banana")) == {1, 2, 3}
    assert set(_found(index, "words:[a TO b] -apple")) == {1, 3}
    index.close()


def test_a_query_of_a_megabyte_is_answered_at_once(tmp_path: Path) -> None:
    index = _texts(tmp_path, *[f"word{n} common thing" for n in range(300)])
    queries = [
        "needle " + "common " * 150_000,
        " ".join(f"word{n}" for n in range(110_000)),
        "雨" * 350_000,
        "x" * 1_000_000,
    ]
    for query in queries:
        start = time.process_time()
        index.search(query, 10, NOW)
        assert time.process_time() - start < 1.0
    assert len(_found(index, queries[1], k=500)) >= 100
    index.close()


@pytest.mark.parametrize("k", [0, -1])
def test_none_are_found_when_none_are_asked_for(tmp_path: Path, k: int) -> None:
    index = _texts(tmp_path, "some text")
    assert len(index.search("text", k, NOW)) == 0
    index.close()


def test_a_billion_may_be_asked_for(tmp_path: Path) -> None:
    index = _texts(tmp_path, "some text", "more text")
    assert sorted(_found(index, "text", k=10**9)) == [1, 2]
    index.close()


def test_rankings_are_typed_descend_and_break_ties_by_chunk_id(tmp_path: Path) -> None:
    numbers = list(range(1, 200))
    random.Random(3).shuffle(numbers)
    index = LexicalIndex(tmp_path)
    for seq, part in enumerate(np.array_split(numbers, 5)):
        chunks = [_chunk(int(n), f"same words {'twice words' * (n % 3)}") for n in part]
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
        assert set(_found(index, "river", Scope(seq=Seq(seq)))) == expected
        assert set(_found(index, "river", Scope(time=Micros(seq * 1000)))) == expected
        assert set(_found(index, "river", Scope(time=Micros(seq * 1000 + 999)))) == expected
        assert set(index.ids(Scope(seq=Seq(seq))).tolist()) == expected
    assert _found(index, "river", Scope(seq=Seq(3), time=Micros(4000))) == [3]
    assert _found(index, "river") == [3]
    index.close()


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.1, 0.6, 1.0])
def test_only_allowed_documents_are_found(tmp_path: Path, share: float) -> None:
    chunks = [_chunk(n, f"river {'stone ' * (n % 7)}", document=n) for n in range(6000)]
    index = _index(tmp_path, chunks)
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
    chunks = [_chunk(n, "river" if n % 100 else "river gem", document=n) for n in range(9000)]
    index = _index(tmp_path, chunks)
    mask = np.arange(9000) % 3 == 0
    assert _found(index, "gem", Scope(documents=mask), k=100) == list(range(0, 9000, 300))
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
        _chunk(n, f"river w{n % 5} stone{n % 3} " * (1 + n % 4), document=n) for n in range(300)
    ]
    at_once = _index(tmp_path / "a", chunks)
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


def test_a_feed_that_leaves_a_gap_is_refused(tmp_path: Path) -> None:
    index = _texts(tmp_path, "some text")
    with pytest.raises(Conflict, match=r"starts after seq 3 and the index .* is at 1"):
        index.apply(Feed(Seq(3), Seq(4), [], [], []))
    assert index.position() == 1
    index.close()


def test_applying_again_what_the_position_forgot_gives_the_same(tmp_path: Path) -> None:
    index, log = LexicalIndex(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, 9)])
    log.change(opened=[make_chunk(9)], closed=[2])
    log.change(closed=[9], purged=[3])
    catch_up(index, log, limit=1)
    expected = index.search("passage", 99, NOW)
    for seq in (2, 1, 0):
        PositionFile(generations(tmp_path)[-1] / "position.json").write(Seq(seq))
        catch_up(index, log)
        assert set(index.ids(NOW).tolist()) == log.current()
        assert set(_found(index, "passage", k=99)) == set(expected.ids.tolist())
        assert index.ids(Scope(seq=Seq(2))).tolist() == [1, 4, 5, 6, 7, 8, 9]
    index.close()


@pytest.mark.parametrize("damage", ["meta", "truncated", "missing", "position"])
def test_damaged_files_mean_position_zero_and_are_rebuilt(tmp_path: Path, damage: str) -> None:
    index, log = LexicalIndex(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, 5)])
    catch_up(index, log)
    index.close()
    folder = generations(tmp_path)[-1]
    postings = next(folder.glob("*.idx"))
    if damage == "meta":
        (folder / "meta.json").write_text("{")
    elif damage == "truncated":
        postings.write_bytes(postings.read_bytes()[:-10])
    elif damage == "missing":
        postings.unlink()
    else:
        (folder / "position.json").write_text('{"seq"')
    index = LexicalIndex(tmp_path)
    assert index.position() == 0
    catch_up(index, log)
    assert index.ids(NOW).tolist() == [1, 2, 3, 4]
    assert index.damage() == []
    assert len(generations(tmp_path)) == 1
    index.close()


def test_a_folder_deleted_under_an_open_index_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index, log = LexicalIndex(folder), MemoryLog()
    log.change(opened=[make_chunk(1)])
    catch_up(index, log)
    shutil.rmtree(folder)
    assert index.position() == 0
    assert _found(index, "passage") == []
    catch_up(index, log)
    assert _found(index, "passage") == [1]
    index.close()


def test_a_flipped_bit_is_named(tmp_path: Path) -> None:
    index = _texts(tmp_path, "some text", "more text")
    assert index.damage() == []
    path = next(generations(tmp_path)[-1].glob("*.fieldnorm"))
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    assert index.damage() == [path.name]
    index.close()


def test_purged_terms_leave_the_files_when_the_index_is_compacted(tmp_path: Path) -> None:
    secret = "xylophonequartz"
    index, log = LexicalIndex(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, 50)])
    log.change(opened=[make_chunk(50, text=f"{secret} passage")])
    log.change(closed=[1], opened=[make_chunk(51, text=f"{secret} passage again")])
    catch_up(index, log)
    assert _in_dictionaries(tmp_path, secret)
    assert not index.residue()
    log.change(purged=[50, 51])
    catch_up(index, log, limit=1)
    assert _found(index, secret) == []
    assert index.residue()
    assert _in_dictionaries(tmp_path, secret)
    expected = index.ids(NOW).tolist(), index.ids(Scope(seq=Seq(2))).tolist()
    index.compact(log)
    assert not index.residue()
    assert not _in_dictionaries(tmp_path, secret)
    assert len(list(tmp_path.rglob("meta.json"))) == 1
    assert index.position() == 4
    assert (index.ids(NOW).tolist(), index.ids(Scope(seq=Seq(2))).tolist()) == expected
    assert not (tmp_path / "aside").exists()
    log.change(opened=[make_chunk(52)])
    catch_up(index, log)
    assert 52 in index.ids(NOW)
    index.close()


def test_a_purge_of_what_was_never_here_leaves_no_residue(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.apply(Feed(Seq(0), Seq(1), [make_chunk(1)], [], [ChunkId(7)]))
    assert not index.residue()
    index.close()


def test_a_compaction_that_fails_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    class Broken(MemoryLog):
        def feed(self, after: Seq, *, limit: int, upto: Seq | None = None) -> Feed:
            if after >= 2:
                raise Unavailable("the truth did not answer")
            return super().feed(after, limit=min(limit, 1), upto=upto)

    index, log, broken = LexicalIndex(tmp_path), MemoryLog(), Broken()
    for number in range(1, 5):
        log.change(opened=[make_chunk(number)])
        broken.change(opened=[make_chunk(number)])
    catch_up(index, log)
    with pytest.raises(Unavailable, match="did not answer"):
        index.compact(broken)
    assert index.position() == 4
    assert index.ids(NOW).tolist() == [1, 2, 3, 4]
    index.close()


def test_a_second_writer_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    first, second = _texts(tmp_path, "some text"), LexicalIndex(tmp_path)
    feed = Feed(Seq(1), Seq(2), [_chunk(9, "more text")], [], [])
    assert second.position() == 1
    with pytest.raises(Conflict, match="another process writes"):
        second.apply(feed)
    with pytest.raises(Conflict, match="another process writes"):
        second.reset()
    with pytest.raises(Conflict, match="another process writes"):
        second.compact(MemoryLog())
    first.close()
    second.apply(feed)
    assert _found(first, "text") == [1, 9]
    second.close()


def test_an_index_opened_for_reading_sees_new_commits_and_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    reader = LexicalIndex(folder, writable=False)
    assert reader.position() == 0
    assert _found(reader, "passage") == []
    assert not folder.exists()
    writer, log = LexicalIndex(folder), MemoryLog()
    for number in range(1, 5):
        log.change(opened=[make_chunk(number)])
        catch_up(writer, log)
        assert sorted(_found(reader, "passage")) == list(range(1, number + 1))
        assert reader.position() == number
    writer.reset()
    assert _found(reader, "passage") == []
    catch_up(writer, log)
    writer.compact(log)
    assert len(_found(reader, "passage")) == 4
    with pytest.raises(Conflict, match="for reading only"):
        reader.reset()
    with pytest.raises(Conflict, match="for reading only"):
        reader.apply(Feed(Seq(4), Seq(5), [], [], []))
    writer.close()


def test_searches_run_while_feeds_are_applied(tmp_path: Path) -> None:
    index, log = LexicalIndex(tmp_path), MemoryLog()
    log.change(opened=[make_chunk(0)])
    catch_up(index, log)
    done = threading.Event()
    problems: list[BaseException] = []

    def search() -> None:
        try:
            while not done.is_set():
                ranking: Ranking = index.search("passage", 2000, NOW)
                ids = set(ranking.ids.tolist())
                assert len(ids) == len(ranking.ids)
                # Chunks come in tens and each ten replaces the one before: never a part of one.
                tens = {number // 10 for number in ids - {0}}
                assert len(tens) <= 1
                assert len(ids) in (1, 11)
        except BaseException as error:  # noqa: BLE001 - reported by the main thread
            problems.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for ten in range(1, 16):
        before = range(ten * 10 - 10, ten * 10) if ten > 1 else range(0)
        log.change(
            opened=[make_chunk(n) for n in range(ten * 10, ten * 10 + 10)], closed=list(before)
        )
        catch_up(index, log)
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []
    index.close()


_CHILD = """
import sys
from pathlib import Path
from knowledge.follower import catch_up
from retrieval.indexes.lexical import LexicalIndex
from tests.retrieval.indexes.test_lexical import growing_log
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
    assert set(_found(index, "passage", k=10_000)) == log.current()
    index.close()


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_history_in_any_steps_ends_as_the_truth(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    log, number = MemoryLog(), 0
    index = LexicalIndex(tmp_path_factory.mktemp("index"))
    for _ in range(data.draw(st.integers(1, 5))):
        fresh = [make_chunk(number + n) for n in range(data.draw(st.integers(0, 4)))]
        number += len(fresh)
        standing = sorted(log.current())
        closed = data.draw(st.sets(st.sampled_from(standing))) if standing else set()
        known = sorted(log.chunks)
        purged = data.draw(st.sets(st.sampled_from(known), max_size=2)) if known else set()
        log.change(opened=fresh, closed=sorted(closed), purged=sorted(purged))
        if data.draw(st.booleans()):
            catch_up(index, log, limit=data.draw(st.integers(1, 9)))
    catch_up(index, log)
    for seq in range(1, log.head() + 1):
        expected = [int(c.id) for c in log.chunks.values() if c.valid_from <= seq < c.valid_to]
        assert index.ids(Scope(seq=Seq(seq))).tolist() == sorted(expected)
    assert set(index.ids(NOW).tolist()) == log.current()
    index.close()
