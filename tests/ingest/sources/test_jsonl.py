from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.clock import parse_moment
from ingest.model import Record
from ingest.sources.jsonl import JsonlSource
from tests.ingest.sources.source_contract import SourceContract

MIXED = b"""\
{"_id": "a", "title": "A", "text": "one"}

{"_id": "b", "_deleted": true}
not json
{"_id": 7, "text": "two", "year": 2020}
"""


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def read_one(tmp_path: Path, line: object, **options: Any) -> Record:
    [record] = JsonlSource(write(tmp_path / "c.jsonl", line), **options).records()
    return record


class TestContract(SourceContract):
    @pytest.fixture(params=["c.jsonl", "c.jsonl.gz"])
    def source(self, request: pytest.FixtureRequest, tmp_path: Path) -> JsonlSource:
        path = tmp_path / str(request.param)
        path.write_bytes(gzip.compress(MIXED) if path.suffix == ".gz" else MIXED)
        return JsonlSource(path)


def test_a_line_is_a_document_with_its_keys_as_metadata(tmp_path: Path) -> None:
    record = read_one(
        tmp_path, {"_id": "d1", "title": "T", "text": "body", "year": 2020, "tags": ["a", "b"]}
    )
    assert record == Record(
        "d1",
        text="body",
        title="T",
        uri=(tmp_path / "c.jsonl").as_uri(),
        name="c.jsonl",
        media_type="text/plain",
        metadata={"year": 2020, "tags": ["a", "b"]},
    )


def test_numbers_are_names_too(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", {"_id": 12, "text": ""}, {"_id": 0, "text": ""})
    assert [record.source_id for record in JsonlSource(path).records()] == ["12", "0"]


def test_another_key_may_hold_the_name(tmp_path: Path) -> None:
    record = read_one(tmp_path, {"doc": "x", "_id": "y", "text": ""}, id_key="doc")
    assert record.source_id == "x"
    assert record.metadata == {"_id": "y"}


def test_metadata_is_flat_whatever_came_in(tmp_path: Path) -> None:
    line = {
        "_id": "a",
        "text": "",
        "metadata": {"url": "https://e.org/a", "lang": "en"},
        "lang": "de",
        "a": {"b": {"c": 1}, "d": None},
        "list": [1, {"x": 1}, [2]],
    }
    record = read_one(tmp_path, line)
    assert record.metadata == {
        "url": "https://e.org/a",
        "lang": "de",
        "a.b.c": 1,
        "a.d": None,
        "list": [1, '{"x": 1}', "[2]"],
    }


def test_author_message_and_web_address_are_taken_as_such(tmp_path: Path) -> None:
    line = {"_id": "a", "text": "", "author": "Ann", "message": "Why", "url": "https://e.org/a"}
    record = read_one(tmp_path, line)
    assert (record.author, record.message, record.uri) == ("Ann", "Why", "https://e.org/a")


def test_an_address_that_is_none_of_the_web_is_metadata_only(tmp_path: Path) -> None:
    record = read_one(tmp_path, {"_id": "a", "text": "", "url": "javascript:alert(1)"})
    assert record.uri == (tmp_path / "c.jsonl").as_uri()
    assert record.metadata == {"url": "javascript:alert(1)"}


def test_a_date_counts_only_where_it_is_asked_for(tmp_path: Path) -> None:
    line = {"_id": "a", "text": "", "date": "2015-08-09T00:55:03+10:00"}
    assert read_one(tmp_path, line).time is None
    dated = read_one(tmp_path, line, dated_by="date")
    assert dated.time == parse_moment("2015-08-08T14:55:03Z")
    assert dated.metadata == {"date": line["date"]}


def test_an_absent_date_is_now_and_a_wrong_one_an_error(tmp_path: Path) -> None:
    path = write(
        tmp_path / "c.jsonl",
        {"_id": "a", "text": ""},
        {"_id": "b", "text": "", "date": None},
        {"_id": "c", "text": "", "date": "yesterday"},
        {"_id": "d", "text": "", "date": 2020},
    )
    records = list(JsonlSource(path, dated_by="date").records())
    assert [(record.source_id, record.time) for record in records[:2]] == [("a", None), ("b", None)]
    assert "line 3: 'yesterday' is not a time" in records[2].error
    assert records[2].source_id == "c"
    assert "line 4" in records[3].error


def test_a_deleted_document_needs_no_text(tmp_path: Path) -> None:
    record = read_one(
        tmp_path, {"_id": "a", "_deleted": True, "date": "2020-01-01"}, dated_by="date"
    )
    assert record.deleted
    assert record.text is None
    assert record.time == parse_moment("2020-01-01")
    assert not read_one(tmp_path, {"_id": "a", "_deleted": False, "text": "x"}).deleted


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{oops}", "not JSON"),
        (b'["_id", "text"]', "not a JSON object"),
        (b'{"text": "x"}', "'_id' is missing"),
        (b'{"_id": null, "text": "x"}', "'_id' is missing"),
        (b'{"_id": "", "text": "x"}', "'_id' is missing"),
        (b'{"_id": true, "text": "x"}', "'_id' is missing"),
        (b'{"_id": ["a"], "text": "x"}', "'_id' is missing"),
        (b'{"_id": "%s", "text": "x"}' % (b"i" * 5000), "longer than 4,096"),
        (b'{"_id": "a"}', "'text' is missing"),
        (b'{"_id": "a", "text": 5}', "'text' is missing, or not text"),
        (b'{"_id": "a", "text": "x", "title": 5}', "'title' is missing, or not text"),
        (b'{"_id": "a", "text": "x", "_deleted": "yes"}', "true or false"),
        (b'{"_id": "a", "text": "x", "n": NaN}', "NaN"),
        (b'{"_id": "a", "text": "x", "n": -Infinity}', "Infinity"),
        (b'{"_id": "a", "text": "x", "n": 1e999}', "too large a number"),
        (b'{"_id": "a", "text": "x", "n": 1%s}' % (b"0" * 5000), "not JSON"),
        (b'{"_id": "a", "text": "\xff"}', "not UTF-8 at byte 22"),
        (b'{"_id": "a", "text": "x", "n": ' + b"[" * 100_000 + b"}", "nested too deep"),
        (b'{"_id": "a", "text": "x", "n": ' + b'{"a":' * 40 + b"1" + b"}" * 41, "levels deep"),
        (b'{"_id": "a", "text": "' + b"x" * 200_000 + b'"}', "longer than 150,000 bytes"),
        (b"x" * 3_000_000, "longer than 150,000 bytes"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    path = tmp_path / "c.jsonl"
    good = b'{"_id": "good%d", "text": "x"}\n'
    path.write_bytes(good % 1 + b"\n" + line + b"\n" + good % 2)
    records = list(JsonlSource(path, max_line_bytes=150_000).records())
    assert [record.error == "" for record in records] == [True, False, True]
    assert records[1].error.startswith("line 3: ")
    assert reason in records[1].error
    assert records[1].source_id in {"a", "c.jsonl:3"}
    assert records[2].source_id == "good2"


def test_surrogates_and_nuls_are_replaced_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(
        r'{"_id": "a\ud800", "title": "\u0000t", "text": "x\udfff\u0000y \ud83d\ude00", '
        r'"k\u0000": "v\ud800", "l": ["\u0000", {"m": "\udfff"}]}'
    )
    [record] = JsonlSource(path).records()
    assert record.source_id == "a\ufffd"
    assert record.title == "\ufffdt"
    assert record.text == "x\ufffd\ufffdy \U0001f600"
    assert record.metadata["k\ufffd"] == "v\ufffd"
    json.dumps(record.metadata, ensure_ascii=False).encode()
    assert "\0" not in str(record.metadata["l"])


def test_a_line_of_just_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    line = b'{"_id": "a", "text": "x"}'
    for end in (b"", b"\n"):
        path.write_bytes(line + end)
        [fits] = JsonlSource(path, max_line_bytes=len(line)).records()
        [over] = JsonlSource(path, max_line_bytes=len(line) - 1).records()
        assert fits.error == ""
        assert "longer than" in over.error


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"_id": "a", "text": "x"}\r\n{"_id": "b", "text": "y"}\r\n')
    assert [record.source_id for record in JsonlSource(path).records()] == ["a", "b"]


def test_a_truncated_archive_gives_what_it_has_and_says_where_it_ends(tmp_path: Path) -> None:
    lines = b"".join(
        b'{"_id": "%d", "text": "%s"}\n' % (number, os.urandom(500).hex().encode())
        for number in range(200)
    )
    path = tmp_path / "c.jsonl.gz"
    path.write_bytes(gzip.compress(lines)[:-5000])
    *good, last = JsonlSource(path).records()
    assert 100 < len(good) < 200
    assert not any(record.error for record in good)
    assert last.error.startswith(f"line {len(good) + 1}: the file breaks off")


@pytest.mark.parametrize("content", [b"plainly no gzip", b"\x1f\x8b\x08\x00garbage everywhere"])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.jsonl.gz"
    path.write_bytes(content)
    [record] = JsonlSource(path).records()
    assert "breaks off" in record.error


def test_an_archive_of_one_endless_line_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(b"x" * 2**20)
        file.write(b'\n{"_id": "a", "text": "x"}\n')
    bad, good = JsonlSource(path, max_line_bytes=1000).records()
    assert "longer than 1,000 bytes" in bad.error
    assert good.source_id == "a"


def test_a_missing_file_or_a_pipe_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    for name, reason in [("gone.jsonl", "No such file"), ("pipe.jsonl", "named pipe")]:
        source = JsonlSource(tmp_path / name)
        [record] = source.records()
        assert reason in record.error
        assert source.count() is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
keys = st.sampled_from(["_id", "title", "text", "_deleted", "date", "metadata", "author", "x"])


@settings(deadline=None)
@given(lines=st.lists(st.dictionaries(keys, values) | values, max_size=4))
def test_every_line_is_accounted_for_and_can_be_stored(
    tmp_path_factory: pytest.TempPathFactory, lines: list[object]
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "law.jsonl", *lines)
    records = list(JsonlSource(path, dated_by="date").records())
    assert len(records) == len(lines)
    for record in records:
        json.dumps(dict(record.metadata), allow_nan=False, ensure_ascii=False).encode()
        assert (record.text is not None) + record.deleted + bool(record.error) == 1


@settings(deadline=None)
@given(documents=st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8))))
def test_what_is_written_as_json_lines_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, documents: list[tuple[str, str]]
) -> None:
    lines = [{"_id": name, "text": text} for name, text in documents]
    path = write(tmp_path_factory.getbasetemp() / "round.jsonl", *lines)
    back = [(record.source_id, record.text) for record in JsonlSource(path).records()]
    assert back == [
        (name.replace("\0", "\ufffd"), text.replace("\0", "\ufffd")) for name, text in documents
    ]
