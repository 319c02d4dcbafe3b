"""What the page of the tools shows is so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.mcp.http import _MOST_BYTES
from api.mcp.schemas import MOST_READ, PAGE
from api.mcp.toolbox import TOOLS
from tests.api.doors import Elders

PAGE_OF_TOOLS = (Path(__file__).parents[3] / "docs" / "mcp.md").read_text()
SETTINGS = re.findall(r"^```json\n(.*?)^```", PAGE_OF_TOOLS, re.DOTALL | re.MULTILINE)


def test_every_tool_is_documented_with_all_that_it_takes() -> None:
    for tool in TOOLS:
        row = re.search(rf"^\| `{tool.name}` \|([^|]*)\|", PAGE_OF_TOOLS, re.MULTILINE)
        assert row is not None
        assert set(re.findall(r"`(\w+)`", row[1])) == set(tool.takes.model_fields)


def test_bounds_are_those_of_the_program() -> None:
    assert f"{PAGE:,} characters at a time (at most {MOST_READ:,})" in PAGE_OF_TOOLS
    assert f"{_MOST_BYTES // 1_000_000} MB" in PAGE_OF_TOOLS


@pytest.mark.parametrize("written", SETTINGS)
def test_settings_of_clients_name_what_there_is(written: str, elders: Elders) -> None:
    settings: dict[str, Any] = json.loads(written)
    ((_, servers),) = settings.items()
    ((_, server),) = servers.items()
    if "url" in server:
        assert server["url"].endswith("/mcp")
        return
    command, *options = server["args"]
    shown = elders(command, "--help").out
    assert {
        option for option in options if option.startswith("--") and option not in shown
    } == set()
