"""What to ask tantivy: terms with weights, scopes as filters, and the best k without chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from foundation.ids import FOREVER
from retrieval.indexes.analysis import Terms
from retrieval.indexes.postings import (
    CHUNK,
    DOCUMENT,
    GRAMS,
    PAIRS,
    TIME_FROM,
    TIME_TO,
    VALID_FROM,
    VALID_TO,
    WORDS,
)
from retrieval.model import Ranking, Scope

if TYPE_CHECKING:
    from tantivy import DocAddress, Query, Schema, Searcher

_PAIR_WEIGHT: Final = 0.15
"""Of a pair of neighbouring words against a word: tuned on the training sets."""

_MOST_TERMS: Final = 128
"""Asked for at once; of a longer query the rarest terms are kept."""

_MOST_PAIRS: Final = 64
_MOST_FURTHER: Final = 64
_MOST_DISTINCT: Final = 1000
_FEW_DOCUMENTS: Final = 2000
"""Up to so many allowed documents are looked up by number; beyond, hits are sifted."""

_MOST_TIES: Final = 16_384
"""Equal scores are ordered by chunk id within so many hits."""


def asked(
    searcher: Searcher,
    schema: Schema,
    terms: Terms,
    also: Terms | None = None,
    weight: float = 0.0,
) -> Query | None:
    """Ask for any of the terms; None where the index has none of them.

    Built from terms, never parsed, so that nothing in a user's text is syntax.

    Args:
        searcher: holds the index.
        schema: of the index.
        terms: what is asked for.
        also: further terms; each counts once, and not at all if it is among the others.
        weight: of a further term against one that is asked for.
    """
    from tantivy import Occur, Query

    held = [
        *_held(searcher, WORDS, terms.words, 1.0),
        *_held(searcher, GRAMS, terms.grams, 1.0),
    ]
    pairs = _held(searcher, PAIRS, terms.pairs, _PAIR_WEIGHT)
    chosen = sorted(held)[:_MOST_TERMS] + sorted(pairs)[:_MOST_PAIRS]
    if also is not None and weight > 0.0:
        more = [
            *_held(searcher, WORDS, _beyond(also.words, terms.words), weight),
            *_held(searcher, GRAMS, _beyond(also.grams, terms.grams), weight),
            *_held(searcher, PAIRS, _beyond(also.pairs, terms.pairs), weight * _PAIR_WEIGHT),
        ]
        chosen += sorted(more)[:_MOST_FURTHER]
    if not chosen:
        return None
    return Query.boolean_query(
        [
            (Occur.Should, Query.boost_query(Query.term_query(schema, name, term), weight))
            for _, name, term, weight in chosen
        ]
    )


def _beyond(further: Sequence[str], terms: Sequence[str]) -> list[str]:
    known = set(terms)
    return [term for term in dict.fromkeys(further) if term not in known]


def _held(
    searcher: Searcher, name: str, terms: Sequence[str], weight: float
) -> list[tuple[int, str, str, float]]:
    """Look terms up: (document frequency, field, term, weight) of those that the index holds."""
    counts = list(Counter(terms).items())[:_MOST_DISTINCT]
    frequencies = [searcher.doc_freq(name, term) for term, _ in counts]
    return [
        (frequency, name, term, weight * count)
        for frequency, (term, count) in zip(frequencies, counts, strict=True)
        if frequency
    ]


def seen(searcher: Searcher, terms: Terms) -> dict[str, int]:
    """Count the passages that hold each word and each gram, 0 for those that none holds."""
    counts = {term: searcher.doc_freq(WORDS, term) for term in dict.fromkeys(terms.words)}
    return counts | {gram: searcher.doc_freq(GRAMS, gram) for gram in dict.fromkeys(terms.grams)}


def within(schema: Schema, scope: Scope) -> list[Query]:
    """Say a scope's times, and its documents where they are few, as filters without a score."""
    from tantivy import FieldType, Query

    def bounded(name: str, lower: int | None, upper: int | None) -> Query:
        return Query.range_query(schema, name, FieldType.Integer, lower, upper)

    filters = []
    if scope.current:
        filters.append(Query.term_query(schema, VALID_TO, FOREVER))
    if scope.seq is not None:
        filters.append(bounded(VALID_FROM, None, scope.seq))
        filters.append(bounded(VALID_TO, scope.seq + 1, None))
    if scope.time is not None:
        filters.append(bounded(TIME_FROM, None, scope.time))
        filters.append(bounded(TIME_TO, scope.time + 1, None))
    if scope.documents is not None and _few(scope.documents):
        numbers = [int(number) for number in np.flatnonzero(scope.documents)]
        filters.append(Query.term_set_query(schema, DOCUMENT, numbers))
    return [Query.const_score_query(query, 0.0) for query in filters]


def named(schema: Schema, chunk_ids: NDArray[np.int64]) -> Query:
    """Say which chunks alone are wanted, as a filter without a score."""
    from tantivy import Query

    query = Query.term_set_query(schema, CHUNK, [int(number) for number in chunk_ids])
    return Query.const_score_query(query, 0.0)


def every(queries: Sequence[Query]) -> Query:
    """Ask for what satisfies all queries; their scores add up."""
    from tantivy import Occur, Query

    return Query.boolean_query([(Occur.Must, query) for query in queries])


def best(searcher: Searcher, query: Query, k: int, documents: NDArray[np.bool_] | None) -> Ranking:
    """Rank the k best chunks, equal scores by chunk id.

    Documents that are too many to be named in the query are sifted here: more hits are fetched
    than asked for, by the share of documents that pass, and more again until k are certain.
    """
    sifted = documents is not None and not _few(documents)
    share = max(float(np.mean(documents)), 1e-3) if documents is not None and sifted else 1.0
    total = searcher.num_docs
    limit = min(total, ceil((min(k, total) + 16) * 1.2 / share))
    while limit > 0:
        hits = searcher.search(query, limit, count=False).hits
        addresses = [address for _, address in hits]
        scores = _blunt(np.array([score for score, _ in hits], np.float32))
        ids = np.array(searcher.fast_field_values(CHUNK, addresses), np.int64)
        floor = scores[-1] if len(hits) == limit < total else -1.0
        if documents is not None and sifted:
            passing = _allowed(searcher, addresses, documents)
            scores, ids = scores[passing], ids[passing]
        certain = len(ids) >= k and (scores[k - 1] > floor or limit > _MOST_TIES)
        if floor < 0 or certain:
            order = np.lexsort((ids, -scores))[:k]
            return Ranking(ids[order], scores[order])
        limit = min(total, limit * 4)
    return Ranking.empty()


def listed(searcher: Searcher, schema: Schema, scope: Scope) -> NDArray[np.int64]:
    """List all chunks in scope, ascending."""
    hits = searcher.search(
        every(within(schema, scope)), max(searcher.num_docs, 1), count=False
    ).hits
    addresses = [address for _, address in hits]
    ids = np.array(searcher.fast_field_values(CHUNK, addresses), np.int64)
    if scope.documents is not None:
        ids = ids[_allowed(searcher, addresses, scope.documents)]
    return np.sort(ids)


def holding(searcher: Searcher, schema: Schema, terms: Terms) -> Query:
    """Ask for what has all of the terms, without a score; nothing has all of none."""
    from tantivy import Query

    named = ((WORDS, terms.words), (PAIRS, terms.pairs), (GRAMS, terms.grams))
    wanted = dict.fromkeys((name, term) for name, own in named for term in own)
    if not wanted or not all(searcher.doc_freq(name, term) for name, term in wanted):
        return Query.empty_query()
    query = every([Query.term_query(schema, name, term) for name, term in wanted])
    return Query.const_score_query(query, 0.0)


def holders(searcher: Searcher, schema: Schema, terms: Terms) -> NDArray[np.int64]:
    """List the chunks that have all of the terms (pairs of words aside), ascending."""
    query = holding(searcher, schema, replace(terms, pairs=[]))
    hits = searcher.search(query, max(searcher.num_docs, 1), count=False).hits
    addresses = [address for _, address in hits]
    return np.sort(np.array(searcher.fast_field_values(CHUNK, addresses), np.int64))


def counted(searcher: Searcher, schema: Schema) -> int:
    """Count the current chunks."""
    found = searcher.aggregate(
        every(within(schema, Scope())), {"chunks": {"value_count": {"field": CHUNK}}}
    )
    return int(found["chunks"]["value"])


def _allowed(
    searcher: Searcher, addresses: list[DocAddress], documents: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which hits are of documents that the mask lets pass; numbers beyond its end do not."""
    numbers = np.array(searcher.fast_field_values(DOCUMENT, addresses), np.int64)
    return np.take(np.append(documents, np.False_), numbers, mode="clip")


def _few(documents: NDArray[np.bool_]) -> bool:
    return int(np.count_nonzero(documents)) <= _FEW_DOCUMENTS


def _blunt(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to 15 significant bits: a score must not depend on the order of its summands."""
    bits = scores.view(np.int32)
    return ((bits + 0x80) & ~np.int32(0xFF)).view(np.float32)
