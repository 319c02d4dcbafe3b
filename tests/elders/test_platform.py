"""The platform as the Sages reach it: a real server, with keys, restarts and refusals."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from elders.learned import Cursor, FileCursor, PatternFeed
from elders.platform import Platform
from foundation.breaker import Breakers, Phase
from foundation.errors import InvalidInput, QuotaExceeded, Unavailable
from tests.api.doors import Served, served
from tests.api.teaching import opened
from tests.elders.alerts.sinks.receiving import HttpServer, http_server
from tests.elders.transports.buses import run


@pytest.fixture
def server(learned_template: Path, tmp_path: Path) -> Iterator[Served]:
    with opened(shutil.copytree(learned_template, tmp_path / "home")) as base:
        running = served(base)
        yield running
        running.stop()


@pytest.fixture
def platform(server: Served) -> Platform:
    return Platform(str(server.client.base_url))


DOCUMENT = {"source_id": "a.md", "text": "# Door\n\nThe door opens at nine."}


def test_patterns_come_page_by_page_and_a_cursor_of_another_time_begins_anew(
    platform: Platform,
) -> None:
    async def work() -> None:
        everything = await platform.patterns(Cursor(0, 0), 1_000)
        first = await platform.patterns(Cursor(0, 0), 2)
        rest = await platform.patterns(first.cursor, 1_000)
        assert [*first.patterns, *rest.patterns] == list(everything.patterns)
        restored = await platform.patterns(Cursor(10**9, 0), 1_000)
        purged = await platform.patterns(Cursor(first.cursor.seq, 7), 1_000)
        assert restored == purged == everything
        await platform.close()

    run(work())


def test_a_push_is_done_once_for_its_key_and_another_request_under_it_is_refused(
    platform: Platform, server: Served
) -> None:
    async def work() -> None:
        for _ in range(2):
            assert await platform.push("learnings", [DOCUMENT], key="one") == [("a.md", "added")]
        with pytest.raises(InvalidInput, match="Idempotency-Key"):
            await platform.push("learnings", [{**DOCUMENT, "text": "Other."}], key="one")
        with pytest.raises(InvalidInput, match="documents were not taken"):
            await platform.push("learnings", [{**DOCUMENT, "text": ""}], key="two")
        assert "elders_head_seq" in await platform.metrics()
        await platform.close()

    run(work())
    listed = server.client.get("/v1/documents", params={"collection": "learnings"}).json()
    assert [each["version"] for each in listed["documents"]] == [1]


def test_a_server_that_is_away_is_tried_a_few_times_then_told() -> None:
    waits: list[float] = []

    async def rest(seconds: float) -> None:
        waits.append(seconds)

    async def work() -> None:
        platform = Platform("http://127.0.0.1:1", sleep=rest)
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
            await platform.search("door", 3)
        await platform.close()

    run(work())
    assert len(waits) == 4


def test_whoever_wants_to_be_asked_less_is_not_taken_for_away() -> None:
    async def work() -> None:
        breakers = Breakers()
        server = HttpServer(["429 Slowly"] * 6 + ["503 No"] * 5)
        async with http_server(server), Platform(server.url, breakers=breakers) as platform:
            for _ in range(6):
                with pytest.raises(QuotaExceeded):
                    await platform.ask("GET", "v1/cache")
            (breaker,) = breakers.all()
            assert (breaker.circuit.phase, breaker.counts.failed) == (Phase.CLOSED, 0)
            for _ in range(5):
                with pytest.raises(Unavailable):
                    await platform.ask("GET", "v1/cache")
            assert breaker.circuit.phase is Phase.OPEN

    asyncio.run(work())


def test_all_doors_to_a_platform_share_its_breaker() -> None:
    breakers, url = Breakers(), "http://127.0.0.1:1"
    feed = PatternFeed(url, FileCursor(Path("none")), breakers=breakers)
    feed.close()
    asyncio.run(Platform(url, breakers=breakers).close())
    assert [each.name for each in breakers.all()] == ["platform at 127.0.0.1:1"]


@pytest.mark.parametrize("address", ["nowhere", "", "/v1", "ftp://a", "http://", "http://a:b:c"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="address"):
        Platform(address)
