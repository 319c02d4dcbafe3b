"""No request that anybody can think up is answered with a fault of the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.fuzz import check


@pytest.mark.slow
def test_two_thousand_requests_find_no_fault(tmp_path: Path) -> None:
    findings = check(tmp_path / "home", cases=2_000, number=1)
    assert findings.faults == []
    assert findings.statuses.total() >= 2_000
    assert {200, 404, 422} <= {status for _, status in findings.statuses}
