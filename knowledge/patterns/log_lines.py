"""Tells a log line's header from its message, in whatever format a log is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from foundation.patterns import deferred

_LONGEST: Final = 400
"""Characters of a line in which its header is looked for."""

_MOST_COLUMNS: Final = 12
_AGREEING: Final = 0.8
"""The share of a log's lines that show a column where it is taken for one of the header."""

_LEAST_LINES: Final = 3
_LEAST_DATED: Final = 0.2
"""The share of a text's lines that begin with a header if it is a log; stack traces have none."""

_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK: Final = r"[0-2]\d:[0-5]\d:[0-6]\d(?:[.,:]\d{1,9})?(?:\ ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_ZONE: Final = r"(?:\ (?:UTC|GMT|[A-Z]{1,3}[SD]?T|[+-]\d{4}))?"

_COLUMN: Final = deferred(
    rf"""[\s|]*(?:
    (?P<time>[\[(<]?(?:
        \d{{4}}[-/.]\d\d[-/.]\d\d(?:[T\ ._-](?:{_CLOCK}|\d\d\.\d\d\.\d\d(?:\.\d+)?))?
      | \d{{8}}[-T_ ]\d\d:?\d\d:?\d\d(?:[.,:]\d+)?
      | \d\d[01]\d[0-3]\d\ [0-2]\d[0-5]\d[0-6]\d(?=\s)
      | \d\d/(?:\d\d|{_MONTH})/\d{{2,4}}(?:[:\ ]{_CLOCK})?{_ZONE}
      | (?:{_DAY},?\ )?{_MONTH}\ {{1,2}}\d{{1,2}}\ {_CLOCK}{_ZONE}(?:\ \d{{4}})?
      | (?:{_DAY},\ )?\d{{1,2}}\ {_MONTH}\ \d{{4}}\ {_CLOCK}{_ZONE}
      | \d\d[-./]\d\d\ {_CLOCK}
      | \d{{4}}年\d{{1,2}}月\d{{1,2}}日(?:\s*\d{{1,2}}(?:時\d{{1,2}}分\d{{1,2}}秒|:\d\d:\d\d))?
      | {_CLOCK}
      | 1\d{{9}}(?:\.\d+|\d{{3}})?
    )[\])>]?[,:;]?(?=[\s|]|$))
  | (?P<level>[\[(<]?(?:
        (?i:trace|debug|info|information|notice|warn|warning|error|err
           |critical|crit|alert|fatal|severe|emerg|emergency|panic)
      | FAILURE | FAILED | FAIL
      | [VDIWEFCT](?=[\s|])
      | トレース|デバッグ|情報|通知|注意|警告|エラー|異常|重大|致命的
    )[\])>]?[,:;]?(?=[\s|]|$))
  | (?P<bracket>\[(?:[^\[\]]|\[[^\[\]]*\])*\][:,]?)
  | (?P<field>[^\s|]+(?=\s*\|))
  | (?P<named>[^\s:\[\]]+(?:\[[^\]\s]*\])?(?:\ \([^)\s]*\))?[:：](?=\s|$))
  | (?P<number>\d+(?=\s|$))
  | (?P<dash>[-–—]+(?=\s))
  | (?P<word>\S+)
  )""",
    re.VERBOSE,
)


class _Kind(StrEnum):
    TIME = "time"
    LEVEL = "level"
    BRACKET = "bracket"
    FIELD = "field"
    NAMED = "named"
    NUMBER = "number"
    DASH = "dash"
    WORD = "word"


_WORDS_BEFORE: Final = {
    _Kind.TIME: 4,
    _Kind.LEVEL: 4,
    _Kind.FIELD: 4,
    _Kind.DASH: 2,
    _Kind.NAMED: 1,
    _Kind.BRACKET: 1,
    _Kind.NUMBER: 0,
}
"""How many plain words (hosts, users …) a column of the header may have before it."""

_NAMES: Final = (_Kind.NAMED, _Kind.FIELD, _Kind.WORD, _Kind.BRACKET)
"""Columns that may tell the component, the surest first."""

_LEVELS: Final = {
    "trace": "v t trace トレース",
    "debug": "d debug デバッグ",
    "info": "i info information notice 情報 通知",
    "warning": "w warn warning 注意 警告",
    "error": "e err error fail failed failure エラー 異常",
    "critical": "c f crit critical alert fatal severe emerg emergency panic 重大 致命的",
}
_LEVEL_OF: Final = {word: level for level, words in _LEVELS.items() for word in words.split()}

_MESSAGE_KEYS: Final = ("message", "msg", "event", "text", "log", "メッセージ")
_LEVEL_KEYS: Final = ("level", "severity", "levelname", "lvl", "レベル")
_COMPONENT_KEYS: Final = ("logger", "component", "name", "service", "module", "コンポーネント")


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line taken apart.

    Attributes:
        text: the line as it stands.
        message: what follows the header; the whole line where it has none.
        level: trace, debug, info, warning, error or critical; "" where the header names none.
        component: which part of the system speaks; "" where the header names none.
        headed: it begins with the header of its log; a stack trace's lines do not.
    """

    text: str
    message: str
    level: str = ""
    component: str = ""
    headed: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    kind: _Kind
    text: str
    end: int


def read_lines(lines: Sequence[str]) -> list[LogLine]:
    """Take the lines of one log apart, in order.

    No format is told: a header is what most lines have in common at their beginning, column by
    column: times, levels, hosts, components, process ids, up to the last that is surely none of
    the message's words. JSON lines are read by their usual keys.
    """
    columns = [_columns(line) for line in lines]
    pattern = _learn(columns)
    return [
        _from_json(line) or _split(line, found, pattern)
        for line, found in zip(lines, columns, strict=True)
    ]


def is_log(lines: Sequence[LogLine]) -> bool:
    """Tell whether a text is a log: enough of its lines begin with a header."""
    headed = sum(line.headed for line in lines)
    return headed >= max(_LEAST_LINES, _LEAST_DATED * len(lines))


def _columns(line: str) -> list[_Column]:
    found: list[_Column] = []
    at, line = 0, line[:_LONGEST]
    while len(found) < _MOST_COLUMNS and (match := _COLUMN.match(line, at)):
        kind = _Kind(match.lastgroup or "word")
        found.append(_Column(kind, match[kind], match.end()))
        at = match.end()
    return found


def _learn(lines: Sequence[Sequence[_Column]]) -> list[_Kind]:
    """Find the header's columns: what at least four of five lines that tell a time agree on."""
    telling = {_Kind.TIME, _Kind.LEVEL}
    current = [line for line in lines if any(column.kind in telling for column in line)]
    enough = max(_LEAST_LINES, _AGREEING * len(current))
    pattern: list[_Kind] = []
    while len(pattern) < _MOST_COLUMNS:
        at = len(pattern)
        kinds = Counter(line[at].kind for line in current if len(line) > at)
        kind, lines_with = max(kinds.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if lines_with < enough or not _may_follow(pattern, _Kind(kind)):
            break
        pattern.append(_Kind(kind))
        current = [line for line in current if len(line) > at and line[at].kind == kind]
    while pattern and not _anchors(pattern):
        del pattern[-1]
    if pattern[:1] == [_Kind.LEVEL]:
        return pattern if len(current) >= _AGREEING * len(lines) else []
    return pattern if _Kind.TIME in pattern else []


def _may_follow(pattern: Sequence[_Kind], kind: _Kind) -> bool:
    """A component with a colon ends the header, unless another time or level comes after it."""
    return _Kind.NAMED not in pattern[-1:] or kind in {_Kind.TIME, _Kind.LEVEL}


def _anchors(pattern: Sequence[_Kind]) -> bool:
    """Tell whether the last column surely belongs to the header."""
    kind, before = pattern[-1], 0
    for earlier in reversed(pattern[:-1]):
        if earlier is not _Kind.WORD:
            break
        before += 1
    return kind is not _Kind.WORD and before <= _WORDS_BEFORE[kind]


def _split(line: str, columns: Sequence[_Column], pattern: Sequence[_Kind]) -> LogLine:
    shared = _shared(columns, pattern)
    while shared and not _anchors(pattern[:shared]):
        shared -= 1
    header = columns[:shared]
    if not any(column.kind in {_Kind.TIME, _Kind.LEVEL} for column in header):
        return LogLine(line, line.strip())
    return LogLine(
        line,
        line[header[-1].end :].lstrip(" \t|").rstrip(),
        level=next((_level(each.text) for each in header if each.kind is _Kind.LEVEL), ""),
        component=_component(header),
        headed=True,
    )


def _shared(columns: Sequence[_Column], pattern: Sequence[_Kind]) -> int:
    """Count the columns that a line has as its log has them; "-" is a word that is missing."""
    optional = {_Kind.WORD, _Kind.DASH}
    dated = False
    for at, (column, kind) in enumerate(zip(columns, pattern, strict=False)):
        if column.kind is not kind and (dated or not {column.kind, kind} <= optional):
            return at
        dated |= kind is _Kind.TIME
    return min(len(columns), len(pattern))


def _level(text: str) -> str:
    word = text.strip("[]()<>,:; ").lower()
    return _LEVEL_OF.get(word, word)


def _component(header: Sequence[_Column]) -> str:
    """Choose the surest name after the first time; its process id and line number do not count."""
    first = next((at for at, column in enumerate(header) if column.kind is _Kind.TIME), -1)
    named = [column for column in header[first + 1 :] if column.kind in _NAMES]
    if not named:
        return ""
    best = min(named, key=lambda column: _NAMES.index(column.kind))
    if best.kind in {_Kind.WORD, _Kind.BRACKET}:
        best = next(column for column in reversed(named) if column.kind is best.kind)
    if best.kind is _Kind.BRACKET:
        parts = re.split(r"[\s:/@]+", best.text.strip("[]:,"))
        return next((part for part in reversed(parts) if not part.isdigit()), "")
    return re.sub(r"\[\d+\]|\s?\(.*\)$", "", best.text.rstrip(":：,"))


def _from_json(line: str) -> LogLine | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    message = _field(fields, _MESSAGE_KEYS)
    if not message:
        return None
    level = _level(_field(fields, _LEVEL_KEYS))
    return LogLine(line, message, level, _field(fields, _COMPONENT_KEYS), headed=True)


def _field(fields: dict[str, object], keys: Sequence[str]) -> str:
    return next((str(fields[key]) for key in keys if isinstance(fields.get(key), str)), "")
