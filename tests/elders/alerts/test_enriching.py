from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from pydantic import SecretStr

from elders.alerts.enriching import PlatformEnricher
from elders.alerts.model import Kind, Notice
from elders.alerts.wording import body_of, text_of
from elders.platform import Platform
from foundation.clock import system_clock
from tests.api.doors import Served, served
from tests.api.teaching import opened
from tests.elders.alerts.conftest import notice
from tests.elders.alerts.sinks.receiving import HttpServer, http_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with opened(tmp_path / "home", background=True) as base:
        running = served(base)
        yield running
        running.stop()


def enriched(url: str, told: Notice) -> Notice:
    async def main() -> Notice:
        async with Platform(url, SecretStr("k-1")) as platform:
            with blockbuster_ctx():
                return await PlatformEnricher(platform).enrich(told)

    return asyncio.run(main())


def test_a_notice_gets_a_runbook_and_recent_changes_from_the_platform(
    server: Served,
) -> None:
    client = server.client
    document = {"source_id": "runbooks/db.md", "title": "Slow db", "text": "Runbook: restart db."}
    assert client.post("/v1/documents", json={"documents": [document]}).status_code == 200
    told = notice(opened_at=system_clock())
    found = enriched(str(client.base_url), told)
    assert found.runbook[0] == "Slow db: Runbook: restart db."
    assert "document.added default: " in found.changes[0]
    assert "runbook: Slow db" in text_of(found)
    json.dumps(body_of(found))
    old = replace(told, opened_at=type(told.opened_at)(told.opened_at + 7_200_000_000))
    assert not enriched(str(client.base_url), old).changes
    ended = replace(told, kind=Kind.RESOLVED)
    assert enriched(str(client.base_url), ended) == ended


@pytest.mark.parametrize(
    "status", ["200 OK", "500 Oh", "403 No", "302 Elsewhere", "429 Slowly", "404 None"]
)
def test_a_platform_that_fails_leaves_the_notice_as_it_was(status: str) -> None:
    async def main() -> None:
        server = HttpServer([status] * 9, answer=lambda _: b'{"odd": true}')
        async with http_server(server):
            async with Platform(server.url, SecretStr("k-1")) as platform:
                found = await PlatformEnricher(platform).enrich(notice())
            assert found == replace(notice(), runbook=(), changes=())
        assert {each.headers["authorization"] for each in server.requests} == {"Bearer k-1"}

    asyncio.run(main())


def test_a_platform_that_is_slow_holds_no_notice_back() -> None:
    async def main() -> None:
        async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        listening = await asyncio.start_server(never, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with listening, Platform(url) as platform:
            enricher = PlatformEnricher(platform, timeout_seconds=0.02)
            assert (await enricher.enrich(notice())).runbook == ()

    asyncio.run(main())
