"""What attackers try first, by every role, against a real server: refused, and nothing happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.api.workers.teams import Team, started

ROLES = ("reader", "writer", "curator", "admin")
SQL = (
    "year'; DROP TABLE documents; --",
    '" OR "1"="1',
    "1) UNION SELECT key_hash FROM api_keys --",
    "a' || (SELECT 1) || '",
    "json_extract(metadata, '$.x')) OR (1=1",
    "%' ESCAPE '!",
)
ABROAD = ("../../etc/passwd", "..\\..\\windows", "/etc/passwd", "....//....//x", "%2e%2e%2fx")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("attacks")
    with started(folder / "home", folder / "log", workers=1) as team:
        yield team


@pytest.fixture(scope="module")
def keys(team: Team) -> dict[str, str]:
    """A key of each role that sees every collection, but only what has no label."""
    return {
        role: json.loads(team.command("keys", "create", role, "-c", "*", "--role", role, "--json"))[
            "key"
        ]
        for role in ROLES
    }


@pytest.fixture(params=ROLES)
def client(
    request: pytest.FixtureRequest, team: Team, keys: dict[str, str]
) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {keys[request.param]}"}
    with httpx.Client(base_url=team.address, headers=headers, timeout=60) as client:
        yield client


def is_intact(team: Team) -> bool:
    return len(team.ask("GET", "/v1/documents").json()["documents"]) >= 5


def refused(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    assert "traceback" not in answer.text.casefold()
    assert "sqlite" not in answer.text.casefold()


@pytest.mark.parametrize("text", SQL)
def test_sql_in_filters_is_a_name_or_a_value(client: httpx.Client, team: Team, text: str) -> None:
    names: list[dict[str, Any]] = [{text: 1}, {text: {"$gte": text}}, {"$or": [{text: 1}]}]
    values: list[object] = [text, {"$in": [text]}, {"$gt": text}]
    for given in names:
        refused(client.post("/v1/search", json={"query": "weather", "filter": given}), 422)
    for value in values:
        asked = {"query": "weather", "filter": {"number": value}}
        answer = client.post("/v1/search", json=asked)
        assert (answer.status_code, answer.json()["hits"]) == (200, [])
    refused(client.post("/v1/search", json={"query": "x", "collections": [text]}), 404)
    found = client.post("/v1/search", json={"query": text, "mode": "lexical"})
    assert found.status_code == 200
    assert is_intact(team)


@pytest.mark.parametrize("text", SQL)
def test_sql_in_orders_cursors_limits_and_ids_is_refused(
    client: httpx.Client, team: Team, text: str
) -> None:
    refused(client.get("/v1/files", params={"order": text}), 400, 403, 422)
    refused(client.get("/v1/vector_stores", params={"order": text}), 400, 403, 422)
    refused(client.get("/v1/documents", params={"cursor": text}), 422)
    refused(client.get("/v1/documents", params={"limit": text}), 422)
    refused(client.get(f"/v1/documents/{quote(text, safe='')}"), 404)
    refused(client.get(f"/v1/graph/entities/{quote(text, safe='')}"), 404)
    refused(client.get("/v1/graph/central", params={"by": text}), 422)
    assert is_intact(team)


def test_a_nul_is_refused_or_becomes_a_mark(client: httpx.Client, team: Team) -> None:
    nul = "wea\0ther"
    refused(client.get("/v1/documents/wea%00ther"), 404, 422)
    refused(client.get("/v1/graph/entities/wea%00ther"), 404, 422)
    refused(client.post("/v1/search", json={"query": "x", "collections": [nul]}), 404, 422)
    refused(client.post("/v1/search", json={"query": "x", "filter": {nul: 1}}), 422)
    assert client.post("/v1/search", json={"query": nul}).status_code in {200, 422}
    document = {"source_id": nul, "text": nul, "metadata": {nul: nul}}
    answer = client.post("/v1/documents", json={"documents": [document]})
    assert answer.status_code in {200, 403, 422}
    if answer.status_code == 200:
        assert [each["outcome"] for each in answer.json()["results"]] == ["failed"]
    assert is_intact(team)


@pytest.mark.parametrize("name", ["owner", "tenant", "principal", "role", "access", "user_id"])
def test_a_body_that_says_who_asks_or_what_is_unknown_is_refused(
    client: httpx.Client, name: str
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/v1/search": {"query": "x"},
        "/v1/answer": {"question": "x"},
        "/v1/documents": {"documents": [{"source_id": "x", "text": "x"}]},
        "/v1/jobs": {"documents": [{"source_id": "x", "text": "x"}]},
        "/v1/graph/subgraph": {"names": ["x"]},
        "/v1/feedback": {"kind": "useful", "query": "x"},
    }
    for path, body in bodies.items():
        answer = client.post(path, json={**body, name: "admin"})
        refused(answer, 403, 422)
        assert answer.status_code == 403 or name in answer.text, path
    document = {"source_id": "x", "text": "x", name: "admin"}
    refused(client.post("/v1/documents", json={"documents": [document]}), 403, 422)
    hidden = client.post("/v1/search", json={"query": "weather"}, params={name: "admin"})
    assert hidden.status_code in {200, 422}


@pytest.mark.parametrize("name", ABROAD)
def test_a_name_that_leads_elsewhere_is_a_name(team: Team, name: str) -> None:
    before = {each.name for each in team.home.parent.iterdir()}
    (known,) = team.push((name, "The lynx hunts at dusk."))
    assert team.ask("GET", f"/v1/documents/{known}").json()["source_id"] == name
    for path in (f"/v1/documents/{quote(name, safe='')}", f"/v1/documents/{name}"):
        answer = team.ask("GET", path)
        assert answer.status_code in {200, 404}
        assert "root:" not in answer.text
    uploaded = httpx.post(
        f"{team.address}/v1/files",
        files={"file": (name, b"lynx")},
        data={"purpose": "assistants"},
        headers={"authorization": f"Bearer {team.key}"},
        timeout=60,
    )
    assert uploaded.status_code in {200, 400}
    assert {each.name for each in team.home.parent.iterdir()} == before
    assert not Path("/etc/passwd").read_bytes().endswith(b"lynx")
