"""What this machine and a process of it are at, by psutil."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psutil

from elders.incidents.model import Series

_PERCENT: Final = 100.0


class Host:
    """Reads the machine and a process; calls block for milliseconds: use a thread.

    Args:
        folder: whose disk is told of.
        pid: of the process; this one by default.
    """

    def __init__(self, folder: Path, *, pid: int | None = None) -> None:
        self._folder = folder
        self._pid = pid or os.getpid()
        self._process: psutil.Process | None = None
        psutil.cpu_percent()

    def read(self) -> dict[Series, float]:
        """Measure the host, and the process as long as there is one.

        `host.cpu`, `memory`, `swap` and `disk` are percentages, `host.load` is the load of the last
        minute for each core.
        """
        memory, disk = psutil.virtual_memory(), psutil.disk_usage(str(self._folder))
        found = {
            "host.cpu": psutil.cpu_percent(),
            "host.memory": _PERCENT * (1 - memory.available / memory.total),
            "host.swap": psutil.swap_memory().percent,
            "host.disk": disk.percent,
            "host.load": psutil.getloadavg()[0] / (psutil.cpu_count() or 1),
        }
        return {Series(name): value for name, value in (found | self._of_process()).items()}

    def _of_process(self) -> dict[str, float]:
        try:
            if self._process is None:
                self._process = psutil.Process(self._pid)
                self._process.cpu_percent()
            process = self._process
            with process.oneshot():
                return {
                    "process.cpu": process.cpu_percent(),
                    "process.memory_bytes": float(process.memory_info().rss),
                    "process.threads": float(process.num_threads()),
                    "process.files": float(process.num_fds()),
                }
        except psutil.Error:
            self._process = None
            return {}


Reader = Callable[[], Mapping[Series, float]]
"""Reads something of this machine; it may block."""
