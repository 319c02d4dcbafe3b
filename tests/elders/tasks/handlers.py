"""Handlers for workers that tests start as processes; they tell by files what they do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from elders.tasks.worker import Job, TaskHandler


async def wait(job: Job) -> object:
    """Tell that it began, and wait until it may end."""
    folder = Path(str(job.task.body["folder"]))
    await asyncio.to_thread(_append, folder / "began", f"{job.token}\n")
    while not await asyncio.to_thread((folder / "go").exists):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    return {"pid": os.getpid(), "token": job.token}


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line)


HANDLERS: Mapping[str, TaskHandler] = {"wait": wait}
