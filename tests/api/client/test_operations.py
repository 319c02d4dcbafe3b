"""The client covers the OpenAPI document, and nothing beside it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from api import KnowledgeBase
from api.app import create_app
from api.client.calls import Operation, Streaming
from api.client.operations import Operations

METHODS: dict[str, Operation[..., Any] | Streaming[..., Any]] = {
    name: each for name, each in vars(Operations).items() if isinstance(each, Operation | Streaming)
}

WHOLE = {name: each for name, each in METHODS.items() if isinstance(each, Operation)}

RENAMED = {"from": "first", "to": "second"}
"""Words of Python's."""

BODIES = {"upload": {"files", "collection", "metadata"}, "decide": {"decision"}, "replay": {"log"}}
"""Bodies that are no plain object of fields."""

OPENAI = ("/v1/embeddings", "/v1/files", "/v1/vector_stores")
"""Routes that have a client of their own: OpenAI's."""

STREAMED = {
    ("POST", "/v1/answer"),
    ("GET", "/internal/v1/patterns"),
    ("GET", "/v1/jobs/{job_id}/events"),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home: Path = tmp_path_factory.mktemp("openapi")
    options: dict[str, Any] = {"embedder": "hashing", "database_url": None, "background": False}
    with KnowledgeBase.open(home, **options) as base:
        return create_app(base).openapi()


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        if not path.startswith(OPENAI)
        for method, operation in methods.items()
    }


def well(operation: dict[str, Any]) -> dict[str, Any]:
    """Take the answer of an operation that was done, or was taken on (202)."""
    responses = operation["responses"]
    found: dict[str, Any] = responses["200" if "200" in responses else "202"]
    return found


def taken(build: Callable[..., Any]) -> set[str]:
    """Name what a method takes, with the options that stand in a TypedDict."""
    names = set(inspect.signature(build).parameters)
    if "options" not in names:
        return names
    (options,) = get_args(get_type_hints(build)["options"])
    return (names - {"options"}) | set(get_type_hints(options))


def test_every_operation_has_a_method_and_every_method_an_operation(
    document: dict[str, Any],
) -> None:
    asked = {(each.route.method, each.route.path) for each in METHODS.values()}
    assert asked == set(operations(document))
    streamed = {
        (each.route.method, each.route.path)
        for each in METHODS.values()
        if isinstance(each, Streaming)
    }
    told = {
        key
        for key, operation in operations(document).items()
        if "text/event-stream" in well(operation)["content"]
    }
    assert streamed == told == STREAMED


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_what_its_operation_takes(name: str, document: dict[str, Any]) -> None:
    method = METHODS[name]
    operation = operations(document)[method.route.method, method.route.path]
    places = {(each["name"], each["in"]) for each in operation.get("parameters", [])}
    wanted = {RENAMED.get(each, each) for each, place in places if place != "header"}
    if name in BODIES:
        wanted |= BODIES[name]
    elif "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        wanted |= set(resolved(schema, document)["properties"]) - {"stream"}
    if isinstance(method, Streaming):
        wanted -= {"wait"}
    assert taken(method.build) == wanted


@pytest.mark.parametrize("name", WHOLE)
def test_a_method_reads_the_documented_answer_whole(name: str, document: dict[str, Any]) -> None:
    method = WHOLE[name]
    operation = operations(document)[method.route.method, method.route.path]
    content = well(operation)["content"]
    if "application/json" not in content or name == "export_graph":
        assert method.read(b"any text") in (b"any text", "any text")
        return
    schema = resolved(content["application/json"]["schema"], document)
    (example,) = schema["examples"]
    assert method.read(json.dumps(example).encode()).model_dump() == example


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_what_it_does(name: str) -> None:
    assert METHODS[name].__doc__
    assert METHODS[name].build.__name__ == name


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
