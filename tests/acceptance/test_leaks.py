"""Nobody is told of what they may not see, by whatever route they ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.security.operations import ROUTES
from tests.acceptance.leaks import Hidden, check, requests


def test_every_route_is_asked() -> None:
    of = Hidden("id", 1, "room", "source", "key", "Person Smith", "job", ["m"] * 3)
    assert {told for told, _ in requests(of)} == {f"{r.method} {r.template}" for r in ROUTES}


def test_nothing_hidden_is_told_to_any_role(tmp_path: Path) -> None:
    findings = check(tmp_path / "home", collections=2)
    assert findings.leaks == []
    assert {status for _, status in findings.statuses} >= {200, 403, 404, 422}


@pytest.mark.slow
def test_nothing_hidden_is_told_in_forty_collections(tmp_path: Path) -> None:
    assert check(tmp_path / "home", collections=40).leaks == []
