"""A server under load at a stated rate: how many answers, how soon, and what happens beyond it.

    python -m benchmarks.load [--requests 150000] [--connections 1000] [--passages 10000]
                              [--beyond 30] [--workers 1]

`elders serve` runs as it does for users (keys, layers, audit log), over made-up passages that are
embedded by hashing. Of the requests 70 % repeat one of 200 searches, 25 % ask something new, 5 %
write a document. First 32 clients that wait for their answers find what the machine holds; 70 % of
that is the rate of the run, with arrivals at random (exponential gaps) over all connections; then
twice what the machine holds is offered. Latency counts from the moment a request was due, so that
a client that falls behind is no excuse. The client shares the machine's cores with the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from api import KnowledgeBase
from benchmarks.corpora import machine
from benchmarks.queries import questions, records

ELDERS: Final = Path(sys.executable).parent / "elders"
KNOWN: Final = 200
CLOSED: Final = 32
SHARE: Final = 0.7
REPEATED, NEW = 0.70, 0.95
SOON_SECONDS: Final = 0.05


@dataclass(slots=True)
class Told:
    """What came of requests: seconds from when each was due, by status."""

    took: dict[int, list[float]] = field(default_factory=dict)
    ends: Counter[int] = field(default_factory=Counter)

    def add(self, status: int, seconds: float, now: float) -> None:
        """Note how a request ended."""
        self.took.setdefault(status, []).append(seconds)
        if status == 200:
            self.ends[int(now)] += 1

    @property
    def count(self) -> int:
        """Count all requests."""
        return sum(map(len, self.took.values()))


class Traffic:
    """Makes requests: most repeat, some are new, a few write."""

    def __init__(self, key: str, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self._asked = questions(KNOWN + 5_000)
        self._head = (
            f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json"
        )
        self._number = 0

    def next(self) -> bytes:
        """Make the next request."""
        chance = self._rng.random()
        if chance < REPEATED:
            return self._post("/v1/search", {"query": self._asked[self._rng.randrange(KNOWN)]})
        self._number += 1
        if chance < NEW:
            query = f"{self._asked[KNOWN + self._number % 5_000]} {self._number}"
            return self._post("/v1/search", {"query": query})
        document = {
            "source_id": f"load/{self._number % 500}",
            "text": f"Note {self._number}: all well.",
        }
        return self._post("/v1/documents", {"collection": "load", "documents": [document]})

    def _post(self, path: str, body: object) -> bytes:
        text = json.dumps(body).encode()
        return (
            f"POST {path} HTTP/1.1\r\n{self._head}\r\nContent-Length: {len(text)}\r\n\r\n".encode()
            + text
        )


class Connections:
    """Open connections, each used by one request at a time; a broken one is opened anew."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None]
        self._free = asyncio.LifoQueue()

    def grow(self, count: int) -> None:
        """Allow more connections; each is opened when it is first used."""
        for _ in range(count):
            self._free.put_nowait(None)

    async def ask(self, request: bytes) -> int:
        """Answer the status, 0 where the connection failed."""
        pair = await self._free.get()
        try:
            if pair is None or pair[0].at_eof():
                pair = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = pair
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = next(
                int(line[15:])
                for line in head.lower().split(b"\r\n")
                if line[:15] == b"content-length:"
            )
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError, StopIteration):
            self._free.put_nowait(None)
            return 0
        self._free.put_nowait(pair)
        return status


async def closed(connections: Connections, traffic: Traffic, seconds: float) -> Told:
    """Let some clients ask one request after another."""
    told, until = Told(), time.monotonic() + seconds

    async def client() -> None:
        while (began := time.monotonic()) < until:
            status = await connections.ask(traffic.next())
            told.add(status, time.monotonic() - began, time.monotonic())

    await asyncio.gather(*(client() for _ in range(CLOSED)))
    return told


async def offered(connections: Connections, traffic: Traffic, rate: float, count: int) -> Told:
    """Send requests at a rate, whatever becomes of those before."""
    told, rng, due = Told(), random.Random(2), time.monotonic()
    running: set[asyncio.Task[None]] = set()

    async def one(due: float) -> None:
        status = await connections.ask(traffic.next())
        told.add(status, time.monotonic() - due, time.monotonic())

    for _ in range(count):
        due += rng.expovariate(rate)
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return told


@contextmanager
def serving(home: Path, workers: int) -> Iterator[tuple[int, str, psutil.Process]]:
    """Run `elders serve` over a home; yields its port, a key, and the process."""
    env = {
        **os.environ, "ELDERS_HOME": str(home), "ELDERS_EMBEDDER": "hashing",
        "ELDERS_RATE_LIMIT_PER_SECOND": "100000", "ELDERS_RATE_LIMIT_BURST": "100000",
        "ELDERS_KEY_RATE_LIMIT_PER_SECOND": "100000", "ELDERS_KEY_RATE_LIMIT_BURST": "100000",
        "ELDERS_BEHAVIOUR_REFUSE_ABOVE": "1", "ELDERS_LOG_LEVEL": "error",
    }  # fmt: skip
    made = subprocess.run(
        [ELDERS, "keys", "create", "load", "-c", "*", "--label", "*", "--role", "writer", "--json"],
        env=env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    process = subprocess.Popen(
        [ELDERS, "serve", "--port", "0", "--workers", str(workers), "--json"],
        env=env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = json.loads("".join(process.stdout.readline() for _ in range(3)))["address"]
        yield (
            int(address.rsplit(":", 1)[1]),
            json.loads(made.stdout)["key"],
            psutil.Process(process.pid),
        )
    finally:
        process.terminate()
        process.wait()


def shown(name: str, told: Told) -> None:
    """Print what came of a run."""
    good = sorted(told.took.get(200, []))
    statuses = ", ".join(
        f"{status or 'broken'}: {len(each)}" for status, each in sorted(told.took.items())
    )
    print(f"\n{name}: {told.count:,} requests ({statuses})")
    if good:
        at = [good[min(len(good) - 1, int(share * len(good)))] * 1e3 for share in (0.5, 0.95, 0.99)]
        print(
            f"  answered {len(good) / told.count:.2%}; mean {statistics.mean(good) * 1e3:.0f} ms,"
            f" p50 {at[0]:.0f}, p95 {at[1]:.0f}, p99 {at[2]:.0f}"
        )


def memory(process: psutil.Process) -> float:
    """Answer the MiB that a server holds, its workers included; what they share counts once."""
    each = [process, *process.children(recursive=True)]
    return sum(every.memory_full_info().pss for every in each) / 2**20


def goodput(told: Told) -> float:
    """Answer the median of answers a second."""
    return statistics.median(list(told.ends.values())[1:-1] or [0])


async def run(port: int, key: str, process: psutil.Process, options: argparse.Namespace) -> None:
    """Find what the machine holds, run at 70 % of it, then offer twice as much."""
    connections, traffic = Connections(port), Traffic(key)
    connections.grow(CLOSED)
    await closed(connections, traffic, 10)
    found = await closed(connections, traffic, 20)
    held = found.count / 20
    shown(f"{CLOSED} clients that wait: {held:.0f} requests/s", found)
    connections.grow(options.connections - CLOSED)
    rate = SHARE * held
    began = time.monotonic()
    told = await offered(connections, traffic, rate, options.requests)
    took = time.monotonic() - began
    shown(
        f"offered {rate:.0f} requests/s over {options.connections} connections, {took:.0f} s", told
    )
    print(f"  memory {memory(process):,.0f} MiB")
    if not options.beyond:
        return
    beyond = await offered(connections, traffic, 2 * held, int(2 * held * options.beyond))
    shown(f"offered {2 * held:.0f} requests/s", beyond)
    refused = sorted(s for status in (503, 429) for s in beyond.took.get(status, []))
    soon = sum(s <= SOON_SECONDS for s in refused) / len(refused) if refused else 1.0
    print(
        f"  goodput {goodput(beyond):.0f} a second, {goodput(beyond) / held:.2f} of what is held;"
        f" refused within {SOON_SECONDS * 1e3:.0f} ms: {soon:.1%} of {len(refused):,}"
    )
    print(f"  memory {memory(process):,.0f} MiB")


def main() -> None:
    """Fill a home, serve it, and put it under load."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=150_000)
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--beyond", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    print(f"{machine()}; {options.passages:,} passages; {options.workers} worker(s)")
    with tempfile.TemporaryDirectory() as folder:
        with KnowledgeBase.open(folder, embedder="hashing") as base:
            base.ingest(records(options.passages), wait=True)
        with serving(Path(folder), options.workers) as (port, key, process):
            asyncio.run(run(port, key, process, options))


if __name__ == "__main__":
    main()
