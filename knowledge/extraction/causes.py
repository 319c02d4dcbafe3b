"""What English sentences say of causes: "X was caused by Y", "Y led to X", "the root cause was Y".

Both ends may be descriptions ("an undiscovered software bug"). Where a report speaks of "the
outage", it means the one that its title names.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from knowledge.extraction.model import Claim, Predicate
from knowledge.extraction.noun_phrases import Place, Prose
from knowledge.extraction.word_lists import (
    ADJUNCTS,
    CLAUSE_WORDS,
    EVENTS,
    WHOLE_EVENTS,
    words,
)

_STOPS: Final = CLAUSE_WORDS | words("""
on at during after before since until along via between by as than under upon over throughout
amid despite like including across around within without""")
_EFFECT_STOPS: Final = _STOPS | {"to", "for", "from", "with"}

_BY: Final = re.compile(
    r"(?P<be>[ \n](?:is|was|are|were|been)(?:[ \n]\w+ly)?)?"
    r"[ \n](?:caused|triggered)(?: \w+ly)? by[ \n]"
)
_ACTIVE: Final = re.compile(
    r"[ \n](?:\w+ly[ \n])?(?:caused|causes(?= an? | the )|triggered|leads to|led to|results in"
    r"|resulted in)[ \n](?!by\b)"
)
_DUE: Final = re.compile(r"(?P<be>[ \n](?:is|was|are|were))?[ \n](?:due to|because of)[ \n]")
_ROOT: Final = re.compile(
    r"\b[Rr]oot cause(?:[ \n]of[ \n](?:the|this|our)[ \n](?P<what>\w[\w -]{2,50}?))?[ \n](?:was|is)"
    r"(?:[ \n](?:\w+ly[ \n])?(?:identified|determined|found|traced)[ \n](?:as|to(?: be)?))?[ \n]"
)
_LONGEST: Final = 12
"""Words of a description."""

_WHOLE: Final = re.compile(r"(?:the|this)\s+(\w+)", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"(?:an?|the)\s+", re.IGNORECASE)
_POINTING: Final = re.compile(r"(?:this|these|that|those)\b", re.IGNORECASE)
_VAGUE: Final = words("""
identified determined found traced unknown unclear millions thousands hundreds dozens first
second latter former mix number combination variety series fact result way lack following same
someone people person several two three other various approximately about change changes""")
_AND: Final = re.compile(r"\s+(?:and|or)\s|,")
_OPEN_END: Final = re.compile(r"\s\S+(?:ing|al|ive|ous|ic|ary)\Z")
"""Of "an increase in incoming and outgoing traffic" the first conjunct says too little."""

_GOES_ON: Final = re.compile(r"\s+(?:to|for|from|with|\w+ly|\w+ing)\s")
_LONE: Final = re.compile(r"\s*an?\s+\S+\s+(?:and|or)\s")
"""Of "a sudden and drastic increase" the first word is no effect."""


def find_causes(prose: Prose, title: str, sentences: Sequence[Place]) -> Iterator[Claim]:
    """Yield effects with their causes ("caused by"), form by form.

    Args:
        prose: the passage.
        title: what "the incident" stands for; may be empty.
        sentences: where they start and end.
    """
    if len(title.split()) < 2 and title.isascii() and title.lower() not in EVENTS:
        title = ""  # a report that is called after a company: "the outage" is not the company
    text = prose.text
    starts = [start for start, _ in sentences]
    for signs, pattern, read in _FORMS:
        if not any(sign in text for sign in signs):
            continue
        for found in pattern.finditer(text):
            index = bisect_right(starts, found.start()) - 1
            if index < 0 or found.end() > sentences[index][1]:
                continue
            for effect, cause, confidence in read(prose, found, sentences[index]):
                yield from _claimed(prose, title, effect, cause, confidence)


def _claimed(
    prose: Prose, title: str, effect: Place | None, cause: Place, confidence: float
) -> Iterator[Claim]:
    """Write the claim, less sure where an end of it is "the outage" as a whole."""
    subject = _name(prose, title, effect) if effect else title
    target = _name(prose, title, cause)
    if not subject or not target:
        return
    if title in {subject, target}:
        confidence = round(confidence - 0.1, 2)
    yield Claim(
        subject,
        Predicate.CAUSED_BY,
        target,
        start=min(effect[0], cause[0]) if effect else cause[0],
        end=max(effect[1], cause[1]) if effect else cause[1],
        confidence=confidence,
    )


def _name(prose: Prose, title: str, place: Place) -> str:
    """Write an end of the claim: the title for "the outage"; "" for "this" and "that"."""
    whole = _WHOLE.fullmatch(prose.text, *place)
    if whole and whole[1].lower() in WHOLE_EVENTS and title:
        return title
    article = _ARTICLE.match(prose.text, *place)
    surface = prose.surface((article.end() if article else place[0], place[1]))
    return "" if _POINTING.match(surface) else surface


_Told = Iterator[tuple[Place | None, Place, float]]
"""Effects (None: what the title names), causes and confidences."""


def _passive(prose: Prose, found: re.Match[str], sentence: Place) -> _Told:
    cause = _cause(prose, found.end(), sentence[1])
    effect = _effect(prose, found, sentence)
    if cause and effect:
        yield effect, cause, 0.9


def _due(prose: Prose, found: re.Match[str], sentence: Place) -> _Told:
    cause = _cause(prose, found.end(), sentence[1])
    effect = _effect(prose, found, sentence)
    if cause and effect and prose.text[slice(*effect)].split()[-1].lower() in EVENTS:
        yield effect, cause, 0.8


def _effect(prose: Prose, found: re.Match[str], sentence: Place) -> Place | None:
    if found["be"]:
        effect = _described(prose, sentence[0], found.start())
    else:
        effect = prose.before(sentence[0], found.start())
    return None if effect is None or _is_vague(prose, effect) else effect


def _active(prose: Prose, found: re.Match[str], sentence: Place) -> _Told:
    cause = _described(prose, sentence[0], found.start())
    effect = cause and prose.after(found.end(), sentence[1], stops=_EFFECT_STOPS, most=8)
    if cause is None or effect is None or _GOES_ON.match(prose.text, effect[1], sentence[1]):
        return
    lone = _LONE.match(prose.text, found.end(), sentence[1])
    if not (lone or _is_vague(prose, cause) or _is_vague(prose, effect)):
        yield effect, cause, 0.8


def _root(prose: Prose, found: re.Match[str], sentence: Place) -> _Told:
    cause = _cause(prose, found.end(), sentence[1])
    whole = not found["what"] or found["what"].lower() in WHOLE_EVENTS
    if cause:
        yield None if whole else found.span("what"), cause, 0.9


def _cause(prose: Prose, start: int, end: int) -> Place | None:
    cause = prose.after(start, end, stops=_STOPS, most=_LONGEST)
    if cause is None or _is_vague(prose, cause):
        return None
    open_end = _OPEN_END.search(prose.text, *cause)
    if open_end and _AND.match(prose.text, cause[1], end):
        cut = max(prose.text.rfind(f" {word} ", *cause) for word in ("in", "of", "to", "with"))
        return (cause[0], cut) if cut > 0 else None
    return cause


def _described(prose: Prose, start: int, end: int) -> Place | None:
    """Find a description that a clause opens with: up to twelve words, none of another clause."""
    opened = prose.opening(start, end)
    if opened is None:
        return None
    said = prose.text[slice(*opened)].split()
    plain = [word.strip("\"“”'").lower() for word in said]
    whole = len(plain) == 2 and plain[0] == "this" and plain[1] in WHOLE_EVENTS
    if not plain or len(said) > _LONGEST or not CLAUSE_WORDS.isdisjoint(plain[whole:]):
        return None
    if (
        plain[0] in ADJUNCTS
        or plain[-1].endswith("ed")
        or any(mark in word for word in said for mark in ";:\0()")
    ):
        return None
    return opened


def _is_vague(prose: Prose, place: Place) -> bool:
    said = _ARTICLE.sub("", prose.text[slice(*place)], count=1).split()
    first = said[0].lower() if said else ""
    lone = len(said) == 1 and first.endswith("ing")
    return lone or not first or first in _VAGUE or first.endswith("ly") or first.isdigit()


_FORMS: Final = (
    (("caused", "triggered"), _BY, _passive),
    (("cause", "led to", "leads to", "result", "triggered"), _ACTIVE, _active),
    (("due to", "because of"), _DUE, _due),
    (("oot cause",), _ROOT, _root),
)
