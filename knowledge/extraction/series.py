"""Documents that are known by a series and a number: PEP 484, RFC 2119, ADR 12."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from knowledge.extraction.model import Excerpt
from knowledge.extraction.word_lists import words

SERIES: Final = words("ADR BCP BIP CVE DEP EIP ERC FIP JEP JSR KEP NEP PEP RFC SEP STD TEP TIP")
"""Series whose numbers name documents wherever they are written."""

NO_SERIES: Final = words("""
AD AM AND API BC BCE BMI BST CE CET CEST COVID CPU DAY DC DST EDT EST EU EUR FIG GB GBP GMT GPU
HTTP HTTPS IP IQ JPY JST KB KM MB MD MP NO NOT OK OR OS PAGE PART PDT PH PID PM PPM PST RAM SDK
STEP TAB TB TV UK US USA USD UTC VOL""")
_TITLED: Final = re.compile(r"([A-Z]{2,5})[ \u00a0-]0*(\d{1,6})(?=\s*[-–—:：.,(]|\s*\Z)")
_FILED: Final = re.compile(
    r"(?:.*/)?([A-Za-z]{2,5})[-_]?0*(\d{1,6})(?:\.\w+)?(?:[#?].*)?\Z", re.DOTALL
)
_CITED: Final = re.compile(
    r"(?<![\w/.-])([A-Z]{2,5})s?[ \u00a0\n]0*(\d{1,5})(?![\w%:]|[.,/-]\d)"
    r"(?P<more>(?:(?:,| and| or|, and|, or)[ \n]\d{1,5}(?![\w%:]|[.,/-]\d))*)"
)
_HYPHENED: Final = re.compile(r"(?<![\w/.-])([A-Z]{2,5})-0*(\d{1,6})(?![\w-]|\.\d)")
_ROLE: Final = re.compile(
    r":(?:[a-z]+:)?([a-z]{2,5}):`(?:[^`<]{0,200}<)?0*(\d{1,6})(?:#[^`>]*)?>?`", re.DOTALL
)
_NO_ROLES: Final = words("sub sup math code kbd abbr ref doc term")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A series, in capitals, and a number without leading zeros."""

    series: str
    number: str

    @property
    def name(self) -> str:
        """Write it as people do: "PEP 484"."""
        return f"{self.series} {self.number}"


def titled(title: str) -> Identifier | None:
    """Read the identifier that a title begins with: "PEP 484 – Type Hints"."""
    found = _TITLED.match(title)
    if found is None or found[1] in NO_SERIES:
        return None
    return Identifier(found[1], found[2])


def identifier_of(excerpt: Excerpt) -> Identifier | None:
    """Tell under which identifier a document goes, by its title, else by its file's name."""
    found = titled(excerpt.title)
    if found is None and (filed := _FILED.match(excerpt.address)):
        found = Identifier(filed[1].upper(), filed[2])
    return found


def cited(text: str, own: Identifier | None) -> Iterator[tuple[int, int, Identifier, float]]:
    """Yield what a text refers to by number: (start, end, identifier, confidence).

    "PEP 563", "PEPs 563 and 649", :pep:`563`; with a hyphen ("ADR-12") only where the series is
    known, since UTF-8 and SHA-256 are no documents. A series that is not known may be anything
    that is numbered.
    """
    if ":`" in text:
        for role in _ROLE.finditer(text):
            if role[1] not in _NO_ROLES:
                yield role.start(), role.end(), Identifier(role[1].upper(), role[2]), 1.0
    series = SERIES | {own.series} if own else SERIES
    for found in _CITED.finditer(text):
        if found[1] in NO_SERIES:
            continue
        known = found[1] in series
        yield found.start(), found.end(2), Identifier(found[1], found[2]), 0.9 if known else 0.5
        if known:
            for number in _NUMBER.finditer(text, found.start("more"), found.end("more")):
                plain = number[0].lstrip("0") or "0"
                yield found.start(), number.end(), Identifier(found[1], plain), 0.9
    for found in _HYPHENED.finditer(text):
        if found[1] in series:
            yield found.start(), found.end(), Identifier(found[1], found[2]), 0.9
