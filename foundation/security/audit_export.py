"""The audit log in files: lines of JSON that can be verified elsewhere, or a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from foundation.clock import to_datetime
from foundation.security.audit_entry import StoredEntry

FORMATS: Final = ("jsonl", "csv")

_COLUMNS: Final = (
    "seq", "id", "at", "operation", "user", "level", "resource", "action", "result", "address",
    "session", "duration_micros", "metadata", "previous", "hash",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def entry_out(each: StoredEntry) -> dict[str, object]:
    """Lay an entry out as people and programs see it: the time is ISO 8601, in UTC."""
    entry, caller = each.entry, each.entry.caller
    return {
        "seq": each.seq,
        "id": entry.id,
        "at": _moment(entry.at),
        "operation": entry.operation,
        "user": caller.user,
        "level": caller.level,
        "resource": entry.resource,
        "action": entry.action,
        "result": entry.result,
        "address": caller.address,
        "session": caller.session,
        "duration_micros": entry.duration_micros,
        "metadata": entry.metadata,
        "previous": each.previous,
        "hash": each.hash,
    }


def json_lines(entries: Iterable[StoredEntry]) -> Iterator[str]:
    """Write each entry as an object on a line."""
    for each in entries:
        yield json.dumps(entry_out(each), ensure_ascii=False) + "\n"


def csv_lines(entries: Iterable[StoredEntry]) -> Iterator[str]:
    """Write a header and a row for each entry; no cell is taken for a formula.

    A text that would begin one is given an apostrophe before it.

    Source: OWASP, "CSV Injection".
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_COLUMNS)
    for each in entries:
        writer.writerow([_cell(value) for value in entry_out(each).values()])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _moment(at: int) -> str:
    try:
        return to_datetime(at).isoformat(timespec="microseconds")
    except (OverflowError, TypeError):  # somebody changed it: `verify` says so
        return str(at)


def _cell(value: object) -> object:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
