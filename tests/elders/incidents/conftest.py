"""The guild's store, a clock, and a platform that is really served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import elders.incidents.opening  # noqa: F401 - defines the tables
from api import KnowledgeBase
from api.guarding import guarded
from api.security.opening import opened_keyring
from elders.store import open_store
from foundation.database.database import Database
from foundation.security.policy import Role, access
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings
from tests.api.doors import served
from tests.elders.incidents.given import Watch


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = open_store(tmp_path / "guild")
    yield database
    database.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@dataclass(frozen=True, slots=True)
class Served:
    """A platform that is served with its layers: its address, and a key of an administrator."""

    url: str
    key: str
    client: httpx.Client


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("platform")
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as base:
        with opened_keyring(home) as keyring:
            key = keyring.create("sage", Role.ADMIN, access(["*"], ["*"]), actor="t").text
        settings = load_settings(home=home, embedder="hashing", database_url=None)
        with guarded(base, settings, load_security_settings()) as app:
            running = served(base, app=app)
            running.client.headers["authorization"] = f"Bearer {key}"
            yield Served(str(running.client.base_url), key, running.client)
            running.stop()
