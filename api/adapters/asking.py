"""What every framework's retriever asks for, and how hits are described to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from foundation.errors import InvalidInput
from retrieval.model import Hit


@dataclass(frozen=True, slots=True)
class Asking:
    """How to search; `Platform.search` says what each means."""

    k: int = 10
    collections: Sequence[str] | None = None
    filter: Mapping[str, Any] | None = None
    as_of: str | int | None = None
    mode: str = "default"
    diversity: float = 0.0
    per_source: int | None = None

    def with_changes(self, given: Mapping[str, Any]) -> Asking:
        """Answer the same with what is given for one search alone.

        Raises:
            InvalidInput: something is given that no search takes.
        """
        known = [field.name for field in fields(self)]
        if unknown := sorted(given.keys() - set(known)):
            raise InvalidInput(
                f"a search takes no {', '.join(map(repr, unknown))}; it can be given "
                f"{', '.join(known)}"
            )
        return replace(self, **given)

    def options(self) -> dict[str, Any]:
        """Name each as a search takes it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def described(hit: Hit) -> dict[str, Any]:
    """Tell of a hit all but its text, in what JSON has: the score, its parts and the citation.

    `start` and `end` are offsets into the text of the cited version, and `sources` are all
    documents that hold the passage. The document's own attributes are apart, under `metadata`, so
    that none of its names can hide one of ours.
    """
    citation = hit.citation
    return {
        "score": hit.score,
        "parts": dict(hit.parts),
        "chunk_id": int(hit.chunk_id),
        "collection": hit.collection,
        "document_id": citation.document_id,
        "source_id": citation.source_id,
        "version_id": citation.version_id,
        "version": citation.version,
        "title": citation.title,
        "uri": citation.uri,
        "heading": list(citation.heading),
        "start": citation.start,
        "end": citation.end,
        "sources": [asdict(source) for source in citation.sources],
        "metadata": dict(hit.metadata),
    }
