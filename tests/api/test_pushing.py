"""One bad document of a push must not cost the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import KnowledgeBase
from api.routes.pushing import from_json
from foundation.errors import InvalidInput
from tests.api.doors import served

HALF = "\ud800"


@pytest.fixture
def client(home: Path) -> Iterator[httpx.Client]:
    with KnowledgeBase.open(home) as base:
        running = served(base)
        yield running.client
        running.stop()


def push(client: httpx.Client, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post(
        "/v1/documents",
        content=json.dumps({"documents": documents}),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_a_bad_time_or_name_fails_alone(client: httpx.Client) -> None:
    results = push(
        client,
        {"source_id": "good", "text": "one"},
        {"source_id": "late", "text": "two", "time": "soon"},
        {"_id": f"name{HALF}", "text": "three"},
        {"id": "dated", "text": "four", "time": "2026-01-31"},
    )
    assert [r["outcome"] for r in results] == ["added", "failed", "failed", "added"]
    assert "'soon' is not a time" in results[1]["reason"]
    assert "surrogate" in results[2]["reason"]


def test_half_a_surrogate_pair_in_a_text_becomes_a_mark(client: httpx.Client) -> None:
    texts = {
        f"before {HALF} after": "before \ufffd after",
        "whole \U0001f600 face": "whole \U0001f600 face",
        f"{HALF}\U0001f600{HALF}": "\ufffd\U0001f600\ufffd",
        "\\ud800 is written so": "\\ud800 is written so",
        "\udc00 the second half": "\ufffd the second half",
    }
    results = push(
        client,
        *(
            {"source_id": str(n), "text": text, "title": text, "metadata": {"key": text}}
            for n, text in enumerate(texts)
        ),
    )
    for result, wanted in zip(results, texts.values(), strict=True):
        read = client.get(f"/v1/documents/{result['document_id']}").json()
        assert (read["text"], read["title"], read["metadata"]["key"]) == (wanted,) * 3


def test_a_collection_named_with_half_a_pair_is_refused() -> None:
    body = {"collection": HALF, "documents": [{"source_id": "x", "text": "y"}]}
    with pytest.raises(InvalidInput, match="collection"):
        from_json(json.dumps(body).encode())
