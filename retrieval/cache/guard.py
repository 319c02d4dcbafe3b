"""Whether two questions may mean the same: what tells them apart although they sound alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from retrieval.answers.negation import denials
from retrieval.answers.numerals import DETERMINERS
from retrieval.answers.opposites import opposite
from retrieval.answers.quantities import quantities
from retrieval.retrievers.quoted import phrases

_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
_COMPOUND: Final = re.compile("[ァ-ヺー]{2,}|[一-鿿々]{2,}")
_JAPANESE: Final = re.compile("[ァ-ヺー]+|[一-鿿々]+")
_NAME: Final = re.compile(
    r"[A-Za-z0-9_]*[A-Z_0-9./+#-][A-Za-z0-9_./+#-]*[A-Za-z0-9_+#]|[A-Z][a-z]+|\b[A-Z]\b"
)
_LIMIT: Final = re.compile(
    r"\b(?:nor|except|avoid|stop|fails?|failed|only|non|unable)\b|以外|除|不可|無効|未|非|だけ|のみ",
    re.IGNORECASE,
)
"""What leaves something out or keeps to it, as a negation does."""

_ASKED_FOR: Final = tuple(
    frozenset(pair)
    for pair in (
        ("who", "where"), ("who", "when"), ("what", "when"), ("what", "where"), ("what", "why"),
        ("how", "why"), ("how", "where"), ("when", "where"), ("when", "why"), ("where", "why"),
        ("誰", "何"), ("誰", "どこ"), ("誰", "いつ"), ("いつ", "どこ"), ("なぜ", "どう"),
    )
)  # fmt: skip
"""Words that ask for different things; "what" and "how" often ask for the same."""

_STOP: Final = frozenset((
    "a", "an", "the", "is", "are", "was", "were", "be", "been", "do", "does", "did", "can", "could",
    "will", "would", "should", "of", "in", "on", "at", "to", "for", "by", "with", "and", "or", "i",
    "you", "we", "they", "it", "this", "that", "these", "those", "my", "your", "our", "their", "me",
    "us", "there", "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "has",
    "have", "had", "get", "got", "any", "some", "please", "if", "as", "from", "about", "so", "than",
    "then", "into", "much", "many",
))  # fmt: skip
_MOST_NEW_WORDS: Final = 0.34


def may_mean_the_same(one: str, other: str) -> bool:
    """Tell whether nothing that is easy to see makes two questions different.

    It looks at negations, numbers, names (capitals, codes, katakana and kanji), opposites, words
    that ask, what is quoted, and how many words of content both have, in which order.
    """
    first, second = (unicodedata.normalize("NFKC", text) for text in (one, other))
    return (
        _negated(first) == _negated(second)
        and _numbers(first) == _numbers(second)
        and _names(first, second) == _names(second, first)
        and sorted(_COMPOUND.findall(first)) == sorted(_COMPOUND.findall(second))
        and not _opposed(first, second)
        and not _asking(first, second)
        and phrases(one) == phrases(other)
        and _overlap(first, second)
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _negated(text: str) -> tuple[int, int]:
    return denials(text), len(_LIMIT.findall(text))


def _numbers(text: str) -> list[str]:
    return sorted(
        str(each.size)
        for each in quantities(text)
        if text[each.start : each.end].lower() not in DETERMINERS
    )


def _names(text: str, other: str) -> set[str]:
    """List what is written as a name; a first word's capital counts if the other has it too."""
    lowered = set(_words(other))
    names = set()
    for found in _NAME.finditer(text):
        name = found[0].strip(".-/")
        first_word = not text[: found.start()].strip("\"'“(¿ ")
        plain = name[1:].islower() or len(name) == 1
        if not (first_word and plain) and name.lower() not in _STOP:
            names.add(name.lower())
    return names | {word for word in lowered if word in _named_in(text) and word in names}


def _named_in(text: str) -> set[str]:
    return {found[0].lower() for found in _NAME.finditer(text)}


def _opposed(one: str, other: str) -> bool:
    """Tell whether one has a word in place of which the other has its opposite."""
    first, second = ({*_words(text), *_JAPANESE.findall(text)} for text in (one, other))
    both = first & second
    return any(opposite(a, b) for a in first for b in second if not {a, b} <= both)


def _asking(one: str, other: str) -> bool:
    """Tell whether one asks who, and the other where."""
    first, second = (_question_words(text) for text in (one, other))
    return any(
        first & pair and second & pair and first & pair != second & pair for pair in _ASKED_FOR
    )


def _question_words(text: str) -> set[str]:
    words = set(_words(text))
    every = frozenset[str]().union(*_ASKED_FOR)
    return {word for word in every if word in words or (not word.isascii() and word in text)}


def _overlap(one: str, other: str) -> bool:
    """Tell whether most words are in both, in the same order: who does what to whom."""
    first, second = (list(_content(text)) for text in (one, other))
    union, both = {*first, *second}, {*first} & {*second}
    if [word for word in first if word in both] != [word for word in second if word in both]:
        return False
    return len(union) - len(both) <= _MOST_NEW_WORDS * len(union)


def _content(text: str) -> Iterator[str]:
    for word in _words(text):
        if word not in _STOP:
            yield word.removesuffix("'s").rstrip("s") if len(word) > 3 else word
