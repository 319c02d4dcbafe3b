"""Answers with citations, from Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from api.platform import Platform
from api.views import table
from foundation.security.policy import Access
from retrieval.answers.answering import DEFAULT_TOKENS, Event, Wanted
from retrieval.answers.finding import MOST_HITS
from retrieval.answers.model import Answer, Passage, Sentence

_PREVIEW: Final = 200


class Answering:
    """Answers questions from what is known: `kb.answer("who keeps the keys?")`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __call__(self, question: str, **options: Any) -> AnswerView:
        """Answer a question; `stream` says what may be asked for.

        Raises:
            InvalidInput, NotFound, Unavailable: as `stream`.
        """
        (answer,) = (e for e in self.stream(question, **options) if isinstance(e, Answer))
        return AnswerView(answer)

    def stream(
        self,
        question: str,
        *,
        method: str = "auto",
        k: int = MOST_HITS,
        tokens: int = DEFAULT_TOKENS,
        collections: Sequence[str] | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the field's common name
        as_of: str | int | None = None,
        mode: str = "default",
        diversity: float = 0.0,
        per_source: int | None = None,
    ) -> Iterator[Event]:
        """Answer step by step: first the context, then each sentence, last the whole answer.

        The search is done, and what is wrong with it is raised, before this returns.

        Args:
            question: in any language.
            method: "extract" (sentences of the passages), "generate" (written by the language
                model of the settings, and checked), or "auto" (generated where one is set).
            k: how many passages are looked at; sentences are taken from the first ten.
            tokens: what the passages may take together.
            collections, filter, as_of, mode, diversity, per_source: as for a search.

        Raises:
            InvalidInput: as for a search; or an unknown method, a budget out of bounds, or no
                model is set.
            NotFound: an unknown collection.
            Unavailable: the model that was asked for does not answer.
        """
        answerer, wanted = self._platform.parts.answerer, Wanted(method, tokens)
        answerer.check(wanted)
        found = self._platform.search(
            question, k=k, collections=collections, filter=filter, as_of=as_of, mode=mode,
            diversity=diversity, per_source=per_source,
        )  # fmt: skip
        apart = self._platform.access != Access.everything
        return answerer.stream(found, wanted, apart=apart)


class AnswerView:
    """An answer that shows itself; all of it is in `answer`."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @property
    def found(self) -> bool:
        """Tell whether the evidence was strong enough to answer."""
        return self.answer.found

    @property
    def text(self) -> str:
        """Answer the supported sentences with their citations."""
        return self.answer.text

    @property
    def confidence(self) -> float:
        """Answer the estimated probability that the passages hold an answer."""
        return self.answer.confidence

    @property
    def sentences(self) -> Sequence[Sentence]:
        """Answer all sentences, those without support too."""
        return self.answer.sentences

    @property
    def citations(self) -> Sequence[Passage]:
        """Answer the cited passages, or the nearest ones where nothing was found."""
        return self.answer.citations

    def __repr__(self) -> str:
        """Show the answer in a terminal."""
        return "\n".join([summary(self.answer), *map(where, self.citations)])

    def _repr_html_(self) -> str:
        rows = [
            {
                "": f"[{passage.number}]",
                "title": passage.citation.title or passage.citation.source_id,
                "source": passage.citation.source_id,
                "version": passage.citation.version,
                "characters": f"{passage.citation.start}–{passage.citation.end}",
                "text": " ".join(passage.text.split())[:_PREVIEW],
            }
            for passage in self.citations
        ]
        caption = f"“{self.answer.question}”: {sureness(self.answer)}"
        return f"<p>{escape(summary(self.answer))}</p>{table(rows, caption=caption)}"


def summary(answer: Answer) -> str:
    """Write the answer, or that there is none."""
    if answer.found:
        return answer.text
    return f"not found: nothing that is known answers “{answer.question}”"


def sureness(answer: Answer) -> str:
    """Say how sure the answer is, and what was left out of it."""
    said = f"{answer.method}, confidence {answer.confidence:.2f} (from {answer.threshold:.2f} on)"
    left = answer.unsupported
    return said + (f", {left} unsupported left out" if left else "")


def where(passage: Passage) -> str:
    """Say where a passage stands."""
    cited = passage.citation
    title = " › ".join(dict.fromkeys((cited.title or cited.source_id, *cited.heading)))
    sources = ", ".join(source.source_id for source in cited.sources) or cited.source_id
    return (
        f"[{passage.number}] {title} — {sources}, version {cited.version},"
        f" characters {cited.start}–{cited.end}"
    )
