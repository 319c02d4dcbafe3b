"""The approximate vector index: Chroma's HNSW over what is current, never trusted blindly."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Final

import numpy as np

from foundation.errors import Conflict, InvalidInput, Unavailable
from foundation.ids import FOREVER, Seq
from knowledge.follower import Feed
from knowledge.model import Chunk
from retrieval.indexes.chroma_check import expectation, fault_of
from retrieval.indexes.chroma_journal import Journal, JournalFolder
from retrieval.indexes.chroma_store import ChromaStore, open_embedded, open_server
from retrieval.indexes.durable import writing
from retrieval.indexes.rows import Integers
from retrieval.indexes.vectors import VectorReader, checked, read_matrix
from retrieval.model import Ranking, Vector

_COLLECTION: Final = "chunks"


class ChromaIndex:
    """Follows the log with the vectors of current chunks; only the home's holder opens it.

    Chroma keeps ids, vectors and two filter fields, never text. It is opened when first needed.
    A store that was not closed in order is checked in a child process before anything else opens
    it, and on any doubt the index begins again at position 0, to be rebuilt from the truth. So it
    does after a purge of a chunk that it ever held, because Chroma's files keep deleted vectors.
    Hence `apply` may leave position 0: feed it from the start. (On a server only the collection is
    deleted; what its files keep is up to whoever runs it.)

    Attributes:
        fault: why the store was last thrown away; None if it never was.
    """

    name = "chroma"

    def __init__(
        self,
        folder: Path,
        dimension: int,
        vectors: VectorReader,
        *,
        url: str | None = None,
        collection: str | None = None,
        timeout_seconds: float = 30.0,
    ) -> None:
        """Read how far the index is; this neither imports nor opens Chroma.

        Args:
            folder: holds the journal and, without a server, the store.
            dimension: of the embedder's vectors.
            vectors: where the vectors are read.
            url: of a `chroma run` server to use instead of the embedded store.
            collection: on a server, a name for this home's and this embedder's vectors alone (3 to
                100 letters, digits, `.-_`): older collections `name-<number>` are deleted.
            timeout_seconds: how long to wait for one answer of the server.

        Raises:
            InvalidInput: a server without a collection.
            Unavailable: the folder cannot be written.
        """
        if url and not collection:
            raise InvalidInput(
                f"the Chroma server {url} needs a collection name that no other home uses"
            )
        self.fault: str | None = None
        self._dimension = dimension
        self._vectors = vectors
        self._url = url
        self._collection = collection or _COLLECTION
        self._timeout = timeout_seconds
        self._lock = RLock()
        self._store: ChromaStore | None = None
        self._closed = False
        with writing(folder):
            self._files = JournalFolder(folder, dimension)
            self._journal = self._files.read() or self._files.begin()
        self._suspect = not self._trusted()

    def position(self) -> Seq:
        """Answer the seq up to which everything is applied; 0 for nothing.

        After an unclean stop the first call checks the store, which takes seconds or minutes.
        """
        if self._suspect:
            with self._lock:
                self._settle()
        return self._journal.seq

    def serving(self) -> Seq:
        """Answer the position if the store is open and sound, else 0; never waits."""
        return Seq(0) if self._suspect or self._store is None else self._journal.seq

    def warm(self) -> None:
        """Check the store if need be, open it and load its graph: seconds, once.

        For processes that live long; a single search is faster by exact scan.

        Raises:
            Unavailable: Chroma failed, or the store is thrown away and has to be rebuilt.
        """
        with self._lock:
            self._settle()
            if self._journal.most:
                self._open().nearest(np.zeros(self._dimension, np.float32), 1)

    def apply(self, feed: Feed) -> None:
        """Bring the store to `feed.upto`, or to position 0 where it must begin again.

        Raises:
            Conflict: the feed starts after the index's position.
            Unavailable: a vector is missing, or Chroma or the disk refuses.
        """
        with self._lock:
            self._settle()
            journal = self._journal
            if feed.after > journal.seq:
                raise Conflict(
                    f"the feed starts after seq {feed.after} and the Chroma index is at "
                    f"{journal.seq}; read the feed from there"
                )
            if feed.upto > journal.seq:
                self._follow(feed, journal)

    def reset(self) -> None:
        """Forget everything: the next feed starts at seq 0."""
        with self._lock:
            self._begin_again(None)

    def nearest(self, vector: Vector, k: int) -> Ranking:
        """Rank about k current chunks by inner product, as HNSW finds them.

        Raises:
            InvalidInput: the vector has another dimension, or is not finite.
            Unavailable: the store is in doubt, or Chroma failed.
        """
        query = checked(vector, self._dimension)
        if self._suspect:
            raise Unavailable("the Chroma index awaits its check; the exact index serves meanwhile")
        store = self._store or self._open()
        try:
            return store.nearest(query, k)
        except Unavailable:
            if self._store is store:  # else it was closed under way, in order
                self._suspect = True
            raise

    def ids(self) -> Integers:
        """List all chunks in the store, ascending, for comparison with the truth.

        Raises:
            Unavailable: Chroma failed.
        """
        with self._lock:
            self._settle()
            if self._journal.most == 0:
                return np.empty(0, np.int64)
            return self._open().ids()

    def close(self) -> None:
        """Close the store in order, so that the next process may trust it; nothing works after."""
        with self._lock:
            self._closed = True
            self._let_go()

    def _trusted(self) -> bool:
        """Tell whether the store may be opened without a check; a server's is checked then."""
        if self._url or self._files.clean:
            return True
        return self._journal.most == 0 and not self._files.store(self._journal).exists()

    def _settle(self) -> None:
        """Clear up a doubt about the store: check it, and begin again if it is not sound."""
        if not self._suspect:
            return
        self._let_go()
        if not self._url:
            fault = fault_of(
                expectation(
                    self._files.store(self._journal),
                    self._name(),
                    dimension=self._dimension,
                    fewest=self._journal.fewest,
                    most=self._journal.most,
                )
            )
            if fault:
                self._begin_again(f"the store was not closed in order and {fault}")
                return
            with writing(self._files.folder):
                self._files.mark_clean()
        self._suspect = False

    def _open(self) -> ChromaStore:
        """Answer the open store, opening it if need be.

        Raises:
            Unavailable: it cannot be opened, or it lost vectors and has to be rebuilt.
        """
        with self._lock:
            if self._store is not None:
                return self._store
            if self._closed:
                raise Unavailable("the Chroma index is closed; open it again")
            store = self._connect()
            count = store.count()
            if not self._journal.fewest <= count <= self._journal.most:
                with suppress(Unavailable):
                    store.close()
                fault = f"it counts {count} vectors, not {self._journal.count}"
                self._begin_again(fault)
                raise Unavailable(f"the Chroma index is thrown away: {fault}; it will be rebuilt")
            self._store = store
            return store

    def _connect(self) -> ChromaStore:
        if self._url:
            fresh = self._journal.most == 0
            return open_server(self._url, self._name(), fresh=fresh, timeout_seconds=self._timeout)
        with writing(self._files.folder):
            self._files.soil()
        try:
            return open_embedded(self._files.store(self._journal), self._name())
        except Unavailable:
            self._suspect = True
            raise

    def _follow(self, feed: Feed, journal: Journal) -> None:
        latest = {chunk.id: chunk for chunk in (*feed.opened, *feed.closed)}
        written = self._files.written(journal)
        if np.isin(np.array(feed.purged, np.int64), written).any():
            self._begin_again("a purged passage was in it")
            return
        current = [c for c in latest.values() if c.valid_to == FOREVER]
        ended = np.array([c.id for c in latest.values() if c.valid_to != FOREVER], np.int64)
        ended = ended[np.isin(ended, written)]
        if current or len(ended):
            journal = self._write(journal, current, ended.tolist())
        with writing(self._files.folder):
            self._journal = self._files.write(replace(journal, seq=feed.upto))

    def _write(self, journal: Journal, current: Sequence[Chunk], ended: Sequence[int]) -> Journal:
        """Bring the store up to date; the journal tells all the while what may be in it."""
        vectors = read_matrix(self._vectors, [c.text_hash for c in current], self._dimension)
        store = self._open()
        with writing(self._files.folder):
            journal = self._journal = self._files.write(
                replace(
                    journal,
                    opening=journal.opening + len(current),
                    closing=journal.closing + len(ended),
                )
            )
            self._files.note_written(journal, [c.id for c in current])
        try:
            store.upsert(
                [c.id for c in current],
                vectors,
                [{"document": c.document_number, "collection": c.collection} for c in current],
            )
            store.delete(ended)
            return replace(journal, count=store.count(), opening=0, closing=0)
        except Unavailable:
            self._suspect = True
            raise

    def _begin_again(self, fault: str | None) -> None:
        self._suspect = True  # whatever happens below, nobody searches the old store
        self._let_go()
        with writing(self._files.folder):
            self._journal = self._files.begin()
        self.fault = fault or self.fault
        self._suspect = False

    def _let_go(self) -> None:
        """Close the store; only one that closed well and is not in doubt is marked clean."""
        store, self._store = self._store, None
        if store is None:
            return
        try:
            store.close()
        except Unavailable:
            self._suspect = True
        if not (self._suspect or self._url):
            with writing(self._files.folder):
                self._files.mark_clean()

    def _name(self) -> str:
        return f"{self._collection}-{self._journal.generation}"
