"""Any chat model of LangChain's as an extractor of names and claims."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import structlog

from foundation.breaker import Breaker, Breakers
from foundation.errors import InvalidInput, Unavailable
from foundation.ids import Sha256
from knowledge.extraction.budget import Estimate, ExtractionReport, TokenBudget, cost_of
from knowledge.extraction.cache import ExtractionCache
from knowledge.extraction.chat_prompt import (
    PROMPT_VERSION,
    completion_tokens,
    messages_of,
    passage_hash,
    prompt_tokens,
)
from knowledge.extraction.chat_schema import Answer, parse_answer
from knowledge.extraction.conversation import Conversation, Outcome, Reply, judged
from knowledge.extraction.grounding import ground
from knowledge.extraction.model import Excerpt, Extract

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_SAVED: Final = 32
"""Answers between two writes to the cache: what a crash can make us pay for twice."""

_log = structlog.get_logger(__name__)


class ChatExtractor:
    """Asks a chat model, one passage at a time, and believes what the passage bears out.

    It never fails for the model's sake: a passage whose answer is not to be had gets an empty
    extract, which leaves it what the rules find (`CombinedExtractor`), and the report counts it.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        model_name: str,
        cache: ExtractionCache,
        budget: TokenBudget | None = None,
        concurrency: int = 4,
        retries: int = 2,
        breakers: Breakers | None = None,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            model: it should answer at temperature 0, within a time limit of its own.
            model_name: the weights' name. Answers are kept under it: give new ones a new name.
            cache: where answers are kept.
            budget: what this extractor may spend in its life; None for no limit.
            concurrency: questions under way at once.
            retries: how often an answer that does not fit is asked for again.
            breakers: where the model's is; by default none but its own.

        Raises:
            InvalidInput: the model has no name, or a number makes no sense.
        """
        if not model_name or concurrency < 1 or retries < 0:
            raise InvalidInput(
                "a chat extractor needs the model's name, a concurrency of 1 or more, and no "
                f"negative number of retries, not {model_name!r}, {concurrency} and {retries}"
            )
        self._model = model
        self._name = f"chat-{model_name}-{PROMPT_VERSION}"
        self._cache = cache
        self._budget = budget or TokenBudget()
        self._concurrency = concurrency
        self._retries = retries
        self._breaker = chat_breaker(breakers or Breakers(), model_name)
        self._report = ExtractionReport()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name the model and the version of the prompt."""
        return self._name

    @property
    def report(self) -> ExtractionReport:
        """Sum up what became of all passages so far."""
        return self._report

    def estimate(
        self, excerpts: Sequence[Excerpt], *, prompt_price: float, completion_price: float
    ) -> Estimate:
        """Foretell what reading the passages costs, without sending anything.

        Args:
            excerpts: the passages; equal ones are paid for once.
            prompt_price, completion_price: for a million tokens.
        """
        hashes = [passage_hash(excerpt) for excerpt in excerpts]
        known = self._known(hashes)
        asked = {h: e for h, e in zip(hashes, excerpts, strict=True) if h not in known}
        prompt = sum(prompt_tokens(messages_of(excerpt)) for excerpt in asked.values())
        completion = sum(map(completion_tokens, asked.values()))
        cost = cost_of(
            prompt, completion, prompt_price=prompt_price, completion_price=completion_price
        )
        return Estimate(len(excerpts), len(excerpts) - len(asked), prompt, completion, cost)

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        """Read the passages; those that the cache knows cost nothing."""
        hashes = [passage_hash(excerpt) for excerpt in excerpts]
        answers = self._known(hashes)
        asked = {h: e for h, e in zip(hashes, excerpts, strict=True) if h not in answers}
        replies = self._asked(asked)
        answers |= {each: reply.answer for each, reply in replies.items() if reply.answer}
        found = []
        names = claims = 0
        for each, excerpt in zip(hashes, excerpts, strict=True):
            grounded = ground(answers.get(each, Answer()), excerpt)
            names, claims = names + grounded.dropped_names, claims + grounded.dropped_claims
            found.append(grounded.extract)
        report = _summed(hashes, replies, dropped_names=names, dropped_claims=claims)
        with self._lock:
            self._report += report
        _log.info("extractor.chat_read", extractor=self._name, **_counted(report))
        return found

    def _known(self, hashes: Sequence[Sha256]) -> dict[Sha256, Answer]:
        known = {}
        for each, text in self._cache.get_many(self._name, list(dict.fromkeys(hashes))).items():
            try:
                known[each] = parse_answer(text)
            except InvalidInput:
                _log.warning("extractor.cached_answer_unreadable", extractor=self._name, hash=each)
        return known

    def _asked(self, excerpts: Mapping[Sha256, Excerpt]) -> dict[Sha256, Reply]:
        if not excerpts:
            return {}
        conversation = Conversation(self._model, self._budget, self._breaker, retries=self._retries)
        hashes = list(excerpts)
        replies: dict[Sha256, Reply] = {}
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="chat-extractor") as pool:
            for start in range(0, len(hashes), _SAVED):
                part = hashes[start : start + _SAVED]
                asked = pool.map(conversation.ask, [excerpts[each] for each in part])
                new = dict(zip(part, asked, strict=True))
                self._cache.put_many(
                    self._name,
                    {h: r.answer.model_dump_json() for h, r in new.items() if r.answer},
                )
                replies |= new
        return replies


def _summed(
    hashes: Sequence[Sha256],
    replies: Mapping[Sha256, Reply],
    *,
    dropped_names: int,
    dropped_claims: int,
) -> ExtractionReport:
    """Count what became of each passage; a twin of one that was read counts as cached."""
    became: Counter[Outcome] = Counter()
    seen: set[Sha256] = set()
    for each in hashes:
        outcome = replies[each].outcome if each in replies else Outcome.CACHED
        became[Outcome.CACHED if outcome is Outcome.READ and each in seen else outcome] += 1
        seen.add(each)
    return ExtractionReport(
        passages=len(hashes),
        **{outcome.value: became[outcome] for outcome in Outcome},
        retries=sum(reply.retries for reply in replies.values()),
        dropped_names=dropped_names,
        dropped_claims=dropped_claims,
        prompt_tokens=sum(reply.prompt_tokens for reply in replies.values()),
        completion_tokens=sum(reply.completion_tokens for reply in replies.values()),
    )


def _counted(report: ExtractionReport) -> dict[str, int]:
    return {key: count for key, count in asdict(report).items() if count}


def chat_breaker(breakers: Breakers, model_name: str) -> Breaker:
    """Answer the breaker of a language model, the same for all that ask it."""
    return breakers.of(f"language model {model_name}".strip(), judge=judged)


def open_chat_model(
    base_url: str, key: str, model: str, timeout_seconds: float, *, retries: int = 2
) -> BaseChatModel:
    """Open a model at any service that speaks the OpenAI protocol, OpenAI, vLLM or Ollama.

    Args:
        base_url: up to and including the version: https://host/v1.
        key: sent as a bearer token; empty where the service asks for none.
        model: what the service calls it.
        timeout_seconds: for one answer.
        retries: how often the client repeats what failed for a passing reason, waiting longer
            each time.

    Raises:
        InvalidInput: the service or the model is not named.
        Unavailable: the package that speaks to it is not installed.
    """
    if not base_url or not model:
        raise InvalidInput(
            "name the service and its model: in ELDERS_LLM_BASE_URL the address up to and "
            "including /v1, and in ELDERS_LLM_MODEL the model"
        )
    try:
        from langchain_openai import ChatOpenAI
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"the chat extractor needs the package {error.name!r}, which is not installed: "
            "pip install -e '.[llm]'"
        ) from error
    from pydantic import SecretStr

    return ChatOpenAI(
        base_url=base_url,
        api_key=SecretStr(key or "none"),  # an empty one would be taken from the environment
        model=model,
        temperature=0,
        timeout=timeout_seconds,
        max_retries=retries,
    )
