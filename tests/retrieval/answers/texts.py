"""Hits and passages for tests, without a search."""

from __future__ import annotations

from collections.abc import Mapping

from foundation.ids import ChunkId, DocumentId, VersionId
from retrieval.answers.model import Passage
from retrieval.indexes.analysis import Terms
from retrieval.model import Citation, Hit


class Alike:
    """A corpus of so many passages in which every term is in one, but for the unknown ones."""

    def __init__(self, passages: int = 1_000, unknown: str = "") -> None:
        self._passages = passages
        self._unknown = unknown

    def frequencies(self, terms: Terms) -> tuple[Mapping[str, int], int]:
        found = (*terms.words, *terms.grams)
        return {term: int(term not in self._unknown.split()) for term in found}, self._passages


def cited(source: str, start: int, end: int, *, title: str = "", version: int = 1) -> Citation:
    return Citation(
        document_id=DocumentId(source),
        source_id=source,
        version_id=VersionId(f"{source}-{version}"),
        version=version,
        title=title,
        uri="",
        heading=(),
        start=start,
        end=end,
    )


def hit(
    number: int, text: str, *, source: str = "", start: int = 0, score: float = 0.0, title: str = ""
) -> Hit:
    citation = cited(source or f"{number}.md", start, start + len(text), title=title)
    return Hit(ChunkId(number), "default", text, score, {"lexical": 5.0 / number}, citation)


def passage(number: int, text: str, *, title: str = "") -> Passage:
    citation = cited(f"{number}.md", 0, len(text), title=title)
    return Passage(number, text, citation, [ChunkId(number)], 1.0, 10)
