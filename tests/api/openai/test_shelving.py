from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest
from sqlalchemy import update

from api import KnowledgeBase
from api.openai.worker import Worker
from foundation.database.schema import files
from ingest.model import Record
from tests.api.openai.conftest import Client, put, texts


def test_a_store_is_made_read_changed_and_deleted(client: Client) -> None:
    made = client.vector_stores.create(
        name="手引き", metadata={"team": "ops"}, description="What everybody should know"
    )
    assert made.id.startswith("vs_")
    assert (made.name, made.metadata, made.status) == ("手引き", {"team": "ops"}, "completed")
    assert (made.file_counts.total, made.usage_bytes, made.expires_at) == (0, 0, None)
    assert client.vector_stores.retrieve(made.id) == made
    changed = client.vector_stores.update(
        made.id, name="Guides", expires_after={"anchor": "last_active_at", "days": 7}
    )
    assert (changed.name, changed.metadata) == ("Guides", {"team": "ops"})
    assert changed.expires_after is not None
    assert changed.expires_after.days == 7
    assert changed.last_active_at is not None
    assert changed.expires_at == changed.last_active_at + 7 * 86_400
    lasting = client.vector_stores.update(made.id, expires_after=None, metadata=None)
    assert (lasting.expires_at, lasting.metadata, lasting.name) == (None, {}, "Guides")
    assert client.vector_stores.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError) as caught:
        client.vector_stores.retrieve(made.id)
    assert (caught.value.code, caught.value.type) == ("not_found", "invalid_request_error")


def test_stores_are_listed_in_pages_in_both_directions(client: Client) -> None:
    ids = [client.vector_stores.create(name=str(n)).id for n in range(5)]
    assert [each.id for each in client.vector_stores.list(limit=2)] == ids[::-1]
    assert [each.id for each in client.vector_stores.list(limit=2, order="asc")] == ids
    page = client.vector_stores.list(before=ids[1], limit=2)
    assert [each.id for each in page.data] == [ids[3], ids[2]]
    assert page.has_more
    with pytest.raises(openai.BadRequestError, match="not both"):
        client.vector_stores.list(before=ids[1], after=ids[2])
    wrongs: list[dict[str, Any]] = [{"limit": 101}, {"order": "random"}]
    for wrong in wrongs:
        with pytest.raises(openai.BadRequestError) as caught:
            client.vector_stores.list(**wrong)
        assert caught.value.param == next(iter(wrong))


def test_a_deleted_store_takes_its_documents_along_and_leaves_the_files(
    client: Client, base: KnowledgeBase
) -> None:
    store = client.vector_stores.create(name="a").id
    ids = put(client, store, door="The door opens at nine.", soup="The soup is hot.")
    assert len(base.documents) == 2
    client.vector_stores.delete(store)
    assert len(base.documents) == 0
    assert not base.search("door")
    assert {each.id for each in client.files.list()} == set(ids.values())
    assert base.documents.history(ids["door"])  # until it is purged


def test_a_store_over_a_collection_searches_what_other_doors_brought(
    client: Client, base: KnowledgeBase
) -> None:
    base.ingest(
        [Record("guide.md", text="# Rollback\n\nRun make rollback.", metadata={"team": "ops"})],
        collection="guides",
        wait=True,
    )
    store = client.vector_stores.create(name="Guides", metadata={"collection": "guides"}).id
    put(client, store, door="The door opens at nine.")
    found = client.vector_stores.search(
        store, query="rollback", filters={"type": "eq", "key": "team", "value": "ops"}
    ).data
    (only,) = found
    assert (only.filename, only.attributes) == ("guide.md", {"team": "ops"})
    assert only.file_id == base.documents.get("guide.md").id
    assert base.search("door", collections=["guides"])[0].metadata["filename"] == "door.md"
    with pytest.raises(openai.ConflictError, match=store):
        client.vector_stores.create(metadata={"collection": "guides"})
    client.vector_stores.delete(store)
    assert [each.source_id for each in base.documents] == ["guide.md"]
    assert client.vector_stores.create(metadata={"collection": "guides"}).file_counts.total == 0


def test_an_expired_store_is_shown_as_such_emptied_and_not_used(
    client: Client, base: KnowledgeBase
) -> None:
    store = client.vector_stores.create(
        name="a", expires_after={"anchor": "last_active_at", "days": 1}
    ).id
    ids = put(client, store, door="The door opens at nine.")
    with base.platform.parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE vector_stores SET last_active_at = 0")
    assert client.vector_stores.retrieve(store).status == "expired"
    for use in (
        lambda: client.vector_stores.search(store, query="door"),
        lambda: client.vector_stores.files.create(store, file_id=ids["door"]),
        lambda: client.vector_stores.update(store, name="b"),
    ):
        with pytest.raises(openai.BadRequestError, match="has expired") as caught:
            use()
        assert caught.value.code == "expired"
    put(client, client.vector_stores.create(name="b").id, soup="The soup is hot.")
    assert not [hit for hit in base.search("door") if "door" in hit.text]
    assert client.vector_stores.retrieve(store).file_counts.total == 0
    assert client.vector_stores.delete(store).deleted


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let nothing be taken in, and nothing that has expired be deleted, from now on."""
    return lambda: monkeypatch.setattr(Worker, "notify", lambda _: None)


def expire(base: KnowledgeBase, file: str) -> None:
    with base.platform.parts.database.write() as connection:
        connection.execute(update(files).where(files.c.id == file).values(expires_at=1))


def test_an_expired_file_is_not_used_before_it_is_deleted(
    client: Client, base: KnowledgeBase, still: Callable[[], None]
) -> None:
    store = client.vector_stores.create(name="a").id
    ids = put(client, store, door="The door opens at nine.", gate="The garden gate is a door, too.")
    batch = client.vector_stores.file_batches.create_and_poll(store, file_ids=[ids["door"]]).id
    still()
    expire(base, ids["door"])
    assert texts(client.vector_stores.search(store, query="door")) == [
        "The garden gate is a door, too."
    ]
    name: Any = {"type": "eq", "key": "filename", "value": "door.md"}
    assert texts(client.vector_stores.search(store, query="door", filters=name)) == []
    assert [each.id for each in client.vector_stores.files.list(store)] == [ids["gate"]]
    assert client.vector_stores.retrieve(store).file_counts.total == 1
    assert list(client.vector_stores.file_batches.list_files(batch, vector_store_id=store)) == []
    with pytest.raises(openai.NotFoundError):
        client.vector_stores.files.content(ids["door"], vector_store_id=store)
    client.vector_stores.delete(store)
    assert len(base.documents) == 0


def test_what_has_expired_is_deleted_when_its_store_is_asked(
    client: Client, base: KnowledgeBase
) -> None:
    store = client.vector_stores.create(name="a").id
    ids = put(client, store, door="The door opens at nine.")
    expire(base, ids["door"])
    asked = (client.vector_stores.retrieve(store) for _ in range(10_000))
    assert any(len(base.documents) == 0 for _ in asked)


def test_a_store_stays_the_collection_that_it_is(client: Client) -> None:
    store = client.vector_stores.create(metadata={"collection": "guides"}).id
    with pytest.raises(openai.BadRequestError, match="is the collection 'guides'") as caught:
        client.vector_stores.update(store, metadata={"collection": "pay"})
    assert caught.value.param == "metadata"
    assert client.vector_stores.retrieve(store).metadata == {"collection": "guides"}
    same = client.vector_stores.update(store, metadata={"collection": "guides", "team": "ops"})
    assert same.metadata == {"collection": "guides", "team": "ops"}
    assert client.vector_stores.update(store, metadata=None).metadata == {}


def test_a_store_can_be_made_with_files(client: Client) -> None:
    file = client.files.create(file=("a.md", b"The door opens at nine."), purpose="assistants")
    store = client.vector_stores.create(name="a", file_ids=[file.id])
    assert (store.file_counts.total, store.status) == (1, "in_progress")
    client.vector_stores.files.poll(file.id, vector_store_id=store.id)
    assert texts(client.vector_stores.search(store.id, query="door")) == ["The door opens at nine."]
    with pytest.raises(openai.NotFoundError, match="file-nowhere"):
        client.vector_stores.create(name="b", file_ids=["file-nowhere"])
    assert [each.name for each in client.vector_stores.list()] == ["a"]


@pytest.mark.parametrize(
    ("wanted", "param", "told"),
    [
        ({"metadata": {str(n): "x" for n in range(17)}}, "metadata", "16 are allowed"),
        ({"metadata": {"k" * 65: "x"}}, "metadata", "64 characters"),
        ({"metadata": {"k": "x" * 513}}, "metadata", "512 characters"),
        ({"metadata": {"collection": "a/b"}}, None, "is no name"),
        ({"expires_after": {"anchor": "last_active_at", "days": 0}}, "expires_after", "equal to 1"),
        ({"expires_after": {"anchor": "created_at", "days": 1}}, "expires_after", "last_active_at"),
        ({"extra_body": {"colour": "red"}}, "colour", "Extra inputs"),
        ({"name": "x" * 1_001}, "name", "1000 characters"),
    ],
)
def test_a_store_with_wrong_wishes_is_refused(
    client: Client, wanted: dict[str, object], param: str | None, told: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=told) as caught:
        client.vector_stores.create(**wanted)  # type: ignore[arg-type] # wrong on purpose
    assert caught.value.param == param
    assert list(client.vector_stores.list()) == []
