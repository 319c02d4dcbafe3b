from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.history import check


@pytest.mark.slow
def test_no_answer_is_stale_after_an_acknowledged_write_or_of_others(tmp_path: Path) -> None:
    history = check(tmp_path / "home", seconds=3)
    assert history.writes > 10
    assert history.reads["from the cache"] > 10
    assert (history.stale, history.foreign) == ([], [])
