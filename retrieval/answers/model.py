"""What an answer is made of: numbered passages, sentences that cite them, how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from foundation.ids import ChunkId, Seq
from retrieval.model import Citation


class Method(StrEnum):
    """How an answer came about."""

    EXTRACTED = "extracted"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that an answer may cite as `[number]`.

    Attributes:
        number: counts from 1, the best first.
        text: what the cited version has from `citation.start` to `citation.end`.
        citation: where it stands; it spans all chunks that were joined.
        chunk_ids: these chunks, in the order of the text.
        score: of the best of them.
        tokens: what it takes in a prompt, estimated.
    """

    number: int
    text: str
    citation: Citation
    chunk_ids: Sequence[ChunkId]
    score: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Context:
    """Passages packed to a budget; `left_out` counts the hits for which there was no room."""

    passages: Sequence[Passage]
    tokens: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that stand in a passage: characters `start` to `end` of the cited version's text."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer.

    Attributes:
        text: without the marks of its citations.
        citations: numbers of passages.
        quotes: where it stands word for word (extracted), or the words that bear it out.
        supported: whether the passages it cites bear it out; an extracted one is borne out by
            itself.
        why: what speaks against it where they do not.
    """

    text: str
    citations: Sequence[int]
    quotes: Sequence[Quote] = ()
    supported: bool = True
    why: str = ""

    @property
    def cited(self) -> str:
        """Write it with its citations: `It is kept for ninety days. [1]`."""
        marks = "".join(f"[{number}]" for number in self.citations)
        return f"{self.text} {marks}" if marks else self.text


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, from where, and how sure that is.

    Attributes:
        question: as it was asked.
        text: the supported sentences with their citations; empty where nothing was found.
        found: whether the evidence is strong enough to answer at all.
        confidence: the estimated probability that the passages hold an answer.
        threshold: the confidence from which on it is answered.
        method: how it came about.
        sentences: all of them, those without support too.
        citations: the passages that are cited; where nothing was found, the nearest ones.
        unsupported: how many sentences were left out of the text, because their citations do not
            bear them out.
        notes: what the caller should know.
        seq: the state of the knowledge that was searched.
    """

    question: str
    text: str
    found: bool
    confidence: float
    threshold: float
    method: Method
    sentences: Sequence[Sentence]
    citations: Sequence[Passage]
    unsupported: int
    seq: Seq
    notes: Sequence[str] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
