"""Nobody is told of what they may not see, by whatever route they ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.security.operations import ROUTES
from tests.acceptance.hidden import Hidden
from tests.acceptance.leaks import check
from tests.acceptance.prying import requests


def test_every_route_is_asked() -> None:
    of = Hidden(
        "id", 1, "room", "source", "key", "Person Smith", "job", "store", "file", "batch",
        ("field", "shelf"), [],
    )  # fmt: skip
    asked = list(requests(of, "own"))
    assert {told for told, _ in asked} == {f"{r.method} {r.template}" for r in ROUTES}
    assert [path for _, (_, path, _) in asked if "{" in path] == []


@pytest.mark.slow
def test_nothing_hidden_is_told_to_any_role(tmp_path: Path) -> None:
    findings = check(tmp_path / "home", collections=2)
    assert findings.leaks == []
    assert {status for _, status in findings.statuses} >= {200, 403, 404, 422}


@pytest.mark.slow
def test_nothing_hidden_is_told_in_many_collections(tmp_path: Path) -> None:
    assert check(tmp_path / "home", collections=8).leaks == []  # `make leaks` has forty
