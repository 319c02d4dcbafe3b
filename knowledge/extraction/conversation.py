"""One passage's conversation with a chat model: asked, checked, asked again, given up."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import structlog

from foundation.errors import InvalidInput
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

_GIVEN_UP: Final = 5
"""Failures one after the other from which a model is taken to be down."""

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

    After some failures in a row the model counts as down, and it is not asked any more: a service
    that is gone must not hold up a thousand passages for a time limit each. A passage that the
    service itself turns down (too long for it, or filtered) is no such failure.
    """

    def __init__(self, model: BaseChatModel, budget: TokenBudget, *, retries: int) -> None:
        self._model = model
        self._budget = budget
        self._retries = retries
        self._failures = 0
        self._lock = threading.Lock()

    def ask(self, excerpt: Excerpt) -> Reply:
        """Ask until an answer fits, the attempts or the budget are used up, or the model fails."""
        messages = messages_of(excerpt)
        reply = Reply(Outcome.UNUSABLE)
        for attempt in range(1 + self._retries):
            if self._failures >= _GIVEN_UP:
                return replace(reply, outcome=Outcome.FAILED)
            expected = prompt_tokens(messages)
            reserved = expected + completion_tokens(excerpt)
            if not self._budget.reserve(reserved):
                return replace(reply, outcome=Outcome.OVER_BUDGET)
            reply = replace(reply, retries=attempt)
            message = self._invoke(messages)
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
        from langchain_core.exceptions import ContextOverflowError, ModelInvalidRequestError

        try:
            message = self._model.invoke(messages)
        except Exception as error:  # noqa: BLE001 - no model may cost us a document
            about_passage = isinstance(error, ContextOverflowError | ModelInvalidRequestError)
            with self._lock:
                self._failures = 0 if about_passage else self._failures + 1
            _log.warning("extractor.chat_failed", error=type(error).__name__)
            return None
        with self._lock:
            self._failures = 0
        return message


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
