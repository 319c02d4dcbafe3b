from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from api.openai.errors import OpenAIErrors, error_of, is_spoken_to
from tests.api.doors import Served


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(OpenAIErrors)

    @app.get("/v1/files/broken")
    def broken() -> None:
        raise ZeroDivisionError

    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/files/file-nowhere", 404, "not_found"),
        ("GET", "/v1/vector_stores/a/b/c", 404, "not_found"),
        ("PATCH", "/v1/embeddings", 405, None),
        ("POST", "/v1/embeddings", 400, None),
    ],
)
def test_their_routes_answer_errors_in_their_shape(
    base: object,
    serve: Callable[..., Served],
    method: str,
    path: str,
    status: int,
    code: str | None,
) -> None:
    answer = serve(base).client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", code)
    assert error["message"]
    assert ("allow" in answer.headers) == (status == 405)


def test_other_routes_keep_to_problems(base: object, serve: Callable[..., Served]) -> None:
    answer = serve(base).client.get("/v1/documents/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == 404


def test_a_fault_of_the_server_has_their_shape_and_is_raised_for_its_log(app: FastAPI) -> None:
    import asyncio

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/v1/files/broken")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "ZeroDivisionError" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (429, "rate_limit_error"),
        (503, "server_error"),
    ],
)
def test_each_status_has_its_type(status: int, kind: str) -> None:
    assert error_of(status, {"title": "So"})["error"]["type"] == kind


def test_the_first_fault_names_the_parameter() -> None:
    problem = {"detail": "wrong", "errors": [{"where": "body.filters.eq.key", "what": "short"}]}
    assert error_of(400, problem)["error"]["param"] == "filters"
    assert (
        error_of(400, {**problem, "errors": [{"where": "body", "what": "x"}]})["error"]["param"]
        is None
    )


def test_a_path_that_only_begins_alike_is_not_theirs() -> None:
    assert is_spoken_to("/v1/files")
    assert is_spoken_to("/v1/vector_stores/vs_1/search")
    assert not is_spoken_to("/v1/filesystem")
    assert not is_spoken_to("/v1/search")
