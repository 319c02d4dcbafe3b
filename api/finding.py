"""Answer one request from the parts of searching: what it means, what it may see, what is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api.retrieving import Retrieval, restricted
from foundation.ids import Seq
from foundation.operations.tracing import span
from foundation.security.policy import Access
from knowledge.log import NOW, AsOf
from knowledge.model import INSIGHTS
from knowledge.reading import Reader
from retrieval.cache.model import Request
from retrieval.enhancement.telling import told
from retrieval.filters import parse_filter
from retrieval.model import Scope, SearchResult
from retrieval.question import Question
from retrieval.rights import both, seen_before

_BRIEFLY: Final = 1_000
"""Changes that the index of words may be behind while it is about to catch up."""


class Finder:
    """Works answers out, each from one state of the knowledge."""

    def __init__(self, retrieval: Retrieval, reader: Reader) -> None:
        self._retrieval = retrieval
        self._reader = reader

    def find(self, asked: Request) -> SearchResult:
        """Find the passages that a request asks for.

        Raises:
            InvalidInput: a bad filter or field.
            NotFound: an unknown collection.
        """
        with span("search", mode=asked.mode, k=asked.k):
            return self._found(asked)

    def _found(self, asked: Request) -> SearchResult:
        at, parts = asked.at, self._retrieval
        access = asked.access
        with span("search.enhance"):
            query = parts.understanding.query(
                asked.text, at, filtering=asked.filtering, everything=access == Access.everything
            )
        wanted = restricted(asked.filter, query)
        parsed = None if wanted is None else parse_filter(wanted)
        searched = self.searched(asked.collections, access)
        documents = parts.attributes.mask(parsed, searched, at, access)
        scope = Scope(documents=documents, seq=at.seq, time=at.time)
        question = Question(
            query.text, asked.k, scope, at, asked.mode, asked.diversity, query.variations,
            access, newest=query.newest,
        )  # fmt: skip
        found = self._consistent(question)
        only = [f"only {each.why} (“{each.words}”)" for each in query.filters]
        notes = [*only, *found.notes]
        return replace(
            found, query=asked.text, notes=notes, understood=[*told(query), *found.understood]
        )

    def searched(
        self, collections: Sequence[str] | None, access: Access = Access.everything
    ) -> Sequence[str] | None:
        """Leave insights out where nobody names them; None where there are none anyway."""
        if collections is not None:
            return collections
        known = self._reader.collections()
        if INSIGHTS not in known:
            return None
        return [name for name in known if name != INSIGHTS and access.sees_collection(name)]

    def _consistent(self, question: Question) -> SearchResult:
        """Search one state of the knowledge, while others write.

        Between the commit of a document's next version and the moment the index has it, the one
        version is out of date in the truth and the other not found yet: then the state that the
        index has is searched and cited, the last one that can have been acknowledged.
        """
        rag, indexed, head = self._retrieval.rag, self._retrieval.indexed, self._reader.head
        if question.at != NOW:
            return rag.search(question)
        before = head()
        if indexed() == before:
            found = rag.search(question)
            if head() == before:
                return found
        reached = indexed()
        if reached <= 0 or head() - reached > _BRIEFLY:
            return rag.search(question)
        cited = AsOf(seq=reached)
        scope = replace(question.scope, seq=reached, documents=self._seen(question, reached))
        return rag.search(replace(question, scope=scope, cited=cited))

    def _seen(self, question: Question, reached: Seq) -> NDArray[np.bool_] | None:
        """Leave out what the asker might not see yet in the state that is cited.

        Only what was touched since can differ from now, and that is little: nothing else is read.
        """
        documents, access = question.scope.documents, question.access
        if documents is None or access == Access.everything:
            return documents
        before = self._reader.attribute_rows_before(reached)
        return seen_before(
            both(documents, self._retrieval.attributes.visible(access)), before, access
        )
