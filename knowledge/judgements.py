"""Feedback as judged queries, on which a ranker can be trained and search be measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

from sqlalchemy import Connection, and_, select

from foundation.database.schema import chunks, documents, versions
from foundation.ids import ChunkId, DocumentId
from knowledge.feedback import Feedback, FeedbackKind, held, query_hash
from knowledge.groups import merged_numbers
from knowledge.log import NOW, AsOf
from knowledge.passages import batches

Grade = Literal[0, 1, 2]
"""2 useful, 1 clicked, 0 wrong."""

Judgements = Mapping[str, Mapping[ChunkId | DocumentId, Grade]]
"""Query, as it was last written → passage or document → grade."""

_DEEPEST: Final = 10
_PROOF: Final = 2
"""Clicks count from here: one on the second hit or below, or those of two people on the first."""


def judgements(
    connection: Connection, *, at: AsOf = NOW, by: Literal["passage", "document"] = "passage"
) -> Judgements:
    """Answer what people said as grades, for passages or documents that hold.

    Of an answer of which several people have opinions, most of them decide, and where they are
    equally many, clicks do. Without opinions a click is grade 1, but what stands first is clicked
    because it stands first: so a click counts by its rank (examination falls about as 1/rank),
    each person's once, and less than two in all are no proof. Where nobody said a rank it was
    the first.

    Feedback about a passage follows its text: to the passage that has the same title, headings and
    text in the same collection now. Documents that were merged count as the one that stands for
    them. What is said of a passage is said of its document, of whose passages the best one counts.

    Args:
        connection: of a read.
        at: what had been said, and what held, at this moment.
        by: whether keys are chunks (feedback about whole documents is left out) or documents.

    Source: Joachims et al., Accurately Interpreting Clickthrough Data as Implicit Feedback, SIGIR
    2005; Joachims, Swaminathan & Schnabel, Unbiased Learning-to-Rank, WSDM 2017.
    """
    said = held(connection, at)
    place = _passages(connection, said, at) if by == "passage" else _documents(connection, said, at)
    found: dict[str, dict[ChunkId | DocumentId, Grade]] = {}
    texts = {query_hash(each.query): each.query for each in said}  # of several spellings the last
    for (query, _), group in _answers(said).items():
        value = grade(group)
        if value is None:
            continue
        graded = found.setdefault(texts[query], {})
        for target in place(group[0]):
            known = graded.get(target)
            graded[target] = value if known is None or value > known else known
    return {query: graded for query, graded in found.items() if graded}


def grade(said: Iterable[Feedback]) -> Grade | None:
    """Grade one answer to one query by all that holds about it; None where it proves nothing."""
    opinions = {FeedbackKind.USEFUL: 0, FeedbackKind.WRONG: 0}
    clicks: dict[str, int] = {}
    for each in said:
        if each.kind is FeedbackKind.CLICKED:
            depth = min(each.rank or 1, _DEEPEST)
            clicks[each.actor] = max(depth, clicks.get(each.actor, 0))
        else:
            opinions[each.kind] += 1
    balance = opinions[FeedbackKind.USEFUL] - opinions[FeedbackKind.WRONG]
    if balance:
        return 2 if balance > 0 else 0
    return 1 if sum(clicks.values()) >= _PROOF else None


_Place = Callable[[Feedback], Sequence[ChunkId | DocumentId]]
"""Answers which passages or documents feedback is about now."""


def _answers(said: Iterable[Feedback]) -> dict[tuple[str, object], list[Feedback]]:
    """Gather feedback by what it is about: the query, and the passage or the document."""
    groups: dict[tuple[str, object], list[Feedback]] = defaultdict(list)
    for each in said:
        groups[query_hash(each.query), each.chunk_id or each.document_id].append(each)
    return groups


def _passages(connection: Connection, said: Sequence[Feedback], at: AsOf) -> _Place:
    meant = chunks.alias("meant")
    own = documents.alias("own")
    current: dict[ChunkId, list[ChunkId]] = defaultdict(list)
    for group in batches(sorted({each.chunk_id for each in said if each.chunk_id is not None})):
        query = (
            select(meant.c.id.label("meant"), chunks.c.id)
            .select_from(meant)
            .join(own, own.c.id == meant.c.document_id)
            .join(chunks, chunks.c.text_hash == meant.c.text_hash)
            .join(
                documents,
                and_(
                    documents.c.id == chunks.c.document_id,
                    documents.c.collection == own.c.collection,
                ),
            )
            .where(meant.c.id.in_(group), at.keeps(chunks))
            .order_by(chunks.c.id)
        )
        for row in connection.execute(query):
            current[row.meant].append(row.id)

    def place(each: Feedback) -> Sequence[ChunkId]:
        return current.get(each.chunk_id, ()) if each.chunk_id is not None else ()

    return place


def _documents(connection: Connection, said: Sequence[Feedback], at: AsOf) -> _Place:
    speakers = dict(merged_numbers(connection, at))
    numbers: dict[DocumentId, int] = {}
    for group in batches(sorted({each.document_id for each in said})):
        query = select(documents.c.id, documents.c.number).join(
            versions, and_(versions.c.document_id == documents.c.id, at.keeps(versions))
        )
        rows = connection.execute(query.where(documents.c.id.in_(group)))
        numbers |= {row.id: speakers.get(row.number, row.number) for row in rows}
    ids: dict[int, DocumentId] = {}
    for standing in batches(sorted(set(numbers.values()))):
        rows = connection.execute(select(documents).where(documents.c.number.in_(standing)))
        ids |= {row.number: row.id for row in rows}

    def place(each: Feedback) -> Sequence[DocumentId]:
        number = numbers.get(each.document_id)
        return () if number is None else (ids[number],)

    return place
