from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tantivy import Index

from foundation.errors import Conflict, Unavailable
from foundation.ids import ChunkId, Seq
from knowledge.follower import Feed, PositionFile, catch_up
from retrieval.indexes.analysis import Analyser
from retrieval.indexes.lexical import LexicalIndex
from retrieval.indexes.postings import generations
from retrieval.model import Ranking, Scope
from tests.contracts.follower import FollowerContract, MemoryLog, make_chunk
from tests.retrieval.indexes.small import NOW, found, index_of_texts, titled


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


def _in_dictionaries(folder: Path, prefix: str) -> set[str]:
    """List terms from the files themselves, those of deleted chunks included."""
    found = set()
    for path in folder.rglob("meta.json"):
        searcher = Index.open(str(path.parent)).searcher()
        for field in ("words", "pairs", "grams"):
            found |= {term for term, _ in searcher.terms_with_prefix(field, prefix)}
    return found


def test_a_feed_that_leaves_a_gap_is_refused(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "some text")
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
        assert set(found(index, "passage", k=99)) == set(expected.ids.tolist())
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
    assert found(index, "passage") == []
    catch_up(index, log)
    assert found(index, "passage") == [1]
    index.close()


def test_a_flipped_bit_is_named(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "some text", "more text")
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
    assert found(index, secret) == []
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
    first, second = index_of_texts(tmp_path, "some text"), LexicalIndex(tmp_path)
    feed = Feed(Seq(1), Seq(2), [titled(9, "more text")], [], [])
    assert second.position() == 1
    with pytest.raises(Conflict, match="another process writes"):
        second.apply(feed)
    with pytest.raises(Conflict, match="another process writes"):
        second.reset()
    with pytest.raises(Conflict, match="another process writes"):
        second.compact(MemoryLog())
    first.close()
    second.apply(feed)
    assert found(first, "text") == [1, 9]
    second.close()


def test_an_index_opened_for_reading_sees_new_commits_and_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    reader = LexicalIndex(folder, writable=False)
    assert reader.position() == 0
    assert found(reader, "passage") == []
    assert not folder.exists()
    writer, log = LexicalIndex(folder), MemoryLog()
    for number in range(1, 5):
        log.change(opened=[make_chunk(number)])
        catch_up(writer, log)
        assert sorted(found(reader, "passage")) == list(range(1, number + 1))
        assert reader.position() == number
    writer.reset()
    assert found(reader, "passage") == []
    catch_up(writer, log)
    writer.compact(log)
    assert len(found(reader, "passage")) == 4
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


def test_it_tells_how_many_passages_hold_each_term_of_a_text(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "rivers of Ireland", "the river Lee", "梅雨の時期")
    counts, passages = index.frequencies(Analyser().query("Which river in Spain? 梅雨"))
    assert passages == 3
    assert counts == {"river": 2, "spain": 0, "梅": 1, "雨": 1, "梅雨": 1}
    index.close()
    absent = LexicalIndex(tmp_path / "none", writable=False)
    assert absent.frequencies(Analyser().query("river")) == ({"river": 0}, 0)
    absent.close()
