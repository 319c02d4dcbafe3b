"""What every follower of the change log must do, whatever it keeps: inherit, and fill `make`."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

from foundation.clock import Micros
from foundation.ids import FOREVER, ChunkId, DocumentId, Seq, Sha256
from knowledge.follower import Feed, Follower, catch_up
from knowledge.model import Chunk

F = TypeVar("F", bound=Follower)


def make_chunk(
    number: int,
    *,
    document: int = 1,
    text: str = "",
    seq: int = 1,
    until: int = FOREVER,
    collection: str = "default",
    language: str = "en",
) -> Chunk:
    """Make a chunk that opened at `seq` and is valid until `until`; its clock runs with seqs."""
    words = text or f"passage {number} of document {document}"
    return Chunk(
        id=ChunkId(number),
        document_id=DocumentId(f"document-{document}"),
        document_number=document,
        collection=collection,
        title=f"Document {document}",
        heading=(),
        text=words,
        text_hash=Sha256(hashlib.sha256(words.encode()).hexdigest()),
        language=language,
        valid_from=Seq(seq),
        valid_to=until,
        time_from=Micros(seq * 1000),
        time_to=until if until == FOREVER else until * 1000,
    )


class MemoryLog:
    """A change log over chunks alone, with the semantics of `FeedSource`; one seq for each call."""

    def __init__(self) -> None:
        self._seq = 0
        self.chunks: dict[int, Chunk] = {}
        self._purges: dict[int, int] = {}

    def change(
        self,
        *,
        opened: Sequence[Chunk] = (),
        closed: Sequence[int] = (),
        purged: Sequence[int] = (),
    ) -> Seq:
        """Commit one change: chunks open (their intervals are set here), close or vanish."""
        self._seq += 1
        for number in closed:
            self.chunks[number] = dataclasses.replace(
                self.chunks[number], valid_to=self._seq, time_to=self._seq * 1000
            )
        for chunk in opened:
            self.chunks[chunk.id] = dataclasses.replace(
                chunk, valid_from=Seq(self._seq), time_from=Micros(self._seq * 1000)
            )
        for number in purged:
            self.chunks.pop(number, None)
            self._purges[number] = self._seq
        return Seq(self._seq)

    def head(self) -> Seq:
        return Seq(self._seq)

    def feed(self, after: Seq, *, limit: int, upto: Seq | None = None) -> Feed:
        last = after + 1
        while last < (upto or self._seq) and self._size(after, last) < limit:
            last += 1
        inside = range(after + 1, last + 1)
        return Feed(
            after=after,
            upto=Seq(last),
            opened=[c for c in self.chunks.values() if c.valid_from in inside],
            closed=[c for c in self.chunks.values() if c.valid_to in inside],
            purged=[ChunkId(number) for number, seq in self._purges.items() if seq in inside],
        )

    def _size(self, after: int, upto: int) -> int:
        inside = range(after + 1, upto + 1)
        return sum((c.valid_from in inside) + (c.valid_to in inside) for c in self.chunks.values())

    def current(self) -> set[int]:
        """Answer the ids of the chunks that hold now."""
        return {int(c.id) for c in self.chunks.values() if c.valid_to == FOREVER}


class FollowerContract(ABC, Generic[F]):
    """The laws of `knowledge.follower.Follower`; subclasses are named `Test…` to be collected."""

    @abstractmethod
    def make(self, folder: Path) -> F:
        """Open the follower on the folder, which may be absent."""

    @abstractmethod
    def ids(self, follower: F) -> set[int]:
        """Answer the ids of all chunks that a search for what is current can return."""

    def close(self, follower: F) -> None:
        """Let go of the folder, so that it can be opened again or deleted."""

    def reopen(self, follower: F, folder: Path) -> F:
        self.close(follower)
        return self.make(folder)

    def test_a_new_folder_is_empty_and_at_position_zero(self, tmp_path: Path) -> None:
        follower = self.make(tmp_path / "index")
        assert follower.position() == 0
        assert self.ids(follower) == set()
        self.close(follower)

    def test_opened_chunks_are_found_and_the_position_moves(self, tmp_path: Path) -> None:
        follower, log = self.make(tmp_path / "index"), MemoryLog()
        log.change(opened=[make_chunk(1), make_chunk(2, document=2)])
        log.change(opened=[make_chunk(3, document=3)])
        assert catch_up(follower, log, limit=1) == log.head()
        assert self.ids(follower) == {1, 2, 3}
        self.close(follower)

    def test_a_feed_without_chunks_moves_the_position_all_the_same(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        follower = self.make(folder)
        follower.apply(Feed(Seq(0), Seq(7), [], [], []))
        assert follower.position() == 7
        follower = self.reopen(follower, folder)
        assert follower.position() == 7
        assert self.ids(follower) == set()
        self.close(follower)

    def test_applying_the_same_feed_twice_changes_nothing(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        follower = self.make(folder)
        feed = Feed(
            after=Seq(0),
            upto=Seq(2),
            opened=[make_chunk(1), make_chunk(2), make_chunk(3, until=2)],
            closed=[make_chunk(3, until=2)],
            purged=[ChunkId(9)],
        )
        follower.apply(feed)
        follower.apply(feed)
        assert follower.position() == 2
        assert self.ids(follower) == {1, 2}
        follower = self.reopen(follower, folder)
        assert self.ids(follower) == {1, 2}
        self.close(follower)

    def test_later_feeds_close_what_earlier_ones_opened(self, tmp_path: Path) -> None:
        follower, log = self.make(tmp_path / "index"), MemoryLog()
        log.change(opened=[make_chunk(1), make_chunk(2)])
        catch_up(follower, log)
        log.change(opened=[make_chunk(3)], closed=[1])
        catch_up(follower, log)
        assert self.ids(follower) == {2, 3}
        self.close(follower)

    def test_one_feed_for_all_and_one_for_each_seq_end_alike(self, tmp_path: Path) -> None:
        log = MemoryLog()
        log.change(opened=[make_chunk(n) for n in range(1, 6)])
        log.change(opened=[make_chunk(6)], closed=[2, 3])
        log.change(opened=[make_chunk(7)], closed=[6])
        log.change(purged=[4])
        at_once, step_by_step = self.make(tmp_path / "a"), self.make(tmp_path / "b")
        assert catch_up(at_once, log, limit=1000) == catch_up(step_by_step, log, limit=1)
        assert self.ids(at_once) == self.ids(step_by_step) == log.current() == {1, 5, 7}
        self.close(at_once)
        self.close(step_by_step)

    def test_a_chunk_opened_and_closed_in_one_feed_is_not_current(self, tmp_path: Path) -> None:
        follower, log = self.make(tmp_path / "index"), MemoryLog()
        log.change(opened=[make_chunk(1), make_chunk(2)])
        log.change(closed=[1])
        follower.apply(log.feed(Seq(0), limit=100))
        assert follower.position() == 2
        assert self.ids(follower) == {2}
        self.close(follower)

    def test_a_new_instance_finds_position_and_chunks_again(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        follower, log = self.make(folder), MemoryLog()
        log.change(opened=[make_chunk(1), make_chunk(2)])
        log.change(closed=[2])
        catch_up(follower, log, limit=1)
        follower = self.reopen(follower, folder)
        assert follower.position() == 2
        assert self.ids(follower) == {1}
        log.change(opened=[make_chunk(3)])
        catch_up(follower, log)
        assert self.ids(follower) == {1, 3}
        self.close(follower)

    def test_a_deleted_folder_means_position_zero_and_is_rebuilt(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        follower, log = self.make(folder), MemoryLog()
        log.change(opened=[make_chunk(1)])
        catch_up(follower, log)
        self.close(follower)
        shutil.rmtree(folder)
        follower = self.make(folder)
        assert follower.position() == 0
        assert self.ids(follower) == set()
        catch_up(follower, log)
        assert self.ids(follower) == {1}
        self.close(follower)

    def test_reset_forgets_everything_and_the_next_feed_starts_at_zero(
        self, tmp_path: Path
    ) -> None:
        folder = tmp_path / "index"
        follower, log = self.make(folder), MemoryLog()
        log.change(opened=[make_chunk(1)])
        log.change(opened=[make_chunk(2)])
        catch_up(follower, log)
        follower.reset()
        assert follower.position() == 0
        assert self.ids(follower) == set()
        catch_up(follower, log)
        assert self.ids(follower) == {1, 2}
        follower = self.reopen(follower, folder)
        assert follower.position() == 2
        assert self.ids(follower) == {1, 2}
        self.close(follower)

    def test_a_reset_is_remembered_by_the_next_instance(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        follower, log = self.make(folder), MemoryLog()
        log.change(opened=[make_chunk(1)])
        catch_up(follower, log)
        follower.reset()
        follower = self.reopen(follower, folder)
        assert follower.position() == 0
        assert self.ids(follower) == set()
        self.close(follower)

    def test_purged_chunks_are_forgotten_whether_current_or_closed(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        follower, log = self.make(folder), MemoryLog()
        log.change(opened=[make_chunk(n) for n in (1, 2, 3)])
        log.change(closed=[3])
        catch_up(follower, log)
        log.change(purged=[1, 3])
        assert catch_up(follower, log) == log.head()
        assert self.ids(follower) == {2}
        follower = self.reopen(follower, folder)
        assert catch_up(follower, log) == log.head()
        assert self.ids(follower) == {2}
        self.close(follower)
