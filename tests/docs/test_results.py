"""The documentation's tables are what the results files say."""

from __future__ import annotations

from typing import Any

import pytest

from api.results import read_results
from benchmarks.tables import PAGE, RESULTS, filled, load, table
from foundation.errors import NotFound


def said(dataset: str, **modes: float) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "queries": 1_234,
        "modes": {mode: {"ndcg@10": figure} for mode, figure in modes.items()},
        "latency_ms": {"p50": 1.25, "p95": 9.0},
        "stages_ms": {"rank": {"p50": 1.0, "p95": 8.04}},
    }


def test_the_tables_are_what_the_results_files_say() -> None:
    page = PAGE.read_text()
    assert page.count("<!-- table: ") == 3
    assert filled(page, load()) == page, "run `python -m benchmarks.tables`"


def test_every_results_file_is_of_the_set_that_it_is_named_after() -> None:
    files = sorted(RESULTS.glob("*.json"))
    assert files
    assert [read_results(path)["dataset"] for path in files] == [path.stem for path in files]
    assert all(not read_results(path)["losses"] for path in files), "texts of data sets stay there"


def test_the_best_of_a_row_is_bold_to_the_digits_that_are_shown() -> None:
    found = [said("b", default=0.81241, lexical=0.8124), said("c", default=0.5, graph=0.7)]
    assert table("ndcg@10", found).splitlines() == [
        "| set | graph | BM25 | default |",
        "|---|---:|---:|---:|",
        "| b (1,234 queries) |  | **0.812** | **0.812** |",
        "| c (1,234 queries) | **0.700** |  | 0.500 |",
    ]


def test_times_stand_by_stage() -> None:
    found = [said("b", default=0.5)]
    assert table("stages", found).splitlines()[0] == "| set | rank |"
    assert table("stages", found).splitlines()[2] == "| b (1,234 queries) | 1.0 / 8.0 |"
    assert table("latency", found).splitlines()[2] == "| b (1,234 queries) | 1.2 | 9.0 |"


def test_a_table_of_what_nobody_measured_is_refused() -> None:
    with pytest.raises(NotFound, match="no results file has a measure 'map'"):
        table("map", [said("b", default=0.5)])


def test_only_what_stands_between_the_marks_is_written() -> None:
    page = "before\n<!-- table: latency -->\nold\n<!-- end of table -->\nafter"
    shown = filled(page, [said("b", default=0.5)])
    assert shown.startswith("before\n<!-- table: latency -->\n| set | p50 | p95 |\n")
    assert shown.endswith("|\n<!-- end of table -->\nafter")
    assert filled(shown, [said("b", default=0.5)]) == shown
