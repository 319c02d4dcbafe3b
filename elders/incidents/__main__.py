"""The Incident Sage as a process.

    ELDERS_INCIDENT_KEY=... python -m elders.incidents --url http://127.0.0.1:8000 --folder FOLDER

The key is of the role admin, for all collections and labels; it may be a secret in a file. SIGTERM
and SIGINT end it. Messages go by RabbitMQ where ELDERS_BUS_URL names one; else findings and what
was done are in the log alone.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import structlog

from elders.guild.settings import database_url, load_guild_settings
from elders.incidents.model import Finding
from elders.incidents.monitoring import INTERVAL_SECONDS
from elders.incidents.opening import open_sage
from elders.platform import Platform
from elders.store import open_store
from elders.transports.opening import open_transport
from elders.transports.settings import load_bus_settings
from foundation.clock import system_clock
from foundation.errors import GuildError

_log = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; answer 0, or 1 after an error."""
    asked = _parser().parse_args(arguments)
    try:
        asyncio.run(_work(asked))
    except GuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _work(asked: argparse.Namespace) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    settings, bus = load_guild_settings(), load_bus_settings()
    store = await asyncio.to_thread(open_store, asked.folder, database_url(settings))
    with closing(store):
        transport = await asyncio.to_thread(open_transport, bus, store, clock=system_clock)
        door = await asyncio.to_thread(Platform, asked.url, settings.incident_key)
        async with door as platform:
            sage = await asyncio.to_thread(
                open_sage, store, transport, platform, asked.folder,
                interval_seconds=asked.interval_seconds, dry_run=asked.dry_run,
                hand_over=_say, pid=asked.pid,
            )  # fmt: skip
            try:
                await sage.run(stop)
            finally:
                await transport.close()


async def _say(findings: Sequence[Finding]) -> None:
    for each in findings:
        _log.warning(
            "incident.finding",
            severity=each.severity.value,
            confidence=round(each.confidence, 2),
            reason=each.reason,
            over=each.over,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m elders.incidents", description="Run the Incident Sage."
    )
    parser.add_argument("--url", required=True, help="of the platform")
    parser.add_argument("--folder", type=Path, required=True, help="where guild.db lies")
    parser.add_argument("--interval-seconds", type=float, default=INTERVAL_SECONDS)
    parser.add_argument("--pid", type=int, default=None, help="of the process to watch")
    parser.add_argument("--dry-run", action="store_true", help="plan actions, and take none")
    return parser


if __name__ == "__main__":
    sys.exit(main())
