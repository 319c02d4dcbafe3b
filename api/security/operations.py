"""Which operation each route is: what is not listed here is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.routing import compile_path

from foundation.security.policy import Operation

_IDS: Final = (
    "document_id", "file_id", "batch_id", "vector_store_id", "job_id", "group_id", "seq",
)  # fmt: skip
"""Slots that hold ids; names of entities and keys of patterns are texts of documents."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, and what it does.

    Attributes:
        template: of the path, as Starlette writes it.
        operation: None for what anybody may ask who may call at all.
    """

    method: str
    template: str
    operation: Operation | None


@dataclass(frozen=True, slots=True)
class Match:
    """A request's route, and what stands in the slots of its path."""

    route: Route
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str | None:
        """The document that the path names."""
        return self.named.get("document_id")

    @property
    def resource(self) -> str:
        """The id of what it is done to: the most particular one that the path names, or nothing."""
        return next((self.named[slot] for slot in _IDS if slot in self.named), "")


@dataclass(frozen=True, slots=True)
class NoMatch:
    """There is no such route; `allowed` are the methods of its path, if there is one."""

    allowed: Sequence[str]


def _routes(operation: Operation | None, *routes: str) -> list[Route]:
    pairs = [each.split(" ") for each in routes]
    return [Route(method, template, operation) for method, template in pairs]


ROUTES: Final[Sequence[Route]] = (
    *_routes(None, "GET /health"),
    *_routes(Operation.SEARCH, "POST /v1/search", "POST /v1/answer", "POST /mcp"),
    *_routes(
        Operation.SEARCH, "POST /v1/embeddings", "POST /v1/vector_stores/{vector_store_id}/search"
    ),
    *_routes(
        Operation.READ,
        "GET /v1/files",
        "GET /v1/files/{file_id}",
        "GET /v1/files/{file_id}/content",
        "GET /v1/vector_stores",
        "GET /v1/vector_stores/{vector_store_id}",
        "GET /v1/vector_stores/{vector_store_id}/files",
        "GET /v1/vector_stores/{vector_store_id}/files/{file_id}",
        "GET /v1/vector_stores/{vector_store_id}/files/{file_id}/content",
        "GET /v1/vector_stores/{vector_store_id}/file_batches/{batch_id}",
        "GET /v1/vector_stores/{vector_store_id}/file_batches/{batch_id}/files",
    ),
    *_routes(
        Operation.WRITE,
        "POST /v1/files",
        "POST /v1/vector_stores",
        "POST /v1/vector_stores/{vector_store_id}",
        "POST /v1/vector_stores/{vector_store_id}/files",
        "POST /v1/vector_stores/{vector_store_id}/files/{file_id}",
        "POST /v1/vector_stores/{vector_store_id}/file_batches",
        "POST /v1/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel",
    ),
    *_routes(
        Operation.DELETE,
        "DELETE /v1/files/{file_id}",
        "DELETE /v1/vector_stores/{vector_store_id}",
        "DELETE /v1/vector_stores/{vector_store_id}/files/{file_id}",
    ),
    *_routes(
        Operation.READ,
        "GET /ready",
        "GET /metrics",
        "GET /openapi.json",
        "GET /v1/collections",
        "GET /v1/documents",
        "GET /v1/documents/{document_id}",
        "GET /v1/documents/{document_id}/versions",
        "GET /v1/documents/{document_id}/labels",
        "GET /v1/graph/entities",
        "GET /v1/graph/entities/{name:path}",
        "GET /v1/graph/paths",
        "GET /v1/graph/related",
        "GET /v1/graph/central",
        "GET /v1/graph/communities",
        "GET /v1/graph/communities/{community_id}",
        "POST /v1/graph/subgraph",
        "GET /v1/patterns",
        "GET /v1/patterns/{key:path}",
        "GET /v1/jobs",
        "GET /v1/jobs/{job_id}",
        "GET /v1/jobs/{job_id}/errors",
        "GET /v1/jobs/{job_id}/events",
    ),
    *_routes(Operation.FEEDBACK, "POST /v1/feedback", "POST /v1/feedback/intents"),
    *_routes(
        Operation.WRITE,
        "POST /v1/documents",
        "POST /v1/jobs",
        "POST /v1/jobs/{job_id}/cancel",
        "POST /v1/jobs/{job_id}/retry",
    ),
    *_routes(Operation.DELETE, "DELETE /v1/documents/{document_id}"),
    *_routes(
        Operation.CURATE,
        "GET /v1/duplicates",
        "POST /v1/duplicates/merge",
        "POST /v1/duplicates/{group_id}/split",
        "GET /v1/curation/todo",
        "GET /v1/curation/decisions",
        "POST /v1/curation/decisions",
        "DELETE /v1/curation/decisions/{seq}",
        "POST /v1/curation/replay",
        "POST /v1/patterns/{key:path}/accept",
        "POST /v1/patterns/{key:path}/reject",
        "GET /v1/quarantine",
        "POST /v1/quarantine/{name}/release",
        "DELETE /v1/quarantine/{name}",
        "GET /v1/feedback",
        "GET /v1/feedback/judgements",
        "GET /v1/feedback/intents",
    ),
    *_routes(Operation.LEARN, "POST /v1/learn"),
    *_routes(Operation.EXPORT, "GET /v1/graph/export", "GET /v1/curation/log"),
    *_routes(Operation.FOLLOW, "GET /internal/v1/patterns", "GET /internal/v1/changes"),
    *_routes(
        Operation.ADMIN,
        "GET /v1/cache",
        "PUT /v1/cache",
        "DELETE /v1/cache",
        "GET /v1/health/full",
        "GET /v1/admin/restrictions",
        "PUT /v1/admin/restrictions",
        "DELETE /v1/admin/restrictions",
    ),
)
"""What the platform serves. What others asked for (feedback, the cache) is not for every reader."""


class RouteTable:
    """Finds a request's route by the rules by which the app will find it."""

    def __init__(self, routes: Sequence[Route] = ROUTES) -> None:
        self._plain = {
            (route.method, route.template): Match(route)
            for route in routes
            if "{" not in route.template
        }
        self._patterns: list[tuple[re.Pattern[str], Route]] = [
            (compile_path(route.template)[0], route) for route in routes if "{" in route.template
        ]

    def find(self, method: str, path: str) -> Match | NoMatch:
        """Find it; a path that several templates fit is asked for under the first."""
        found = self._plain.get((method, path))
        if found is not None:
            return found
        for pattern, route in self._patterns:
            if route.method == method and (match := pattern.match(path)):
                return Match(route, match.groupdict())
        methods = {known for known, template in self._plain if template == path}
        methods |= {route.method for pattern, route in self._patterns if pattern.match(path)}
        return NoMatch(sorted(methods))
