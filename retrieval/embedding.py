"""The follower that embeds passages: the indexes that need vectors come after it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from foundation.ids import Seq
from knowledge.follower import Feed
from knowledge.vectors import VectorStore
from retrieval.embedders.model import Embedder

WINDOW = 128
"""Passages embedded at once: enough to be sorted by length, few enough to stop soon."""


class EmbeddingFollower:
    """Embeds every passage once and writes its vector into the truth (FollowerContract).

    One that was interrupted has ended: what it embedded is kept, and the next process goes on.
    """

    name = "embedder"

    def __init__(self, embedder: Callable[[], Embedder], store: VectorStore) -> None:
        self._embedder = embedder
        self._store = store
        self._interrupted = threading.Event()

    def position(self) -> Seq:
        """Answer the seq up to which every chunk has its vector."""
        return self._store.position()

    def apply(self, feed: Feed) -> None:
        """Embed what is new; a passage whose text was embedded before costs nothing."""
        texts: dict[str, str] = {chunk.text_hash: chunk.passage for chunk in feed.opened}
        missing = self._store.missing(texts)
        for start in range(0, len(missing), WINDOW):
            if self._interrupted.is_set():
                return
            window = missing[start : start + WINDOW]
            matrix = self._embedder().embed_documents([texts[h] for h in window])
            rows: dict[str, bytes] = {
                h: row.astype("<f4").tobytes() for h, row in zip(window, matrix, strict=True)
            }
            self._store.store(rows)
        self._store.store({}, position=feed.upto)

    def interrupt(self) -> None:
        """End the step under way soon; what is embedded is kept, the position stays."""
        self._interrupted.set()

    def reset(self) -> None:
        """Look at every chunk anew; vectors that exist are kept, they are the truth."""
        self._store.store({}, position=Seq(0))
