"""Finds what a passage says of an incident: what went wrong, why, and what helped.

Cue phrases do it, in English and Japanese: cheap, the same for everybody, and each answer is a
piece of the text that can be shown as proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from knowledge.language import CJK_RUN
from knowledge.patterns.incident_cues import (
    CAUSE_HEADING,
    ENGLISH_ACTION,
    ENGLISH_AFTER,
    ENGLISH_BEFORE,
    ENGLISH_PROBLEM,
    ENGLISH_REMEDY,
    FUTURE,
    FUTURE_HEADING,
    JAPANESE_AFTER,
    JAPANESE_BEFORE,
    JAPANESE_HELPED,
    JAPANESE_PROBLEM,
    JAPANESE_PURPOSE,
    JAPANESE_REMEDY,
    NO_REMEDY,
    REMEDY_HEADING,
)
from knowledge.sentences import split_sentences

_LONGEST: Final = 180
"""Characters of a phrase; a longer one is cut between words."""

_SHORTEST: Final = 4

_NEGATED: Final = re.compile(
    r"(?:\bnot|n't|\bnever|\brather than|\bno longer)\s+(?:\w+\s+)?$", re.IGNORECASE
)
_STOPS: Final = re.compile(
    r"[;—–(]|\s-\s|,\s(?=(?:which|where|who|causing|leading|resulting|triggering|preventing|making"
    r"|but|so|while|although|and\s+(?:was|were|it|the|this|then|that))\b)"
    r"|\s(?=(?:which|causing|leading\sto|resulting\sin|led\sto|resulted\sin)\b)",
    re.IGNORECASE,
)
_STARTS: Final = re.compile(
    r"[;:—–]\s|\s-\s|,\s(?:and|but|while|although|however|which|so|or)\s|\)\s", re.IGNORECASE
)
_LEAD: Final = re.compile(
    r"(?:(?:however|specifically|additionally|furthermore|unfortunately|this|and|but|also|first|second"
    r"|initially|finally|meanwhile|then),\s+|(?:on|in|at|by|around|from|between)\s[^,]{0,40}\d[^,]{0,30},\s+"
    r"(?:\d{4},?\s+)?)+",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"(?:\s+(?:is|was|were|are|been|be|has|have|had|that|which|then|also|and|in\s+turn|inadvertently|ultimately"
    r"|eventually|subsequently|accidentally|likely|likely|primarily|mainly|partly|largely|only))*[\s,:.]*$",
    re.IGNORECASE,
)
_ANAPHOR: Final = re.compile(
    r"(?:this|that|these|those|it|they|which|he|she|we|the\s+(?:latter|former|result))",
    re.IGNORECASE,
)
_VAGUE: Final = re.compile(
    r"(?:(?:this|that|the|these|an?)\s+)?(?:\w+\s+)?"
    r"(?:incidents?|issues?|outages?|problems?|events?|disruptions?|impact|effects?|errors?|failures?"
    r"|unresponsiveness|degradations?|downtime|slowness|delays?|timeouts?)",
    re.IGNORECASE,
)
_UNKNOWN: Final = re.compile(
    r"(?:(?:currently|still|yet|as\s+yet)\s+)*(?:unknown|unclear|under|not|never|(?:immediate|subsequent|like|recent)ly|often|prolonged|difficult|several\s+steps|planned)\b",
    re.IGNORECASE,
)
_MISHAP: Final = re.compile(
    r"\b(?:inadvertent|erroneous|unexpected|accidental|mistaken|wrong)ly\b", re.IGNORECASE
)
_AFTERMATH: Final = re.compile(
    r"\b(?:resolved|mitigated|restored|recovered|sorry|apologi\w+|notable|factors|identified)\b",
    re.IGNORECASE,
)
_JAPANESE_TOPIC: Final = re.compile(r"(?:には|では|は|が|し|り|た)、|、(?=その)")
_JAPANESE_VAGUE: Final = re.compile(r"(?:こ|そ|あ)(?:れ|の(?:ため|結果|障害|問題|事象|影響|こと)?)")


class Role(StrEnum):
    """What a phrase tells of an incident."""

    PROBLEM = "problem"
    CAUSE = "cause"
    REMEDY = "remedy"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece `text[start:end]` of a passage.

    Attributes:
        weight: how surely it plays this role; larger is surer, and says nothing by itself.
    """

    role: Role
    start: int
    end: int
    weight: float


def phrases_of(text: str, headings: tuple[str, ...] = ()) -> list[Phrase]:
    """Read a passage, in the order of its text; a phrase may stand in several roles.

    Headings count: what stands under "Root cause" or 原因 is a cause, under "Resolution" or 対応
    a remedy, and what is planned for later (or stands under "Lessons") is neither.
    """
    above = headings[-1] if headings else ""
    if FUTURE_HEADING.search(above):
        return []
    found: list[Phrase] = []
    before: tuple[int, int] | None = None
    for start, end in split_sentences(text):
        sentence = text[start:end]
        if not FUTURE.search(sentence):
            read = _japanese if CJK_RUN.search(sentence) else _english
            phrases = [
                Phrase(p.role, start + p.start, start + p.end, p.weight) for p in read(sentence)
            ]
            if before and any(p.role is Role.CAUSE and p.end - p.start == 0 for p in phrases):
                phrases.append(Phrase(Role.CAUSE, *before, 1.5))
            shortest = _SHORTEST if read is _english else _SHORTEST // 2
            phrases = [p for p in phrases if p.end - p.start >= shortest]
            found += phrases or _by_heading(above, start, end)
        before = (start, min(end, start + _LONGEST))
    return sorted(found, key=lambda p: (p.start, p.end, p.role, -p.weight))


def _by_heading(heading: str, start: int, end: int) -> list[Phrase]:
    end = min(end, start + _LONGEST)
    if CAUSE_HEADING.search(heading):
        return [Phrase(Role.CAUSE, start, end, 3.5)]
    if REMEDY_HEADING.search(heading):
        return [Phrase(Role.REMEDY, start, end, 3.5)]
    return []


def _english(sentence: str) -> Iterator[Phrase]:
    """Read one English sentence; a cause of no length stands for the sentence before."""
    troubled = ENGLISH_PROBLEM.search(sentence) is not None
    causal = False
    for cue in ENGLISH_AFTER.finditer(sentence):
        if _NEGATED.search(sentence[: cue.start()]):
            continue
        causal = True
        weight = {"root": 5.0, "by": 4.0, "due": 1.5}[cue.lastgroup or "due"]
        effect = _ending_at(sentence, cue.start())
        yield from _cause(sentence, _starting_at(sentence, cue.end()), effect, weight)
    for cue in ENGLISH_BEFORE.finditer(sentence):
        causal = True
        cause = _ending_at(sentence, cue.start())
        effect = _starting_at(sentence, cue.end())
        if cause[0] == cause[1] or _ANAPHOR.fullmatch(sentence, *cause):
            yield Phrase(Role.CAUSE, cause[0], cause[0], 0)
            continue
        yield from _cause(sentence, cause, effect, 2.5)
    yield from _english_remedy(sentence, causal=causal)
    if troubled and not causal and not _AFTERMATH.search(sentence):
        yield Phrase(Role.PROBLEM, *_shortened(sentence, _lead(sentence, 0), len(sentence)), 1)


def _cause(
    sentence: str, cause: tuple[int, int], effect: tuple[int, int], weight: float
) -> Iterator[Phrase]:
    told = ENGLISH_PROBLEM.search(sentence, *effect) is not None
    if not _VAGUE.fullmatch(sentence, *cause) and not _UNKNOWN.match(sentence, *cause):
        yield Phrase(Role.CAUSE, *cause, weight + told)
    if told:
        vague = _VAGUE.fullmatch(sentence, *effect) is not None
        yield Phrase(Role.PROBLEM, *effect, 0.5 if vague else 2 + weight / 10)


def _english_remedy(sentence: str, *, causal: bool) -> Iterator[Phrase]:
    if NO_REMEDY.search(sentence):
        return
    for cue in ENGLISH_REMEDY.finditer(sentence):
        remedy = _starting_at(sentence, cue.end())
        if not _UNKNOWN.match(sentence, *remedy):
            yield Phrase(Role.REMEDY, *remedy, 5)
            return
    mishap = causal or _MISHAP.search(sentence)
    action = None if mishap else ENGLISH_ACTION.search(sentence)
    if action:
        start = _clause_start(sentence, action.start())
        yield Phrase(Role.REMEDY, start, _starting_at(sentence, start)[1], 3)


def _clause_start(sentence: str, place: int) -> int:
    starts = [mark.end() for mark in _STARTS.finditer(sentence, 0, place)]
    return _lead(sentence, starts[-1] if starts else 0)


def _lead(sentence: str, start: int) -> int:
    lead = _LEAD.match(sentence, start)
    return lead.end() if lead else start


def _ending_at(sentence: str, end: int) -> tuple[int, int]:
    """Answer the clause that ends before a cue, without the verb's helpers."""
    start = _clause_start(sentence, end)
    tail = _TAIL.search(sentence, start, end)
    end = max(start, tail.start() if tail else end)
    if end - start > _LONGEST:
        start = sentence.find(" ", end - _LONGEST, end) + 1 or end - _LONGEST
    return start, end


def _starting_at(sentence: str, start: int) -> tuple[int, int]:
    """Answer the clause that starts after a cue."""
    while start < len(sentence) and sentence[start] in " ,:":
        start += 1
    stop = _STOPS.search(sentence, start + 1)
    return _shortened(sentence, start, stop.start() if stop else len(sentence))


def _shortened(sentence: str, start: int, end: int) -> tuple[int, int]:
    if end - start > _LONGEST:
        space = sentence.rfind(" ", start, start + _LONGEST)
        end = space if space > start else start + _LONGEST
    while end > start and sentence[end - 1] in " ,.:;。、":
        end -= 1
    return start, end


def _japanese(sentence: str) -> Iterator[Phrase]:
    """Read one Japanese sentence: the cause stands before its cue, unless it is 原因は."""
    troubled = JAPANESE_PROBLEM.search(sentence) is not None
    remedy = None if NO_REMEDY.search(sentence) else JAPANESE_REMEDY.search(sentence)
    helped = remedy is not None and JAPANESE_HELPED.search(sentence, remedy.start()) is not None
    if remedy:
        start, end = _shortened(sentence, _japanese_start(sentence, remedy.start()), len(sentence))
        yield Phrase(Role.REMEDY, start, end, 5 if helped else 3)
    causal = False
    for cue in JAPANESE_AFTER.finditer(sentence):
        causal = True
        yield Phrase(Role.CAUSE, *_shortened(sentence, *cue.span("cause")), 6)
    for cue in JAPANESE_BEFORE.finditer(sentence):
        start = _japanese_start(sentence, cue.start())
        before = sentence[start : cue.start()]
        if causal or JAPANESE_PURPOSE.search(before) or JAPANESE_HELPED.match(sentence, cue.end()):
            continue
        if _JAPANESE_VAGUE.fullmatch(before):
            yield Phrase(Role.CAUSE, start, start, 0)
            continue
        causal = True
        told = JAPANESE_PROBLEM.search(sentence, cue.end()) is not None
        weight = 4 if cue.lastgroup == "sure" else 2.5
        yield Phrase(Role.CAUSE, *_shortened(sentence, start, cue.start()), weight + told)
        if told:
            yield Phrase(Role.PROBLEM, *_shortened(sentence, cue.end(), len(sentence)), 2.5)
    if troubled and not causal and not helped:
        yield Phrase(Role.PROBLEM, *_shortened(sentence, 0, len(sentence)), 1)


def _japanese_start(sentence: str, place: int) -> int:
    topics = [mark.end() for mark in _JAPANESE_TOPIC.finditer(sentence, 0, place)]
    return topics[-1] if topics and topics[-1] < place - 2 else 0
