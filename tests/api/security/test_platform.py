from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from blockbuster import blockbuster_ctx

from api import KnowledgeBase
from api.app import create_app
from api.security.layers import Layers
from api.security.opening import Security, open_security
from foundation.security.policy import Role, access
from foundation.security.settings import load_security_settings
from ingest.model import Record


@pytest.fixture
def security(base: KnowledgeBase) -> Iterator[Security]:
    parts = base.platform.parts
    security = open_security(
        parts.home.path, parts.database, settings=load_security_settings(), clock=parts.clock
    )
    yield security
    security.close()


async def asked(
    base: KnowledgeBase, security: Security, requests: list[tuple[str, str, dict[str, object]]]
) -> list[httpx.Response]:
    app = Layers(create_app(base), guard=security.guard)
    issued = security.keyring.create("t", Role.WRITER, access(["*"], []), actor="t")
    headers = {"authorization": f"Bearer {issued.text}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        with blockbuster_ctx():
            return [
                await client.request(method, path, json=body or None, headers=headers)
                for method, path, body in requests
            ]


def test_the_platform_answers_behind_the_layers(
    base: KnowledgeBase, security: Security, home: Path
) -> None:
    base.ingest([Record("a", text="Rolling back is done by the release tool.")])
    pushed: dict[str, object] = {
        "documents": [{"source_id": "b", "text": "Backups are made at night."}]
    }
    answers = asyncio.run(
        asked(
            base,
            security,
            [
                ("POST", "/v1/documents", pushed),
                ("POST", "/v1/search", {"query": "backups", "mode": "lexical"}),
                ("GET", "/openapi.json", {}),
                ("GET", "/v1/graph/export", {}),
                ("GET", "/v1/nothing", {}),
                ("PUT", "/v1/search", {}),
            ],
        )
    )
    assert [each.status_code for each in answers] == [200, 200, 200, 403, 404, 405]
    assert answers[1].json()["hits"]
    assert all("ratelimit" in each.headers for each in answers)
    assert (home / "key_pepper").is_file()
