"""What the documentation shows is run, and what it links to is there."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from api import KnowledgeBase
from tests.api.doors import served

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "data" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
ADDRESS = "http://127.0.0.1:8000"
LONG_BYTES = 6_000
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def examples() -> Iterator[object]:
    for page in PAGES:
        for number, fence in enumerate(FENCE.findall(page.read_text()), start=1):
            yield pytest.param(fence, id=f"{page.relative_to(ROOT)}-{number}")


@pytest.fixture(autouse=True)
def _no_loop_left_open() -> Iterator[None]:
    """LlamaIndex makes an event loop for its caller, and never closes it."""
    yield
    with suppress(RuntimeError):  # there is none
        asyncio.get_event_loop_policy().get_event_loop().close()
    asyncio.set_event_loop_policy(None)


@contextmanager
def serving(code: str) -> Iterator[str]:
    """Let an example that names the server's address find one, at a port that is free."""
    if ADDRESS not in code:
        yield code
        return
    with KnowledgeBase.open() as base:
        running = served(base)
        try:
            yield code.replace(ADDRESS, str(running.client.base_url))
        finally:
            running.stop()


def unneeded(folder: str, names: list[str]) -> list[str]:
    """Name what examples need not take in: all of it takes the packaged model most of a minute."""
    found = [Path(folder, each) for each in names]
    return [each.name for each in found if each.is_dir() or each.stat().st_size > LONG_BYTES]


@pytest.mark.parametrize("code", list(examples()))
def test_every_python_example_runs(
    code: str, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=unneeded)
    shutil.copytree(ROOT / "data" / "samples", tmp_path / "data" / "samples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ELDERS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ELDERS_MODELS_DIR", str(models_dir))
    with serving(code) as served_code:
        exec(compile(served_code, "example", "exec"), {"__name__": "example"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_opens_with_two_commands_that_the_makefile_has() -> None:
    first = re.search(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert first is not None
    commands = [line.split("#")[0].strip() for line in first[1].strip().splitlines()]
    assert commands == ["make demo", "make test"]
    targets = (ROOT / "Makefile").read_text()
    assert all(f"\n{command.split()[1]}:" in targets for command in commands)


def test_every_attack_that_the_page_of_security_lists_has_its_tests() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    named = re.findall(r"^\|.*\| `(tests/[a-z_/]+\.py)` \|$", page, re.MULTILINE)
    assert len(named) > 10
    assert [each for each in named if not (ROOT / each).is_file()] == []
