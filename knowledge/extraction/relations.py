"""What English sentences say of two names: "X is a Y", "X replaces Y", "Ys such as X".

Hearst's patterns (COLING 1992) and their like, precision before recall: both ends must be short
noun phrases, and a sentence that opens with a pronoun says nothing here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.patterns import deferred
from knowledge.extraction.model import Claim, Predicate
from knowledge.extraction.noun_phrases import Place, Prose
from knowledge.extraction.word_lists import (
    GROUPS,
    MODIFIERS,
    NO_CLASSES,
    NO_SUBJECTS,
    RELATIONAL,
    SORTS,
)

_OF: Final = deferred(r"\s+of\s+")
_TO: Final = deferred(r"\s+(?:to|that)\s")
_VAGUE: Final = deferred(r"(?:following|same|use|usage)\b")
_CUT: Final = deferred(r"\s+(?:to\s|(?:on|from|for)\s+(?:the\s+)?[A-Z])")
"""What goes on in names that are titles: "Trained to Kill", "Task Force on Traffic"."""

_NEXT: Final = deferred(r"(?:\s*,)?\s+(?:and|or)\s+|\s*,\s+")
_CONJUNCTION: Final = deferred(r"\s*,|\s+(?:and|or)\s|\s*/")
_ADJECTIVE: Final = deferred(r".*(?:al|ive|ous|ic|ary|ful|less|ish|able|ese|est|ed)")
_RANK: Final = deferred(
    r"(?:(?:most|least|more)\s+\S+|\S*est|first|last|few|only|two|three|four|five|six|seven|eight"
    r"|nine|ten|\d+)\s+"
)
_PROVIDED: Final = deferred(r"\s+(?:if|when|unless|only)\s")
_A_BIT: Final = deferred(r"(?:bit|lot|little|few)\s")
_THE: Final = deferred(r"(?<!\bof )(?<!\bin )(?<!\bat )\bthe\s+\Z", re.IGNORECASE)
_PLURAL: Final = deferred(r"\b([a-z-]{2,}[a-rt-z])s\b")
_ACRONYM: Final = deferred(r"[A-Z][\w.-]*[A-Z]\w*")
_MOST_LISTED: Final = 6

Reader = Callable[[Prose, re.Match[str], Place], Iterator[Claim]]
"""Reads one occurrence of a pattern within its sentence."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A regular expression for what stands between two names, behind cheap signs of it."""

    signs: tuple[str, ...]
    between: re.Pattern[str]
    read: Reader


def claim(
    prose: Prose, subject: Place, predicate: Predicate, target: Place, confidence: float
) -> Claim:
    """Write a claim whose evidence reaches from one name to the other."""
    return Claim(
        prose.surface(subject),
        predicate,
        prose.surface(target),
        start=min(subject[0], target[0]),
        end=max(subject[1], target[1]),
        confidence=confidence,
    )


def find_relations(prose: Prose, sentences: Sequence[Place]) -> Iterator[Claim]:
    """Yield what the patterns find, pattern by pattern."""
    starts = [start for start, _ in sentences]
    for pattern in _PATTERNS:
        if not any(sign in prose.text for sign in pattern.signs):
            continue
        for found in pattern.between.finditer(prose.text):
            index = bisect_right(starts, found.start()) - 1
            if index >= 0 and found.end() <= sentences[index][1]:
                yield from pattern.read(prose, found, sentences[index])


def _is_a(prose: Prose, found: re.Match[str], sentence: Place) -> Iterator[Claim]:
    place = found.end()
    if "one" in found["many"] and (rank := _RANK.match(prose.text, place)):
        place = rank.end()
    subject = prose.subject(sentence[0], found.start())
    kind = subject and _class(prose, place, sentence[1])
    if subject and kind:
        named = prose.named(subject)
        if named or _head(prose, subject) not in NO_SUBJECTS:
            yield claim(prose, subject, Predicate.IS_A, kind, 0.9 if named else 0.8)


def _head(prose: Prose, place: Place) -> str:
    return prose.text[slice(*place)].split()[-1].lower()


def _class(prose: Prose, start: int, end: int) -> Place | None:
    """Find the class that an indefinite phrase names: "peer-reviewed journal"."""
    place = prose.after(start, end)
    if place is None:
        return None
    head = _head(prose, place)
    follows = _OF.match(prose.text, place[1], end)
    if follows and head in SORTS:
        return _class(prose, follows.end(), end)
    if follows and head in GROUPS:
        members = prose.after(follows.end(), end)
        return (place[0], members[1]) if members else None
    classless = head in NO_CLASSES | RELATIONAL or len(head) < 3 or not head[0].isalpha()
    if classless or _A_BIT.match(prose.text, *place) or _PROVIDED.match(prose.text, place[1], end):
        return None
    modifies = head in MODIFIERS or "-" in head or _ADJECTIVE.fullmatch(head)
    return None if modifies and _CONJUNCTION.match(prose.text, place[1], end) else place


def _stands_for(prose: Prose, found: re.Match[str], sentence: Place) -> Iterator[Claim]:
    acronym = prose.before(sentence[0], found.start(), most=3)
    meaning = prose.after(found.end(), sentence[1], most=8)
    if acronym is None or meaning is None:
        return
    last = prose.text[: acronym[1]].rfind(" ", *acronym) + 1
    short = (max(last, acronym[0]), acronym[1])
    if _ACRONYM.fullmatch(prose.surface(short)) or prose.knows(short):
        yield claim(prose, short, Predicate.STANDS_FOR, meaning, 0.9)


def _known_as(prose: Prose, found: re.Match[str], sentence: Place) -> Iterator[Claim]:
    """Read "X, also known as Y or Z": X is a subject, or the name right before the comma."""
    subject = prose.subject(sentence[0], found.start())
    if subject is None or not prose.named(subject):
        near = prose.before(sentence[0], found.start())
        definite = near and _THE.search(prose.text, sentence[0], near[0])
        subject = near if near and definite and prose.named(near) else subject
    other = subject and prose.after(found.end(), sentence[1])
    listed = 0
    while subject and other and listed < _MOST_LISTED:
        if _CUT.match(prose.text, other[1], sentence[1]):
            break
        if not listed or prose.named(other):
            yield claim(prose, subject, Predicate.ALSO_KNOWN_AS, other, 0.9)
        listed += 1
        closing = prose.text[other[1] : other[1] + 1] in {'"', "”"}
        step = _NEXT.match(prose.text, other[1] + closing, sentence[1])
        other = prose.after(step.end(), sentence[1]) if step else None
        if other and not (prose.named(other) and step):
            break


def _between(
    predicate: Predicate, confidence: float, *, names: bool = True, most: int = 6
) -> Reader:
    """Make a reader of "X verb Y".

    Args:
        predicate: what the verb says.
        confidence: that it does.
        names: both must be names; else the object may be any short noun phrase.
        most: words of the object.
    """

    def read(prose: Prose, found: re.Match[str], sentence: Place) -> Iterator[Claim]:
        subject = prose.subject(sentence[0], found.start())
        target = subject and prose.after(found.end(), sentence[1], most=most)
        if subject is None or target is None or _TO.match(prose.text, target[1], sentence[1]):
            return
        of = None if names or prose.named(target) else _OF.match(prose.text, target[1], sentence[1])
        if of and (inner := prose.after(of.end(), sentence[1], most=most)):
            target = (target[0], inner[1])
        if _VAGUE.match(prose.text, *target):
            return
        if not names or (prose.named(subject) and prose.named(target)):
            yield claim(prose, subject, predicate, target, confidence)

    return read


def _such_as(prose: Prose, found: re.Match[str], sentence: Place) -> Iterator[Claim]:
    """Read "Ys such as X, X and X"."""
    kind = prose.before(sentence[0], found.start(), most=8)
    if kind is None:
        return
    kind = _plural(prose, kind)
    place = found.end()
    for _ in range(_MOST_LISTED if kind else 0):
        member = prose.after(place, sentence[1])
        if kind is None or member is None or not prose.named(member):
            break
        yield claim(prose, member, Predicate.IS_A, kind, 0.8)
        closing = prose.text[member[1] : member[1] + 1] in {'"', "”"}
        step = _NEXT.match(prose.text, member[1] + closing, sentence[1])
        if step is None:
            break
        place = step.end()


def _plural(prose: Prose, kind: Place) -> Place | None:
    """Keep of a phrase before "such as" its plural head: what stands before that may be a verb."""
    head = prose.text[slice(*kind)].split()[-1]
    plural = _PLURAL.fullmatch(head)
    if plural is None or plural[1] in RELATIONAL | NO_CLASSES:
        return None
    return prose.text.rindex(head, *kind), kind[1]


def _and_other(prose: Prose, found: re.Match[str], sentence: Place) -> Iterator[Claim]:
    """Read "X, X and other Ys"."""
    kind = prose.after(found.end(), sentence[1], most=3)
    kind = kind and _plural_class(prose, kind)
    place = found.start()
    for _ in range(_MOST_LISTED if kind else 0):
        member = prose.before(sentence[0], place)
        if kind is None or member is None or not prose.named(member):
            break
        yield claim(prose, member, Predicate.IS_A, kind, 0.8)
        left = prose.text[: member[0]].rstrip(' \n\t"“')
        if not left.endswith(","):
            break
        place = len(left) - 1


def _plural_class(prose: Prose, kind: Place) -> Place | None:
    """Keep of a phrase behind "and other" what leads up to its last plural; a verb may follow."""
    plurals = list(_PLURAL.finditer(prose.text, *kind))
    if not plurals or plurals[-1][1] in RELATIONAL | NO_CLASSES:
        return None
    return kind[0], plurals[-1].end()


_BE: Final = r"[ \n](?:is|was|are|were)"
_PATTERNS: Final = (
    _Pattern(
        (" is a", " was a", " is one", " are one", " was one", "\nis a", " is\na", " was\na"),
        deferred(
            _BE + r"(?:[ \n](?:also|now|currently|still|primarily|mainly|generally|usually|often"
            r"|essentially|typically|basically|originally))?[ \n](?P<many>an?|one of(?: the)?)[ \n]"
        ),
        _is_a,
    ),
    _Pattern(
        ("stands for", "acronym", "abbreviation", "short for", "initialism"),
        deferred(
            r",?[ \n](?:stands for|(?:(?:is|was) )?(?:an? |the )?"
            r"(?:acronym|abbreviation|initialism|short|shorthand) (?:for|of))[ \n]"
        ),
        _stands_for,
    ),
    _Pattern(
        ("known", "called", "referred", "formerly", "aka", "a.k.a."),
        deferred(
            r"(?:\s*[,(]\s*|[ \n](?:is|was|are|were)[ \n])(?:(?:also|better|commonly|formerly"
            r"|previously|originally|popularly|sometimes|otherwise|often|informally|formally"
            r"|officially|locally)[ \n](?:\w+ly[ \n])?(?:known(?: simply)?[ \n]as|called"
            r"|referred[ \n]to(?: simply)?[ \n]as)[ \n]|a\.?k\.?a\.?[ \n]|formerly[ \n](?=[\"A-Z]))"
        ),
        _known_as,
    ),
    _Pattern(
        ("depend", "relies on", "rely on", "require"),
        deferred(
            r"[ \n](?:(?:also|heavily|mainly|strongly) )?(?:depends? (?:\w+ly )?(?:up)?on"
            r"|relies on|rely on|requires?)[ \n]"
        ),
        _between(Predicate.DEPENDS_ON, 0.8, names=False, most=5),
    ),
    _Pattern(
        ("replaced", "superseded", "obsoleted", "supplanted"),
        deferred(
            r"[ \n](?:(?:has|have|had) been|is|was|are|were)(?: being)?(?:[ \n]\w+)?[ \n]"
            r"(?:replaced|superseded|obsoleted|supplanted)(?: \w+ly)? by[ \n]"
        ),
        _between(Predicate.REPLACED_BY, 0.9),
    ),
    _Pattern(
        ("replace", "supersede", "obsolete"),
        deferred(
            r"[ \n](?:(?:has|have|had)[ \n])?(?:(?:since|later|\w+ly)[ \n])?"
            r"(?:replace[sd]|supersede[sd]|obsolete[sd])[ \n](?!by\b|with\b|in\b|on\b|as\b)"
        ),
        _between(Predicate.REPLACES, 0.9),
    ),
    _Pattern(
        ("part of", "component of", "subsidiary of", "division of", "subset of"),
        deferred(
            _BE + r"(?: (?:also|now|currently|still|originally|formerly|once))?(?: an?)?"
            r"(?: (?!not)\w+)? (?:part|component|subsidiary|division|subset)[ \n]of[ \n]"
        ),
        _between(Predicate.PART_OF, 0.85, names=False),
    ),
    _Pattern(("such as",), deferred(r"\s*,?[ \n]such[ \n]as[ \n:]"), _such_as),
    _Pattern(
        ("other",), deferred(r"\s*,?[ \n](?:and|or)[ \n](?:many |some )?other[ \n]"), _and_other
    ),
)
