"""What a question looks like to the classifier of intents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from retrieval.enhancement.cues import cues

_READ: Final = 400
"""Characters: what somebody wants is said before them, or not at all."""

_GRAMS: Final = (1, 2, 3)
_CUES_WEIGHT, _SHAPE_WEIGHT = 1.0, 0.6
_WORD: Final = re.compile(r"[a-z][a-z'+#]*|0|[ぁ-ん]+|[々一-鿿]+|[ァ-ヺー]+|[?!]")
_CJK: Final = re.compile(r"[ぁ-んァ-ヺー々一-鿿]+")
_CODE: Final = re.compile(r"\w\(\)|\w_\w|[a-z][A-Z]|\w\.\w+\(")
_CAPITAL: Final = re.compile(r"(?<=.)\b[A-Z][a-z]")
_NUMBER: Final = re.compile(r"\d+")


def features(text: str) -> dict[str, float]:
    """Answer a question's features with their weights.

    Words with their neighbours and stems, characters of Japanese runs (one to three), kinds of
    words (`cues`) and the shape of the whole; each of these groups has a length of its own, so
    that a long question is not louder than a short one.
    """
    plain = unicodedata.normalize("NFKC", text[:_READ])[:_READ]
    found: dict[str, float] = {}
    groups = ((_spelt(plain), 1.0), (_cues(plain), _CUES_WEIGHT), (_shape(plain), _SHAPE_WEIGHT))
    for group, weight in groups:
        distinct = dict.fromkeys(group)
        if distinct:
            found |= dict.fromkeys(distinct, weight / len(distinct) ** 0.5)
    return found


def vectors(vocabulary: Mapping[str, int], text: str) -> tuple[list[int], list[float]]:
    """Answer the places and values of a question's features that the vocabulary has."""
    known = [(vocabulary[name], value) for name, value in features(text).items()
             if name in vocabulary]  # fmt: skip
    return [place for place, _ in known], [value for _, value in known]


def _spelt(text: str) -> Iterator[str]:
    low = _NUMBER.sub("0", text.lower()).rstrip("。 ?.")
    words = _WORD.findall(low)
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(["^", *words, "$"]))
    yield from (f"{word[:5]}-" for word in words if len(word) > 5 and word.isascii())
    if low.isascii():
        return
    for run in _CJK.findall(low):
        for size in _GRAMS:
            yield from (run[at : at + size] for at in range(len(run) - size + 1))
    yield from (f"${low[-size:]}" for size in (2, 3))


def _cues(text: str) -> Iterator[str]:
    for name, count in cues(text):
        yield from (f"<{name} {number}>" for number in range(1, count + 1))


def _shape(text: str) -> Iterator[str]:
    words = len(_WORD.findall(text.lower()))
    yield f"<words {min(words // 2, 9)}>"
    yield f"<characters {min(len(text) // 8, 9)}>"
    yield f"<capitals {min(len(_CAPITAL.findall(text)), 4)}>"
    if _CODE.search(text):
        yield "<code>"
    if "?" in text or text.rstrip("。").endswith("か"):
        yield "<question>"
