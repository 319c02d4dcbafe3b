"""The platform as the Sages reach it: a real server, with keys, restarts and refusals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from elders.learned import Cursor
from elders.platform import Platform
from foundation.errors import InvalidInput, Unavailable
from tests.api.doors import Served, served
from tests.api.teaching import opened
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


@pytest.mark.parametrize("address", ["nowhere", "", "/v1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="address"):
        Platform(address)
