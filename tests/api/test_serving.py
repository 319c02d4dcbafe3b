"""The change from one embedding model to another, and the server as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from api import KnowledgeBase
from foundation.errors import InvalidInput
from retrieval.embedders.hashing import HashingEmbedder
from tests.api.doors import COMMAND, Elders, notes


@dataclass
class Service:
    """A service that speaks the OpenAI embeddings protocol; `gate` holds documents back."""

    url: str
    gate: threading.Event


@pytest.fixture
def service() -> Iterator[Service]:
    embedder, gate = HashingEmbedder(64), threading.Event()
    gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
            texts = [given] if isinstance(given, str) else given
            if any("weather" in text for text in texts):
                gate.wait(30)
            rows = embedder.embed_documents(texts).tolist()
            data = [
                {"index": i, "embedding": row, "object": "embedding"} for i, row in enumerate(rows)
            ]
            body = json.dumps({"object": "list", "data": data, "model": "tiny"}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Service(f"http://127.0.0.1:{server.server_port}/v1", gate)
    gate.set()
    server.shutdown()
    thread.join()
    server.server_close()


def serving(home: Path) -> str:
    name: str = json.loads((home / "serving.json").read_text())["embedder"]
    return name


def test_the_old_model_serves_until_the_new_one_knows_all(home: Path, service: Service) -> None:
    with KnowledgeBase.open(home) as base:
        base.ingest(notes(10), wait=True)
    (old,) = (home / "followers").glob("dense-*")
    service.gate.clear()
    new = {"embedder": "openai:tiny", "openai_base_url": service.url}
    with KnowledgeBase.open(home, **new) as base:  # type: ignore[arg-type]  # settings
        found = base.search("weather4word5", mode="dense", k=1)
        assert found[0].citation.source_id == "weather/4.md"
        assert serving(home) == "hashing"
        behind = {lag.name for lag in base.lags() if lag.behind}
        assert behind - {"graph"} == {"embedder", "exact", "chroma"}  # the graph is just being read
        with KnowledgeBase.open(home, read_only=True) as reader:  # whatever its settings say
            assert reader.search("weather4word5", mode="dense", k=1)[0].score == found[0].score
        service.gate.set()
        assert base.wait()
        later = base.search("what is said about weather", mode="dense", k=10)
        assert len(later) == 10
        assert serving(home) == "openai:tiny"
        base.ingest(notes(2, about="weatherly"), wait=True)
        assert (
            base.search("weatherly1word2", mode="dense", k=1)[0].citation.source_id
            == "weatherly/1.md"
        )
        assert all(finding.ok for finding in base.doctor())
    assert not old.exists()
    with KnowledgeBase.open(home) as base:  # back again: its vectors are still in the truth
        base.wait()
        base.search("x")
        assert serving(home) == "hashing"


def test_a_switch_that_was_not_finished_goes_on(home: Path, service: Service) -> None:
    with KnowledgeBase.open(home) as base:
        base.ingest(notes(10), wait=True)
    new = {"embedder": "openai:tiny", "openai_base_url": service.url}
    with KnowledgeBase.open(home, background=False, **new) as base:  # type: ignore[arg-type]  # settings
        base.search("weather1word1", mode="dense")
        assert serving(home) == "hashing"
    with KnowledgeBase.open(home, **new) as base:  # type: ignore[arg-type]  # settings
        base.wait()
        base.search("weather1word1")
        assert serving(home) == "openai:tiny"


def test_a_model_that_is_gone_does_not_keep_a_home_closed(home: Path) -> None:
    with KnowledgeBase.open(home) as base:
        base.ingest(notes(3), wait=True)
    (home / "serving.json").write_text('{"embedder": "object:gone"}')
    with pytest.raises(InvalidInput, match="object:gone"):
        KnowledgeBase.open(home, read_only=True)
    with KnowledgeBase.open(home) as base:
        base.wait()
        assert base.search("weather1word1", mode="dense", k=1)
        assert serving(home) == "hashing"


def test_indexes_of_models_that_serve_no_more_are_removed(home: Path) -> None:
    left = home / "followers" / "dense-left"
    left.mkdir(parents=True)
    with KnowledgeBase.open(home):
        assert not left.exists()


def test_the_server_says_where_it_listens_and_ends_in_order(home: Path, elders: Elders) -> None:
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = json.loads(
            process.stdout.readline() + process.stdout.readline() + process.stdout.readline()
        )["address"]
        made = elders("keys", "create", "test", "-c", "*", "--role", "writer", "--json")
        key = {"authorization": f"Bearer {made.json['key']}"}
        assert httpx.get(f"{address}/openapi.json").status_code == 401
        with httpx.Client(base_url=address, timeout=30, headers=key) as client:
            pushed = {"documents": [{"source_id": "a", "text": "served text of a kind"}]}
            assert client.post("/v1/documents", json=pushed).status_code == 200
            found = client.post("/v1/search", json={"query": "served text"}).json()
        assert found["hits"][0]["citation"]["source_id"] == "a"
        held = elders("status", "--json").json["held_by"]
        assert "elders serve" in held
        assert str(process.pid) in held
        refused = elders("search", "served", "--json")  # beside the server, read-only
        assert refused.json["hits"]
        told = elders("audit", "search", "--operation", "POST *", "--json").json["entries"]
        assert ["POST /v1/documents", "ok"] in [[e["operation"], e["result"]] for e in told]
        assert made.json["key"] not in json.dumps(told)
    finally:
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=30)
    assert "Traceback" not in error
    started = time.monotonic()
    assert elders("doctor").status == 0
    assert time.monotonic() - started < 30


def test_a_taken_port_is_named(base: KnowledgeBase, serve: object, elders: Elders) -> None:
    from api.server import listening

    with listening("127.0.0.1", 0) as sock:
        port = str(sock.getsockname()[1])
        answer = elders("serve", "--port", port)
    assert answer.status == 1
    assert port in answer.err
