from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.patterns.log_lines import is_log, read_lines

MESSAGES = (
    "pump started",
    "valve 7 opens",
    "reading from sensor: 12.5",
    "[batch 4] closed after 3 s",
    "弁を開く",
    "level low: refill",
)


@pytest.mark.parametrize(
    ("header", "level", "component"),
    [
        ("2024-05-0{0} 10:00:0{0},123 INFO [worker-1] plant.Pump: ", "info", "plant.Pump"),
        ("2024-05-0{0}T10:00:0{0}.5Z WARN  Pump - ", "warning", "Pump"),
        ("24050{0} 10000{0} 17{0} ERROR plant.Pump: ", "error", "plant.Pump"),
        ("May  {0} 10:00:0{0} plant3 pump(core)[81{0}]: ", "", "pump(core)"),
        ("[Mon May 0{0} 10:00:0{0} 2024] [error] ", "error", ""),
        ("05-0{0} 10:00:0{0}.123  170{0}  239{0} D Pump: ", "debug", "Pump"),
        ("20240501-10:00:0{0}:606|Pump_A|3000{0}|", "", "Pump_A"),
        ("17145576{0}0 node-{0} pump.main 2024-05-01-10.00.0{0}.5 FATAL ", "critical", "pump.main"),
        ("- 171455760{0} 2024.05.01 n{0} May 1 10:00:0{0} n{0}/n{0} pump[9]: ", "", "pump"),
        ("[05.1{0} 10:00:0{0}] pump.exe - ", "", "pump.exe"),
        ("2024-05-01 10:00:0{0}, Info                  PUMP: ", "info", "PUMP"),
        (
            "pump.log.1 2024-05-01 10:00:0{0}.000 257 INFO plant.api [req-{0} a b] ",
            "info",
            "plant.api",
        ),
        ("2024年5月{0}日 10:00:0{0} 警告 ポンプ: ", "warning", "ポンプ"),
        ("WARNING: ", "warning", ""),
    ],
)
def test_headers_are_taken_off_whatever_their_format(
    header: str, level: str, component: str
) -> None:
    lines = [header.format(at + 1) + message for at, message in enumerate(MESSAGES)]
    found = read_lines(lines)
    assert [line.message for line in found] == list(MESSAGES)
    assert {line.level for line in found} == {level}
    assert [line.component for line in found] == [
        component.format(at + 1) for at in range(len(MESSAGES))
    ]
    assert is_log(found)


def test_lines_of_a_stack_trace_have_no_header() -> None:
    trace = ["  at plant.Pump.start(Pump.java:12)", "Caused by: no water"]
    lines = [f"2024-05-01 10:00:0{at} ERROR Pump: it failed" for at in range(4)]
    found = read_lines([*lines, *trace])
    assert [line.headed for line in found] == [True] * 4 + [False] * 2
    assert [line.message for line in found[4:]] == [line.strip() for line in trace]


def test_an_alert_in_the_place_of_a_dash_is_no_other_format() -> None:
    lines = [f"- 171455760{at} n1 INFO all is well" for at in range(8)]
    found = read_lines([*lines, "BROKEN 1714557609 n1 FATAL it leaks"])
    assert (found[-1].message, found[-1].level) == ("it leaks", "critical")


def test_json_lines_are_read_by_their_keys() -> None:
    line = json.dumps({"level": "WARN", "logger": "pump", "msg": "valve 7 opens", "ts": 1})
    found = read_lines([line] * 3)
    assert {(each.message, each.level, each.component) for each in found} == {
        ("valve 7 opens", "warning", "pump")
    }
    assert is_log(found)


@pytest.mark.parametrize(
    "text",
    [
        "The error was found on 1 May 2024.\nIt had been there for long.\nNobody had seen it.",
        "Error handling is hard.\nA warning is no error.\nInfo is none either.\nSo be it.",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
        "会議は5月1日に開かれた。\n議事録は後日公開される。\n以上。",
    ],
)
def test_prose_and_tables_are_no_logs(text: str) -> None:
    assert not is_log(read_lines(text.splitlines()))


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_lines_can_be_read(lines: list[str]) -> None:
    found = read_lines(lines)
    assert [line.text for line in found] == lines
    assert all(line.message in line.text or not line.headed or "{" in line.text for line in found)
