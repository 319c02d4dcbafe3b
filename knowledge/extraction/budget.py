"""What a language model may cost, what it will cost, and what became of each passage."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from typing import Final

_MILLION: Final = 1_000_000


def estimated_tokens(text: str) -> int:
    """Guess a text's tokens without the model's tokeniser: on the high side for prose.

    Four ASCII characters make a token, and so does any single other character: byte-pair
    vocabularies need 4.2 to 4.7 letters of English, and 0.7 to 1.2 tokens for one of Japanese.
    """
    wide = len(text) - len(text.encode("ascii", "ignore"))
    return wide + -(-(len(text) - wide) // 4)


def cost_of(
    prompt_tokens: int, completion_tokens: int, *, prompt_price: float, completion_price: float
) -> float:
    """Price tokens, in the currency of the prices, which are for a million tokens."""
    return (prompt_tokens * prompt_price + completion_tokens * completion_price) / _MILLION


class TokenBudget:
    """Tokens that a run may spend; threads share it.

    A call reserves what it will probably need and settles what it needed, so that the budget is
    overdrawn at the most by how much longer than expected the answers under way turn out.
    """

    def __init__(self, tokens: int | None = None) -> None:
        """Fill it; None never runs out."""
        self._tokens = tokens
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """Count the tokens that were spent, and those that are reserved."""
        return self._taken

    def reserve(self, tokens: int) -> bool:
        """Set tokens aside; False where so many are not left."""
        with self._lock:
            if self._tokens is not None and self._taken + tokens > self._tokens:
                return False
            self._taken += tokens
            return True

    def settle(self, reserved: int, used: int) -> None:
        """Put the tokens that were used in the place of those that were reserved."""
        with self._lock:
            self._taken += used - reserved


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will cost if every answer is of the expected length and fit for use.

    Attributes:
        passages: how many there are.
        cached: how many of them cost nothing, because their answers are known.
        prompt_tokens, completion_tokens: for the others.
        cost: in the currency of the prices.
    """

    passages: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    cost: float


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What became of the passages of a run.

    The first is the sum of the next five. All but `read` and `cached` have what the rules found,
    and are asked for again when they are read anew, because failures are not cached.

    Attributes:
        passages: how many were given.
        read: the model's answer was used.
        cached: the answer was known, or the same passage was read in this run.
        unusable: no answer fitted the schema, however often it was asked for, or the model refused.
        failed: the model did not answer: timeout, rate limit, no connection, or given up.
        over_budget: there were not enough tokens left to ask.
        retries: answers that were asked for once more.
        dropped_names: names of answers that the passage does not have.
        dropped_claims: claims of answers without evidence in the passage.
        prompt_tokens, completion_tokens: as the model counted them, or estimated.
    """

    passages: int = 0
    read: int = 0
    cached: int = 0
    unusable: int = 0
    failed: int = 0
    over_budget: int = 0
    retries: int = 0
    dropped_names: int = 0
    dropped_claims: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: ExtractionReport) -> ExtractionReport:
        return ExtractionReport(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )
