from __future__ import annotations

import os
from collections.abc import Callable

import openai
import pytest

from api import KnowledgeBase
from api.app import create_app
from foundation.clock import Micros
from foundation.security.policy import Principal, access
from tests.api.doors import Served, served
from tests.api.openai.conftest import AsThey, Client, Connect, person, put


def test_a_file_is_kept_as_it_is(client: Client) -> None:
    data = os.urandom(300_000)
    file = client.files.create(file=("写真 1.bin", data), purpose="user_data")
    assert (file.bytes, file.filename, file.purpose) == (300_000, "写真 1.bin", "user_data")
    assert client.files.content(file.id).read() == data
    assert client.files.retrieve(file.id) == file
    assert client.files.wait_for_processing(file.id) == file


def test_files_are_listed_newest_first_or_oldest_first_page_by_page(client: Client) -> None:
    made = [
        client.files.create(file=(f"{n}.txt", b"x"), purpose=("batch" if n % 2 else "assistants"))
        for n in range(5)
    ]
    ids = [each.id for each in made]
    assert [each.id for each in client.files.list()] == ids[::-1]
    assert [each.id for each in client.files.list(order="asc", limit=2)] == ids
    first = client.files.list(order="asc", limit=2)
    assert (first.has_more, [each.id for each in first.data]) == (True, ids[:2])
    assert [each.id for each in client.files.list(order="asc", after=ids[2])] == ids[3:]
    assert [each.id for each in client.files.list(purpose="batch")] == [ids[3], ids[1]]
    with pytest.raises(openai.BadRequestError, match="after: there is no file"):
        client.files.list(after="file-nowhere")


def test_a_deleted_file_is_gone_from_every_store(client: Client, base: KnowledgeBase) -> None:
    first, second = (client.vector_stores.create(name=name).id for name in "ab")
    ids = put(client, first, door="The door opens at nine.", soup="The soup is hot.")
    client.vector_stores.files.create_and_poll(ids["door"], vector_store_id=second)
    assert client.files.delete(ids["door"]).deleted
    for store in (first, second):
        assert ids["door"] not in [each.id for each in client.vector_stores.files.list(store)]
        assert "door" not in str(client.vector_stores.search(store, query="door").data)
    with pytest.raises(openai.NotFoundError):
        client.files.content(ids["door"])
    with base.platform.parts.database.read() as connection:
        left = connection.exec_driver_sql("SELECT DISTINCT file_id FROM file_parts").scalars()
        assert set(left) == {ids["soup"]}


def test_a_file_ends_when_its_time_is_over(
    base: KnowledgeBase, serve: Callable[..., Served], connect: Connect
) -> None:
    client = connect(serve(base))
    store = client.vector_stores.create(name="short").id
    file = client.files.create(
        file=("a.md", b"The door opens at nine."),
        purpose="assistants",
        expires_after={"anchor": "created_at", "seconds": 3_600},
    )
    assert file.expires_at == file.created_at + 3_600
    client.vector_stores.files.create_and_poll(file.id, vector_store_id=store)
    with base.platform.parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE files SET expires_at = 1")
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)
    put(client, store, other="The soup is hot.")  # whatever wakes the worker
    assert "door" not in str(client.vector_stores.search(store, query="door").data)
    with base.platform.parts.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM files").scalar() == 1
    assert Micros(file.created_at) < base.platform.parts.clock()


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"expires_after": {"anchor": "created_at", "seconds": 10}}, "expires_after[seconds]"),
        ({"expires_after": {"anchor": "created_at"}}, "expires_after"),
        ({"purpose": "fun"}, "purpose"),
    ],
)
def test_an_upload_with_wrong_wishes_is_refused(
    client: Client, more: dict[str, object], param: str
) -> None:
    wanted = {"file": ("a.md", b"x"), "purpose": "assistants", **more}
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(**wanted)  # type: ignore[arg-type] # wrong on purpose
    assert caught.value.param == param
    assert list(client.files.list()) == []


def test_an_empty_file_is_refused(client: Client) -> None:
    with pytest.raises(openai.BadRequestError, match="is empty: send one"):
        client.files.create(file=("a.md", b""), purpose="assistants")


def test_too_large_a_file_is_refused_before_and_after_it_is_read(
    monkeypatch: pytest.MonkeyPatch, connect: Connect, serve: Callable[..., Served]
) -> None:
    monkeypatch.setenv("ELDERS_MAX_DOCUMENT_BYTES", "1000")
    with KnowledgeBase.open() as base:
        server = serve(base)
        client = connect(server)
        for size, told in ((1_001, "1,000 are taken"), (5_100_000, "larger than 5,000,000")):
            with pytest.raises(openai.APIStatusError, match=told) as caught:
                client.files.create(file=("a.md", b"x" * size), purpose="assistants")
            assert caught.value.status_code == 413
            assert caught.value.type == "invalid_request_error"
        assert client.files.create(file=("a.md", b"x" * 1_000), purpose="assistants").bytes == 1_000
        server.stop()


def test_the_files_of_one_key_hold_no_more_than_its_quota(
    base: KnowledgeBase, people: dict[str, Principal], connect: Connect
) -> None:
    app = AsThey(create_app(base, file_quota_bytes=1_000), people)
    server = served(base, app=app)
    for name in ("ada", "bob"):
        people[name] = person(name, access(["*"], []))
    ada, bob = connect(server, key="ada"), connect(server, key="bob")
    first = ada.files.create(file=("a.md", b"x" * 600), purpose="assistants").id
    with pytest.raises(openai.APIStatusError, match="hold 600 bytes, and 1,000") as caught:
        ada.files.create(file=("b.md", b"x" * 401), purpose="assistants")
    assert (caught.value.status_code, caught.value.code) == (413, "quota_exceeded")
    ada.files.create(file=("c.md", b"x" * 400), purpose="assistants")
    bob.files.create(file=("b.md", b"x" * 1_000), purpose="assistants")
    ada.files.delete(first)
    assert ada.files.create(file=("b.md", b"x" * 401), purpose="assistants").bytes == 401
    server.stop()


def test_who_reads_only_keeps_nothing(
    base: KnowledgeBase, home: object, serve: Callable[..., Served], connect: Connect
) -> None:
    with KnowledgeBase.open(read_only=True) as reader:
        server = serve(reader)
        client = connect(server)
        with pytest.raises(openai.ConflictError, match="read-only"):
            client.files.create(file=("a.md", b"x"), purpose="assistants")
        assert list(client.files.list()) == []
        server.stop()
