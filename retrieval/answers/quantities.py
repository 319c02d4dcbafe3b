"""Numbers in figures and in words, made comparable: 1,200 is 1200, ninety and 九十 are 90."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
_TENS: Final = "thirty forty fifty sixty seventy eighty ninety hundred"
_SAID: Final[Mapping[str, str]] = {
    **{word: str(number) for number, word in enumerate(_WORDS.split())},
    **{word: str(number) for number, word in zip(range(30, 101, 10), _TENS.split(), strict=True)},
}
_LETTERS: Final = re.compile(r"[a-z]+")
_KANJI: Final = re.compile("[一二三四五六七八九]?[十百]?[一二三四五六七八九十百]")
_NUMERALS: Final = re.compile("[〇一二三四五六七八九十百千]+")
_DIGITS: Final = "〇一二三四五六七八九"
_UNITS: Final = {"十": 10, "百": 100, "千": 1_000}


def quantity(word: str) -> str | None:
    """Answer the number that a word is, in figures; None for a word that is none.

    Args:
        word: in lower case and NFKC; English up to a hundred, Japanese below ten thousand.
    """
    if word[0].isdecimal():
        return word.replace(",", "")
    if _NUMERALS.fullmatch(word):
        return str(_value(word))
    return _SAID.get(word)


def spelt(folded: str) -> frozenset[str]:
    """Find the numbers that a text spells out, up to a hundred: ninety, 九十."""
    english = {_SAID[word] for word in _LETTERS.findall(folded) if word in _SAID}
    return frozenset(english | {str(_value(run)) for run in _KANJI.findall(folded)})


def _value(run: str) -> int:
    """Read kanji numerals: 九十 is 90, 十二 is 12, 二〇一九 is 2019."""
    total = digits = 0
    for character in run:
        if character in _UNITS:
            total += (digits or 1) * _UNITS[character]
            digits = 0
        else:
            digits = digits * 10 + _DIGITS.index(character)
    return total + digits
