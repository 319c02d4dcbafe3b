"""Requests of every route that might tell of a hidden document, or do something to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from api.security.operations import ROUTES
from tests.acceptance.hidden import Hidden

ENDING: Final = "DELETE /v1/vector_stores/{vector_store_id}"
"""Who sees a store may delete it, and nothing could be asked of it then: it comes last."""

_SHARED: Final = "Oslo"
"""What every document names, hidden or not."""

_SLOT: Final = re.compile(r"\{[^}]+\}")


@dataclass(frozen=True, slots=True)
class Form:
    """A file that is uploaded."""

    name: str
    text: str


Asked = tuple[str, str, Any]
"""Method, path and JSON body (None for none) or form."""


def requests(of: Hidden, own_file: str) -> Iterator[tuple[str, Asked]]:
    """Make them, by route; `own_file` is the id of a file that the asker uploaded."""
    bodies = {**_bodies(of), **_openai_bodies(of, own_file)}
    paths = _paths(of)
    queries = _queries(of)
    for route in ROUTES:
        told = f"{route.method} {route.template}"
        slots = _SLOT.findall(route.template)
        for values in product(*(paths[slot] for slot in slots)):
            path = route.template
            for slot, value in zip(slots, values, strict=True):
                path = path.replace(slot, value)
            for query, body in product(queries.get(told, [""]), bodies.get(told, [None])):
                yield told, (route.method, path + query, body)


def _paths(of: Hidden) -> Mapping[str, Sequence[str]]:
    """Answer what stands in the slots of paths."""
    name = _quoted(of.entity)
    return {
        "{document_id}": [of.id, of.source_id.replace("/", "%2F")],
        "{name:path}": [
            f"{each}{part}"
            for each in (name, _SHARED)
            for part in ("", "/relations", "/neighbours", "/passages")
        ],
        "{community_id}": ["0", "1"],
        "{key:path}": ["log%20template/x"],
        "{seq}": ["1"],
        "{group_id}": [of.id],
        "{job_id}": [of.job],
        "{name}": ["0123456789abcdef" * 2],
        "{vector_store_id}": [of.store],
        "{file_id}": [of.file, of.id],
        "{batch_id}": [of.batch],
    }


def _queries(of: Hidden) -> Mapping[str, Sequence[str]]:
    name = _quoted(of.entity)
    files = ["?limit=100", "?filter=completed", f"?after={of.file}", f"?before={of.file}&limit=1"]
    store = "/v1/vector_stores"
    return {
        "GET /v1/graph/entities": [f"?q={name[:-8]}"],
        "GET /v1/documents": ["?limit=1000", f"?collection={of.collection}"],
        "GET /v1/graph/paths": [f"?from={name}&to={_SHARED}", f"?from={_SHARED}&to={name}"],
        "GET /v1/graph/related": [
            f"?name={each}&kind={kind}"
            for each in (name, _SHARED)
            for kind in ("entity", "passage")
        ],
        "GET /v1/files": ["?limit=10000", "?purpose=assistants", f"?after={of.file}"],
        f"GET {store}": ["?limit=100", "?order=asc", f"?after={of.store}", f"?before={of.store}"],
        f"GET {store}/{{vector_store_id}}/files": files,
        f"GET {store}/{{vector_store_id}}/file_batches/{{batch_id}}/files": files,
    }


def _bodies(of: Hidden) -> Mapping[str, Sequence[Any]]:
    field = of.fields[0]
    note = {"collection": of.collection, "documents": [{"source_id": "new", "text": "A note"}]}
    return {
        "POST /v1/search": [
            {"query": f"who keeps the {of.keyword}?", "mode": mode, "k": 20}
            for mode in ("default", "fusion", "graph", "dense", "lexical")
        ]
        + [
            {"query": f'"{of.keyword} of" {of.entity}'},
            {"query": of.keyword, "collections": [of.collection]},
            {"query": of.keyword, "filter": {field: {"$exists": True}}},
            {"query": of.keyword, "filter": {_misspelt(field): 1}},
            {"query": of.keyword, "filter": {"author": {"$ne": "x"}}, "as_of": 10},
            {"query": f"the latest notes on {of.keyword}", "fresh": True, "per_source": 1},
        ],
        "POST /v1/answer": [
            {"question": f"What does the {of.keyword} of {of.entity} open?"},
            {"question": f"What does the {of.keyword} open?", "stream": True},
        ],
        "POST /v1/feedback": [
            {"query": "x", "kind": "useful", "chunk_id": of.chunk},
            {"query": "x", "kind": "useful", "document": of.id},
            {"query": "x", "kind": "useful", "document": of.source_id},
        ],
        "POST /v1/feedback/intents": [{"query": of.keyword, "intent": "undo"}],
        "POST /v1/documents": [note, {**note, "collection": "default"}],
        "POST /v1/jobs": [note],
        "POST /v1/graph/subgraph": [
            {"names": [each], "hops": 2, "limit": 1_000} for each in (of.entity, _SHARED)
        ],
        "POST /v1/duplicates/merge": [{"documents": [of.id, of.source_id]}],
        "POST /v1/duplicates/{group_id}/split": [{"document": of.id}],
        "POST /v1/curation/decisions": [
            {"kind": "merge", "first": of.entity, "second": _SHARED},
            {"kind": "label", "document": of.id, "facet": "topic", "value": "x"},
        ],
        "POST /v1/curation/replay": [{}],
        "POST /v1/learn": [None],
        "PUT /v1/cache": [{"most_bytes": 1_000_000}],
        "PUT /v1/admin/restrictions": [{"rate_factor": 0.5, "reason": of.keyword}],
        "POST /mcp": list(_tools(of)),
    }


def _openai_bodies(of: Hidden, own_file: str) -> Mapping[str, Sequence[Any]]:
    store = "POST /v1/vector_stores/{vector_store_id}"
    field = of.fields[1]
    there = {"type": "ne", "key": field, "value": "x"}
    badge = of.keyword.replace("key", "badge")
    label = {"access": "board"}
    return {
        "POST /v1/embeddings": [{"model": "hashing", "input": [of.keyword, badge]}],
        "POST /v1/files": [Form("own.md", "A note of one's own.")],
        "POST /v1/vector_stores": [
            {"name": "mine"},
            {"metadata": {"collection": of.collection}},
            {"metadata": {"collection": "default"}, "file_ids": [of.file]},
        ],
        store: [{"metadata": {"collection": of.collection}}, {"expires_after": None}],
        f"{store}/search": [
            {"query": f"who keeps the {badge}?", "ranking_options": {"ranker": ranker}}
            for ranker in ("auto", "none")
        ]
        + [
            {"query": [badge, of.keyword], "max_num_results": 50, "filters": there},
            {
                "query": badge,
                "filters": {"type": "or", "filters": [there, {**there, "type": "eq"}]},
            },
            {"query": badge, "filters": {**there, "key": _misspelt(field)}},
            {"query": f"the latest notes on {badge} since 2020", "rewrite_query": True},
            {"query": f"{field} of {of.entity} by {of.keyword}", "rewrite_query": True},
        ],
        f"{store}/files": [
            {"file_id": of.file},
            {"file_id": own_file, "attributes": label},
            {"file_id": own_file, "attributes": {"topic": "x"}},
        ],
        f"{store}/files/{{file_id}}": [{"attributes": None}, {"attributes": label}],
        f"{store}/file_batches": [
            {"file_ids": [own_file, of.file]},
            {"files": [{"file_id": of.file, "attributes": label}]},
            {"file_ids": [own_file]},
        ],
    }


def _tools(of: Hidden) -> Iterator[Any]:
    """Make calls of tools for language models, and a read of a resource."""
    calls: Sequence[tuple[str, Any]] = (
        ("search", {"query": f"who keeps the {of.keyword}?"}),
        ("search", {"query": of.keyword, "collections": [of.collection]}),
        ("search", {"query": of.keyword, "filter": {of.fields[0]: {"$exists": True}}}),
        ("read", {"document": of.id}),
        ("read", {"document": of.source_id, "version": 1}),
        ("neighbours", {"name": of.entity}),
        ("neighbours", {"name": _SHARED, "limit": 100}),
        ("remember", {"text": "A note", "source_id": "noted", "collection": of.collection}),
    )
    for name, arguments in calls:
        told = {"name": name, "arguments": arguments}
        yield {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": told}
    uri = {"uri": f"elders://documents/{of.id}"}
    yield {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": uri}


def _quoted(entity: str) -> str:
    return entity.replace(" ", "%20")


def _misspelt(field: str) -> str:
    return f"{field[:-1]}x"
