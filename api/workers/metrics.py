"""Counting in several processes at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

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
    from prometheus_client.multiprocess import MultiProcessCollector

    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
