"""Seconds until `elders --help` has answered, against an interpreter that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpora import machine

_RUNS = 9


def seconds(command: Sequence[str]) -> float:
    """Time one run."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Take turns and print the medians."""
    elders = str(Path(sys.executable).parent / "elders")
    pairs = [
        (seconds([elders, "--help"]), seconds([sys.executable, "-c", "pass"])) for _ in range(_RUNS)
    ]
    help_seconds, nothing = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(machine())
    print(f"elders --help {help_seconds:.2f} s, python -c pass {nothing:.2f} s (median of {_RUNS})")


if __name__ == "__main__":
    main()
