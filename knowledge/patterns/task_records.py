"""Reads records of tasks out of documents: from their metadata, and from tables in their text."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from knowledge.patterns.model import Passage
from knowledge.patterns.tasks import TaskRecord

TYPE_KEYS: Final = (
    "task_type", "tasktype", "job_type", "type", "category", "task", "タスク種別", "作業種別",
    "種別", "種類", "分類", "カテゴリ", "カテゴリー", "タスク", "作業",
)  # fmt: skip
"""Fields that tell a task's type, the surest first."""

DURATION_KEYS: Final = (
    "duration", "elapsed", "elapsed_time", "runtime", "run_time", "time_spent", "effort",
    "seconds", "minutes", "hours", "所要時間", "作業時間", "実行時間", "処理時間", "経過時間",
    "工数", "期間",
)  # fmt: skip
"""Fields that tell how long it took; their names may end in a unit ("duration_minutes")."""

START_KEYS: Final = (
    "started", "started_at", "start", "start_time", "begin", "開始", "開始日時", "開始時刻",
    "着手", "着手日時",
)  # fmt: skip
END_KEYS: Final = (
    "finished", "finished_at", "finish", "end", "ended", "end_time", "completed", "completed_at",
    "終了", "終了日時", "終了時刻", "完了", "完了日時", "完了時刻",
)  # fmt: skip
SKILL_KEYS: Final = (
    "skills", "skill", "assignee", "assignees", "assigned_to", "owner", "labels", "label",
    "スキル", "技能", "担当", "担当者", "ラベル",
)  # fmt: skip
"""Fields that tell what was needed; all of them count."""

_UNITS: Final = {
    "ms msec msecs millisecond milliseconds ミリ秒": 0.001,
    "s sec secs second seconds 秒 秒間": 1.0,
    "m min mins minute minutes 分 分間": 60.0,
    "h hr hrs hour hours 時間": 3600.0,
    "d day days 日 日間 人日": 86_400.0,
    "w week weeks 週 週間": 604_800.0,
}
_SECONDS: Final = {unit: size for units, size in _UNITS.items() for unit in units.split()}
_QUANTITY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+|[ぁ-ん㐀-鿿ァ-ー]+)?")
_CLOCK: Final = re.compile(r"(?:(\d+)[d日\s]\s*)?(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?")
_UNIT_IN_NAME: Final = re.compile(r"(.+?)(?:_in)?[_(\[]+([^\W\d_]+)[)\]]*")

_ROW: Final = re.compile(r"\s*\|(.*)\|\s*")
_CELL: Final = re.compile(r"(?<!\\)\|")
_RULE: Final = re.compile(r"[\s|:+-]+")
_DELIMITERS: Final = "\t,;"

_Record = tuple[str, float, frozenset[str]]


def records_of(passages: Sequence[Passage]) -> list[TaskRecord]:
    """Read task records, in the order of documents and their texts.

    A record needs a type and a duration, or a type, a start and an end; see the keys above, which
    are compared without case, spaces and hyphens. Durations are numbers (of seconds, unless the
    field's name has another unit), "1h 30m", "90 min", "1:30:00", "PT90M", "1時間30分"; starts and
    ends are in ISO 8601. A document's metadata make one record at the most. In its text, Markdown
    tables and CSV with such columns make one a row; rows that were cut off from their header, as
    those of long tables are, belong to the last header of that width in their document.
    """
    documents: dict[str, list[Passage]] = defaultdict(list)
    for passage in sorted(passages, key=lambda each: (each.case, each.text, each.chunk_id)):
        documents[passage.case].append(passage)
    return [
        TaskRecord(passage.case, passage.chunk_id, *record)
        for parts in documents.values()
        for passage, record in (*_in_metadata(parts), *_in_tables(parts))
    ]


def _in_metadata(parts: Sequence[Passage]) -> Iterator[tuple[Passage, _Record]]:
    record = _record(parts[0].metadata)
    if record:
        yield parts[0], record


def _in_tables(parts: Sequence[Passage]) -> Iterator[tuple[Passage, _Record]]:
    tables = [(passage, list(_rows(passage.text))) for passage in parts]
    headers = {
        len(row): row for _, rows in reversed(tables) for row in rows if _is_header(row)
    }  # fmt: skip
    if not headers:
        return
    for passage, rows in tables:
        current = dict(headers)
        for row in rows:
            if _is_header(row):
                current[len(row)] = row
            elif len(row) in current:
                record = _record(dict(zip(current[len(row)], row, strict=True)))
                if record:
                    yield passage, record


def _rows(text: str) -> Iterator[list[str]]:
    """Read the rows of Markdown tables, and lines of CSV."""
    for line in text.splitlines():
        bars = _ROW.fullmatch(line)
        if bars:
            if not _RULE.fullmatch(line):
                yield [cell.replace("\\|", "|").strip() for cell in _CELL.split(bars[1])]
            continue
        delimiter = next((sign for sign in _DELIMITERS if sign in line), None)
        if delimiter and '"' not in line:
            yield [cell.strip() for cell in line.split(delimiter)]
        elif delimiter:
            yield from (
                list(map(str.strip, row)) for row in csv.reader([line], delimiter=delimiter)
            )


def _is_header(row: Sequence[str]) -> bool:
    names = {_folded(cell) for cell in row}
    timed = _duration_field(names) or all(names & set(keys) for keys in (START_KEYS, END_KEYS))
    return bool(timed) and bool(names & set(TYPE_KEYS))


def _record(fields: Mapping[str, Any]) -> _Record | None:
    named = {_folded(str(name)): value for name, value in fields.items()}
    kind = next((named[key] for key in TYPE_KEYS if isinstance(named.get(key), str)), "").strip()
    seconds = _seconds_of(named)
    if not kind or seconds is None or not 0 < seconds < math.inf:
        return None
    return kind, seconds, frozenset(_words(named[key] for key in SKILL_KEYS if key in named))


def _folded(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    return re.sub(r"[\s-]+", "_", folded)


def _words(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        for part in value if isinstance(value, list | tuple) else re.split(r"[,;、]", str(value)):
            if part is not None and str(part).strip():
                yield str(part).strip()


def _seconds_of(named: Mapping[str, Any]) -> float | None:
    field = _duration_field(named)
    if field:
        return parse_duration(named[field[0]], unit=field[1])
    start, end = (
        next((_moment(named[key]) for key in keys if key in named), None)
        for keys in (START_KEYS, END_KEYS)
    )
    return (end - start).total_seconds() if start and end else None


def _duration_field(names: Iterable[str]) -> tuple[str, float] | None:
    """Find the surest field that tells a duration, and the unit of its numbers in seconds."""
    found = []
    for name in names:
        if name in DURATION_KEYS:
            found.append((DURATION_KEYS.index(name), name, _SECONDS.get(name, 1.0)))
        elif (
            (parts := _UNIT_IN_NAME.fullmatch(name))
            and parts[1] in DURATION_KEYS
            and parts[2] in _SECONDS
        ):
            found.append((DURATION_KEYS.index(parts[1]), name, _SECONDS[parts[2]]))
    return min(found)[1:] if found else None


def parse_duration(value: object, *, unit: float = 1.0) -> float | None:
    """Answer a duration in seconds; None for what is none.

    Args:
        value: a number, or a text as in `records_of`.
        unit: of bare numbers, in seconds.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return value * unit
    text = unicodedata.normalize("NFKC", value).strip().casefold().replace(",", "")
    clock = _CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    text = re.sub(r"^p([^t]*)t?", r"\1", text)
    found = _QUANTITY.findall(text)
    if not found or _QUANTITY.sub("", text).strip(" ,と") or (len(found) > 1 and not found[0][1]):
        return None
    parts = [float(number) * (_SECONDS.get(name, 0) if name else unit) for number, name in found]
    known = all(not name or name in _SECONDS for _, name in found)
    return sum(parts) if known else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value).strip().replace("/", "-"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
