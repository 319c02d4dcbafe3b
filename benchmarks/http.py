"""Requests a second of POST /v1/search with cached answers, beside a bare FastAPI endpoint.

    python -m benchmarks.http [--seconds 10] [--clients 16] [--share 0.7] [--mode default]

Two servers (uvicorn, one process each) are asked in turn, in the same run, by the same clients in
a process of their own: a bare FastAPI endpoint that reads a small JSON body by pydantic and
answers a small JSON object, and the platform over 500 documents. Of its requests a share asks
what was asked before (hits), the rest asks something new each time. Everything shares the
cores: compare the two figures of one run only.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from benchmarks.corpora import machine, read_lines, read_texts

KNOWN = 200


def bare(sock: socket.socket) -> None:
    """Serve the baseline."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Asked(BaseModel):
        query: str
        k: int = 10
        mode: str = "default"

    class Told(BaseModel):
        query: str
        k: int

    app = FastAPI()

    @app.post("/v1/search")
    async def answer(asked: Asked) -> Told:
        return Told(query=asked.query, k=asked.k)

    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[sock])


def platform(sock: socket.socket, home: str) -> None:
    """Serve the platform as `elders serve` does."""
    import uvicorn

    from api import KnowledgeBase
    from api.app import create_app

    with KnowledgeBase.open(home, embedder="minilm", database_url=None) as base:
        base.platform.parts.warm()
        config = uvicorn.Config(create_app(base), log_config=None, access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[sock])


@contextmanager
def serving(target: Callable[..., None], *arguments: str) -> Iterator[int]:
    """Run a server in a process of its own; yields its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as sock:
        port = sock.getsockname()[1]
        process = multiprocessing.get_context("fork").Process(
            target=target, args=(sock, *arguments)
        )
        process.start()
        try:
            while True:
                try:
                    ask(port, {"query": "ready?", "mode": "lexical"})
                    break
                except (OSError, http.client.HTTPException):
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            process.join()


def ask(port: int, body: dict[str, Any]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/v1/search", json.dumps(body), HEADERS)
        connection.getresponse().read()
    finally:
        connection.close()


HEADERS = {"content-type": "application/json"}


def client(
    port: int,
    until: float,
    share: float,
    mode: str,
    number: int,
    out: Queue[tuple[list[float], int]],
    questions: list[str],
) -> None:
    """Ask one request after another on one connection."""
    rng = random.Random(number)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took, hits = [], 0
    while time.monotonic() < until:
        known = rng.random() < share
        query = rng.choice(questions[:KNOWN])
        if not known:
            query = f"{rng.choice(questions)} {rng.randrange(10**9)}"
        started = time.perf_counter()
        connection.request(
            "POST", "/v1/search", json.dumps({"query": query, "mode": mode}), HEADERS
        )
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - started)
        hits += "hit" in answer.headers.get("cache-status", "")
    connection.close()
    out.put((took, hits))


def load(
    port: int, seconds: float, clients: int, share: float, mode: str, questions: list[str]
) -> tuple[float, float, float]:
    """Answer requests a second, the share of hits, and the median in milliseconds."""
    context = multiprocessing.get_context("fork")
    out = context.Queue()

    def crowd() -> None:
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=client, args=(port, until, share, mode, number, out, questions))
            for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    process = context.Process(target=crowd)
    process.start()
    told = [out.get() for _ in range(clients)]
    process.join()
    took = [each for times, _ in told for each in times]
    hits = sum(hits for _, hits in told)
    return len(took) / seconds, hits / len(took), statistics.median(took) * 1e3


def prepare(home: str) -> None:
    """Ingest, in a process that ends before any server is started."""
    from api import KnowledgeBase
    from ingest.model import Record

    texts = list(read_texts("scifact-train").items())[:500]
    with KnowledgeBase.open(home, embedder="minilm", database_url=None) as base:
        base.ingest([Record(name, text=text) for name, text in texts], wait=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--share", type=float, default=0.7)
    parser.add_argument("--mode", default="default")
    given = parser.parse_args(arguments)
    questions = [str(row["text"]) for row in read_lines("scifact-train", "queries.jsonl")]
    print(f"{machine()}; {given.clients} clients, {given.seconds:g} s each")
    with tempfile.TemporaryDirectory(prefix="elders-http-") as home:
        making = multiprocessing.get_context("fork").Process(target=prepare, args=(home,))
        making.start()
        making.join()
        run = (given.seconds, given.clients)
        with serving(bare) as port:
            base, _, p50 = load(port, *run, 0.0, "default", questions)
        print(f"bare FastAPI endpoint       {base:8.0f} requests/s   p50 {p50:6.1f} ms")
        with serving(platform, str(Path(home))) as port:
            for mode in dict.fromkeys([given.mode, "lexical"]):
                for _ in range(2):  # what is read in the background settles after the first round
                    for query in questions[:KNOWN]:
                        ask(port, {"query": query, "mode": mode})
                for share in dict.fromkeys([1.0, given.share]):
                    rate, hits, p50 = load(port, *run, share, mode, questions)
                    told = f"{rate:8.0f} requests/s   p50 {p50:6.1f} ms"
                    print(f"search, {mode:<8} {hits:4.0%} hits {told}   {rate / base:.2f} of it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
