"""Who is to deal with a request, by its nature: a plain function of what was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Level, Sage, elder
from elders.tree.vocabulary import COMPLEX, CRITICAL, KINDS, SAGES, SIMPLE, Words
from foundation.errors import InvalidInput
from foundation.ids import content_hash

_WORD: Final = re.compile(r"[a-z0-9]+")
_CRITICAL_FROM: Final = 2.0
"""What the words of a request must weigh before they make it critical."""

_LONG: Final = 160
"""Characters from which a request is no simple one, whatever its words are."""

_UNKNOWN: Final = 0.5
"""What a lack of words weighs against those that are there; no rule of words is ever certain."""

_DEFAULT_CONFIDENCE: Final = 0.25
"""One in four Sages."""


class Complexity(StrEnum):
    """How much thought a request takes."""

    SIMPLE = "simple"
    COMPLEX = "complex"


class Rule(StrEnum):
    """What decided about a request."""

    STATED_CRITICAL = "stated critical"
    CRITICAL_WORDS = "critical words"
    SIMPLE = "simple"
    KIND = "kind"
    WORDS = "words"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the guild.

    Attributes:
        kind: such as "security", where it is known: see `KINDS`.
        complexity: where it is known; read from the words otherwise.
        critical: whether it is known to be; words may make it so too.
    """

    text: str
    kind: str | None = None
    complexity: Complexity | None = None
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Who deals with a request, and why.

    Attributes:
        through: who hands it over, the recipient's superior in this matter.
        confidence: 0 to 1; 1 where it follows from what was stated, not from words.
    """

    recipient: str
    through: str
    rule: Rule
    confidence: float


def route(request: Request, servants: Sequence[str] = ()) -> Route:
    """Choose who deals with a request.

    Critical ones go to the claude elder, simple ones to a servant (spread by their text), and the
    rest to the Sage of their kind, or else of their words; to the Task Sage where nothing tells.

    Args:
        request: what is asked.
        servants: who is there to do simple things; without any they are a Sage's.

    Raises:
        InvalidInput: the kind is unknown, or a servant is none.
    """
    if request.kind is not None and request.kind not in KINDS:
        raise InvalidInput(
            f"{request.kind[:80]!r} is no kind of request: name one of {', '.join(KINDS)}, or none"
        )
    if request.critical:
        return Route(CLAUDE_ELDER, GRAND_ELDER, Rule.STATED_CRITICAL, 1.0)
    gravity = _weight(request.text, CRITICAL)
    if gravity >= _CRITICAL_FROM:
        confidence = gravity / (gravity + _UNKNOWN)
        return Route(CLAUDE_ELDER, GRAND_ELDER, Rule.CRITICAL_WORDS, confidence)
    sage, rule, confidence = _sage(request)
    complexity, sure = _complexity(request)
    if complexity is Complexity.SIMPLE and servants:
        chosen = _spread(servants, request.text)
        return Route(chosen, sage.value, Rule.SIMPLE, sure)
    return Route(sage.value, CLAUDE_ELDER, rule, confidence)


def _sage(request: Request) -> tuple[Sage, Rule, float]:
    if request.kind is not None:
        return KINDS[request.kind], Rule.KIND, 1.0
    weights = {sage: _weight(request.text, words) for sage, words in SAGES.items()}
    best = max(weights, key=lambda sage: (weights[sage], sage is Sage.TASK))
    if not weights[best]:
        return Sage.TASK, Rule.DEFAULT, _DEFAULT_CONFIDENCE
    return best, Rule.WORDS, weights[best] / (sum(weights.values()) + _UNKNOWN)


def _complexity(request: Request) -> tuple[Complexity, float]:
    if request.complexity is not None:
        return request.complexity, 1.0
    simple, much = _weight(request.text, SIMPLE), _weight(request.text, COMPLEX)
    if len(request.text) >= _LONG or simple <= much:
        return Complexity.COMPLEX, much / (simple + much + _UNKNOWN)
    return Complexity.SIMPLE, simple / (simple + much + _UNKNOWN)


def _spread(servants: Sequence[str], text: str) -> str:
    if strangers := [name for name in servants if elder(name).level is not Level.SERVANT]:
        raise InvalidInput(f"{strangers[0]} is no servant: simple requests go to servants")
    ordered = sorted(servants)
    return ordered[int(content_hash(text)[:8], 16) % len(ordered)]


def _weight(text: str, words: Words) -> float:
    """Sum the weights of the words that occur: ASCII ones as the beginnings of words."""
    plain = text.casefold()
    spaced = " " + " ".join(_WORD.findall(plain))
    return sum(
        weight
        for word, weight in words.items()
        if (f" {word}" in spaced if word.isascii() else word in plain)
    )
