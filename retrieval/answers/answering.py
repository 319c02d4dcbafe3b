"""From what a search found to an answer: extracted, or written by a model and checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from foundation.breaker import Breaker
from foundation.errors import InvalidInput, Unavailable
from foundation.operations.tracing import passed
from retrieval.answers.asking import Frequencies
from retrieval.answers.checking import Checker
from retrieval.answers.finding import Finder, Finding, extract
from retrieval.answers.generating import write
from retrieval.answers.model import Answer, Context, Method, Passage, Sentence
from retrieval.answers.packing import pack
from retrieval.model import SearchResult

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_TOKENS: Final = 32_000
DEFAULT_TOKENS: Final = 2_000
METHODS: Final = ("auto", "extract", "generate")
_NEAREST: Final = 3

Event: TypeAlias = Context | Sentence | Answer
"""What a stream brings: first the context, then sentences as they come, last the whole answer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to answer.

    Attributes:
        method: "extract", "generate", or "auto": generated where a language model is set.
        tokens: what the passages may take in the prompt.
    """

    method: str = "auto"
    tokens: int = DEFAULT_TOKENS


@dataclass(slots=True)
class _Drafts:
    """What has been said so far."""

    notes: list[str]
    sentences: list[Sentence] = field(default_factory=list)
    method: Method = Method.EXTRACTED

    @property
    def told(self) -> list[Sentence]:
        return [sentence for sentence in self.sentences if sentence.supported]


class Answerer:
    """Answers from hits; safe to share between threads."""

    def __init__(
        self,
        frequencies: Frequencies,
        *,
        threshold: float,
        model: Callable[[], BaseChatModel] | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        """Take the parts; no model is opened.

        Args:
            frequencies: tells how common terms are.
            threshold: the confidence from which on a question is answered.
            model: opens the language model; None where none is set.
            breaker: the model's; by default one of its own.
        """
        self.frequencies = frequencies
        self._threshold = threshold
        self._model = model
        self._breaker = breaker or Breaker("language model")
        self._finder = Finder(frequencies)
        self._checker = Checker(self._finder.analyser)

    def check(self, wanted: Wanted) -> bool:
        """Refuse what can't be done; tell whether a language model is to write.

        Raises:
            InvalidInput: an unknown method, a budget out of bounds, or no model is set.
        """
        if wanted.method not in METHODS:
            raise InvalidInput(f"method is {wanted.method!r}; it can be {', '.join(METHODS)}")
        if wanted.tokens > MOST_TOKENS:
            raise InvalidInput(f"{wanted.tokens:,} tokens are too many: at most {MOST_TOKENS:,}")
        if wanted.method == "generate" and self._model is None:
            raise InvalidInput(
                "no language model is set: name one by ELDERS_LLM_BASE_URL and ELDERS_LLM_MODEL,"
                " or ask for an extracted answer"
            )
        return self._model is not None and wanted.method != "extract"

    def stream(
        self, found: SearchResult, wanted: Wanted, *, apart: bool = False
    ) -> Iterator[Event]:
        """Answer step by step: the context, each sentence, and the whole.

        Where the evidence is too weak no model is asked, and no sentence comes.

        Args:
            found: what a search found.
            wanted: how to answer.
            apart: whether only what was found may say how common words are.

        Raises:
            InvalidInput: as `check`.
            Unavailable: the model that was asked for does not answer. With "auto", what can't be
                had from the model is extracted.
        """
        started = time.perf_counter()
        writes = self.check(wanted)
        context = pack(found.hits, tokens=wanted.tokens)
        finding = self._finder.find(found.query, found.hits, apart=apart)
        judged = time.perf_counter()
        passed("answer.judge", judged - started)
        yield context
        drafts = _Drafts(notes=list(found.notes))
        if finding.confidence >= self._threshold:
            if writes:
                yield from self._written(found.query, context, drafts, wanted.method == "auto")
            if drafts.method is Method.EXTRACTED:
                for sentence in extract(finding, context, found.hits):
                    drafts.sentences.append(sentence)
                    yield sentence
        answer = self._whole(found, finding, context, drafts)
        ended = time.perf_counter()
        passed("answer.write", ended - judged)
        took = {"judge": (judged - started) * 1e3, "answer": (ended - judged) * 1e3}
        yield replace(answer, timings_ms={**found.timings_ms, **took})

    def _written(
        self,
        question: str,
        context: Context,
        drafts: _Drafts,
        falls_back: bool,  # noqa: FBT001 - private
    ) -> Iterator[Sentence]:
        """Let the model write; what it can't say with support is extracted, if that is allowed."""
        if self._model is None:
            return
        drafts.method = Method.GENERATED
        try:
            with self._breaker.guarding():
                for sentence in write(self._model(), question, context, self._checker):
                    drafts.sentences.append(sentence)
                    yield sentence
        except Unavailable as error:
            if drafts.sentences or not falls_back:
                raise
            drafts.method = Method.EXTRACTED
            drafts.notes.append(f"{error}; extracted instead")
        if falls_back and drafts.sentences and not drafts.told:
            drafts.method = Method.EXTRACTED
            drafts.notes.append(
                "the passages bear out nothing of what was written: extracted instead"
            )

    def _whole(
        self,
        found: SearchResult,
        finding: Finding,
        context: Context,
        drafts: _Drafts,
    ) -> Answer:
        """Put the answer together; what its citations do not bear out is left out of the text."""
        told = drafts.told
        return Answer(
            question=found.query,
            text=" ".join(sentence.cited for sentence in told),
            found=bool(told),
            confidence=finding.confidence,
            threshold=self._threshold,
            method=drafts.method,
            sentences=list(drafts.sentences),
            citations=_cited(context.passages, told),
            unsupported=len(drafts.sentences) - len(told),
            seq=found.seq,
            notes=drafts.notes,
        )


def _cited(passages: Sequence[Passage], told: Sequence[Sentence]) -> list[Passage]:
    if not told:
        return list(passages[:_NEAREST])
    numbers = {number for sentence in told for number in sentence.citations}
    return [passage for passage in passages if passage.number in numbers]
