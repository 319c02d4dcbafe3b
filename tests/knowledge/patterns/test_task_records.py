from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import ChunkId
from knowledge.patterns.model import Passage
from knowledge.patterns.task_records import parse_duration, records_of


def passage(text: str = "", *, case: str = "a", chunk: int = 1, **metadata: Any) -> Passage:
    return Passage(ChunkId(chunk), case, "", (), text, metadata=metadata)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        (" 1,200 ", 1200.0),
        ("1h 30m", 5400.0),
        ("2.5 hours", 9000.0),
        ("45 min", 2700.0),
        ("1:30", 5400.0),
        ("00:01:30.5", 90.5),
        ("2 days 01:00:00".replace(" days", "d"), 176_400.0),
        ("PT1H30M", 5400.0),
        ("P1DT2H", 93_600.0),
        ("1時間30分", 5400.0),
        ("３０分", 1800.0),
        ("2日", 172_800.0),
        ("250 ms", 0.25),
        ("soon", None),
        ("", None),
        ("3 apples", None),
        ("2 to 3 hours", None),
        ("-5", None),
    ],
)
def test_durations_are_read_in_english_and_japanese(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


def test_numbers_are_in_the_unit_that_is_given() -> None:
    assert parse_duration(3, unit=60) == 180
    assert parse_duration("3", unit=60) == 180
    assert parse_duration("3 h", unit=60) == 10_800
    assert parse_duration(value=True) is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"task_type": "review", "duration_seconds": 1800, "skills": ["reading", "law"]},
        {"Type": "review", "Duration (min)": "30", "assignee": "reading, law"},
        {"category": "review", "elapsed": "30 min", "skills": "reading", "labels": ["law"]},
        {
            "type": "review",
            "started": "2024-05-01T10:00:00Z",
            "finished": "2024-05-01T12:30:00+02:00",
            "skills": ["law", "reading"],
        },
        {"種別": "review", "所要時間（分）": 30, "スキル": "reading、law"},
        {
            "作業種別": "review",
            "開始日時": "2024/05/01 10:00",
            "終了日時": "2024/05/01 10:30",
            "担当者": "law, reading",
        },
    ],
)
def test_metadata_make_a_record(metadata: Mapping[str, Any]) -> None:
    (record,) = records_of([passage("one", **metadata), passage("two", chunk=2, **metadata)])
    assert (record.type, record.seconds) == ("review", 1800)
    assert record.skills == {"reading", "law"}


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"type": "review"},
        {"duration": 30},
        {"type": "review", "duration": "long"},
        {"type": "review", "duration": 0},
        {"type": "review", "started": "2024-05-02", "finished": "2024-05-01"},
        {"type": ["review"], "duration": 30},
    ],
)
def test_metadata_without_type_and_duration_make_none(metadata: Mapping[str, Any]) -> None:
    assert records_of([passage("text", **metadata)]) == []


MARKDOWN = """What was done in May:

| Task type | Duration | Owner |
| --- | ---: | --- |
| review | 30 min | Ann |
| deploy | 5 min | Bob \\| Cy |
| lunch | long | all |
"""

CSV = """id,種別,所要時間（分）,担当者
1,review,30,Ann
2,deploy,5,"Bob, Cy"
"""


@pytest.mark.parametrize(("text", "second"), [(MARKDOWN, {"Bob | Cy"}), (CSV, {"Bob", "Cy"})])
def test_tables_make_a_record_a_row(text: str, second: set[str]) -> None:
    review, deploy = records_of([passage(text)])
    assert (review.type, review.seconds, review.skills) == ("review", 1800.0, frozenset({"Ann"}))
    assert (deploy.type, deploy.seconds, deploy.skills) == ("deploy", 300.0, frozenset(second))


def test_rows_that_were_cut_off_belong_to_the_header_of_their_document() -> None:
    rows = "\n".join(f"| review | {minutes} min | Ann |" for minutes in range(1, 5))
    parts = [passage(MARKDOWN), passage(rows, chunk=2), passage(rows, case="b", chunk=3)]
    found = records_of(parts)
    assert [record.chunk_id for record in found].count(ChunkId(2)) == 4
    assert {record.case for record in found} == {"a"}


def test_other_tables_and_prose_make_no_records() -> None:
    text = "| Name | Type |\n|---|---|\n| Pump | machine |\n\nFirst, second, third, and so on."
    assert records_of([passage(text)]) == []


@given(st.text(max_size=80), st.integers(0, 100))
def test_the_order_of_passages_does_not_matter(text: str, seed: int) -> None:
    parts = [passage(MARKDOWN), passage(CSV, chunk=2), passage(text, case="b", chunk=3)]
    assert records_of(random.Random(seed).sample(parts, 3)) == records_of(parts)


@given(st.text(max_size=40))
def test_any_text_can_be_asked_for_a_duration(text: str) -> None:
    seconds = parse_duration(text)
    assert seconds is None or seconds >= 0
