from __future__ import annotations

import re
from pathlib import Path

from api import KnowledgeBase
from api.app import create_app
from foundation.settings import PREFIX, Settings

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `(ELDERS_[A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


def test_the_table_of_settings_is_complete_and_names_the_defaults() -> None:
    listed = dict(ROW.findall((DOCS / "operations.md").read_text()))
    defaults = {
        PREFIX + name.upper(): "" if field.default is None else str(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert listed == defaults


def test_the_routes_are_documented(home: Path) -> None:
    page = (DOCS / "http.md").read_text()
    with KnowledgeBase.open(home, background=False) as base:
        paths = list(create_app(base).openapi()["paths"])
    told = (page, page.replace("$ID", "{document_id}"))
    assert [path for path in paths if not any(path in text for text in told)] == []


def test_whatever_takes_a_body_names_what_is_refused_of_its_pace_and_size(home: Path) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        paths = create_app(base).openapi()["paths"]
    taking = {
        f"{method} {path}": set(operation["responses"])
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }
    assert taking
    assert [
        each
        for each, named in taking.items()
        if not {"408", "413"} <= named and "4XX" not in named  # as OpenAI's routes name them
    ] == []


def test_every_status_that_a_route_names_is_explained() -> None:
    sources = (DOCS.parent / "api" / "routes").glob("*.py")
    named = {
        status
        for source in sources
        for call in re.findall(r"responses\(([\d, ]+)\)", source.read_text())
        for status in call.split(", ")
    }
    page = (DOCS / "http.md").read_text()
    assert {status for status in named if f"\n| {status} |" not in page} == set()
