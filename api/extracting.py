"""Which extractor reads passages, by the settings, and what a language model would cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from foundation.breaker import Breaker, Breakers
from foundation.database.engine import Database
from foundation.settings import Settings
from knowledge.extraction.answers import StoredAnswers
from knowledge.extraction.budget import Estimate
from knowledge.extraction.chat import chat_breaker, open_chat_model
from knowledge.extraction.model import Excerpt, Extractor
from knowledge.extraction.registry import (
    ExtractorOptions,
    open_chat_extractor,
    open_extractor,
)
from knowledge.graph.telling import summary
from knowledge.graph.themes import Summarise

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_AT_ONCE = 1_000


class Extraction:
    """The extractor that the settings name, and its estimate."""

    def __init__(self, settings: Settings, database: Database, breakers: Breakers) -> None:
        """Take the settings; the extractor itself is opened when it is asked for.

        Raises:
            InvalidInput: there is no such extractor, or the service is not named.
            Unavailable: its package or model is not installed.
        """
        key = settings.llm_api_key
        self._spec = settings.extractor
        self._prices = (settings.llm_prompt_price, settings.llm_completion_price)
        self._options = ExtractorOptions(
            llm_base_url=str(settings.llm_base_url or ""),
            llm_api_key=key.get_secret_value() if key else "",
            llm_model=settings.llm_model or "",
            llm_token_budget=settings.llm_token_budget,
            cache=StoredAnswers(database),
            breakers=breakers,
        )
        self.extractor: Extractor = open_extractor(self._spec, self._options)

    def chat(self) -> Callable[[], BaseChatModel] | None:
        """Answer what opens the language model; None where none is set."""
        options = self._options
        if not (options.llm_base_url and options.llm_model):
            return None
        return lambda: open_chat_model(
            options.llm_base_url,
            options.llm_api_key,
            options.llm_model,
            options.llm_timeout_seconds,
        )

    @property
    def breaker(self) -> Breaker:
        """Answer the language model's breaker, whoever asks the model."""
        return chat_breaker(self._options.breakers, self._options.llm_model)

    def summariser(self) -> Summarise | None:
        """Answer what writes summaries of communities: the language model, where one is set."""
        opened = self.chat()
        if opened is None:
            return None

        def summarise(title: str, passages: Sequence[str]) -> str:
            with self.breaker.guarding():
                return summary(opened(), title, passages)

        return summarise

    def estimate(self, excerpts: Iterable[Excerpt]) -> Estimate:
        """Say what reading passages would cost: nothing, unless a language model reads them."""
        total = Estimate(0, 0, 0, 0, 0.0)
        chat = open_chat_extractor(self._options) if self._spec == "chat" else None
        prompt, completion = self._prices
        for some in _parts(excerpts):
            one = (
                Estimate(len(some), 0, 0, 0, 0.0)
                if chat is None
                else chat.estimate(some, prompt_price=prompt, completion_price=completion)
            )
            total = _sum(total, one)
        return total


def _parts(excerpts: Iterable[Excerpt]) -> Iterable[Sequence[Excerpt]]:
    iterator = iter(excerpts)
    while some := list(islice(iterator, _AT_ONCE)):
        yield some


def _sum(one: Estimate, other: Estimate) -> Estimate:
    return Estimate(
        one.passages + other.passages,
        one.cached + other.cached,
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
        one.cost + other.cost,
    )
