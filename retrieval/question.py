"""What is asked of the RAG Sage, checked, and what it answers before anything is cited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from foundation.security.policy import Access
from knowledge.log import AsOf
from retrieval.diversity import RELEVANCE_ALONE, Diversity
from retrieval.enhancement.model import Variation
from retrieval.model import Ranking, Scope
from retrieval.varying import Brought

MAX_QUERY_CHARACTERS: Final = 32_768
MAX_K: Final = 1_000
MODES: Final = ("default", "fusion", "graph", "dense", "lexical")


@dataclass(frozen=True, slots=True)
class Question:
    """A checked search request.

    Attributes:
        diversity: what to look to beside relevance.
        variations: other ways to ask; they bring candidates to the ranker.
        access: what the asker may see; the scope keeps to it, and what was learned of all
            documents together (names, the graph) helps only those who may see everything.
        newest: the words that ask for the latest, which then goes before older ones; "" for none.
        cited: the moment that hits are cited from, where it is not `at`: the state that the index
            of words has, while it is about to follow what was just committed.
    """

    text: str
    k: int
    scope: Scope
    at: AsOf
    mode: str = "default"
    diversity: Diversity = RELEVANCE_ALONE
    variations: Sequence[Variation] = ()
    access: Access = Access.everything
    newest: str = ""
    cited: AsOf | None = None

    @property
    def open(self) -> bool:
        """Tell whether the asker may see everything."""
        return self.access == Access.everything


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scored candidates, best first, all arrays of shape (n,); parts are nan where unknown.

    Attributes:
        brought: what each variation of the question found.
        own: what the question itself found, shape (m,).
        further: what each retriever found, by its name.
        complete: whether words and meaning find nothing else within the scope.
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    parts: Mapping[str, NDArray[np.float32]]
    notes: list[str]
    brought: Sequence[Brought] = ()
    own: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    further: Mapping[str, Ranking] = field(default_factory=dict)
    complete: bool = False


def check_question(text: str, k: int, mode: str) -> str:
    """Refuse what can't be searched for; answer the text to search.

    Raises:
        InvalidInput: with what is wrong and what is allowed.
    """
    if mode not in MODES:
        raise InvalidInput(f"mode is {mode!r}; it can be {', '.join(MODES)}")
    if not 1 <= k <= MAX_K:
        raise InvalidInput(f"k is {k}; it can be 1 to {MAX_K}")
    query = text.strip()
    if not query:
        raise InvalidInput("the query is empty: say what to search for")
    if len(query) > MAX_QUERY_CHARACTERS:
        raise InvalidInput(
            f"the query has {len(query):,} characters; at most {MAX_QUERY_CHARACTERS:,} are"
            " searched: ingest a text of that size as a document instead"
        )
    return query
