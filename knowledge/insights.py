"""What was learned, told as documents: searchable like any other where insights are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from foundation.database.engine import Database
from foundation.database.schema import chunks, documents, versions
from foundation.ids import FOREVER, ChunkId
from knowledge.model import INSIGHTS, TOLD, Draft, Removal, Span
from knowledge.passages import batches
from knowledge.patterns.model import Pattern, PatternState

_QUOTED = 5
_LONGEST_QUOTE = 300


def insights(database: Database, patterns: Sequence[Pattern]) -> list[Draft | Removal]:
    """Write a document for each active pattern, and the end of those that are told no more."""
    told = [pattern for pattern in patterns if pattern.state is PatternState.ACTIVE]
    with database.read() as connection:
        proofs = _proofs(connection, {c for pattern in told for c in pattern.evidence[:_QUOTED]})
        known = _known(connection)
    drafts: list[Draft | Removal] = [_draft(pattern, proofs) for pattern in told]
    gone = known - {draft.source_id for draft in drafts}
    return [*drafts, *(Removal(source_id) for source_id in sorted(gone))]


def _draft(pattern: Pattern, proofs: Mapping[ChunkId, tuple[str, str]]) -> Draft:
    parts = [pattern.statement, _figures(pattern)]
    quoted = [
        f"- {title}: “{quote}”"
        for chunk in pattern.evidence[:_QUOTED]
        for title, quote in [proofs.get(chunk, ("", ""))]
        if quote
    ]
    if quoted:
        parts.append("## Evidence\n\n" + "\n".join(quoted))
    parts.append(f"## What changed\n\nVersion {pattern.version}: {pattern.reason}.")
    text = "\n\n".join(parts)
    return Draft(
        source_id=TOLD + pattern.key,
        text=text,
        spans=_spans(parts),
        title=pattern.statement[:200],
        media_type="text/markdown",
        metadata=_metadata(pattern),
        author="knowledge sage",
        message=pattern.reason,
    )


def _figures(pattern: Pattern) -> str:
    gate = pattern.gate
    return (
        f"Kind: {pattern.kind.value}. Support: {pattern.support}. Confidence: "
        f"{pattern.confidence:.2f}. Lift: {pattern.lift:.2f}. Gate, {gate.metric}: "
        f"{gate.score:.3g} against {gate.baseline:.3g} on {gate.cases} held-back cases."
    )


def _metadata(pattern: Pattern) -> dict[str, Any]:
    return {
        "pattern": pattern.key,
        "kind": pattern.kind.value,
        "support": pattern.support,
        "confidence": round(pattern.confidence, 6),
    }


def _spans(parts: Iterable[str]) -> list[Span]:
    """Take a part for a passage: a statement is found by itself, and its evidence by itself."""
    spans, start = [], 0
    for ordinal, part in enumerate(parts):
        spans.append(Span(ordinal, start, start + len(part)))
        start += len(part) + 2
    return spans


def _proofs(connection: Connection, ids: Iterable[ChunkId]) -> dict[ChunkId, tuple[str, str]]:
    """Read the titles and beginnings of chunks."""
    found: dict[ChunkId, tuple[str, str]] = {}
    for group in batches(sorted(ids)):
        query = (
            select(chunks.c.id, chunks.c.title, chunks.c.text, documents.c.source_id)
            .join(documents, documents.c.id == chunks.c.document_id)
            .where(chunks.c.id.in_(group))
        )
        for row in connection.execute(query):
            line = " ".join(row.text.split())
            short = line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"
            found[ChunkId(row.id)] = (row.title or row.source_id, short)
    return found


def _known(connection: Connection) -> set[str]:
    query = (
        select(documents.c.source_id)
        .join(versions, versions.c.document_id == documents.c.id)
        .where(
            documents.c.collection == INSIGHTS,
            versions.c.valid_to == FOREVER,
            documents.c.source_id.startswith(TOLD),
        )
    )
    return set(connection.execute(query).scalars())
