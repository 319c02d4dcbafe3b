"""What a learning task does: holds a pattern against similar cases. Workers import this module."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from elders.council.model import LEARNING
from elders.council.similar import words
from elders.tasks.worker import Handlers, Job
from foundation.errors import InvalidInput

_CONFIRMS: Final = 0.5
"""The share of a statement's telling words that a case must have to confirm it."""

_PRIOR: Final = 2.0
"""How many cases the pattern's own confidence counts for."""

_COMMON: Final = 8
_PARTS: Final = 8


class _Pattern(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: str
    kind: str
    statement: str
    confidence: float = Field(ge=0, le=1)
    support: int
    lines: list[str] = []


class _Case(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source_id: str
    score: float
    text: str


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pattern: _Pattern
    cases: list[_Case] = Field(min_length=1)


def lesson(told: object) -> dict[str, Any]:
    """Hold a pattern against its cases.

    A case confirms a pattern of logs if such lines stand in it, one after another, and any other
    pattern if it has at least half of the statement's telling words. The confidence is that share,
    with the pattern's own counting for two cases more, so that few cases change little.

    Args:
        told: a learning task's body.

    Returns:
        The pattern, how many of its cases confirm it, the confidence, and which words at least
        half of the confirming cases share beyond the statement's.

    Raises:
        InvalidInput: it is no such body.
    """
    try:
        body = _Body.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"this is no learning task: {place}: {first['msg']}") from None
    telling = words(body.pattern.statement)
    read = [(each, words(each.text)) for each in body.cases]
    lines = [line_of(each) for each in body.pattern.lines]
    confirming = [
        (each, found)
        for each, found in read
        if (shows(each.text, lines) if lines else _share(telling, found) >= _CONFIRMS)
    ]
    confirmed, cases = len(confirming), len(read)
    confidence = (confirmed + _PRIOR * body.pattern.confidence) / (cases + _PRIOR)
    return {
        "pattern": body.pattern.key,
        "kind": body.pattern.kind,
        "statement": body.pattern.statement,
        "cases": cases,
        "confirmed": confirmed,
        "confidence": confidence,
        "common": _common(telling, [found for _, found in confirming]),
        "sources": sorted({each.source_id for each, _ in confirming}),
    }


def line_of(template: str) -> re.Pattern[str]:
    """Make what finds lines of a form, in which `<*>` is anything.

    Only its first parts count: each `<*>` more makes the search in a long line slower.
    """
    parts = template.split("<*>")[:_PARTS]
    return re.compile(".+?".join(map(re.escape, parts)), re.IGNORECASE)


def shows(text: str, lines: Sequence[re.Pattern[str]]) -> bool:
    """Tell whether lines of these forms stand in a text, one after another."""
    at = 0
    for line in lines:
        found = line.search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


def _share(telling: frozenset[str], found: frozenset[str]) -> float:
    return len(telling & found) / len(telling) if telling else 0.0


def _common(telling: frozenset[str], found: Sequence[frozenset[str]]) -> list[str]:
    counts = Counter(word for each in found for word in each - telling)
    often = [word for word, count in counts.items() if len(found) > 1 and 2 * count >= len(found)]
    return sorted(often, key=lambda word: (-counts[word], word))[:_COMMON]


async def learn(job: Job) -> Mapping[str, Any]:
    """Do a learning task."""
    return await asyncio.to_thread(lesson, job.task.body)


HANDLERS: Final[Handlers] = {LEARNING: learn}
"""For `python -m elders.tasks --handlers elders.council.lesson:HANDLERS`."""
