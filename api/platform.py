"""A home with everything in it running: what every door opens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from api.finding import Finder
from api.parts import Parts
from foundation.breaker import Breakers
from foundation.errors import Conflict, Forbidden
from foundation.ids import FOREVER, DocumentId, Seq
from foundation.security.policy import Access
from ingest.sources.naming import cleaned
from knowledge.access import may_see, seen_of
from knowledge.log import AsOf, parse_as_of
from retrieval.cache.model import Request, normalised
from retrieval.diversity import RELEVANCE_ALONE, Diversity
from retrieval.following import Lag
from retrieval.model import SearchResult
from retrieval.question import check_question

if TYPE_CHECKING:
    from api.patience import Patience

WORDS = ("lexical",)
DENSE = ("exact", "chroma")
_PATIENCE_SECONDS = 10.0
"""How long a purge waits for the vector indexes before it has them begin again."""


class Platform:
    """The Sages of one home, with their followers at work.

    Without the home's lock (another process has it) it reads: searches work, nothing is followed.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._finder = Finder(parts.retrieval, parts.reader)
        self.cache = parts.caching(self._finder.find)
        self.access = Access.everything
        self.hosts = Breakers()
        self.patience: Patience | None = None
        self._running: frozenset[str] = frozenset()
        self._closed = False
        self._closing = threading.Lock()

    def seen_by(self, access: Access) -> Platform:
        """Answer this platform as somebody sees it who may see only a part of it."""
        seen = copy(self)
        seen.access = access
        return seen

    @property
    def follows(self) -> bool:
        """Tell whether this process owns the home's derived state."""
        return self.parts.lock is not None

    def require_ownership(self) -> None:
        """Refuse what only the home's owner may do.

        Raises:
            Conflict: it was opened read-only.
        """
        if not self.follows:
            raise Conflict("this knowledge base was opened read-only: open it without read_only")

    def start(self, names: Collection[str] = ()) -> None:
        """Let the named followers (all, by default) run in the background, where it is allowed."""
        if self.follows:
            self.parts.followers.start(names)
            self._running = frozenset(names or self.parts.followers.names)

    def settle(self) -> None:
        """Make what was committed findable by words; the rest follows when it can.

        Without followers in the background, the indexes are brought up to date here and now: all
        but the embedder, which takes its time.
        """
        if self._running:
            self.wait(WORDS)
        elif self.follows:
            self.parts.followers.catch_up([*WORDS, *DENSE])

    def close(self) -> None:
        """Stop the followers, close every file and give the home back; safe to call twice."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        parts = self.parts
        with ExitStack() as ending:  # each step is taken whatever the others raise
            if parts.lock:
                ending.callback(parts.lock.release)
            ending.callback(parts.database.close)
            for close in reversed(parts.closing):
                ending.callback(close)
            ending.callback(self.cache.close)
            ending.callback(parts.rag.close)
            ending.callback(parts.followers.stop)

    def moment(self, as_of: str | int | None) -> AsOf:
        """Read an `as_of` against the log and the clock."""
        if as_of is None or as_of == "":
            return AsOf()
        return parse_as_of(as_of, head=self.parts.reader.head(), now=self.parts.clock())

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        collections: Sequence[str] | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the field's common name
        as_of: str | int | None = None,
        mode: str = "default",
        filtering: bool = True,
        diversity: float = 0.0,
        per_source: int | None = None,
        fresh: bool = False,
    ) -> SearchResult:
        """Find passages.

        Args:
            query: a question or keywords, in any language.
            k: how many passages, 1 to 1,000.
            collections: only these; None means all.
            filter: Mongo-like conditions on metadata and built-in fields.
            as_of: a change seq or an ISO time: search what held then.
            mode: "default" (all retrievers, ordered by the learned ranker), "fusion" (words and
                meaning), "graph" (a walk from what is named and found), "dense" or "lexical".
            filtering: whether words such as "documents since 2024" restrict the search; notes
                say where they did.
            diversity: 0 (relevance alone) to 1 (novelty alone): how much a passage loses by being
                like those before it.
            per_source: passages of one document at the most, as long as others have any.
            fresh: do not answer from the cache.

        Raises:
            InvalidInput: a bad query, k, filter, field or as_of.
            NotFound: an unknown collection.
        """
        request = self.request(
            query, k, collections, filter, as_of, mode,
            filtering=filtering, diversity=Diversity(1.0 - diversity, per_source),
        )  # fmt: skip
        if self.patience is None:
            return self.cache.answer(request, fresh=fresh).result
        return self.patience.answer(self.cache, request, fresh=fresh).result

    def request(
        self,
        query: str,
        k: int,
        collections: Sequence[str] | None,
        condition: Mapping[str, Any] | None,
        as_of: str | int | None,
        mode: str,
        *,
        filtering: bool = True,
        diversity: Diversity = RELEVANCE_ALONE,
    ) -> Request:
        """Make the request for the cache of what `search` is asked.

        Raises:
            InvalidInput: a bad query, k, mode or as_of.
        """
        text = check_question(normalised(cleaned(query)), k, mode)
        at = self.moment(as_of)
        return Request(text, k, mode, collections, condition, at, filtering, diversity, self.access)

    def knows(self, document_id: DocumentId, since: int = FOREVER) -> bool:
        """Tell whether there is a document for who asks; `since` as `may_see` takes it."""
        if self.access == Access.everything:
            return True
        with self.parts.database.read() as connection:
            return may_see(connection, self.access, document_id, since)

    def known(self, document_ids: Iterable[DocumentId]) -> set[DocumentId]:
        """Answer those documents that there are for who asks, as `knows` tells of one."""
        asked = set(document_ids)
        if self.access == Access.everything:
            return asked
        with self.parts.database.read() as connection:
            return seen_of(connection, self.access, asked)

    def require_everything(self, what: str) -> None:
        """Refuse what is made of all documents to who may not see all.

        Raises:
            Forbidden: they may not.
        """
        if self.access != Access.everything:
            raise Forbidden(
                f"{what}: made of all documents, so it needs the right to see all collections and"
                " labels"
            )

    def searched(self) -> NDArray[np.bool_] | None:
        """Answer which documents a search sees that names no collection; None for all."""
        return self.parts.attributes.mask(None, self._finder.searched(None))

    def forget(self, upto: Seq) -> None:
        """Let no follower keep a byte of what was purged up to a seq: files are built anew."""
        self.settle()
        if self._running.issuperset(DENSE):
            self.wait(DENSE, timeout_seconds=_PATIENCE_SECONDS)
        elif self.parts.embedded():
            self.wait()
        self.parts.forgetting(upto)
        self.let_go()

    def let_go(self) -> None:
        """Keep nothing in memory of what was purged."""
        self.parts.retrieval.graphs.forget()
        self.cache.forget()

    def wait(
        self,
        names: Collection[str] = (),
        *,
        timeout_seconds: float | None = None,
        on_lag: Callable[[Sequence[Lag]], None] = lambda _: None,
    ) -> bool:
        """Wait until the named followers (all, by default) have caught up.

        Those that do not run in the background do their work here and now.

        Returns:
            False where the time ran out or a follower can't go on (see its lag's error).
        """
        self.require_ownership()
        followers = self.parts.followers
        wanted = list(names or followers.names)
        if idle := [name for name in wanted if name not in self._running]:
            followers.catch_up(idle)
        followers.notify()
        return followers.wait(wanted, timeout_seconds=timeout_seconds, on_lag=on_lag)

    def head(self) -> Seq:
        """Answer the newest committed seq."""
        return self.parts.reader.head()
