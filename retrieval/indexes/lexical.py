"""The lexical index: BM25 over words and, where scripts have no spaces, over characters."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import Conflict, Unavailable
from foundation.ids import Seq
from knowledge.follower import Feed, FeedSource, catch_up
from retrieval.indexes import bm25
from retrieval.indexes.analysis import Analyser, Terms
from retrieval.indexes.postings import Postings, generations, keep_newest, next_generation
from retrieval.model import Ranking, Scope

_PANIC: Final = "PanicException"
"""How a failed assertion in tantivy arrives: a BaseException of a class that has no import."""


class LexicalIndex:
    """Follows the log with the terms of every chunk, closed ones too; holds no text.

    Many processes may search a folder, one at a time may write to it; searches go on while a feed
    is applied, and see each commit as soon as it is made. What cannot be opened, or was made by
    another analysis, counts as absent: position 0. Scores are BM25 (k1 = 1.2, b = 0.75) over
    chunks of all times, whatever the scope.

    A purged chunk is out of every search at once, but its terms stay in the files of its segment
    (`residue`) until `compact`, or a reset, has the index built anew. Whatever reads raises
    `Unavailable` where the files are damaged.
    """

    name = "lexical"

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        """Open the folder, which may be absent; nothing is written before the first feed."""
        from filelock import FileLock

        self._folder = folder
        self.writable = writable
        self._analyser = Analyser()
        self._lock = Lock()
        self._opening = Lock()
        self._held = FileLock(folder / "writer.lock", timeout=0, thread_local=False)
        self._opened: Postings | None = None

    def position(self) -> Seq:
        """Answer the seq up to which everything is applied; 0 for nothing."""
        postings = self._postings()
        return postings.position() if postings else Seq(0)

    def apply(self, feed: Feed) -> None:
        """Bring the index to `feed.upto`; what it already holds changes nothing.

        Raises:
            Conflict: the feed starts after the index's position, so that changes would be lost,
                or another process writes here.
            Unavailable: the disk refuses; nothing was committed.
        """
        with self._writing():
            position = self.position()
            if feed.after > position:
                raise Conflict(
                    f"the feed starts after seq {feed.after} and the index in {self._folder} "
                    f"is at {position}; read the feed from there"
                )
            if feed.upto <= position:
                return
            postings = self._postings()
            if postings is None or (position == 0 and postings.searcher().num_docs):
                postings = self._begin()
            self._follow(postings, feed)

    def reset(self) -> None:
        """Forget everything: the next feed starts at seq 0.

        Raises:
            Conflict: another process writes here.
            Unavailable: the disk refuses.
        """
        with self._writing():
            self._begin()

    def compact(self, source: FeedSource) -> None:
        """Build the index anew beside the old one, which serves until it is replaced.

        Afterwards no term of a purged chunk is left in the files.

        Raises:
            Conflict: another process writes here.
            Unavailable: the disk refuses; the old index is as it was.
        """
        aside = self._folder / "aside"
        with self._writing():
            shutil.rmtree(aside, ignore_errors=True)
            fresh = LexicalIndex(aside)
            try:
                catch_up(fresh, source)
            finally:
                fresh.close()
            built = generations(aside)[-1:]
            with self._opening:
                self._let_go()
                for generation in built:
                    generation.rename(next_generation(self._folder))
                keep_newest(self._folder)
            shutil.rmtree(aside, ignore_errors=True)

    def search(
        self,
        query: str,
        k: int,
        scope: Scope,
        also: Sequence[str] = (),
        weight: float = 0.0,
        *,
        phrases: Sequence[str] = (),
    ) -> Ranking:
        """Rank the k chunks in scope that share the most telling terms, equal scores by id.

        Of a query only the first 10,000 characters are read, and of many terms the rarest kept.

        Args:
            query: what is asked for.
            k: how many at the most.
            scope: which chunks may be answered.
            also: other names for what is asked for: their terms count too, where they are new.
            weight: of such a term against one of the query's.
            phrases: only chunks that have every word of each of these, the telling words that are
                neighbours there as neighbours; whether they stand just so is not known here.

        Raises:
            Unavailable: the files are damaged.
        """
        with self._reading() as postings:
            if postings is None or k <= 0:
                return Ranking.empty()
            searcher, schema = postings.searcher(), postings.schema
            terms = self._analyser.query(query)
            further = self._analyser.queries(also) if also and weight > 0.0 else None
            wanted = bm25.asked(searcher, schema, terms, further, weight)
            if wanted is None:
                return Ranking.empty()
            needed = [wanted, *bm25.within(schema, scope)]
            if phrases:
                needed.append(bm25.holding(searcher, schema, self._analyser.phrases(phrases)))
            return bm25.best(searcher, bm25.every(needed), k, scope.documents)

    def scores(self, query: str, chunk_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score chunks, whatever their interval: shape (n,), 0 for those without any term.

        Raises:
            Unavailable: the files are damaged.
        """
        with self._reading() as postings:
            scores = np.zeros(len(chunk_ids), np.float32)
            if postings is None or not len(chunk_ids):
                return scores
            searcher, schema = postings.searcher(), postings.schema
            wanted = bm25.asked(searcher, schema, self._analyser.query(query))
            if wanted is None:
                return scores
            found = bm25.best(
                searcher, bm25.every([wanted, bm25.named(schema, chunk_ids)]), len(chunk_ids), None
            )
            known = dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
            scores[:] = [known.get(number, 0.0) for number in chunk_ids.tolist()]
            return scores

    def containing(self, text: str) -> NDArray[np.int64]:
        """List the chunks that have every term of a text, past ones too, ascending."""
        with self._reading() as postings:
            if postings is None:
                return np.empty(0, np.int64)
            searcher, schema = postings.searcher(), postings.schema
            return bm25.holders(searcher, schema, self._analyser.query(text))

    def frequencies(self, terms: Terms) -> tuple[Mapping[str, int], int]:
        """Count the passages with each word and gram, past ones too, and all passages."""
        with self._reading() as postings:
            if postings is None:
                return dict.fromkeys((*terms.words, *terms.grams), 0), 0
            return bm25.seen(postings.searcher(), terms), postings.searcher().num_docs

    def ids(self, scope: Scope | None = None) -> NDArray[np.int64]:
        """List the chunks in scope (the current ones, if None), ascending."""
        with self._reading() as postings:
            if postings is None:
                return np.empty(0, np.int64)
            return bm25.listed(postings.searcher(), postings.schema, scope or Scope())

    def count(self) -> int:
        """Count the current chunks."""
        with self._reading() as postings:
            return bm25.counted(postings.searcher(), postings.schema) if postings else 0

    def residue(self) -> bool:
        """Tell whether terms of purged chunks may still lie in the files."""
        postings = self._postings()
        return postings is not None and postings.residue()

    def damage(self) -> list[str]:
        """Read all files and name those whose bytes differ from their checksum."""
        with self._reading() as postings:
            return postings.damage() if postings else []

    def close(self) -> None:
        """Let merges end and let another process write; searches still work."""
        with self._lock:
            opened = self._opened
            if opened is not None:
                opened.close()
            self._held.release()

    def _follow(self, postings: Postings, feed: Feed) -> None:
        chunks = {chunk.id: chunk for chunk in (*feed.opened, *feed.closed)}
        for purged in feed.purged:
            chunks.pop(purged, None)
        if postings.holds_any(feed.purged):
            postings.mark_residue()
        postings.replace([*chunks, *feed.purged], chunks.values(), feed.upto)

    def _postings(self) -> Postings | None:
        """Open the newest generation, or answer None where there is none that can be opened."""
        with self._opening:
            opened, self._opened = self._opened, None
            for _ in range(2):  # another process may just have replaced what was listed
                existing = generations(self._folder)
                if not existing:
                    return None
                try:
                    if opened is None or opened.folder != existing[-1]:
                        opened = Postings(existing[-1], self._analyser)
                    opened.searcher()
                except (OSError, ValueError):
                    opened = None
                else:
                    self._opened = opened
                    break
            return opened

    def _begin(self) -> Postings:
        """Start an empty generation in place of what there is."""
        with self._opening:
            self._let_go()
            self._opened = Postings.create(next_generation(self._folder), self._analyser)
            keep_newest(self._folder)
            return self._opened

    def _let_go(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the one writer, in this process and among processes, until `close`."""
        from filelock import Timeout

        if not self.writable:
            raise Conflict(f"the index in {self._folder} was opened for reading only")
        with self._lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                if not self._held.is_locked:
                    self._held.acquire()
                yield
            except Timeout as error:
                raise Conflict(
                    f"another process writes to the index in {self._folder}; "
                    "wait until it is done, or open the index with writable=False"
                ) from error
            except (OSError, ValueError) as error:
                raise Unavailable(
                    f"the index in {self._folder} could not be written ({error}); "
                    "free disk space or mend the permissions, then apply the feed again"
                ) from error

    @contextmanager
    def _reading(self) -> Iterator[Postings | None]:
        try:
            yield self._postings()
        except BaseException as error:
            if isinstance(error, OSError | ValueError) or type(error).__name__ == _PANIC:
                raise Unavailable(
                    f"the index in {self._folder} cannot be read ({error}); "
                    "reset it and let it catch up"
                ) from error
            raise
