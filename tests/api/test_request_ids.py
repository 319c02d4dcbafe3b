"""Every answer carries a request's name, and so does all that is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send

from api import KnowledgeBase
from api.app import create_app
from api.guarding import guarded
from api.request_ids import RequestIds, current_request_id
from api.routes.together import Together
from foundation.database.audit import audit_entries
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings

ID = "deploy-42:a/b+c=~d.e_f"


def ask(
    app: ASGIApp,
    method: str = "GET",
    path: str = "/health",
    *,
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
    body: object = None,
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            return await client.request(method, path, headers=headers, json=body)

    return asyncio.run(asked())


async def silent(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": (current_request_id() or "").encode()})


def test_a_harmless_name_is_kept_and_else_a_uuid_is_made() -> None:
    app = RequestIds(silent)
    kept = ask(app, headers={"x-request-id": ID})
    assert (kept.headers["x-request-id"], kept.text) == (ID, ID)
    for headers in (
        {}, {"x-request-id": ""}, {"x-request-id": "a b"}, {"x-request-id": "a" * 129},
        {"x-request-id": 'a"b'}, [("x-request-id", "a"), ("x-request-id", "b")],
    ):  # fmt: skip
        made = ask(app, headers=headers)
        assert str(UUID(made.text)) == made.headers["x-request-id"] == made.text
    assert current_request_id() is None


@given(st.text(st.characters(max_codepoint=255), min_size=1, max_size=140))
def test_whatever_a_client_sends_the_answers_header_is_safe(text: str) -> None:
    seen: list[bytes] = []

    async def asked() -> None:
        async def send(message: object) -> None:
            assert isinstance(message, dict)
            seen.extend(v for n, v in message.get("headers", ()) if n == b"x-request-id")

        async def receive() -> dict[str, object]:
            return {"type": "http.request"}

        headers = [(b"x-request-id", text.encode("latin-1"))]
        await RequestIds(silent)({"type": "http", "headers": headers}, receive, send)

    asyncio.run(asked())
    (answered,) = seen
    assert 1 <= len(answered) <= 128
    assert all(33 <= byte < 127 for byte in answered)
    assert set(answered).isdisjoint(b"\"'\\<>&;,$`{}()")


def test_problems_of_an_app_without_layers_name_their_request(base: KnowledgeBase) -> None:
    app = create_app(base)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("broken")

    for path, status in (
        ("/v1/documents/none", 404), ("/nowhere", 404), ("/v1/patterns?limit=0", 422),
        ("/broken", 500),
    ):  # fmt: skip
        answer = ask(app, path=path, headers={"x-request-id": ID})
        assert answer.status_code == status
        assert answer.headers.get_list("x-request-id") == [ID]
        assert answer.json()["request_id"] == ID
    too_large = ask(create_app(base, max_body_bytes=10), "POST", "/v1/search", body={"query": "x"})
    assert too_large.status_code == 413
    assert too_large.json()["request_id"] == too_large.headers["x-request-id"]


def test_behind_the_layers_refusals_and_audit_entries_name_their_request(
    base: KnowledgeBase, home: Path
) -> None:
    with guarded(base, load_settings(home=home), load_security_settings()) as app:
        answer = ask(app, path="/v1/documents/none", headers={"x-request-id": ID})
    assert answer.status_code == 401
    assert answer.headers.get_list("x-request-id") == [ID]
    assert answer.json()["request_id"] == ID
    with base.platform.parts.database.read() as connection:
        (row,) = connection.execute(audit_entries.select()).all()
    assert ID in str(row.metadata)


def test_log_lines_in_threads_name_the_request_that_caused_them(base: KnowledgeBase) -> None:
    app = create_app(base)

    @app.get("/said")
    def said() -> dict[str, object]:
        return dict(structlog.contextvars.get_contextvars())

    assert ask(app, path="/said", headers={"x-request-id": ID}).json() == {"request_id": ID}


def test_what_is_done_together_is_done_in_the_context_of_each() -> None:
    together: Together[int, str | None] = Together(lambda _: current_request_id())

    async def asks(name: str) -> str | None:
        with structlog.contextvars.bound_contextvars(request_id=name):
            return await together.do(0)

    async def ask_all() -> list[str | None]:
        return await asyncio.gather(*(asks(name) for name in ("a", "b", "c")))

    assert asyncio.run(ask_all()) == ["a", "b", "c"]


def test_an_app_within_another_keeps_its_name() -> None:
    answer = ask(RequestIds(RequestIds(silent, new=lambda: "inner"), new=lambda: "outer"))
    assert answer.headers.get_list("x-request-id") == ["outer"]


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_has_no_name(kind: str) -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        scopes.append(scope)

    asyncio.run(RequestIds(app)({"type": kind}, None, None))  # type: ignore[arg-type]  # unused
    assert scopes == [{"type": kind}]
