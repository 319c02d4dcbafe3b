"""Drafts for tests: documents made of paragraphs, each a chunk of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.ids import Seq
from knowledge.analysis import Analyst
from knowledge.classification.classifier import Classifier
from knowledge.duplicates import Duplicates
from knowledge.extraction.rules import RuleExtractor
from knowledge.follower import Feed
from knowledge.likeness import Thresholds
from knowledge.model import Chunk, Draft, Span
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from knowledge.signatures import Signer

START = Micros(1_700_000_000_000_000)
HOUR = 3_600_000_000


def later(hours: float) -> Micros:
    """Name a moment after the clock's start."""
    return Micros(START + int(hours * HOUR))


class Ticking:
    """A clock that moves an hour with each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Micros:
        self.now = Micros(self.now + HOUR)
        return self.now


def make_sage(database: Database, *, merge: float = 0.85, review: float = 0.6) -> KnowledgeSage:
    return KnowledgeSage(
        database,
        signer=Signer(),
        duplicates=Duplicates(Thresholds(merge=merge, review=review)),
        analyst=Analyst(RuleExtractor(), Classifier()),
        clock=Ticking(),
    )


def draft(source_id: str, *paragraphs: str, **fields: Any) -> Draft:
    text = "\n\n".join(paragraphs)
    return Draft(source_id=source_id, text=text, spans=list(_spans(text)), **fields)


def _spans(text: str) -> Iterator[Span]:
    start = 0
    for ordinal, part in enumerate(text.split("\n\n")):
        yield Span(ordinal, start, start + len(part))
        start += len(part) + 2


def words(seed: int, count: int = 120) -> str:
    """Write a paragraph that shares hardly a shingle with that of another seed."""
    return " ".join(f"w{(seed * 7919 + i * i * 31 + i) % 100_003}x{seed}" for i in range(count))


def replay(reader: Reader, step: int = 3) -> dict[int, Chunk]:
    """Follow the log in small steps and answer the chunks that are current at its end."""
    held: dict[int, Chunk] = {}
    position = Seq(0)
    while position < reader.head():
        feed: Feed = reader.feed(position, limit=step)
        for chunk in feed.opened:
            held[chunk.id] = chunk
        for chunk in feed.closed:
            held.pop(chunk.id, None)
        for number in feed.purged:
            held.pop(number, None)
        position = feed.upto
    return held


def current_texts(reader: Reader) -> list[str]:
    return sorted(chunk.text for chunk in reader.chunks(reader.chunk_ids()).values())


def outcomes(results: Sequence[Any]) -> list[str]:
    return [result.outcome.value for result in results]
