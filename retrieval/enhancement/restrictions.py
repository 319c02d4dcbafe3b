"""Restrictions that a question puts on the documents to search, as filters that can be removed.

Only where it speaks of documents: "runbooks updated since 2024" restricts, "What has happened
since 1990 in physics?" asks about the world. When in doubt nothing is filtered: a filter too many
hides the answer, one too few costs some rank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from foundation.patterns import deferred
from retrieval.enhancement import restrictions_japanese as japanese
from retrieval.enhancement.dates import ENGLISH
from retrieval.enhancement.model import DerivedFilter
from retrieval.enhancement.names import Names
from retrieval.enhancement.ranges import Cut, Lately, Side, by_author, in_place, one_field, timed

_NOUN: Final = (
    r"(?:documents?|docs|documentation|runbooks?|playbooks?|notes|articles?|reports?|pages|guides?|"
    r"guidelines|posts|files|papers|manuals?|tickets?|minutes|memos?|policies|specs|"
    r"specifications|postmortems?|tutorials?|entries|handbooks?|write-?ups?)"
)
_VERB: Final = (
    r"(?:(?:that|which) (?:were|was|have been|has been) )?(?:last |first |most recently )?"
    r"(?P<verb>updated|created|written|published|added|changed|modified|edited|revised|dated)"
)
_SURE_VERB: Final = r"(?:last |most recently )?(?P<verb>updated|edited|modified|revised|dated)"
_WHEN: Final = (
    rf"(?:(?:between|from) (?P<first>{ENGLISH}) (?:and|to|until|-|–) (?P<last>{ENGLISH})|"
    rf"(?P<how>since|from|after|before|until|till|up to|prior to|in|during)"
    rf" (?P<time>{ENGLISH})(?P<on> on(?:wards?)?| or later| or earlier)?|"
    r"(?:in|from|within|during|over) the (?:last|past) (?:(?P<count>\d{1,3}) )?"
    r"(?P<unit>day|week|month|year)s?)"
)
_ABOUT: Final = r"(?: (?:about|on|for|of|by|regarding|concerning|from) [^,;.?!]{1,60}?)?"
_END: Final = r"(?=\s*[?.!)]*\s*\Z)"

_BESIDE_NOUN: Final = deferred(rf"\b{_NOUN}(?P<cut> (?:{_VERB} )?{_WHEN})(?!\w)", re.IGNORECASE)
_AROUND: Final = deferred(
    rf"\b{_NOUN}{_ABOUT}(?P<cut>,? {_SURE_VERB} {_WHEN})(?!\w)", re.IGNORECASE
)
_LAST: Final = deferred(
    rf"(?P<cut>(?:, ?| ?\()(?:only )?(?:{_VERB} )?{_WHEN}\)?){_END}", re.IGNORECASE
)
_COUNTING: Final = deferred(r"\bhow (?:many|much|often)\b", re.IGNORECASE)
_HISTORY: Final = deferred(
    r"\b(?:has|have|had|did|was|were|happen\w*|occur\w*|born|died|founded)\b", re.IGNORECASE
)
_YES_OR_NO: Final = deferred(
    r"\A\W*(?:is|are|was|were|will|did|does|do|has|have|can)\b", re.IGNORECASE
)
_TAIL: Final = "(?:collection|folder|directory|docs|documents|documentation|section)"
_PLACE: Final = deferred(
    r"(?P<cut>\b(?P<lead>(?:only )?(?:in|from|within|inside|among|search|searching)"
    r"(?: only)?) (?:(?P<the>the|our|my|your|all(?: the)?|collection|folder) )?"
    r"[\"'“`]?(?P<name>[\w./-]+(?: (?!"
    rf"{_TAIL}\b)[\w./-]+)?)[\"'”`]?(?P<tail> {_TAIL})?)(?!\w)",
    re.IGNORECASE,
)
_VERSION: Final = deferred(
    rf"(?:\b{_NOUN} (?P<cut>(?:by|at|in|with|of) version (?P<n>\d{{1,6}}))(?![.\w])|"
    rf"(?P<last>(?:,|\bby|\bas of) ?(?:document )?version (?P<m>\d{{1,6}}))(?![.\w]){_END})",
    re.IGNORECASE,
)
_AUTHOR: Final = deferred(
    rf"\b{_NOUN}{_ABOUT}(?P<cut>,? (?:(?:that|which) (?:were|was) )?"
    r"(?:(?:written|authored|edited|updated) )?by (?:author )?(?P<name>\w[\w.'’-]*(?: \w[\w.'’-]*)"
    r"{0,2}))|(?P<last>, ?(?:written|authored) by (?P<other>\w[\w.'’-]*(?: \w[\w.'’-]*){0,2}))"
    rf"{_END}",
    re.IGNORECASE,
)
_LANGUAGE: Final = deferred(
    rf"\b{_NOUN} (?P<cut>(?:written )?in (?P<language>english|japanese|german|french|spanish|"
    r"italian|portuguese|dutch))\b",
    re.IGNORECASE,
)
_CODES: Final[Mapping[str, str]] = {
    "english": "en",
    "japanese": "ja",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
}
_SIDES: Final[Mapping[str, Side]] = {
    "since": Side.SINCE,
    "after": Side.AFTER,
    "before": Side.BEFORE,
    "prior to": Side.BEFORE,
    "until": Side.UNTIL,
    "till": Side.UNTIL,
    "up to": Side.UNTIL,
    "from": Side.WITHIN,
    "in": Side.WITHIN,
    "during": Side.WITHIN,
}
_HINTS: Final = deferred(
    r"\d|\blast\b|\bpast\b|\b(?:by|in|from|within|inside|among|search\w*)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Restricted:
    """What is left of a question, and what was taken out as `(start, end)` of its characters."""

    text: str
    cuts: Sequence[tuple[int, int]]
    filters: Sequence[DerivedFilter]


def restrict(question: str, known: Names, *, today: date | None = None) -> Restricted:
    """Read the restrictions off a question; at most one of each kind.

    Args:
        question: as it was asked.
        known: collections, folders and authors that there are: no others are filtered by.
        today: needed for "in the last two weeks"; without it such words are left alone.
    """
    found: list[Cut] = []
    cuts = japanese.cuts if japanese.JAPANESE_TEXT.search(question) else _cuts
    for cut in cuts(question, known, today):
        apart = all(cut.end <= each.start or each.end <= cut.start for each in found)
        if apart and not {*cut.filter} & {key for each in found for key in each.filter}:
            found.append(cut)
    found.sort(key=lambda cut: cut.start)
    text = _without(question, found)
    return Restricted(
        text or question.strip(),
        [(cut.start, cut.end) for cut in found],
        [DerivedFilter(question[c.start : c.end].strip(" ,、"), c.filter, c.why) for c in found],
    )


def _without(question: str, cuts: Sequence[Cut]) -> str:
    left, done = [], 0
    for cut in cuts:
        left.append(question[done : cut.start])
        done = cut.end
    left.append(question[done:])
    text = (" " if cuts and question.isascii() else "").join(left)
    if not cuts:
        return text.strip()
    text = re.sub(r"\s+([?.!,:;])", r"\1", re.sub(r"\s+", " ", text))
    text = text.strip(" ,、()")
    return text if any(map(str.isalnum, text)) else ""


def _cuts(question: str, known: Names, today: date | None) -> Iterator[Cut]:
    if not _HINTS.search(question):
        return
    yield from _times(question, today)
    yield from _places(question, known)
    yield from _authors(question, known)
    for found in _VERSION.finditer(question):
        number = found["n"] or found["m"]
        if found["n"] or not _YES_OR_NO.match(question):
            start, end = found.span("cut" if found["n"] else "last")
            yield Cut(start, end, one_field("version", int(number)), "documents of this version")
    for found in _LANGUAGE.finditer(question):
        code = _CODES[found["language"].lower()]
        yield Cut(*found.span("cut"), one_field("language", code), "documents in this language")


def _times(question: str, today: date | None) -> Iterator[Cut]:
    if _COUNTING.search(question):
        return
    patterns = [_BESIDE_NOUN, _AROUND]
    if not _HISTORY.search(question):
        patterns.append(_LAST)
    for pattern in patterns:
        for found in pattern.finditer(question):
            if condition := _condition(found, today):
                yield Cut(*found.span("cut"), condition, "documents of this time")


def _condition(found: re.Match[str], today: date | None) -> dict[str, Any] | None:
    field = "created" if (found["verb"] or "").lower() in {"created", "added"} else "updated"
    unit = found["unit"]
    lately = Lately(int(found["count"] or 1), unit.lower(), today) if unit else None
    return timed(field, found, None if unit or found["first"] else _side(found), lately)


def _side(found: re.Match[str]) -> Side | None:
    how, more = found["how"].lower(), (found["on"] or "").lower()
    if more:
        return Side.UNTIL if "earlier" in more else Side.SINCE
    if how in {"in", "during"} and not found["verb"]:
        return None  # "reports in 2024" may as well be about that year
    return _SIDES[how]


def _places(question: str, known: Names) -> Iterator[Cut]:
    for found in _PLACE.finditer(question):
        the, tail = (found["the"] or "").lower(), bool(found["tail"])
        words = found["name"].split()
        for size in range(len(words), 0, -1):
            if size < len(words) and tail:
                break
            name = " ".join(words[:size])
            told = tail or the in {"collection", "folder"}
            meant = told or (the and re.fullmatch(_NOUN, name, re.IGNORECASE)) or the in {
                "our", "my",
            }  # fmt: skip
            condition = in_place(name, known) if meant else None
            if condition:
                end = found.end() if size == len(words) else found.start("name") + len(name)
                yield Cut(found.start("cut"), end, condition, "only where you say to search")
                break


def _authors(question: str, known: Names) -> Iterator[Cut]:
    for found in _AUTHOR.finditer(question):
        group = "cut" if found["name"] else "last"
        words = (found["name"] or found["other"]).split()
        start, end = found.span(group)
        written = len(found["name"] or found["other"])
        for size in range(len(words), 0, -1):
            name = " ".join(words[:size])
            if condition := by_author(name, known):
                yield Cut(start, end - written + len(name), condition, "documents of this author")
                break
