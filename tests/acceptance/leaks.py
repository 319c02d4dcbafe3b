"""Ask everything of everybody else's, with every role, by every route: nothing may come of it.

    python -m tests.acceptance.leaks [--collections 40]

Each collection has a document for all its readers and one with a label that nobody's key has. A
key of each role reaches to one collection, and asks by every route for what stands in the next
one, and for what is labelled in its own: by words, ids, names, filters and fields. What a request
says itself may come back in its answer; what else is told of hidden documents is a leak.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

import httpx

from api import KnowledgeBase
from api.app import create_app
from api.security.layers import Layers
from api.security.opening import open_security
from api.security.operations import ROUTES
from foundation.security.policy import Access, Role, access
from foundation.security.settings import load_security_settings
from ingest.jobs import model as jobs
from ingest.model import Record

Asked = tuple[str, str, Any]
"""Method, path and JSON body (None for none)."""

_RATE: Final = 100_000.0
_SHARED: Final = "Oslo"
"""What every document names, hidden or not."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A document that a key does not reach to, and the marks by which it would be known."""

    id: str
    chunk: int
    collection: str
    source_id: str
    keyword: str
    entity: str
    job: str
    marks: Sequence[str]


@dataclass(slots=True)
class Findings:
    """What came of it: requests by role and status, and every leak."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)


def _word(number: int) -> str:
    """Spell a number in letters: marks must be words of their own."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:03d}")


def _record(number: int, kind: str) -> Record:
    word = f"{kind}{_word(number)}"
    labels = {"access": [f"label{_word(number)}"]} if kind == "labelled" else {}
    return Record(
        f"{kind}/source{word}.md",
        title=f"Title{word}",
        text=(
            f"The key{word} of Person{word} Smith opens payload{word}."
            f" Person{word} Smith works for Company{word} Ltd. in Oslo."
        ),
        metadata={f"field{word}": f"value{word}", **labels},
        author=f"author{word}",
    )


def _job(base: KnowledgeBase, number: int, kind: str) -> str:
    """Let somebody else upload to a collection, and have one document of it fail."""
    word = f"{kind}{_word(number)}"
    job = base.jobs.submit(
        [_record(number, kind), Record(f"broken/source{word}", error=f"payload{word} is cut")],
        collection=f"room{_word(number)}",
        asked=jobs.Asked(f"key:company{word}", Access.everything, f"author{word}"),
    )
    return base.jobs.wait(job.id).id


def fill(base: KnowledgeBase, collections: int) -> dict[tuple[int, str], Hidden]:
    """Put two documents into each collection, and answer how each would be known."""
    found: dict[tuple[int, str], Hidden] = {}
    for number in range(collections):
        name = f"room{_word(number)}"
        base.ingest([_record(number, kind) for kind in ("open", "labelled")], collection=name)
    base.wait()
    for number in range(collections):
        name = f"room{_word(number)}"
        for kind in ("open", "labelled"):
            word = f"{kind}{_word(number)}"
            document = base.documents.get(f"{kind}/source{word}.md")
            hits = base.search(f"key{word}", collections=[name], mode="lexical")
            chunk = next(h.chunk_id for h in hits if h.citation.document_id == document.id)
            job = _job(base, number, kind)
            marks = [
                f"payload{word}", f"title{word}", f"field{word}", f"value{word}", f"source{word}",
                f"company{word}", f"author{word}", document.id, job,
            ]  # fmt: skip
            if kind == "open":
                marks.append(name)
            found[number, kind] = Hidden(
                document.id, chunk, name, document.source_id, f"key{word}", f"Person{word} Smith",
                job, marks,
            )  # fmt: skip
    return found


def _tools(of: Hidden) -> Iterator[Any]:
    """Make calls of tools for language models, and a read of a resource."""
    calls: Sequence[tuple[str, Any]] = (
        ("search", {"query": f"who keeps the {of.keyword}?"}),
        ("search", {"query": of.keyword, "collections": [of.collection]}),
        ("search", {"query": of.keyword, "filter": {of.marks[2]: {"$exists": True}}}),
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


def requests(of: Hidden) -> Iterator[tuple[str, Asked]]:
    """Make the requests of each route that might tell of a hidden document; by route."""
    name = of.entity.replace(" ", "%20")
    misspelt = of.marks[2][:-1] + "x"
    bodies: Mapping[str, Sequence[Any]] = {
        "POST /v1/search": [
            {"query": f"who keeps the {of.keyword}?", "mode": mode, "k": 20}
            for mode in ("default", "fusion", "graph", "dense", "lexical")
        ]
        + [
            {"query": f'"{of.keyword} of" {of.entity}'},
            {"query": of.keyword, "collections": [of.collection]},
            {"query": of.keyword, "filter": {of.marks[2]: {"$exists": True}}},
            {"query": of.keyword, "filter": {misspelt: 1}},
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
        "POST /v1/documents": [
            {"collection": of.collection, "documents": [{"source_id": "new", "text": "A note"}]},
            {"collection": "default", "documents": [{"source_id": "new", "text": "A note"}]},
        ],
        "POST /v1/jobs": [
            {"collection": of.collection, "documents": [{"source_id": "new", "text": "A note"}]},
        ],
        "POST /v1/graph/subgraph": [
            {"names": [each], "hops": 2, "limit": 1_000} for each in (of.entity, _SHARED)
        ],
        "POST /v1/curation/decisions": [
            {"kind": "merge", "first": of.entity, "second": "Oslo"},
            {"kind": "label", "document": of.id, "facet": "topic", "value": "x"},
        ],
        "POST /v1/curation/replay": [{}],
        "POST /v1/learn": [None],
        "POST /mcp": list(_tools(of)),
    }
    paths = {
        "{document_id}": [of.id, of.source_id.replace("/", "%2F")],
        "{name:path}": [
            f"{each}{part}"
            for each in (name, _SHARED)
            for part in ("", "/relations", "/neighbours", "/passages")
        ],
        "{community_id}": ["0", "1"],
        "{key:path}": ["log%20template/x"],
        "{seq}": ["1"],
        "{job_id}": [of.job],
        "{name}": ["0123456789abcdef" * 2],
    }
    queries: Mapping[str, Sequence[str]] = {
        "GET /v1/graph/entities": [f"?q={name[:-8]}"],
        "GET /v1/documents": ["?limit=1000", f"?collection={of.collection}"],
        "GET /v1/graph/paths": [f"?from={name}&to={_SHARED}", f"?from={_SHARED}&to={name}"],
        "GET /v1/graph/related": [
            f"?name={each}&kind={kind}"
            for each in (name, _SHARED)
            for kind in ("entity", "passage")
        ],
    }
    for route in ROUTES:
        told = f"{route.method} {route.template}"
        slots = [each for each in paths if each in route.template]
        for value in paths[slots[0]] if slots else [""]:
            path = route.template.replace(slots[0], value) if slots else route.template
            for query, body in product(queries.get(told, [""]), bodies.get(told, [None])):
                yield told, (route.method, path + query, body)


async def ask(
    base: KnowledgeBase, documents: Mapping[tuple[int, str], Hidden], collections: int
) -> Findings:
    """Ask with a key of each role for each collection."""
    findings = Findings()
    parts = base.platform.parts
    settings = load_security_settings(
        rate_limit_per_second=_RATE, rate_limit_burst=10**6, behaviour_refuse_above=1.0,
        key_rate_limit_per_second=_RATE, key_rate_limit_burst=10**6,
    )  # fmt: skip
    security = open_security(parts.home.path, parts.database, settings=settings)
    app = Layers(create_app(base, guarded=True), guard=security.guard)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for number in range(collections):
                for role in Role:
                    rights = access([f"room{_word(number)}"], [])
                    issued = security.keyring.create("t", role, rights, actor="t")
                    client.headers["authorization"] = f"Bearer {issued.text}"
                    client.headers["accept"] = "application/json, text/event-stream"
                    for of in ((number + 1) % collections, "open"), (number, "labelled"):
                        await _asked(client, role, documents[of], findings)
    finally:
        security.close()
    return findings


async def _asked(client: httpx.AsyncClient, role: Role, of: Hidden, findings: Findings) -> None:
    for told, (method, path, body) in requests(of):
        sent = f"{path} {json.dumps(body)}".lower()
        answer = await client.request(method, path, json=body)
        findings.statuses[role.value, answer.status_code] += 1
        shown = answer.text.lower() + json.dumps(dict(answer.headers)).lower()
        found = [mark for mark in of.marks if mark.lower() in shown and mark.lower() not in sent]
        broken = answer.status_code >= 500 and told != "GET /ready"  # 503 there: it is behind
        if found or broken:
            findings.leaks.append(f"{role.value} {told}: {answer.status_code} {found} {sent[:200]}")


def check(folder: Path, collections: int) -> Findings:
    """Fill a home, ask, and answer what came of it."""
    with KnowledgeBase.open(folder, embedder="hashing", database_url=None) as base:
        documents = fill(base, collections)
        return asyncio.run(ask(base, documents, collections))


def main() -> int:
    """Look for leaks, and tell them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collections", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        findings = check(Path(folder), options.collections)
    lines = [
        *(f"{role:8} {status} {n:6}" for (role, status), n in sorted(findings.statuses.items())),
        *findings.leaks[:50],
        f"{findings.statuses.total():,} requests, {len(findings.leaks)} leaks",
    ]
    sys.stdout.write("\n".join([*lines, ""]))
    return int(bool(findings.leaks))


if __name__ == "__main__":
    sys.exit(main())
