"""What the Knowledge Sage and the RAG Sage do in a cycle: both by the platform, over HTTP."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import asdict
from typing import Final

from elders.council.model import (
    COLLECTION,
    MOST_CASES,
    Case,
    Pattern,
    learning_document,
)
from elders.council.records import Cycles
from elders.council.seats import Answers
from elders.council.similar import chance
from elders.council.wording import (
    ANALYSE,
    CURSOR,
    LEARNED,
    LEARNINGS,
    SIMILAR,
    STORE,
    read,
    written,
)
from elders.learned import Cursor, LearnedPattern
from elders.messages import Body, Message
from elders.platform import Platform
from elders.tasks.wording import field

_ACTIVE: Final = "active"
_LINES: Final = {"log template": ("template",), "log sequence": ("first", "then")}
_REMEMBERED: Final = 16
_LONGEST_TEXT: Final = 2_000
_MOST: Final = 1_000


class KnowledgeSeat:
    """Answers for the Knowledge Sage: analyses what is known, and stores what was learned."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._analysed: OrderedDict[str, Body] = OrderedDict()

    @property
    def answers(self) -> Answers:
        """The topics."""
        return {ANALYSE: self.analyse, STORE: self.store}

    async def analyse(self, request: Message) -> Body:
        """Learn from all documents, and answer the active patterns that changed.

        Learning takes long: asked once more with the same key, it answers as before.

        Raises:
            Unavailable: the platform does not answer.
            InvalidInput: the request is none.
        """
        since = read(CURSOR, request.body, "since")
        limit = min(field(request.body, "limit", int), _MOST)
        if request.key not in self._analysed:
            await self._platform.learn()
            found, cursor = await self._changed(since, limit)
            patterns = [
                Pattern(
                    each.key, each.kind, each.statement, each.figures.confidence,
                    each.figures.support, _lines(each),
                )
                for each in found
            ]  # fmt: skip
            self._analysed[request.key] = {"patterns": written(patterns), "next": asdict(cursor)}
            if len(self._analysed) > _REMEMBERED:
                self._analysed.popitem(last=False)
        return self._analysed[request.key]

    async def _changed(self, since: Cursor, limit: int) -> tuple[list[LearnedPattern], Cursor]:
        """Read on until there are enough active patterns, or no more changes."""
        found: list[LearnedPattern] = []
        while True:
            changes = await self._platform.patterns(since, limit)
            found += [each for each in changes.patterns if each.state == _ACTIVE]
            since = changes.cursor
            if len(found) >= limit or len(changes.patterns) < limit:
                return found, since

    async def store(self, request: Message) -> Body:
        """Store learnings as documents, once for each cycle.

        Raises:
            Unavailable: the platform does not answer.
            InvalidInput: it does not take one.
        """
        cycle = field(request.body, "cycle", str)
        learnings = read(LEARNINGS, request.body, "learnings")
        if not learnings:
            return {"documents": []}
        documents = [learning_document(cycle, each) for each in learnings]
        stored = await self._platform.push(COLLECTION, documents, key=request.key)
        return {"documents": [{"source_id": name, "outcome": what} for name, what in stored]}


class RagSeat:
    """Answers for the RAG Sage: finds passages that tell of similar cases."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @property
    def answers(self) -> Answers:
        """The topics."""
        return {SIMILAR: self.similar}

    async def similar(self, request: Message) -> Body:
        """Find similar cases, the likeliest first; what was learned before is none.

        Raises:
            Unavailable: the platform does not answer.
        """
        statement = field(request.body, "statement", str)
        threshold = field(request.body, "threshold", float)
        limit = min(field(request.body, "limit", int), MOST_CASES)
        found = await self._platform.search(statement, MOST_CASES)
        cases = [
            Case(
                each.chunk_id, each.source_id, chance(statement, each.text, each.parts),
                each.text[:_LONGEST_TEXT],
            )
            for each in found
            if each.collection != COLLECTION
        ]  # fmt: skip
        near = sorted((each for each in cases if each.score >= threshold), key=_likeliest)
        return {"cases": written(near[:limit])}


def _lines(pattern: LearnedPattern) -> tuple[str, ...]:
    """Read which lines of a log show a pattern."""
    told = [pattern.data.get(name) for name in _LINES.get(pattern.kind, ())]
    return tuple(str(each) for each in told if each)


def _likeliest(case: Case) -> tuple[float, int]:
    return -case.score, case.chunk_id


def hearing(cycles: Cycles, member: str) -> Answers:
    """Make what has a member note that it was told of a cycle, in the store."""

    async def hear(message: Message) -> Body:
        learnings = read(LEARNINGS, message.body, "learnings")
        cycle = field(message.body, "cycle", str)
        fresh = await asyncio.to_thread(cycles.hear, member, cycle, len(learnings))
        return {"fresh": fresh}

    return {LEARNED: hear}
