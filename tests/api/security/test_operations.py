from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route as StarletteRoute

from api import KnowledgeBase
from api.app import create_app
from api.security.operations import ROUTES, Match, NoMatch, RouteTable
from foundation.security.policy import OPERATIONS, Operation, Role

TABLE = RouteTable()


def served(home: Path) -> set[tuple[str, str]]:
    """List what the app serves, as method and path with its parameters."""
    with KnowledgeBase.open(home, background=False) as base:
        app = create_app(base)
        found = {
            (method.upper(), path)
            for path, methods in app.openapi()["paths"].items()
            for method in methods
        }
        found |= {
            ("POST" if each.path == "/mcp" else "GET", each.path)
            for each in app.routes
            if type(each) is StarletteRoute
        }
    return found


def operation_of(method: str, path: str) -> Operation | None:
    found = TABLE.find(method, path)
    assert isinstance(found, Match), f"{method} {path} is in no list: see api/security/operations"
    return found.route.operation


def test_every_route_that_is_served_is_some_operation(home: Path) -> None:
    for method, path in served(home):
        operation_of(method, re.sub(r"\{[^}]*\}", "7", path))


def test_every_route_that_is_listed_is_served(home: Path) -> None:
    plain = {(method, re.sub(r":path\}", "}", path)) for method, path in served(home)}
    listed = {(each.method, each.template.replace(":path}", "}")) for each in ROUTES}
    assert listed - plain == set()


def test_only_the_sign_of_life_is_open_to_all() -> None:
    assert [each.template for each in ROUTES if each.operation is None] == ["/health"]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/v1/graph/entities/a/b/relations", Operation.READ),
        ("GET", "/v1/graph/export", Operation.EXPORT),
        ("POST", "/v1/patterns/log template/a/accept", Operation.CURATE),
        ("GET", "/v1/patterns/log template/a/accept", Operation.READ),
        ("DELETE", "/v1/documents/7", Operation.DELETE),
        ("GET", "/v1/curation/log", Operation.EXPORT),
    ],
)
def test_a_route_is_found_as_the_app_finds_it(method: str, path: str, operation: Operation) -> None:
    assert operation_of(method, path) is operation


def test_the_document_that_a_path_names_is_told() -> None:
    found = TABLE.find("GET", "/v1/documents/7/versions")
    assert isinstance(found, Match)
    assert found.document == "7"


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/v1/files/file-1/content", "file-1"),
        ("/v1/vector_stores/vs_1", "vs_1"),
        ("/v1/vector_stores/vs_1/files/file-1", "file-1"),
        ("/v1/vector_stores/vs_1/file_batches/vsfb_1/files", "vsfb_1"),
        ("/v1/jobs/7/errors", "7"),
        ("/v1/graph/entities/Ada Smith", ""),
        ("/v1/files", ""),
    ],
)
def test_the_most_particular_id_of_a_path_is_the_resource_and_names_are_none(
    path: str, resource: str
) -> None:
    found = TABLE.find("GET", path)
    assert isinstance(found, Match)
    assert found.resource == resource


def test_what_is_not_listed_is_not_found() -> None:
    assert TABLE.find("GET", "/v1") == NoMatch([])
    assert TABLE.find("TRACE", "/health") == NoMatch(["GET"])
    assert TABLE.find("PATCH", "/v1/documents/7") == NoMatch(["DELETE", "GET"])


def test_no_reader_may_change_or_carry_away_anything() -> None:
    may = {
        f"{each.method} {each.template}"
        for each in ROUTES
        if each.operation in OPERATIONS[Role.READER]
    }
    assert not any(each.startswith(("DELETE", "PUT", "PATCH")) for each in may)
    assert not any("export" in each or "curation" in each or "internal" in each for each in may)
