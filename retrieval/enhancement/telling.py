"""Tells what was understood of a question, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from retrieval.enhancement.model import HybridQuery

_LIKELY = 0.15


def told(query: HybridQuery) -> list[str]:
    """Answer the lines for `--explain`; what was not found has none."""
    return list(_lines(query))


def _lines(query: HybridQuery) -> Iterator[str]:
    others = [
        f"{intent.value} {chance:.0%}"
        for intent, chance in query.intents.items()
        if intent is not query.intent and chance >= _LIKELY
    ]
    also = f"; or {', '.join(others)}" if others else ""
    yield f"intent: {query.intent.value} ({query.confidence:.0%}{also})"
    if query.language:
        yield f"language: {query.language}"
    if query.skipped:
        yield f"as it is: {query.skipped}"
    if query.text != query.original.strip():
        yield f"searched: {query.text}"
    for restriction in query.filters:
        condition = json.dumps(restriction.filter, ensure_ascii=False)
        yield f"filter: {condition} for “{restriction.words}”: {restriction.why}"
    if query.newest:
        yield f"wanted: the newest, for “{query.newest}”"
    if query.entities:
        named = (f"{e.surface} ({e.how}, {e.confidence:.2f})" for e in query.entities)
        yield f"entities: {', '.join(named)}"
    for expansion in query.expansions:
        yield f"other names: {expansion.name} = {', '.join(expansion.others)} ({expansion.why})"
    for variation in query.variations:
        yield f"{variation.kind}: {variation.text}"
    if query.boosts:
        words = (f"{word} {weight:.2f}" for word, weight in query.boosts.items())
        yield f"pages that say: {', '.join(words)}"
