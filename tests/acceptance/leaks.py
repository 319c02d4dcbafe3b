"""Ask everything of everybody else's, with every role, by every route: nothing may come of it.

    python -m tests.acceptance.leaks [--collections 40]

Each collection has a document and an uploaded file for all its readers, and both again with a label
that nobody's key has. A key of each role reaches to one collection, and asks by every route for
what stands in the next one, and for what is labelled in its own: by words, ids, names, filters and
fields. What a request says itself may come back in its answer; what else is told of hidden
documents is a leak, and so is whatever was done to them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from api import KnowledgeBase
from api.app import create_app
from api.openai.door import OpenAIDoor
from api.security.layers import Layers
from api.security.opening import Security, open_security
from foundation.security.policy import Role, access
from foundation.security.settings import load_security_settings
from tests.acceptance.hidden import Hidden, Shelves, fill, room
from tests.acceptance.prying import ENDING, Form, requests

_RATE: Final = 100_000.0


@dataclass(slots=True)
class Findings:
    """What came of it: requests by role and status, and every leak."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asker:
    """A key that reaches to one collection, and a file that was uploaded with it."""

    number: int
    role: Role
    key: str
    file: str


async def ask(
    base: KnowledgeBase, documents: Mapping[tuple[int, str], Hidden], collections: int
) -> Findings:
    """Ask with a key of each role for each collection; what ends a vector store comes last."""
    findings = Findings()
    parts = base.platform.parts
    settings = load_security_settings(
        rate_limit_per_second=_RATE, rate_limit_burst=10**6, behaviour_refuse_above=1.0,
        key_rate_limit_per_second=_RATE, key_rate_limit_burst=10**6,
    )  # fmt: skip
    security = open_security(parts.home.path, parts.database, settings=settings)
    app = create_app(base, guarded=True)
    door: OpenAIDoor = app.state.openai
    transport = httpx.ASGITransport(Layers(app, guard=security.guard), raise_app_exceptions=False)
    shelves = Shelves(base)
    askers = [_asker(security, shelves, n, role) for n in range(collections) for role in Role]
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for ending in (False, True):
                for each in askers:
                    beyond = documents[(each.number + 1) % collections, "open"]
                    for of in beyond, documents[each.number, "labelled"]:
                        await _asked(client, each, of, findings, ending=ending)
                for (_, kind), of in documents.items():  # who sees the open ones may delete them
                    placed = not ending
                    if kind == "labelled" or placed:
                        findings.leaks += shelves.harm(of, placed=placed)
    finally:
        door.stop()
        security.close()
    return findings


def _asker(security: Security, shelves: Shelves, number: int, role: Role) -> Asker:
    rights = access([room(number)], [])
    issued = security.keyring.create("t", role, rights, actor="t")
    file = shelves.upload(issued.key.principal.id, "own.md", f"A {role} writes notes of its own.")
    return Asker(number, role, issued.text, file.id)


async def _asked(
    client: httpx.AsyncClient, asker: Asker, of: Hidden, findings: Findings, *, ending: bool
) -> None:
    client.headers["authorization"] = f"Bearer {asker.key}"
    client.headers["accept"] = "application/json, text/event-stream"
    role = asker.role.value
    for told, (method, path, body) in requests(of, asker.file):
        if (told == ENDING) is not ending:
            continue
        sent, content = _content(body)
        sent = f"{path} {sent}".lower()
        answer = await client.request(method, path, **content)
        findings.statuses[role, answer.status_code] += 1
        shown = answer.text.lower() + json.dumps(dict(answer.headers)).lower()
        found = [mark for mark in of.marks if mark.lower() in shown and mark.lower() not in sent]
        broken = answer.status_code >= 500 and told != "GET /ready"  # 503 there: it is behind
        if found or broken:
            findings.leaks.append(f"{role} {told}: {answer.status_code} {found} {sent[:200]}")


def _content(body: Any) -> tuple[str, dict[str, Any]]:
    """Answer a body as text, and as the client takes it."""
    if isinstance(body, Form):
        file = {"file": (body.name, body.text)}
        return body.text, {"data": {"purpose": "assistants"}, "files": file}
    return json.dumps(body), {"json": body}


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
