"""Lists of documents and collections show what the caller may see, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from api import KnowledgeBase
from api.restricted import seen_by
from foundation.security.policy import access
from ingest.model import Record
from tests.api.doors import Served


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    home = tmp_path_factory.mktemp("lists")
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as found:
        for name in ("house", "pay"):
            found.ingest(
                [
                    Record(
                        f"{name}{number}",
                        text=f"Plan {number} of the {name} speaks of item{number}{name}",
                        metadata={"access": ["board"]} if number % 3 == 0 else {},
                    )
                    for number in range(12)
                ],
                collection=name,
            )
        for name in ("house1", "house3"):
            found.documents.delete(name)
        yield found


def names(found: KnowledgeBase, **options: object) -> list[str]:
    return [document.source_id for document in found.documents.list(**options)]  # type: ignore[arg-type]  # options of a list


def test_a_restricted_caller_lists_their_part_in_pages(filled: KnowledgeBase) -> None:
    seen = seen_by(filled, access(["house"], []))
    mine = [f"house{n}" for n in range(12) if n % 3 and n != 1]
    assert names(seen) == mine == [document.source_id for document in seen.documents]
    assert len(seen.documents) == len(mine)
    assert list(seen.documents.to_frame()["source_id"]) == mine
    assert "house0" not in seen.documents._repr_html_()
    first = seen.documents.list(limit=3)
    rest = seen.documents.list(limit=100, after=first[-1].number)
    assert [d.source_id for d in (*first, *rest)] == mine
    assert names(seen, collection="house") == mine
    assert names(seen, collection="pay") == names(seen, collection="nowhere") == []
    assert names(seen, deleted=True) == ["house1"]
    board = seen_by(filled, access(["house"], ["board"]))
    assert names(board, deleted=True) == ["house1", "house3"]
    assert len(names(board)) == 10


def test_collections_are_counted_by_what_the_caller_sees(filled: KnowledgeBase) -> None:
    assert filled.collections() == {"house": 10, "pay": 12}
    assert seen_by(filled, access(["*"], [])).collections() == {"house": 7, "pay": 8}
    assert seen_by(filled, access(["pay"], ["board"])).collections() == {"pay": 12}
    assert seen_by(filled, access(["nowhere"], [])).collections() == {}


def test_a_collection_in_which_all_is_hidden_is_not_there(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, embedder="hashing", background=False) as base:
        secret = Record("plan", text="For the board alone", metadata={"access": "board"})
        base.ingest([secret], collection="vault")
        reader = seen_by(base, access(["*"], []))
        assert (reader.collections(), names(reader)) == ({}, [])
        base.ingest([Record("plan", text="For the board alone")], collection="vault")
        assert reader.collections() == {"vault": 1}
        base.ingest([secret], collection="vault")
        assert (reader.collections(), names(reader)) == ({}, [])
        base.documents.delete("plan")
        assert base.collections() == {"vault": 0}


@pytest.fixture
def client(filled: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]) -> httpx.Client:
    return serve(filled).client


def test_pages_over_http_bring_everything_once(client: httpx.Client, filled: KnowledgeBase) -> None:
    found: list[str] = []
    cursor = None
    while True:
        options = {"limit": "7", "collection": "pay"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/documents", params=options).json()
        found += [document["source_id"] for document in page["documents"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == names(filled, collection="pay")
    assert "text" not in page["documents"][0]
    assert client.get("/v1/documents", params={"limit": 22}).json()["next"] is None
    assert client.get("/v1/collections").json() == {
        "collections": [{"name": "house", "documents": 10}, {"name": "pay", "documents": 12}]
    }
    for page, of_page in {"limit=1": ["house"], "after=house": ["pay"], "after=pay": []}.items():
        some = client.get(f"/v1/collections?{page}").json()["collections"]
        assert [each["name"] for each in some] == of_page


def test_a_cursor_of_another_list_is_refused(client: httpx.Client) -> None:
    cursor = client.get("/v1/documents", params={"limit": 1}).json()["next"]
    for options in (
        {"cursor": cursor, "collection": "pay"}, {"cursor": "x"}, {"cursor": "é" * 20},
        {"limit": 0}, {"collection": "a/b"},
    ):  # fmt: skip
        refused = client.get("/v1/documents", params=options)
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
