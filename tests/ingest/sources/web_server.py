from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ingest.model import Record
from ingest.sources.web import UrlSource

Route = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    """A real server: what it answers by path, and what it was asked."""

    address: str = "127.0.0.1"
    port: int = 0
    routes: dict[str, Route] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def answer(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        def route(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.routes[path] = route

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.answer(path, b"", status, Location=location)


@contextmanager
def serve(
    address: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None
) -> Iterator[WebServer]:
    told = WebServer(address)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.path, self.headers.get("Host", "")))
            route = told.routes.get(self.path.partition("?")[0])
            if route is None:
                self.send_error(404)
                return
            with suppress(OSError):  # where the client hung up, as it should
                route(self)

        def log_request(self, code: object = "", size: object = "") -> None:
            pass

        def log_error(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Server((address, port), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


def fetch(url: str, **options: Any) -> Record:
    [record] = UrlSource((url,), **{"allow_hosts": {"127.0.0.1"}, **options}).records()
    return record
