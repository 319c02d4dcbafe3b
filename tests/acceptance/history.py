"""Write and search at once, and look into the history: nothing stale, nothing of others.

    python -m tests.acceptance.history [--seconds 60] [--writers 8] [--readers 8]

Each writer owns a document in a collection of its own (and a team in its metadata), and writes
version after version; a version is noted once its write was acknowledged. Readers ask the same
few questions again and again, so that nearly all answers could come from the cache, in every
way of restricting them; an answer must hold at least the version that was noted before it was
asked for, and nothing of another collection, team or permission.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from api import KnowledgeBase
from api.restricted import seen_by
from foundation.security.policy import access
from ingest.model import Record
from retrieval.model import SearchResult

_PAUSE_SECONDS: Final = 1.0
_VERSION: Final = re.compile(r"team(\d+) reached step (\d+)")


@dataclass(slots=True)
class History:
    """What was written, asked and found wrong."""

    writers: int
    noted: list[int] = field(default_factory=list)
    writes: int = 0
    reads: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self, kind: str, writer: int, before: int, found: SearchResult) -> None:
        """Look at an answer to a question about one writer's document."""
        told = [match for hit in found.hits for match in _VERSION.findall(hit.text)]
        mine = [int(version) for owner, version in told if int(owner) == writer]
        with self.lock:
            self.reads[kind] += 1
            if (max(mine) if mine else 0) < before:
                self.stale.append(f"{kind}: team{writer} was at {before}, found {mine}")
            if any(int(owner) != writer for owner, _ in told):
                self.foreign.append(f"{kind}: team{writer} got {told}")


Ask = Callable[[int], SearchResult]


def check(folder: Path, *, seconds: float, writers: int = 8, readers: int = 8) -> History:
    """Let writers write and readers read for so long, and answer the history."""
    history = History(writers, [0] * writers)
    with KnowledgeBase.open(
        folder, embedder="hashing", database_url=None, background=["lexical"]
    ) as base:
        ways = _ways(base)
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(writers + readers) as pool:
            work = [pool.submit(_write, base, history, n, until) for n in range(writers)]
            work += [pool.submit(_read, history, n, until, ways) for n in range(readers)]
            for each in work:
                each.result()
        hits = base.cache.statistics()
        history.reads["from the cache"] = sum(hits.hits.values()) + hits.coalesced
    return history


def _write(base: KnowledgeBase, history: History, writer: int, until: float) -> None:
    rng = random.Random(-writer - 1)
    for step in itertools.count(1):
        if time.monotonic() >= until:
            return
        text = f"team{writer} reached step {step} of the plan"
        record = Record(
            "plan.md", text=text, metadata={"team": f"t{writer}", "access": f"t{writer}"}
        )
        base.ingest([record], collection=f"c{writer}")
        with history.lock:
            history.noted[writer] = step
            history.writes += 1
        time.sleep(rng.uniform(0, _PAUSE_SECONDS))


def _ways(base: KnowledgeBase) -> dict[str, Ask]:
    """List the ways in which a reader may ask for what one writer wrote, and for nothing else."""

    def by_collection(writer: int) -> SearchResult:
        name = f"c{writer}"
        return base.search("reached the plan", collections=[name], mode="lexical").result

    def by_filter(writer: int) -> SearchResult:
        return base.search("reached the plan", filter={"team": f"t{writer}"}, mode="lexical").result

    def by_name(writer: int) -> SearchResult:
        return base.search(f"team{writer}", mode="lexical", k=1).result

    def by_permission(writer: int) -> SearchResult:
        reader = seen_by(base, access(["*"], [f"t{writer}"]))
        return reader.search("reached the plan", mode="lexical").result

    return {
        "collection": by_collection,
        "filter": by_filter,
        "name": by_name,
        "permission": by_permission,
    }


def _read(history: History, reader: int, until: float, ways: dict[str, Ask]) -> None:
    rng = random.Random(reader)
    while time.monotonic() < until:
        writer = rng.randrange(history.writers)
        if not history.noted[writer]:
            time.sleep(0.001)
            continue
        kind = rng.choice(list(ways))
        for _ in range(3):
            before = history.noted[writer]
            history.judge(kind, writer, before, ways[kind](writer))


def main(arguments: list[str] | None = None) -> int:
    """Check a new home; answer 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--readers", type=int, default=8)
    given: Any = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="elders-history-") as folder:
        history = check(
            Path(folder), seconds=given.seconds, writers=given.writers, readers=given.readers
        )
    reads = ", ".join(f"{kind} {count:,}" for kind, count in sorted(history.reads.items()))
    print(f"{history.writes:,} writes acknowledged; answers: {reads}")  # noqa: T201 - its job
    print(f"stale: {len(history.stale)}, of others: {len(history.foreign)}")  # noqa: T201
    for wrong in [*history.stale, *history.foreign][:10]:
        print(wrong)  # noqa: T201
    return 1 if history.stale or history.foreign else 0


if __name__ == "__main__":
    sys.exit(main())
