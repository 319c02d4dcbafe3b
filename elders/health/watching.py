"""Looking at the tree again and again, from one of its processes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog

from elders.health.guild import GuildWatch, Sleep, judge_guild
from elders.health.report import Report, write_report
from foundation.errors import GuildError

_log = structlog.get_logger(__name__)

_PERIOD_SECONDS: Final = 300.0


async def watch(guild: GuildWatch, folder: Path, *, sleep: Sleep = asyncio.sleep) -> None:
    """Look every five minutes, and write what was found for the platform's doors to tell.

    Args:
        guild: what to look at.
        folder: the guild's, in the platform's home: `HOME/guild`.
        sleep: how to wait.
    """
    while True:
        try:
            reading = await guild.look()
            layer = judge_guild(reading)
            await asyncio.to_thread(write_report, folder, Report(reading.at, layer))
            _log.info("health.looked", guild=layer.status)
        except GuildError as error:
            _log.error("health.unavailable", reason=str(error))
        await sleep(_PERIOD_SECONDS)
