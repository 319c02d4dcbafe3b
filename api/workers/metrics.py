"""Counting in several processes at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def counted_together() -> Iterator[None]:
    """Have this process, and those that it starts, count in files which `served` adds up.

    It must begin before anything is counted. Files of processes that ended are kept: a total
    never falls.
    """
    with tempfile.TemporaryDirectory(prefix="elders-metrics-") as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]


def served(own: CollectorRegistry) -> CollectorRegistry:
    """Answer the registry whose metrics are to be shown: where many count, the sum of all."""
    if _FOLDER not in os.environ:
        return own
    from prometheus_client import CollectorRegistry

    together = CollectorRegistry()
    together.register(_Together(own))
    return together


class _Together:
    """Adds up what all processes counted; what is so now is told of those alone that live."""

    def __init__(self, own: CollectorRegistry) -> None:
        from prometheus_client.multiprocess import MultiProcessCollector

        self._own = own
        self._files = MultiProcessCollector(None)  # type: ignore[no-untyped-call]

    def collect(self) -> Iterable[Metric]:
        """Read the files, after this process wrote into its own what it writes when it is read."""
        for _ in self._own.collect():
            pass
        _forget_the_dead(Path(os.environ[_FOLDER]))
        found: Iterable[Metric] = self._files.collect()  # type: ignore[no-untyped-call]
        return found


def _forget_the_dead(folder: Path) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    for number in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")}:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            mark_process_dead(number)  # type: ignore[no-untyped-call]
