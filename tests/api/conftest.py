"""What tests of the doors share: a home of their own, commands in this process, a server."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from api import KnowledgeBase
from api.cli import main
from tests.api.doors import Answer, Elders, Served, served
from tests.api.teaching import opened


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The home that every door opens, with an embedder that needs no model."""
    home = tmp_path / "home"
    monkeypatch.delenv("ELDERS_DATABASE_URL", raising=False)
    monkeypatch.setenv("ELDERS_HOME", str(home))
    monkeypatch.setenv("ELDERS_EMBEDDER", "hashing")
    monkeypatch.setenv("ELDERS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("ELDERS_DATABASE_POOL_MIN_CONNECTIONS", "1")
    monkeypatch.setenv("COLUMNS", "200")
    return home


@pytest.fixture
def elders(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Elders]:
    """Run a command in this process, as `main` does it."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    logged = logging.getLogger().handlers[:]

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr("sys.argv", ["elders", *arguments])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        said = capsys.readouterr()
        return Answer(status, said.out, said.err)

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
    logging.getLogger().handlers[:] = logged
    structlog.reset_defaults()


@pytest.fixture
def base(home: Path) -> Iterator[KnowledgeBase]:
    """An open knowledge base with its followers at work."""
    with KnowledgeBase.open(home) as base:
        yield base


@pytest.fixture(scope="session")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Reach a server of many tests, which ask only for what it refuses: it stays empty."""
    with opened(tmp_path_factory.mktemp("refusing"), background=True) as base:
        running = served(base)
        yield running.client
        running.stop()


@pytest.fixture
def serve() -> Iterator[Callable[[KnowledgeBase], Served]]:
    """Serve a knowledge base on a port of this machine, as the server does."""
    ends: list[Served] = []

    def start(base: KnowledgeBase) -> Served:
        ends.append(served(base))
        return ends[-1]

    yield start
    for end in ends:
        end.stop()
