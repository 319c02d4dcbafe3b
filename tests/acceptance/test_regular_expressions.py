"""No text and no pattern of a stranger makes a regular expression take for ever."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.acceptance.expressions import UNITS, doors


@pytest.mark.slow  # each door reads some hundred kilobytes, in a process of its own
@pytest.mark.parametrize("door", doors())
def test_texts_that_are_made_to_be_slow_are_read(door: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.expressions", door],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stdout[-80:], done.stderr[-2_000:])
    assert len(done.stdout.splitlines()) >= 2 * len(UNITS)
