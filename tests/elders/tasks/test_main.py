"""A worker as a process says what is wrong with how it is started, and goes with its starter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from elders.tasks.__main__ import find_handlers, find_worker, main
from elders.tasks.model import Worker
from foundation.errors import InvalidInput

ROOT = Path(__file__).parents[3]
HANDLERS = "tests.elders.tasks.handlers:HANDLERS"


def test_handlers_are_found_by_their_place() -> None:
    assert set(find_handlers(HANDLERS)) == {"wait"}


@pytest.mark.parametrize(
    "place",
    ["", "nowhere:X", "tests.elders.tasks.handlers:NOTHING", "tests.elders.tasks.given:even"],
)
def test_a_place_without_handlers_is_told(place: str) -> None:
    with pytest.raises(InvalidInput, match="handlers"):
        find_handlers(place)


def test_capabilities_are_read_with_their_levels() -> None:
    found = find_worker("servant.a", ["sql=0.5", "go"], 3)
    assert found == Worker("servant.a", {"sql": 0.5, "go": 1.0}, 3)


@pytest.mark.parametrize(
    ("name", "capability", "slots"),
    [
        ("nobody", "sql", 1),
        ("servant.a", "sql=much", 1),
        ("servant.a", "sql=2", 1),
        ("servant.a", "sql", 0),
    ],
)
def test_who_can_not_be_a_worker_is_told(name: str, capability: str, slots: int) -> None:
    with pytest.raises(InvalidInput):
        find_worker(name, [capability], slots)


def test_an_error_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--folder", str(tmp_path), "--name", "servant.a", "--handlers", "nowhere:X"]
    assert main(told) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_it_goes_when_its_starter_is_gone(tmp_path: Path) -> None:
    worker = subprocess.run(
        [
            sys.executable, "-m", "elders.tasks", "--folder", str(tmp_path), "--name", "servant.a",
            "--handlers", HANDLERS, "--until-stdin-ends",
        ],
        cwd=ROOT, input=b"", capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert worker.returncode == 0, worker.stderr


def test_standard_input_that_can_not_be_waited_for_is_told(tmp_path: Path) -> None:
    worker = subprocess.run(
        [
            sys.executable, "-m", "elders.tasks", "--folder", str(tmp_path), "--name", "servant.a",
            "--handlers", HANDLERS, "--until-stdin-ends",
        ],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (worker.returncode, worker.stderr) == (
        1,
        b"--until-stdin-ends needs a pipe as standard input\n",
    )
