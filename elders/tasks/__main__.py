"""A worker as a process, over the guild's store.

    python -m elders.tasks --folder FOLDER --name servant.NAME --handlers MODULE:NAME

MODULE:NAME is a mapping of kinds of tasks to handlers. SIGTERM and SIGINT have it end what it is at
and go. ELDERS_GUILD_DATABASE_URL names a PostgreSQL database in place of the folder's file.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

from elders.guild.settings import database_url
from elders.levels import elder
from elders.store import open_store
from elders.tasks.assigning import Assigning
from elders.tasks.desk import StoreDesk
from elders.tasks.model import Worker, read_worker
from elders.tasks.worker import Handlers, WorkerLoop
from foundation.clock import system_clock
from foundation.errors import GuildError, InvalidInput


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one; answer 0, or 1 after an error."""
    asked = _parser().parse_args(arguments)
    try:
        asyncio.run(_work(asked))
    except GuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def find_handlers(place: str) -> Handlers:
    """Import a mapping of handlers.

    Raises:
        InvalidInput: there is none.
    """
    module, _, name = place.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidInput(f"no handlers at {place!r} ({error}): name MODULE:NAME") from error
    if not isinstance(found, Mapping) or not all(callable(each) for each in found.values()):
        raise InvalidInput(f"{place!r} is no mapping of kinds of tasks to handlers")
    return cast("Handlers", found)


def find_worker(name: str, capabilities: Sequence[str], slots: int) -> Worker:
    """Read who this is to be; a capability is written NAME=LEVEL.

    Raises:
        InvalidInput: it can't be.
    """
    elder(name)
    levels = {}
    for each in capabilities:
        what, _, level = each.partition("=")
        try:
            levels[what] = float(level or 1)
        except ValueError:
            raise InvalidInput(f"the capability {each!r} is not NAME=LEVEL, as sql=0.8") from None
    return read_worker({"name": name, "capabilities": levels, "slots": slots})


async def _work(asked: argparse.Namespace) -> None:
    handlers = find_handlers(asked.handlers)
    worker = find_worker(asked.name, asked.capability, asked.slots)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    if asked.until_stdin_ends:
        try:
            loop.add_reader(sys.stdin.fileno(), _read_on, loop, stop)
        except OSError as error:
            raise InvalidInput("--until-stdin-ends needs a pipe as standard input") from error
    store = await asyncio.to_thread(open_store, asked.folder, database_url())
    with closing(store):
        desk = StoreDesk(Assigning(store, clock=system_clock), worker.name)
        working = WorkerLoop(
            desk,
            worker,
            handlers,
            poll_seconds=asked.poll_seconds,
            beat_seconds=asked.beat_seconds,
        )
        await working.run(stop)


def _read_on(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Skip what comes on standard input; at its end whoever started this is gone."""
    if not os.read(sys.stdin.fileno(), 1_024):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m elders.tasks", description="Run a worker.")
    parser.add_argument("--folder", type=Path, required=True, help="where guild.db lies")
    parser.add_argument("--name", required=True, help="servant. and a name that no other has")
    parser.add_argument("--handlers", required=True, help="MODULE:NAME of a mapping by kind")
    parser.add_argument("--capability", action="append", default=[], metavar="NAME=LEVEL")
    parser.add_argument("--slots", type=int, default=1, help="tasks at once")
    parser.add_argument("--poll-seconds", type=float, default=0.2)
    parser.add_argument("--beat-seconds", type=float, default=5.0)
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="go as well when the starter is gone"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
