"""The official client of OpenAI works against this platform as it is, given its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from pydantic import SecretStr

from api import KnowledgeBase
from tests.api.doors import served
from tests.ingest.parsers import samples

RUNBOOK = """# Rollback

Run `make rollback` to go back to the release before. It takes two minutes.

# Backups

Backups are kept for ninety days on the server in Kyoto.
"""
HANDBOOK = """# 休暇

有給休暇は年に二十日あります。申請は二週間前までに出してください。

# 経費

出張の経費は月末までに精算します。
"""
REPORT = [
    "Storage report",
    "The archive grew by four terabytes in March.",
    "Restores were tested twice and worked.",
]


@pytest.fixture(params=["sqlite", "postgresql"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[openai.OpenAI]:
    there = request.param == "postgresql"
    database = SecretStr(request.getfixturevalue("postgres_url")) if there else None
    with KnowledgeBase.open(tmp_path / "home", embedder="hashing", database_url=database) as base:
        server = served(base)
        url = f"{str(server.client.base_url).rstrip('/')}/v1"
        with openai.OpenAI(api_key="not needed here", base_url=url) as client:
            yield client
        server.stop()


def test_the_client_makes_a_store_uploads_polls_searches_with_filters_and_deletes(
    client: openai.OpenAI, tmp_path: Path
) -> None:
    store = client.vector_stores.create(name="Handbooks", metadata={"owner": "ops"})
    runbook = tmp_path / "runbook.md"
    runbook.write_text(RUNBOOK)
    with runbook.open("rb") as file:
        first = client.vector_stores.files.upload_and_poll(
            vector_store_id=store.id, file=file, attributes={"team": "ops", "year": 2025}
        )
    assert (first.status, first.last_error) == ("completed", None)
    others = [
        client.files.create(file=("休暇.md", HANDBOOK.encode()), purpose="assistants"),
        client.files.create(file=("report.pdf", samples.pdf(REPORT)), purpose="assistants"),
    ]
    batch = client.vector_stores.file_batches.create_and_poll(
        store.id,
        files=[
            {"file_id": others[0].id, "attributes": {"team": "people", "year": 2026}},
            {"file_id": others[1].id, "attributes": {"team": "ops", "year": 2026}},
        ],
    )
    assert (batch.status, batch.file_counts.completed) == ("completed", 2)
    store = client.vector_stores.retrieve(store.id)
    assert (store.status, store.file_counts.total) == ("completed", 3)

    found = client.vector_stores.search(store.id, query="How long are backups kept?")
    assert found.data[0].filename == "runbook.md"
    assert "ninety days" in found.data[0].content[0].text
    found = client.vector_stores.search(store.id, query="有給休暇は何日ありますか")
    assert (found.data[0].file_id, found.data[0].filename) == (others[0].id, "休暇.md")
    found = client.vector_stores.search(
        store.id,
        query=["backups", "archive"],
        filters={
            "type": "and",
            "filters": [
                {"type": "eq", "key": "team", "value": "ops"},
                {"type": "gte", "key": "year", "value": 2026},
            ],
        },
        max_num_results=5,
        ranking_options={"ranker": "auto", "score_threshold": 0.0},
        rewrite_query=True,
    )
    assert {each.filename for each in found.data} == {"report.pdf"}
    assert found.data[0].attributes == {"team": "ops", "year": 2026}

    assert client.vector_stores.files.delete(first.id, vector_store_id=store.id).deleted
    left = [each.id for each in client.vector_stores.files.list(store.id, limit=1)]
    assert set(left) == {each.id for each in others}
    for identity in [first.id, *left]:
        assert client.files.delete(identity).deleted
    assert client.vector_stores.retrieve(store.id).file_counts.total == 0
    assert client.vector_stores.delete(store.id).deleted
    assert list(client.vector_stores.list()) == []
    assert list(client.files.list()) == []


def test_the_client_embeds_as_it_does_by_default(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="hashing", input=["a door", "扉"])
    assert [len(each.embedding) for each in answer.data] == [256, 256]
    assert sum(x * x for x in answer.data[0].embedding) == pytest.approx(1.0, abs=1e-5)
