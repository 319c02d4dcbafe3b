"""What a worker does with what its owner tells it."""

from __future__ import annotations

import threading
from pathlib import Path

from prometheus_client import CollectorRegistry

from api import KnowledgeBase
from api.breaking import BreakerCounts
from api.workers.opening import _watch


def test_a_worker_remembers_as_much_as_its_owner_said_before_it_began_and_since(home: Path) -> None:
    seen = []

    with (
        KnowledgeBase.open(home, background=False) as owner,
        KnowledgeBase.open(home, read_only=True) as worker,
    ):

        class Ended(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                """Have the owner say something else before the last look."""
                assert timeout
                seen.append(worker.cache.size.most_bytes)
                owner.cache.resize(1_000_000)
                return True

        owner.cache.resize(2_000_000)
        _watch(worker, Ended(), BreakerCounts(CollectorRegistry(), owner.platform.parts.breakers))
        seen.append(worker.cache.size.most_bytes)
    assert seen == [2_000_000, 1_000_000]
