"""Other ways to ask the same, and parts to ask one by one: five at the most."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from knowledge.extraction.english import FUNCTION
from knowledge.language import CJK_RUN
from knowledge.questions import Intent
from retrieval.enhancement.decomposing import sub_questions
from retrieval.enhancement.model import MOST_VARIATIONS, LinkedEntity, Variation
from retrieval.vocabulary import Expansion

_SURE: Final = 0.5
_MOST_NAMED: Final = 4
_MOST_TRANSLATED: Final = 2
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’._+#/][^\W_]+)*[+#]*|\w+")
_CONTENT: Final = re.compile("[ァ-ヺー]{2,}|[々一-鿿]{2,}|[A-Za-z0-9][A-Za-z0-9.+#_-]*")
"""A single kanji is mostly the stem of a verb, or what is asked for: 何 or 誰."""


def variations(
    text: str,
    intent: Intent,
    entities: Sequence[LinkedEntity],
    expansions: Sequence[Expansion],
) -> list[Variation]:
    """Answer other queries, each once and none like the question, the most telling first."""
    found: list[Variation] = []
    seen = {_same(text), ""}
    for variation in _all(text, intent, entities, expansions):
        key = _same(variation.text)
        if key not in seen:
            seen.add(key)
            found.append(variation)
    return found[:MOST_VARIATIONS]


def _all(
    text: str,
    intent: Intent,
    entities: Sequence[LinkedEntity],
    expansions: Sequence[Expansion],
) -> Iterator[Variation]:
    translated = list(translations(text, expansions))[:_MOST_TRANSLATED]
    yield from (Variation(each, "translation") for each in translated)
    for part in sub_questions(text, intent, entities):
        yield Variation(part, "sub-question")
    yield Variation(keywords(text), "keywords")
    named = dict.fromkeys(each.surface for each in entities if each.confidence >= _SURE)
    if named:
        yield Variation(" ".join(list(named)[:_MOST_NAMED]), "entity")


def translations(text: str, expansions: Iterable[Expansion]) -> Iterator[str]:
    """Put names in the other script in place of those that are asked: 自然言語処理 for NLP."""
    whole, changed = text, False
    for expansion in expansions:
        japanese = CJK_RUN.search(expansion.name) is not None
        other = next(
            (name for name in expansion.others if (CJK_RUN.search(name) is not None) != japanese),
            None,
        )
        if other and expansion.name in whole:
            whole, changed = whole.replace(expansion.name, other, 1), True
            yield other
    if changed:
        yield whole


def keywords(text: str) -> str:
    """Answer a question without the words that only make it one; "" if none is left over."""
    if CJK_RUN.search(text):
        words = _CONTENT.findall(text)
    else:
        words = [word for word in _WORD.findall(text) if word.lower() not in FUNCTION]
    return " ".join(dict.fromkeys(words))


def _same(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))
