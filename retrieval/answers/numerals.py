"""Reads numbers in figures, in English words and in kanji, and tells them from other words.

1,200 is twelve hundred, 5 million is 5,000,000, twenty-five and 二十五 are 25; but 十分 (enough)
and 一般 (general) are words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Final

from retrieval.answers.units import PREFIXED

_ONES: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth",
)  # fmt: skip
_TENTHS: Final = tuple(f"{word[:-1]}ieth" for word in _TENS)
_VALUES: Final[Mapping[str, int]] = {
    "zero": 0, "a": 1, "an": 1,
    **{word: number for number, word in enumerate((*_ONES, *_TEENS), 1)},
    **{word: number for number, word in enumerate(_ORDINALS, 1)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{word: 10 * number for number, word in enumerate(_TENTHS, 2)},
}  # fmt: skip
SCALES: Final[Mapping[str, int]] = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12,
}  # fmt: skip
"""Words that multiply the number before them."""

_PARTS: Final[Mapping[str, int]] = {
    "half": 2, "halve": 2, "quarter": 4,
    **{word: number for number, word in enumerate(_ORDINALS[2:10], 3)},
}  # fmt: skip
_KANJI_DIGITS: Final = "〇一二三四五六七八九"
_POWERS: Final[Mapping[str, int]] = {"十": 10, "百": 100, "千": 1_000}
_MYRIADS: Final[Mapping[str, int]] = {"万": 10**4, "億": 10**8, "兆": 10**12}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_TO_99: Final = rf"(?:(?:{_any(_TENS)})(?:[ -](?:{_any(_ONES)}))?|{_any((*_TEENS, *_ONES))})"
_TO_999: Final = rf"(?:(?:{_TO_99}|an?)[ -]hundred(?:(?: and)?[ -]{_TO_99})?|{_TO_99}|zero)\b"
_SCALE: Final = r"[ -](?:thousand|million|billion|trillion)\b"
_SPELT: Final = (
    rf"(?:{_TO_999}|an?){_SCALE}(?:,?(?: and)?[ -]{_TO_999}(?:{_SCALE})?)*"
    rf"|(?:{_TO_999}|an?)[ -]dozen|{_TO_999}"
)
_ORDINAL: Final = rf"(?:(?:{_any(_TENS)})[ -])?(?:{_any(_ORDINALS)})|{_any(_TENTHS)}"
_PART: Final = (
    rf"(?:an?|{_any(_ONES)})[ -](?:half|halves|(?:{_any(_PARTS)})s"
    rf"|(?:{_any(_PARTS)})(?=[ -](?:of|the|as|more|less|to|an?)\b|[^\w\s-]|\s*$))|half"
)
"""A third of it, or a third; a third mill is the third one."""

DETERMINERS: Final = frozenset(("a", "an", "each", "every", "per"))
"""Say "one" before a period of time: a day."""

_PERIOD: Final = "(?:minute|hour|day|week|month|year|decade|century)"
_EACH: Final = rf"(?:an?|each|every|per)(?= {_PERIOD}\b)|per(?= second\b)"
_FIGURE: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)*|\d+(?:\.\d+)*)"
_KANJI: Final = (
    rf"(?:(?:{_FIGURE}(?=[十百千万億兆])|[〇一二三四五六七八九十百千万億兆])+(?:(?<=[万億兆])\d+)?)"
)
_SIGN: Final = r"(?:(?<![\w.,)\]%°-])[-−]|\bminus |マイナス)"
_FIRST: Final = r"(?=[-\d〇一二三四五六七八九十百千万億兆$€£¥₹−マ]|\b[aefhmnopqstuz])"
"""What a number may begin with: looked at first, since most of a text does not."""

NUMBER: Final = re.compile(
    rf"{_FIRST}(?:(?P<whole>{_KANJI}|{_FIGURE})分の(?P<share>{_KANJI}|{_FIGURE})"
    rf"|\b(?:(?P<half>half an?(?:{_SCALE}|[ -]dozen))|(?P<part>{_PART})|(?P<words>{_ORDINAL}"
    rf"|{_SPELT})|(?P<each>{_EACH}))\b"
    rf"|(?P<ratio>(?<![\d/.])[1-9]/[2-9](?![\d/]))"
    rf"|(?P<sign>{_SIGN})?(?P<currency>{PREFIXED})?(?:(?P<kanji>{_KANJI})|(?P<figure>{_FIGURE})"
    rf"(?:(?P<scale>(?:[ -](?:{_any(SCALES)})\b){{1,3}})|(?:st|nd|rd|th)\b)?))"
)
"""Finds what may be a number in a text that is `folded`; `numeral` reads it.

`each` is "a" where a period of time follows.
"""

_WORDS: Final = (
    "一部", "一番", "一種", "一方", "一般", "一時", "一層", "十分", "十字", "三角", "万一",
    "八百屋", "八百長", "千代", "百科", "百貨",
)  # fmt: skip
_NUMBERS_AFTER_ALL: Final = re.compile("(?:十分|一時)(?:間|後|前|ほど)|一部屋|一種類")
_LONGEST: Final = 100
"""Digits of a number that can be reckoned with: a longer one is a code."""

_COUNTED: Final = frozenset(
    "人名個本台回階円年月日時分秒週歳才位度倍割軒頭匹羽冊枚杯通件点部章節条項巻号番期代世種社校"
)
_ORDERED: Final = frozenset("第約計全各毎満")
_VAGUE: Final = frozenset("数何幾")
_IN_KANJI: Final = re.compile("[一-鿿々]")


def folded(text: str) -> str:
    """Write a text in lower case, each character in its place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := each.lower()) == 1 else each for each in text)  # İ


def numeral(match: re.Match[str]) -> str | None:
    """Read what `NUMBER` found: in figures, the same however it was written; None for a word.

    A version keeps its zeros (2.10), a part of one is a fraction (1/3).
    """
    if match["kanji"]:
        return _signed(match, str(_japanese(match["kanji"]))) if _counts(match) else None
    if match["figure"]:
        return _signed(match, _scaled(match["figure"].replace(",", ""), match["scale"] or ""))
    if match["words"]:
        return str(_english(_split(match["words"])))
    return match["ratio"] or ("1" if match["each"] else _part(match))


def _signed(match: re.Match[str], number: str) -> str:
    return f"-{number}" if match["sign"] else number


def _scaled(figure: str, scales: str) -> str:
    value = fraction(figure)
    if value is None or not scales:
        return figure
    return str(value * prod(SCALES[scale] for scale in _split(scales)))


def _part(match: re.Match[str]) -> str | None:
    """Read two thirds, 三分の二, or half a million."""
    if match["whole"]:
        whole = _japanese(match["whole"])
        return str(_japanese(match["share"]) / whole) if whole else None
    if match["half"]:
        return str(Fraction(SCALES[_split(match["half"])[-1]], 2))
    *times, part = _split(match["part"])
    return str(Fraction(_VALUES[times[0]] if times else 1, _PARTS[part.removesuffix("s")]))


def fraction(number: str) -> Fraction | None:
    """Answer the value of a number in figures; None for a version (1.2.3) or a code."""
    if len(number) > _LONGEST:
        return None
    try:
        return Fraction(number)
    except (ValueError, ZeroDivisionError):
        return None


def _split(words: str) -> list[str]:
    return re.findall("[a-z]+", words)


def _english(words: Iterable[str]) -> int:
    total = below = 0
    for word in words:
        scale = SCALES.get(word)
        if scale is None:
            below += _VALUES.get(word, 0)
        elif scale < 1_000:
            below *= scale
        else:
            total, below = total + below * scale, 0
    return total + below


def _japanese(run: str) -> Fraction:
    """Read kanji numerals, with figures among them: 三百五十, 二〇一九, 3万5千."""
    total = section = Fraction(0)
    digits = ""
    for part in re.findall(rf"{_FIGURE}|.", run):
        if part in _MYRIADS:
            section += fraction(digits) or 0
            total, section, digits = total + (section or 1) * _MYRIADS[part], Fraction(0), ""
        elif part in _POWERS:
            section, digits = section + (fraction(digits) or 1) * _POWERS[part], ""
        else:
            digits += "".join(_digits(part))
    return total + section + (fraction(digits) or 0)


def _digits(part: str) -> Iterator[str]:
    for character in part.replace(",", ""):
        yield str(_KANJI_DIGITS.index(character)) if character in _KANJI_DIGITS else character


def _counts(match: re.Match[str]) -> bool:
    """Tell whether kanji that may be a number are one, by what stands around them."""
    text, run, start, end = match.string, match["kanji"], match.start("kanji"), match.end("kanji")
    if _NUMBERS_AFTER_ALL.match(text, start) or any(map(str.isdecimal, run)):
        return True
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if run == "十" and before == "時":
        return True
    if text.startswith(_WORDS, start) or before in _VAGUE or not set(run) - _MYRIADS.keys():
        return False
    if after in _COUNTED or len(run) > 1:
        return True
    return not _IN_KANJI.match(after) and (not _IN_KANJI.match(before) or before in _ORDERED)
