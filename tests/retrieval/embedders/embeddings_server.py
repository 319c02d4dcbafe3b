"""A real embeddings service on this machine: the OpenAI protocol over the hashing embedder."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from retrieval.embedders.hashing import HashingEmbedder


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service does with one request instead of embedding.

    `status` 0 hangs up without a word, -1 keeps silent until the service is closed.
    """

    status: int
    body: bytes = b'{"error": {"message": "no", "code": "some_code"}}'
    headers: Mapping[str, str] = field(default_factory=dict)


class EmbeddingsServer(ThreadingHTTPServer):
    """Answers each request by the next prepared reply, and embeds when there is none."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.embedder = HashingEmbedder(32)
        self.replies: deque[Reply] = deque()
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gives up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: EmbeddingsServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(
            {**body, "path": self.path, "authorization": self.headers.get("Authorization")}
        )
        reply = self.server.replies.popleft() if self.server.replies else self._embed(body)
        if reply.status == -1:
            self.server.closing.wait(30)
        if reply.status <= 0:
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def _embed(self, body: dict[str, Any]) -> Reply:
        if self.path != "/v1/embeddings":
            return Reply(404)
        if "" in body["input"]:
            return Reply(400)
        rows = 3.0 * self.server.embedder.embed_documents(body["input"])
        data = [{"index": i, "embedding": row.tolist()} for i, row in enumerate(rows)]
        # The protocol orders by `index`, not by position.
        return Reply(200, json.dumps({"data": data[::-1], "model": body["model"]}).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Keep the test's output clean."""


@contextmanager
def embeddings_server() -> Iterator[EmbeddingsServer]:
    """Serve on a free port until the block ends."""
    server = EmbeddingsServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
