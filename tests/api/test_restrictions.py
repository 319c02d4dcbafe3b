"""Restrictions over HTTP, with the layers of a server around the app."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import KnowledgeBase
from api.guarding import guarded
from api.security.opening import opened_keyring
from foundation.security.policy import Role, access
from foundation.security.restrictions import FILE
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings
from tests.api.doors import served

SOON_SECONDS = 30.0


@pytest.fixture
def client(base: KnowledgeBase, home: Path) -> Iterator[httpx.Client]:
    """Reach a guarded server with an administrator's key."""
    with opened_keyring(home) as keyring:
        key = keyring.create("sage", Role.ADMIN, access(["*"], None), actor="t").text
    with guarded(base, load_settings(home=home), load_security_settings()) as app:
        running = served(base, app=app)
        running.client.headers["authorization"] = f"Bearer {key}"
        yield running.client
        running.stop()


def pushed(client: httpx.Client) -> int:
    note = {"documents": [{"source_id": "a.md", "text": "The okapi sleeps standing"}]}
    return client.post("/v1/documents", json=note).status_code


def wait_for(client: httpx.Client, status: int) -> bool:
    """Push until the answer is this one: the layers look at the file every second."""
    until = time.monotonic() + SOON_SECONDS
    while time.monotonic() < until:
        if pushed(client) == status:
            return True
        time.sleep(0.05)
    return False


def test_a_lockdown_holds_soon_and_is_undone_by_what_was_before(
    client: httpx.Client, home: Path
) -> None:
    locked = client.put(
        "/v1/admin/restrictions", json={"read_only": True, "reason": "a storm", "seconds": 600}
    ).json()
    assert locked["before"] == {
        "rate_factor": 1.0, "read_only": False, "suspended": [], "reason": "", "until": None,
    }  # fmt: skip
    assert wait_for(client, 503)
    assert client.get("/v1/admin/restrictions").json() == locked["now"]
    assert client.post("/v1/search", json={"query": "okapi"}).status_code == 200
    assert client.delete("/v1/admin/restrictions").json()["before"] == locked["now"]
    assert wait_for(client, 200)
    assert not (home / FILE).exists()


def test_an_automatic_restricts_beside_an_administrator_and_lifts_its_own(
    client: httpx.Client, home: Path
) -> None:
    place, throttle = "/v1/admin/restrictions", {"automatic": "throttle"}
    client.put(place, json={"rate_factor": 0.5, "reason": "a backup"})
    mine = client.put(place, params=throttle, json={"rate_factor": 0.25, "seconds": 60}).json()
    assert mine["before"]["rate_factor"] == 1.0
    assert client.get(place).json()["rate_factor"] == 0.25
    assert client.get(place, params=throttle).json() == mine["now"]
    assert client.delete(place, params=throttle).json()["before"] == mine["now"]
    assert client.get(place).json()["reason"] == "a backup"
    client.put(place, params=throttle, json={"rate_factor": 0.25, "seconds": 60})
    assert client.delete(place).json()["now"]["rate_factor"] == 1.0
    assert list(home.glob("restrictions*")) == []
    assert client.get(place, params={"automatic": "../x"}).status_code == 422


def test_what_can_not_be_meant_is_refused(client: httpx.Client) -> None:
    for wrong in ({"rate_factor": 0}, {"read_only": "?"}, {"surprise": 1}, {"seconds": -1}):
        assert client.put("/v1/admin/restrictions", json=wrong).status_code == 422


def test_who_asks_can_not_suspend_itself(client: httpx.Client, home: Path) -> None:
    with opened_keyring(home) as keyring:
        (key,) = keyring.list()
    answer = client.put("/v1/admin/restrictions", json={"suspended": [key.principal.id]})
    assert answer.status_code == 422
    assert "itself" in answer.json()["detail"]


def test_a_file_that_can_not_be_read_is_told_and_lifted(client: httpx.Client, home: Path) -> None:
    (home / "restrictions.json").write_text("{")
    told = client.get("/v1/admin/restrictions")
    assert (told.status_code, told.json()["read_only"]) == (200, True)
    changed = client.delete("/v1/admin/restrictions").json()
    assert (changed["before"]["read_only"], changed["now"]["read_only"]) == (True, False)
    assert not (home / "restrictions.json").exists()
