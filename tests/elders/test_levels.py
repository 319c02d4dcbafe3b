"""Names of the tree's members."""

from __future__ import annotations

import pytest

from elders.levels import Level, elder
from foundation.errors import InvalidInput


def test_each_member_has_its_level() -> None:
    names = ["servant.ingest-1", "task_sage", "claude_elder", "grand_elder"]
    assert [elder(name).level for name in names] == sorted(Level)


@pytest.mark.parametrize("name", ["", "servant.", "servant.A", "sage", "servant.a.b", "king", " x"])
def test_others_are_none(name: str) -> None:
    with pytest.raises(InvalidInput, match="no member"):
        elder(name)
