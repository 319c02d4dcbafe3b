"""Answers and stores for tests of the cache: made up, small, deterministic."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from foundation.clock import Micros
from foundation.ids import ChunkId, DocumentId, Seq, VersionId
from retrieval.cache.codec import body_of
from retrieval.cache.frozen import frozen
from retrieval.cache.model import Entry, Tag
from retrieval.model import Citation, Hit, SearchResult, SourceRef


def key(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=20).hexdigest()


def hit(number: int, text: str = "a passage", **metadata: Any) -> Hit:
    source = SourceRef(DocumentId(f"d{number}"), f"{number}.md", "", f"Note {number}", metadata)
    citation = Citation(
        source.document_id, source.source_id, VersionId(f"v{number}"), 1, source.title, "",
        ("A", "B"), 0, len(text), [source],
    )  # fmt: skip
    return Hit(ChunkId(number), "notes", text, 1.0 / number, {"lexical": 2.5}, citation, metadata)


def result(query: str = "a question", hits: int = 2, text: str = "a passage") -> SearchResult:
    found = [hit(n, text, tags=["x", {"deep": [n]}], year=2026) for n in range(1, hits + 1)]
    return SearchResult(
        query, found, Seq(3), "default", 0.5, ["a note"], {"total": 4.5}, ["intent"]
    )


def entry(query: str = "a question", *, hits: int = 2, text: str = "a passage") -> Entry:
    made = frozen(result(query, hits, text))
    return Entry(made, body_of(made), Tag(Seq(3), Micros(77), (3, 2)), 1_000.0, 12.5)


@dataclass
class Ticking:
    """Seconds that pass when a test says so."""

    now: float = 100.0
    moves: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def always(_: Entry) -> bool:
    return True


def never(_: Entry) -> bool:
    return False
