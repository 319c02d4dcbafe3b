"""A knob of a real platform."""

from __future__ import annotations

from pathlib import Path

from elders.improving.knobs import CacheKnob
from elders.improving.model import Knob
from elders.improving.records import OPEN, Trial
from elders.platform import Platform
from foundation.clock import Micros
from tests.api.doors import served
from tests.api.teaching import opened
from tests.elders.transports.buses import run


def test_the_platforms_cache_is_turned_and_turned_back_as_far_as_is_allowed(tmp_path: Path) -> None:
    read: list[Knob] = []

    async def work(address: str) -> None:
        platform = Platform(address)
        knob = CacheKnob(platform)
        read.append(await knob.read())
        await knob.turn(5_000_000.0)
        read.append(await knob.read())
        await knob.turn_back(Trial(1, "", "", "", 1e12, 5e6, Micros(1), OPEN, None))
        read.append(await knob.read())
        await platform.close()

    with opened(tmp_path / "home", cache_bytes=20_000_000) as base:
        running = served(base)
        try:
            run(work(str(running.client.base_url)))
        finally:
            running.stop()
    assert [(each.value, each.least, each.most) for each in read] == [
        (2e7, 1e6, 2e7), (5e6, 1e6, 2e7), (2e7, 1e6, 2e7),
    ]  # fmt: skip
