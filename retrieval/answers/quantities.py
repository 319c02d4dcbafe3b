"""Finds the numbers of a text with their units, and compares them: an hour is 60 minutes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from retrieval.answers.numerals import DETERMINERS, NUMBER, folded, fraction, numeral
from retrieval.answers.units import TEN_YEARS, Unit, unit_at, unit_of

_SMALL: Final = 12
"""Numbers in words up to here may be said of anything: two things that a source only lists."""

_OF_A: Final = re.compile(r" (?:of )?an?(?= )")
_DECADE: Final = re.compile(r"\d{3}0")
_DECADE_ENDS: Final = re.compile(r"s(?!\w)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text, with the unit that it is of.

    Attributes:
        start: where it begins, its sign or currency included.
        end: where the number ends, its scale included: 5 million.
        number: in figures, the same however it was written: 1200, -5, 1/3, 2.10.
        unit: what it measures; None where no unit is known there.
        unit_start: where the unit begins; `end` where there is none, or it stands before.
        unit_end: where it ends.
        exact: whether it must stand in a source: in figures, large, a part, or with a unit.
    """

    start: int
    end: int
    number: str
    unit: Unit | None
    unit_start: int
    unit_end: int
    exact: bool

    def same(self, other: Quantity) -> bool:
        """Tell whether both say the same; a number without a unit may be of any."""
        if self.number == other.number and (self.unit is None or other.unit is None):
            return True
        return self.size == other.size

    @property
    def size(self) -> tuple[str, Fraction | str]:
        """Answer what it measures, and how much of that; half is 50 %."""
        value = fraction(self.number)
        if self.unit is not None:
            return self.unit.measure, self.number if value is None else value * self.unit.amount
        return ("ratio", value) if value is not None and "/" in self.number else ("", self.number)


def quantities(text: str) -> list[Quantity]:
    """Find the numbers of a text, in order, none within another.

    Args:
        text: in NFKC. English is read up to trillions, Japanese up to 兆.
    """
    found: list[Quantity] = []
    for match in NUMBER.finditer(folded(text)):
        if found and match.start() < found[-1].unit_end:
            continue  # the 2 of m2
        number = numeral(match)
        if number is not None:
            found.append(_measured(text, match, number))
    return found


def in_figures(text: str, *, both_ways: bool = False) -> str:
    """Write the numbers of a text in figures and its units in one way, to count words the same.

    Args:
        both_ways: leave the units there as well as they are written.
    """
    plain = unicodedata.normalize("NFKC", text)
    parts: list[str] = []
    place = 0
    for each in quantities(plain):
        if "/" not in each.number and folded(plain[each.start : each.end]) not in DETERMINERS:
            parts += plain[place : each.start], each.number
            place = each.end
        if each.unit is not None:
            parts += plain[place : each.unit_end if both_ways else each.unit_start], each.unit.word
            place = each.unit_end
    return "".join((*parts, plain[place:]))


def without_units(text: str) -> str:
    """Leave the units of a text out: パーセント is no name."""
    plain = unicodedata.normalize("NFKC", text)
    parts: list[str] = []
    place = 0
    for each in quantities(plain):
        parts += plain[place : each.unit_start], " " * (each.unit_end - each.unit_start)
        place = each.unit_end
    return "".join((*parts, plain[place:]))


def _measured(text: str, match: re.Match[str], number: str) -> Quantity:
    """Add the unit of a number."""
    start, end = match.span()
    written = any(map(str.isdecimal, match[0])) or "/" in number
    if match["currency"]:
        return Quantity(start, end, number, unit_of(match["currency"]), end, end, exact=True)
    if _DECADE.fullmatch(number) and _DECADE_ENDS.match(text, end):
        return Quantity(start, end, number, TEN_YEARS, end, end + 1, exact=True)
    article = _OF_A.match(text, end) if "/" in number else None
    unit = unit_at(text, article.end() if article else end)
    if unit is not None:
        return Quantity(start, end, number, *unit, exact=match["each"] is None)
    value = fraction(number)
    large = value is not None and value > _SMALL
    return Quantity(start, end, number, None, end, end, exact=written or large)
