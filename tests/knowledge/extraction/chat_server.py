"""A real chat service on this machine: the OpenAI protocol, with answers made by a rule."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 700, "completion_tokens": 40, "total_tokens": 740}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service does with one request instead of reading the passage.

    `status` 0 hangs up without a word, -1 keeps silent until the service is closed.
    """

    status: int
    body: bytes = b'{"error": {"message": "no", "code": "some_code"}}'

    @classmethod
    def saying(cls, content: str | None, **message: str) -> Reply:
        """Answer with a message."""
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": content, **message},
        }
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "local"}
        return cls(200, json.dumps({**answer, "choices": [choice], "usage": USAGE}).encode())


class ChatServer(ThreadingHTTPServer):
    """Answers each request by the next prepared reply, and reads the passage when there is none."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: deque[Reply] = deque()
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        yield
        with self._lock:
            self._at_once -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gives up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        with self.server.counted():
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.requests.append(
                {**body, "path": self.path, "authorization": self.headers.get("Authorization")}
            )
            reply = self.server.replies.popleft() if self.server.replies else _read(body)
            if reply.status == -1:
                self.server.closing.wait(30)
        if reply.status <= 0:
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Keep the test's output clean."""


def _read(body: dict[str, Any]) -> Reply:
    """Take words with a capital for names, and "A … B." for a relation between two of them."""
    passage = json.loads(body["messages"][1]["content"])["passage"]
    names = dict.fromkeys(re.findall(r"[A-Z]\w+", passage))
    relations = [
        {"subject": a, "predicate": verb, "object": b, "evidence": f"{a} {verb} {b}"}
        for a, verb, b in re.findall(r"([A-Z]\w+) ([a-z ]+) ([A-Z]\w+)", passage)
    ]
    entities = [{"name": name, "type": "place"} for name in names]
    return Reply.saying(json.dumps({"entities": entities, "relations": relations}))


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """Serve on a free port until the block ends."""
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
