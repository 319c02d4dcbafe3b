"""Random SIGKILLs during ingestion, in short form; `make crash` runs fifty."""

from __future__ import annotations

import pytest

from tests.crash.kills import main


@pytest.mark.crash
def test_nothing_acknowledged_is_lost_when_ingestion_is_killed() -> None:
    assert main(["--kills", "3", "--seed", "11"]) == 0
