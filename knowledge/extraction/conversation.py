"""One passage's conversation with a chat model: asked, checked, asked again, given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from foundation.breaker import Breaker
from foundation.breaker import Outcome as Call
from foundation.errors import CircuitOpen, InvalidInput
from knowledge.extraction.budget import TokenBudget, estimated_tokens
from knowledge.extraction.chat_prompt import (
    completion_tokens,
    corrected,
    messages_of,
    prompt_tokens,
)
from knowledge.extraction.chat_schema import Answer, parse_answer
from knowledge.extraction.model import Excerpt

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

_log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What became of a passage; `ExtractionReport` says more."""

    READ = "read"
    CACHED = "cached"
    UNUSABLE = "unusable"
    FAILED = "failed"
    OVER_BUDGET = "over_budget"


@dataclass(frozen=True, slots=True)
class Reply:
    """How a conversation ended, and what it took.

    Attributes:
        outcome: of the passage.
        answer: None unless it was read.
        retries: answers that were asked for once more.
        prompt_tokens, completion_tokens: of all attempts together.
    """

    outcome: Outcome
    answer: Answer | None = None
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Conversation:
    """Asks a model about passages, from several threads.

    While the breaker is open the model is not asked: a service that is gone must not hold up a
    thousand passages for a time limit each. Its judge should be `judged`.
    """

    def __init__(
        self, model: BaseChatModel, budget: TokenBudget, breaker: Breaker, *, retries: int
    ) -> None:
        self._model = model
        self._budget = budget
        self._breaker = breaker
        self._retries = retries

    def ask(self, excerpt: Excerpt) -> Reply:
        """Ask until an answer fits, the attempts or the budget are used up, or the model fails."""
        messages = messages_of(excerpt)
        reply = Reply(Outcome.UNUSABLE)
        for attempt in range(1 + self._retries):
            expected = prompt_tokens(messages)
            reserved = expected + completion_tokens(excerpt)
            if not self._budget.reserve(reserved):
                return replace(reply, outcome=Outcome.OVER_BUDGET)
            reply = replace(reply, retries=attempt)
            try:
                message = self._invoke(messages)
            except CircuitOpen:
                self._budget.settle(reserved, 0)
                return replace(reply, outcome=Outcome.FAILED)
            if message is None:
                self._budget.settle(reserved, expected)  # it may have been read, and charged
                return _with_tokens(reply, Outcome.FAILED, expected, 0)
            sent, written = _usage(message, expected)
            self._budget.settle(reserved, sent + written)
            reply = _with_tokens(reply, Outcome.UNUSABLE, sent, written)
            if message.additional_kwargs.get("refusal"):
                return reply
            try:
                answer = parse_answer(message.text)
            except InvalidInput as error:
                messages = corrected(messages, message.text, str(error))
            else:
                return replace(reply, outcome=Outcome.READ, answer=answer)
        return reply

    def _invoke(self, messages: Sequence[BaseMessage]) -> AIMessage | None:
        """Answer None where the model fails; each provider has errors of its own."""
        try:
            with self._breaker.guarding():
                return self._model.invoke(messages)
        except CircuitOpen:
            raise
        except Exception as error:  # noqa: BLE001 - no model may cost us a document
            _log.warning("extractor.chat_failed", error=type(error).__name__)
            return None


def judged(error: Exception) -> Call:
    """Tell a model that is down from one that turns a passage down: too long, or filtered."""
    from langchain_core.exceptions import ContextOverflowError, ModelInvalidRequestError

    about_passage = ContextOverflowError, ModelInvalidRequestError
    refused = any(isinstance(each, about_passage) for each in (error, error.__cause__))
    return Call.ANSWERED if refused else Call.FAILED


def _usage(message: AIMessage, expected: int) -> tuple[int, int]:
    """Count the tokens of a question and its answer as the model does, or else estimate."""
    usage = message.usage_metadata
    if not usage or not usage["input_tokens"]:  # some local services count nothing
        return expected, estimated_tokens(message.text)
    return usage["input_tokens"], usage["output_tokens"]


def _with_tokens(reply: Reply, outcome: Outcome, sent: int, written: int) -> Reply:
    return replace(
        reply,
        outcome=outcome,
        prompt_tokens=reply.prompt_tokens + sent,
        completion_tokens=reply.completion_tokens + written,
    )
