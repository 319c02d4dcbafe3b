from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from tests.api.openai.conftest import Client, texts

BACKUPS = "# Backups\n\nBackups are kept for ninety days."
DOORS = "# Doors\n\nThe office door opens at nine."
SAVED = "# 保存\n\nバックアップは九十日間保存されます。"

FILES: list[tuple[str, str, dict[str, Any]]] = [
    ("backups.md", BACKUPS, {"team": "ops", "year": 2024, "title": "rules", "open": True}),
    ("doors.md", DOORS, {"team": "office", "year": 2025, "since": "2025-03-01", "open": False}),
    ("保存.md", SAVED, {"team": "ops", "year": 2026.5, "$cost": 3}),
]


@pytest.fixture(scope="module")
def client(lasting: Client) -> Client:
    return lasting


@pytest.fixture(scope="module")
def store(client: Client) -> str:
    store = client.vector_stores.create(name="a").id
    wanted = []
    for name, text, attributes in FILES:
        file = client.files.create(file=(name, text.encode()), purpose="assistants")
        wanted.append({"file_id": file.id, "attributes": attributes})
    client.vector_stores.file_batches.create_and_poll(store, files=wanted)  # type: ignore[arg-type] # as in its docs
    return store


def test_passages_come_best_first_with_scores_from_0_to_1(client: Client, store: str) -> None:
    page = client.vector_stores.search(store, query="how long are backups kept?")
    assert page.object == "vector_store.search_results.page"
    assert page.search_query == ["how long are backups kept?"]  # type: ignore[attr-defined] # the client keeps what it does not know
    assert page.data[0].content[0].text == BACKUPS
    assert page.data[0].filename == "backups.md"
    assert page.data[0].attributes == FILES[0][2]
    scores = [each.score for each in page]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)
    best = client.vector_stores.search(store, query="バックアップの保存", max_num_results=1)
    assert texts(best) == [SAVED]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": "eq", "key": "team", "value": "ops"}, {BACKUPS, SAVED}),
        ({"type": "ne", "key": "team", "value": "ops"}, {DOORS}),
        ({"type": "gt", "key": "year", "value": 2024}, {DOORS, SAVED}),
        ({"type": "gte", "key": "year", "value": 2024}, {BACKUPS, DOORS, SAVED}),
        ({"type": "lt", "key": "year", "value": 2025}, {BACKUPS}),
        ({"type": "lte", "key": "year", "value": 2025.0}, {BACKUPS, DOORS}),
        ({"type": "gte", "key": "since", "value": "2025-01-01"}, {DOORS}),
        ({"type": "in", "key": "team", "value": ["office", "legal"]}, {DOORS}),
        ({"type": "nin", "key": "team", "value": ["office", "legal"]}, {BACKUPS, SAVED}),
        ({"type": "eq", "key": "open", "value": True}, {BACKUPS}),
        ({"type": "eq", "key": "title", "value": "rules"}, {BACKUPS}),
        ({"type": "eq", "key": "$cost", "value": 3}, {SAVED}),
        ({"type": "eq", "key": "nowhere", "value": 1}, set()),
        ({"type": "gt", "key": "nowhere", "value": 1}, set()),
        ({"type": "ne", "key": "nowhere", "value": 1}, {BACKUPS, DOORS, SAVED}),
        ({"type": "nin", "key": "nowhere", "value": [1]}, {BACKUPS, DOORS, SAVED}),
        (
            {
                "type": "or",
                "filters": [
                    {"type": "eq", "key": "open", "value": False},
                    {
                        "type": "and",
                        "filters": [
                            {"type": "eq", "key": "team", "value": "ops"},
                            {"type": "lt", "key": "year", "value": 2025},
                        ],
                    },
                ],
            },
            {BACKUPS, DOORS},
        ),
    ],
)
def test_a_filter_leaves_the_files_for_which_it_holds(
    client: Client, store: str, filters: Any, expected: set[str]
) -> None:
    found = client.vector_stores.search(
        store, query="backups, doors, 保存", filters=filters, max_num_results=50
    )
    assert set(texts(found)) == expected


@pytest.mark.parametrize(
    ("wanted", "param"),
    [
        ({"filters": {"type": "like", "key": "a", "value": "b"}}, "filters"),
        ({"filters": {"type": "and", "filters": []}}, "filters"),
        ({"filters": {"type": "eq", "key": "", "value": 1}}, "filters"),
        ({"filters": {"type": "eq", "value": 1}}, "filters"),
        ({"filters": {"type": "in", "key": "team", "value": "ops"}}, None),
        ({"filters": {"type": "gt", "key": "open", "value": True}}, None),
        ({"max_num_results": 0}, "max_num_results"),
        ({"max_num_results": 51}, "max_num_results"),
        ({"ranking_options": {"score_threshold": 1.5}}, "ranking_options"),
        ({"ranking_options": {"ranker": "best"}}, "ranking_options"),
        ({"query": ""}, "query"),
        ({"query": []}, "query"),
        ({"query": ["x"] * 17}, "query"),
    ],
)
def test_a_wrong_search_is_refused(
    client: Client, store: str, wanted: dict[str, Any], param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.vector_stores.search(store, **{"query": "x", **wanted})
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"


def test_a_threshold_leaves_out_what_is_not_like_the_query(client: Client, store: str) -> None:
    found = client.vector_stores.search(
        store, query="how long are backups kept?", ranking_options={"score_threshold": 0.3}
    )
    assert texts(found) == [BACKUPS]
    none = client.vector_stores.search(
        store, query="zebra", ranking_options={"score_threshold": 0.9, "ranker": "none"}
    )
    assert texts(none) == []


@pytest.mark.parametrize("ranker", ["auto", "default-2024-11-15", "none"])
def test_every_ranker_finds(client: Client, store: str, ranker: Any) -> None:
    found = client.vector_stores.search(
        store, query="office door", ranking_options={"ranker": ranker}
    )
    assert texts(found)[0] == DOORS


def test_several_queries_are_asked_at_once(client: Client, store: str) -> None:
    queries = ["how long are backups kept?", "when does the office open?"]
    page = client.vector_stores.search(store, query=queries, max_num_results=2)
    assert page.search_query == queries  # type: ignore[attr-defined] # as above
    assert set(texts(page)) == {BACKUPS, DOORS}


def test_a_rewritten_query_is_told_and_its_restriction_holds(client: Client, store: str) -> None:
    query = "backups in markdown documents before 2020"
    asked = client.vector_stores.search(store, query=query)
    assert asked.search_query == [query]  # type: ignore[attr-defined] # as above
    assert BACKUPS in texts(asked)
    rewritten = client.vector_stores.search(store, query=query, rewrite_query=True)
    (told,) = rewritten.search_query  # type: ignore[attr-defined] # as above
    assert "before 2020" not in told
    assert "backups" in told
    assert texts(rewritten) == []  # no document is of before 2020


def test_an_empty_store_has_nothing_to_find(client: Client) -> None:
    empty = client.vector_stores.create(name="empty").id
    assert client.vector_stores.search(empty, query="x").data == []


def test_numbers_that_json_does_not_know_are_refused(client: Client, store: str) -> None:
    body = json.dumps({"query": "x", "filters": {"type": "eq", "key": "a", "value": float("nan")}})
    with pytest.raises(openai.BadRequestError, match="no JSON"):
        client.post(
            f"/vector_stores/{store}/search",
            content=body.encode(),
            cast_to=object,
            options={"headers": {"content-type": "application/json"}},
        )


def test_the_asynchronous_client_searches_too(client: Client, store: str) -> None:
    import asyncio

    async def ask() -> list[str]:
        async with openai.AsyncOpenAI(api_key="x", base_url=client.base_url) as other:
            return texts((await other.vector_stores.search(store, query="office door")).data)

    assert asyncio.run(ask())[0] == DOORS
