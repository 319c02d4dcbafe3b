from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.errors import InvalidInput
from foundation.security.audit_entry import Caller
from foundation.security.audit_export import csv_lines, json_lines
from foundation.security.audit_reading import AuditLog, AuditQuery
from tests.foundation.security.audits import entry, fill, put, saved, trail

ADA, EVE = Caller("ada", "sage", "192.0.2.7"), Caller("eve", "servant", "198.51.100.9")


@pytest.fixture
def log(database: Database, tmp_path: Path) -> AuditLog:
    said = [
        entry("users.login", 1, caller=ADA, resource="ada"),
        entry("documents.show", 2, caller=ADA, metadata={"title": "東京タワー 100%"}),
        entry("documents.purge", 3, caller=EVE, result="denied"),
        entry("documentsXlist", 4, caller=EVE, resource="d_1"),
        entry("documents.show", 5, caller=EVE, resource="dx1", metadata={"note": "Plan B"}),
    ]
    with trail(database, tmp_path) as opened:
        for each in said:
            opened.record(each)
    return AuditLog(database)


def found(log: AuditLog, **query: object) -> list[int]:
    return [each.seq for each in log.search(AuditQuery(**query)).entries]  # type: ignore[arg-type] # by name


def test_entries_are_found_by_what_they_say(log: AuditLog) -> None:
    start = 1_790_000_000_000_000
    assert found(log) == [5, 4, 3, 2, 1]
    assert found(log, user="ada") == [2, 1]
    assert found(log, operation="documents.show") == [5, 2]
    assert found(log, operation="documents.*") == [5, 3, 2]
    assert found(log, resource="d_*") == [4]
    assert found(log, resource="document-2") == [2]
    assert found(log, result="denied") == [3]
    assert found(log, since=Micros(start + 4)) == [5, 4]
    assert found(log, until=Micros(start + 3)) == [2, 1]
    assert found(log, since=Micros(start + 2), until=Micros(start + 4), user="eve") == [3]
    assert found(log, text="plan b") == [5]
    assert found(log, text="タワー") == [2]
    assert found(log, text="100%") == [2]
    assert found(log, text="purge") == [3]
    assert found(log, text="nonsuch") == []


def test_pages_follow_one_another_without_gaps(log: AuditLog) -> None:
    first = log.search(limit=2)
    second = log.search(limit=2, cursor=first.cursor)
    third = log.search(limit=2, cursor=second.cursor)
    pages = (first, second, third)
    assert [each.seq for page in pages for each in page.entries] == [5, 4, 3, 2, 1]
    assert (first.cursor, second.cursor, third.cursor) == (4, 2, None)
    assert log.search(limit=5).cursor is None


@pytest.mark.parametrize("limit", [0, 10_001, -1])
def test_a_limit_out_of_bounds_is_refused(limit: int, log: AuditLog) -> None:
    with pytest.raises(InvalidInput, match="1 to 10,000"):
        log.search(limit=limit)


def test_all_entries_are_read_in_order_a_page_at_a_time(database: Database, tmp_path: Path) -> None:
    fill(database, tmp_path, 2_345)
    read = [each.seq for each in AuditLog(database).read()]
    assert read == list(range(1, 2_346))
    some = AuditQuery(resource="document-234*")
    assert [each.seq for each in AuditLog(database).read(some)] == [234, *range(2_340, 2_346)]


def test_lines_of_json_can_be_verified_without_this_program(log: AuditLog) -> None:
    """As docs/audit.md says it."""

    def compact(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    previous, epoch = "0" * 64, datetime(1970, 1, 1, tzinfo=UTC)
    for number, line in enumerate(json_lines(log.read()), start=1):
        row = json.loads(line)
        fields = {k: v for k, v in row.items() if k not in ("seq", "previous", "hash")}
        moment = datetime.fromisoformat(row["at"])
        fields["at"] = (moment - epoch) // timedelta(microseconds=1)
        fields["metadata"] = compact(row["metadata"])
        content = compact(fields).encode()
        digest = hashlib.sha256(bytes.fromhex(previous) + number.to_bytes(8, "big") + content)
        assert (row["seq"], row["previous"], row["hash"]) == (
            number, previous, digest.hexdigest(),
        )  # fmt: skip
        previous = row["hash"]
    assert previous != "0" * 64


def test_no_cell_of_a_table_is_a_formula(database: Database, tmp_path: Path) -> None:
    wild = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", 'plain, "quoted"\nline']
    with trail(database, tmp_path) as opened:
        for text in wild:
            opened.record(entry(resource=text, caller=Caller(text)))
    lines = list(csv_lines(AuditLog(database).read()))
    rows = list(csv.DictReader(io.StringIO("".join(lines), newline="")))
    expected = [*(f"'{text}" for text in wild[:-1]), wild[-1]]
    assert [row["resource"] for row in rows] == expected
    assert [row["user"] for row in rows] == expected
    assert json.loads(rows[0]["metadata"]) == {"number": 0}
    assert rows[0]["at"] == "2026-09-21T14:13:20.000000+00:00"
    assert next(iter(csv_lines([]))).startswith("seq,id,at,operation,user,level,")


def test_what_somebody_damaged_can_still_be_read(database: Database, tmp_path: Path) -> None:
    fill(database, tmp_path, 3)
    rows = saved(database)
    rows["audit_entries"][0]["metadata"] = "{broken"
    rows["audit_entries"][1]["metadata"] = "[1]"
    rows["audit_entries"][2]["at"] = 2**62
    put(database, rows)
    shown = [json.loads(line) for line in json_lines(AuditLog(database).read())]
    assert shown[0]["metadata"] == {"unreadable": "{broken"}
    assert shown[1]["metadata"] == {"unreadable": "[1]"}
    assert shown[2]["at"] == str(2**62)
