"""What docs/openai.md shows is run, against a server of the test's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from api import KnowledgeBase
from api.app import create_app
from tests.api.doors import Served

PAGE = (Path(__file__).parents[3] / "docs" / "openai.md").read_text()


def test_the_example_runs(
    base: KnowledgeBase,
    serve: Callable[..., Served],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (code,) = re.findall(r"^```py\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    address = str(serve(base).client.base_url).rstrip("/")
    code = code.replace("http://127.0.0.1:8000", address)
    assert address in code
    (tmp_path / "handbook.md").write_text("# Backups\n\nBackups are kept for ninety days.")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, "example", "exec"), names)
    names["client"].close()  # type: ignore[attr-defined] # the example's
    assert re.match(r"handbook\.md 0\.\d+ # Backups", capsys.readouterr().out)


def test_every_route_is_on_the_page(base: KnowledgeBase) -> None:
    paths = create_app(base).openapi()["paths"]
    theirs = {
        path
        for path, methods in paths.items()
        for operation in methods.values()
        if operation.get("tags") == ["openai"]
    }
    assert len(theirs) > 10
    assert {path for path in theirs if f"{path}`" not in PAGE} == set()
