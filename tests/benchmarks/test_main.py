"""What `make bench` runs, and what the manual says that it leaves out."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.__main__ import NAMES

ROOT = Path(__file__).parents[2]


def test_each_benchmark_is_run_or_said_to_be_left_out() -> None:
    runnable = {
        path.stem
        for path in (ROOT / "benchmarks").glob("[!_]*.py")
        if '__name__ == "__main__"' in path.read_text("utf-8")
    }
    manual = (ROOT / "docs" / "measuring.md").read_text("utf-8")
    told = re.search(r"`make bench` runs most of.*?command of its own", manual, re.DOTALL)
    assert told is not None
    left_out = set(re.findall(r"`(\w+)`", told[0]))
    assert set(NAMES) <= runnable
    assert left_out == runnable - set(NAMES)
