"""The machine: disk, memory and load."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from elders.health.model import Check, Layer, advised, graded
from foundation.errors import Unavailable

SYSTEM: Final = "system"

_GIB: Final = 1024**3
_FULL: Final = (0.85, 0.95)
_MEMORY: Final = (0.85, 0.95)
_LOAD: Final = (1.5, 4.0)
"""Load of a core."""


@dataclass(frozen=True, slots=True)
class SystemReading:
    """What the machine has left.

    Attributes:
        disk_used: of the disk, 0 to 1.
        memory_used: of the memory, 0 to 1; what caches could give back counts as free.
        load: processes that want to run, the mean of five minutes, for each core.
    """

    disk_used: float
    disk_free_bytes: int
    memory_used: float
    memory_free_bytes: int
    load: float


def read_system(folder: Path) -> SystemReading:
    """Look at this machine, and at the disk on which a folder lies. It takes a millisecond.

    Raises:
        Unavailable: the disk does not answer.
    """
    try:
        disk = psutil.disk_usage(str(folder))
    except OSError as error:
        raise Unavailable(f"the disk of {folder} can't be asked: {error.strerror}") from error
    memory = psutil.virtual_memory()
    return SystemReading(
        disk_used=disk.percent / 100,
        disk_free_bytes=disk.free,
        memory_used=memory.percent / 100,
        memory_free_bytes=memory.available,
        load=psutil.getloadavg()[1] / (os.cpu_count() or 1),
    )


def judge_system(reading: SystemReading) -> Layer:
    """Judge what the machine has left."""
    free = reading.disk_free_bytes / _GIB
    disk = Check(
        "disk",
        graded(reading.disk_used, *_FULL),
        f"{reading.disk_used:.0%} used, {free:.1f} GiB free",
        "Free disk space, or give the home a larger disk.",
    )
    memory = Check(
        "memory",
        graded(reading.memory_used, *_MEMORY),
        f"{reading.memory_used:.0%} used, {reading.memory_free_bytes / _GIB:.1f} GiB free",
        "Shrink caches (ELDERS_CACHE_BYTES) or run fewer workers, or give the machine more memory.",
    )
    load = Check(
        "load",
        graded(reading.load, *_LOAD),
        f"{reading.load:.2f} for each core",
        "Run fewer workers, or give the machine more cores.",
    )
    return Layer(SYSTEM, [advised(each) for each in (disk, memory, load)])
