"""What can be seen of a document without a model: each feature has a name and is from 0 to 1."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from foundation.patterns import deferred
from knowledge.classification.reading import Reading
from knowledge.classification.vocabulary import (
    HEADING_PHRASES,
    HEADING_WORDS,
    IMPERATIVES,
    PHRASES,
    WORDS,
)

_FEATURE_OF: Final = {word: name for name, words in WORDS.items() for word in words.split()}
_IN_JAPANESE: Final = "日本語"
_FIRST_WORD: Final = deferred(" *([a-z]+)(?= |$)")


def _by_first_word() -> dict[str, list[tuple[str, str]]]:
    """Sort phrases by the word that a text must have before one is looked for.

    Signs such as "()" have none: they stand under "". Japanese ones stand under `_IN_JAPANESE`.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for name, phrases in PHRASES.items():
        for phrase in phrases.split("|"):
            first = _FIRST_WORD.match(phrase)
            place = first[1] if first else "" if phrase.isascii() else _IN_JAPANESE
            found.setdefault(place, []).append((name, phrase))
    return found


_PHRASES: Final = _by_first_word()
_SIGNS: Final = _PHRASES[""]
_JAPANESE: Final = _PHRASES[_IN_JAPANESE]
_HEADING_OF: Final = {word: name for name, words in HEADING_WORDS.items() for word in words.split()}
_HEADING_PHRASES: Final = [
    (name, phrase) for name, phrases in HEADING_PHRASES.items() for phrase in phrases.split("|")
]
_HEADING_WORD: Final = deferred("[a-z][a-z-]+")
_IN_TITLE: Final = 0.7
_IN_HEADING: Final = 0.4

_IMPERATIVES: Final = frozenset(IMPERATIVES.split())

_FULL: Final[Mapping[str, float]] = {
    "incident words": 5.0,
    "past tense": 4.0,
    "guide words": 6.0,
    "reference words": 5.0,
    "concept words": 3.0,
    "study words": 4.0,
    "news words": 5.0,
    "task words": 4.0,
    "talk words": 5.0,
    "definitions": 1.5,
    "years": 3.0,
    "signatures": 3.0,
}
"""Occurrences in a hundred words from which a feature is fully there."""

_FEWEST_WORDS: Final = 40.0
"""A text with fewer words is weighed as if it had these: one word does not make a kind."""

_FIELD: Final = (
    "assignee|assigned to|owner|due(?: date)?|deadline|priority|status|estimate|sprint|milestone|"
    "labels?|担当者?|期限|期日|締切|優先度|状態|ステータス|見積|納期|進捗"
)
_KEYWORD: Final = (
    "def|class|import|from|return|const|let|var|function|func|fn|public|private|static|package|"
    "struct|impl|use|elif|else|for|while|if|try|except|with|async|await|export|include|void|int|"
    "self|this|end|raise|throw|yield|assert|type|interface"
)
_MAIL: Final = "from|to|cc|bcc|subject|sent|date|reply-to|差出人|宛先|件名|送信日時|送信者"
_DIGIT: Final = "[0-9０-９]"
_LINE: Final = deferred(
    r"[ \t]*(?:"
    r"(?P<pipe>\|.*\|[ \t]*$)"
    r"|(?P<quote>>)"
    r"|(?P<box>[-*+][ \t]*\[[ xX]\][ \t]|[☐☑□■✅])"
    rf"|(?P<step>(?:[Ss]tep[ \t]*)?[(（]?{_DIGIT}{{1,2}}[.)．）:][ \t]|[①-⑳]|手順[ \t]*{_DIGIT})"
    rf"|(?P<header>(?i:{_MAIL}):[ \t])"
    rf"|(?P<field>(?:[-*+][ \t]+)?\**(?i:{_FIELD})\**[ \t]*[:：])"
    r"|(?P<flag>[`*-]*--?[a-z][\w-]+\b)"
    rf"|(?P<code>(?:{_KEYWORD})\b[^.。]*[\w({{:;)\]>,=\"']$"
    r"|[@#]\w+[(\[<]|#include\b|#!|//|/\*|</?[A-Za-z]|[)\]}]|\"\"\""
    r"|[\w.\[\]]+[ \t]*[-+|:]?=[ \t]*\S|[\w.]+\([^)]*\)[ \t]*[;{:]?$)"
    r")"
)
_TIME: Final = deferred(
    r"[0-9](?:[0-9]?:[0-9]{2}:[0-9]{2}|[0-9]{3}([-./])[0-9]{2}\1[0-9]{2}[ T_-][0-9]{2}|"
    r"[0-9]{5} [0-9]{6}\b|(?<=1)[0-9]{9}(?:[0-9]{3})?\b|[0-9][./][0-9]{2} [0-9]{2}:[0-9]{2})"
)
_LEVEL: Final = deferred(
    r"\b(?:INFO|WARN(?:ING)?|ERROR|DEBUG|FATAL|TRACE|SEVERE|CRITICAL|NOTICE)\b|"
    r"\[(?:info|notice|warn|error|debug|crit)\]| [VDIWEF] "
)
_LEVELS: Final = ("INFO", "WARN", "ERROR", "DEBUG", "notice]", "error]", "FATAL", " V ", " D ")
_SPEAKER: Final = deferred(
    r"[ \t]*(?:\[?\d{1,2}:\d\d(?:[ \t]*[AaPp][Mm])?\]?[ \t]*)?[<*]*"
    r"([^\W\d_](?:[\w.' -]{0,24}[\w)）])?|[^\s:：「」、。]{1,12})[>*]*"
    r"[ \t]*(?:[:：]|>[ \t])\**[ \t]*\S"
)
_START: Final = deferred(r"(?:^|[.!?:]['\")]?[ \t]|\n)[\s>*#)(\d.-]*([A-Z][a-z]+)\b")
_DEFINITION: Final = deferred(
    r"[^.\n]{2,120} (?:is|are|was|were) (?:an?|the|one|any|used) |"
    r"[^。\n]{1,40}(?:とは|は、)[^。\n]{2,120}(?:である|のことです|のこと|です|を指す|をいう|いた)。"
)
_YEAR: Final = deferred(r"[12][0-9]{3}(?![0-9])")
_CODE_TITLE: Final = deferred(
    r"[\w.$]\(\)|(?:^|> )(?:`[^`]+`|[<$@:]\S+|[a-z]+[A-Z]\w*|[a-z]+-[a-z-]+)$"
)
_COLONS: Final = frozenset(":：>")
_LONG: Final = 60
_ENDS: Final = ".。!?)」"
_MODALS: Final = (" MUST ", " SHOULD ", " SHALL ", " MAY ", "MUST NOT", " REQUIRED")
_FIELD_NAME: Final = deferred(_FIELD)
_DELIMITERS: Final = ((",", 2), ("\t", 1), (";", 2), ("|", 2))
_MOST_LINES: Final = 40


def read_features(reading: Reading, metadata: Mapping[str, Any] | None = None) -> dict[str, float]:
    """Measure what tells kinds apart; only features that the document has are answered."""
    found = {
        **_places(reading, metadata or {}),
        **_words(reading),
        **_lines(reading),
        **_sentences(reading),
    }
    return {name: min(value, 1.0) for name, value in found.items() if value > 0}


def _places(reading: Reading, metadata: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for texts, worth in (((reading.title,), _IN_TITLE), (reading.headings, _IN_HEADING)):
        for name, times in _heading_hits(texts).items():
            found[name] += worth * (min(times, 1) if worth == _IN_TITLE else times)
    keys = " ".join(map(str, metadata)).lower()
    found["task metadata"] = 0.5 * len(set(_FIELD_NAME.findall(keys)))
    found["code title"] = float(_CODE_TITLE.search(reading.title) is not None)
    return found


def _heading_hits(texts: Sequence[str]) -> Counter[str]:
    """Count, for each kind of heading, the words and phrases that speak for it."""
    hits: Counter[str] = Counter()
    if not any(texts):
        return hits
    lines = "\n".join(["", *texts, ""])
    shown = lines.lower().replace(" > ", "\n")  # a path of headings
    for word in _HEADING_WORD.findall(shown):
        if word in _HEADING_OF:
            hits[_HEADING_OF[word]] += 1
    for name, phrase in _HEADING_PHRASES:
        if phrase in shown:
            hits[name] += shown.count(phrase)
    return hits


def _words(reading: Reading) -> dict[str, float]:
    hits: Counter[str] = Counter()
    for word in _FEATURE_OF.keys() & reading.counts.keys():
        hits[_FEATURE_OF[word]] += reading.counts[word]
    count = reading.lowered.count
    for word in _PHRASES.keys() & reading.counts.keys():
        for name, phrase in _PHRASES[word]:
            hits[name] += count(phrase)
    for name, phrase in (*_SIGNS, *_JAPANESE) if reading.cjk else _SIGNS:
        hits[name] += count(phrase)
    hits["years"] = len(_YEAR.findall(reading.prose))
    hundreds = max(reading.size, _FEWEST_WORDS) / 100
    return {name: hits[name] / hundreds / full for name, full in _FULL.items()}


def _lines(reading: Reading) -> dict[str, float]:
    lines = reading.lines[:_MOST_LINES]
    if not lines:
        return {}
    shapes = Counter(match.lastgroup for line in lines if (match := _LINE.match(line)))
    closing = sum(line[-1] in "{};" for line in lines)
    length = sum(map(len, lines))
    prose = sum(n for line in lines if (n := len(line)) > _LONG and line[-1] in _ENDS) / length
    many = min(1.0, len(lines) / 3) / len(lines)
    return {
        "log lines": many * sum(_TIME.search(line, 0, 64) is not None for line in lines),
        "log levels": many * _levels(lines),
        "table rows": (many * shapes["pipe"]) ** 2,
        "delimited lines": _delimited(lines) ** 2 * (1 - prose),
        "quoted lines": many * shapes["quote"],
        "check boxes": 1.5 * many * shapes["box"],
        "numbered steps": 3 * many * shapes["step"],
        "mail headers": shapes["header"] / 3,
        "task fields": shapes["field"] / 3,
        "option lines": 3 * many * shapes["flag"],
        "code lines": many * max(shapes["code"], closing),
        "indented lines": many * sum(line.startswith(("    ", "\t")) for line in lines),
        "code blocks": 1.5 * reading.fenced,
        "speaker turns": _speaker_turns(lines),
        "digits": 2.5 * sum(map("".join(lines).count, "0123456789")) / length,
        "prose": prose,
    }


def _levels(lines: Sequence[str]) -> int:
    begin = [line[:120] for line in lines]
    whole = "\n".join(begin)
    if not any(level in whole for level in _LEVELS):
        return 0
    return sum(_LEVEL.search(line) is not None for line in begin)


def _delimited(lines: Sequence[str]) -> float:
    """Answer the share of lines that have as many delimiters as most others have."""
    if len(lines) < 3:
        return 0.0
    best = 0
    for delimiter, fewest in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        best = max(best, *(n for count, n in counts.items() if count >= fewest), 0)
    return best / len(lines)


def _speaker_turns(lines: Sequence[str]) -> float:
    """Answer the share of lines that open with the name of one who speaks more than once."""
    names = Counter(
        match[1]
        for line in lines
        if _COLONS.intersection(line[:40])
        and (match := _SPEAKER.match(line))
        and (not match[1].isascii() or match[1][0].isupper())
    )
    turns = [n for n in names.values() if n > 1]
    return sum(turns) / len(lines) if len(turns) > 1 else 0.0


def _sentences(reading: Reading) -> dict[str, float]:
    prose = reading.prose
    starts = _START.findall(prose)
    full_stops = prose.count("。")
    asked = prose.count("ください。") + prose.count("ましょう。") + prose.count("ください")
    commands = sum(word.lower() in _IMPERATIVES for word in starts)
    questions = prose.count("?\n") + prose.count("? ") + prose.count("？")
    return {
        "instructions": max(
            2 * commands / max(len(starts), 4), asked / max(full_stops, 4) if full_stops else 0.0
        ),
        "opening definition": float(_DEFINITION.match(prose) is not None),
        "questions": 3 * questions / max(len(starts) + full_stops, 6),
        "literal names": prose.count("`") / 12 / (max(reading.size, _FEWEST_WORDS) / 100),
        "modals": sum(map(prose.count, _MODALS)) / 4,
    }
