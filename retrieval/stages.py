"""How long each stage of a search takes."""

from __future__ import annotations

import time
from collections.abc import Mapping

from foundation.operations.tracing import passed


class Stages:
    """A stopwatch of one search: each lap is what passed since the one before, and a span."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """End a stage; of two with one name the times are added."""
        now = time.perf_counter()
        self._laps[name] = self._laps.get(name, 0.0) + (now - self._last) * 1e3
        passed(f"search.{name}", now - self._last)
        self._last = now

    def milliseconds(self) -> Mapping[str, float]:
        """Answer what each stage took, in their order, and all together as `total`."""
        return {**self._laps, "total": (self._last - self._began) * 1e3}
