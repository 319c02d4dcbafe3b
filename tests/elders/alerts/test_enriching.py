from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from elders.alerts.enriching import PlatformEnricher
from elders.alerts.model import Kind, Notice
from elders.alerts.wording import body_of, text_of
from foundation.breaker import Breakers
from foundation.clock import system_clock
from foundation.errors import InvalidInput
from tests.api.doors import Served, served
from tests.api.teaching import opened
from tests.elders.alerts.conftest import notice
from tests.elders.alerts.sinks.receiving import HttpServer, Request, http_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with opened(tmp_path / "home", background=True) as base:
        running = served(base)
        yield running
        running.stop()


def enriched(url: str, told: Notice, *, times: int = 1, **more: float) -> Notice:
    async def main() -> Notice:
        enricher = PlatformEnricher(url, key="k-1", breakers=Breakers(), **more)
        with blockbuster_ctx():
            for _ in range(times):
                found = await enricher.enrich(told)
        await enricher.close()
        return found

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
            enricher = PlatformEnricher(server.url, key="k-1", breakers=Breakers())
            assert await enricher.enrich(notice()) == replace(notice(), runbook=(), changes=())
            await enricher.close()
        assert {each.headers["authorization"] for each in server.requests} == {"Bearer k-1"}

    asyncio.run(main())


@pytest.mark.parametrize("address", ["", "ftp://a", "http://", "http://a:b:c"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="the platform's address"):
        PlatformEnricher(address, breakers=Breakers())


def test_a_platform_that_is_slow_or_away_is_left_alone_after_a_while() -> None:
    async def main() -> None:
        asked: list[Request] = []

        async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(Request("", {}, await reader.readuntil(b"\r\n\r\n")))
            await reader.read()
            writer.close()

        listening = await asyncio.start_server(never, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with listening:
            enricher = PlatformEnricher(url, breakers=Breakers(), timeout_seconds=0.02)
            for _ in range(6):
                assert (await enricher.enrich(notice())).runbook == ()
            await enricher.close()
        assert len(asked) <= 6

    asyncio.run(main())
