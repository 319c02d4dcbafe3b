from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest

from api import KnowledgeBase
from api.openai.attaching import Attaching
from ingest.parsers.registry import choose_format
from tests.api.doors import Served
from tests.api.openai.conftest import Client, Connect, put, texts
from tests.ingest.parsers import samples

DOOR = "# Doors\n\nThe office door opens at nine."


@pytest.fixture
def store(client: Client) -> str:
    return client.vector_stores.create(name="a").id


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The worker waits until this is set, as if it had much to do; ask for it before a server."""
    gate = threading.Event()
    step = Attaching.step

    def waiting(self: Attaching) -> bool:
        return gate.wait(30) and step(self)

    monkeypatch.setattr(Attaching, "step", waiting)
    return gate


def test_documents_of_many_kinds_are_found(client: Client, store: str) -> None:
    pdf = samples.pdf(["Overview", "The guild keeps what it knows."], title="Guide")
    batch = client.vector_stores.file_batches.upload_and_poll(
        store,
        files=[
            ("doors.md", DOOR.encode()),
            ("保存.md", "# 保存\n\nバックアップは九十日間保存されます。".encode()),
            ("guide.pdf", pdf),
        ],
    )
    assert (batch.status, batch.file_counts.completed, batch.file_counts.total) == (
        "completed", 3, 3,
    )  # fmt: skip
    for query, name in (
        ("when does the office open", "doors.md"),
        ("バックアップの期間", "保存.md"),
        ("what the guild knows", "guide.pdf"),
    ):
        best = client.vector_stores.search(store, query=query).data[0]
        assert best.filename == name, query
    state = client.vector_stores.retrieve(store)
    assert (state.status, state.file_counts.completed) == ("completed", 3)
    assert state.usage_bytes == sum(each.bytes for each in client.files.list())


def test_a_file_is_in_progress_until_it_is_found(
    held: threading.Event, client: Client, store: str
) -> None:
    file = client.files.create(file=("a.md", DOOR.encode()), purpose="assistants")
    made = client.vector_stores.files.create(store, file_id=file.id, attributes={"floor": 2})
    assert (made.status, made.usage_bytes, made.last_error) == ("in_progress", 0, None)
    assert client.vector_stores.retrieve(store).status == "in_progress"
    response = client.vector_stores.files.with_raw_response.retrieve(file.id, vector_store_id=store)
    assert int(response.headers["openai-poll-after-ms"]) > 0
    assert client.vector_stores.files.content(file.id, vector_store_id=store).data[0].text == ""
    assert texts(client.vector_stores.search(store, query="door")) == []
    held.set()
    done = client.vector_stores.files.poll(file.id, vector_store_id=store)
    assert (done.status, done.usage_bytes) == ("completed", file.bytes)
    assert texts(client.vector_stores.search(store, query="door")) == [DOOR]
    assert client.vector_stores.files.content(file.id, vector_store_id=store).data[0].text == DOOR


def test_what_waits_goes_on_after_a_restart(
    home: Path, serve: Callable[..., Served], connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first server ends before it took anything in."""
    step = Attaching.step
    with KnowledgeBase.open(home) as base:
        monkeypatch.setattr(Attaching, "step", lambda _: False)
        server = serve(base)
        client = connect(server)
        store = client.vector_stores.create(name="a").id
        files = [
            client.files.create(file=(f"{n}.md", f"{DOOR} {n}".encode()), purpose="assistants").id
            for n in range(3)
        ]
        batch = client.vector_stores.file_batches.create(store, file_ids=files)
        assert batch.file_counts.in_progress == 3
        server.stop()
    monkeypatch.setattr(Attaching, "step", step)
    with KnowledgeBase.open(home) as base:
        server = serve(base)
        client = connect(server)
        done = client.vector_stores.file_batches.poll(
            batch.id, vector_store_id=store, poll_interval_ms=50
        )
        assert (done.status, done.file_counts.completed) == ("completed", 3)
        assert len(base.documents) == 3
        server.stop()


def test_a_file_that_cant_be_read_fails_alone_and_says_why(client: Client, store: str) -> None:
    batch = client.vector_stores.file_batches.upload_and_poll(
        store,
        files=[
            ("good.md", DOOR.encode()),
            ("blank.md", b"  \n "),
            ("broken.pdf", b"%PDF-1.7 nothing more"),
            ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
        ],
    )
    assert (batch.status, batch.file_counts.failed) == ("completed", 3)
    files = client.vector_stores.file_batches.list_files(
        batch.id, vector_store_id=store, filter="failed"
    )
    told = {
        client.files.retrieve(each.id).filename: each.last_error.code
        for each in files
        if each.last_error and each.last_error.message
    }
    assert told == {
        "blank.md": "invalid_file", "broken.pdf": "invalid_file", "photo.png": "unsupported_file",
    }  # fmt: skip
    only_bad = client.vector_stores.file_batches.upload_and_poll(store, files=[("x.md", b" ")])
    assert only_bad.status == "failed"


def test_a_fault_of_the_program_fails_its_files_alone(
    client: Client, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parser has a fault that nobody foresaw."""

    def choose(name: str, *more: Any) -> Any:
        if name == "strange.md":
            raise ZeroDivisionError
        return choose_format(name, *more)

    monkeypatch.setattr("api.openai.attaching.choose_format", choose)
    made = [
        client.vector_stores.files.upload_and_poll(
            vector_store_id=store, file=(name, DOOR.encode())
        )
        for name in ("strange.md", "good.md")
    ]
    assert [each.status for each in made] == ["failed", "completed"]
    assert made[0].last_error is not None
    assert "a fault of the program (ZeroDivisionError)" in made[0].last_error.message


def test_files_of_a_store_are_listed_by_status_and_in_pages(client: Client, store: str) -> None:
    made = [
        client.files.create(file=(f"{n}.md", f"{DOOR} {n}".encode()), purpose="assistants").id
        for n in range(5)
    ]
    client.vector_stores.file_batches.create_and_poll(store, file_ids=made)
    listed = client.vector_stores.files.list(store, limit=2, order="asc")
    assert [each.id for each in listed] == made
    done = client.vector_stores.files.list(store, filter="completed", before=made[1], limit=2)
    assert [each.id for each in done.data] == [made[3], made[2]]
    assert list(client.vector_stores.files.list(store, filter="failed")) == []
    with pytest.raises(openai.BadRequestError) as caught:
        client.vector_stores.files.list(store, filter="lost")  # type: ignore[arg-type] # wrong on purpose
    assert caught.value.param == "filter"


def test_a_batch_gives_each_file_attributes_of_its_own_or_all_the_same(
    client: Client, store: str
) -> None:
    ids = [
        client.files.create(
            file=(f"{n}.md", f"# Note {n}\n\n{n} doors".encode()), purpose="assistants"
        ).id
        for n in range(3)
    ]
    client.vector_stores.file_batches.create_and_poll(
        store, file_ids=ids[:2], attributes={"floor": 1}
    )
    client.vector_stores.file_batches.create_and_poll(
        store,
        files=[
            {
                "file_id": ids[2],
                "attributes": {"floor": 2, "open": True},
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
                },
            }
        ],
    )
    found = {each.id: each for each in client.vector_stores.files.list(store)}
    assert [found[each].attributes for each in ids] == [
        {"floor": 1}, {"floor": 1}, {"floor": 2, "open": True},
    ]  # fmt: skip
    sizes = found[ids[2]].chunking_strategy
    assert sizes is not None
    assert sizes.type == "static"
    assert sizes.static.max_chunk_size_tokens == 800


@pytest.mark.parametrize("both", [True, False])
def test_a_batch_takes_ids_or_files_and_not_both(client: Client, store: str, *, both: bool) -> None:
    wanted = {"file_ids": ["file-1"], "files": [{"file_id": "file-2"}]} if both else {}
    with pytest.raises(openai.BadRequestError, match="one of the two"):
        client.vector_stores.file_batches.create(store, **wanted)  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize(
    "beside", [{"attributes": {"access": "board"}}, {"chunking_strategy": {"type": "auto"}}]
)
def test_what_would_not_hold_for_files_with_attributes_of_their_own_is_refused(
    client: Client, store: str, beside: dict[str, object]
) -> None:
    file = client.files.create(file=("a.md", DOOR.encode()), purpose="assistants").id
    with pytest.raises(openai.BadRequestError, match="stand in each of them"):
        client.vector_stores.file_batches.create(store, files=[{"file_id": file}], **beside)  # type: ignore[arg-type] # wrong on purpose
    assert list(client.vector_stores.files.list(store)) == []


def test_a_cancelled_batch_brings_nothing_more(
    held: threading.Event, client: Client, base: KnowledgeBase, store: str
) -> None:
    ids = [
        client.files.create(file=(f"{n}.md", f"{DOOR} {n}".encode()), purpose="assistants").id
        for n in range(2)
    ]
    batch = client.vector_stores.file_batches.create(store, file_ids=ids)
    cancelled = client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store)
    assert (cancelled.status, cancelled.file_counts.cancelled) == ("cancelled", 2)
    held.set()
    put(client, store, soup="The soup is hot.")
    assert {each.text for each in base.search("door")} == {"The soup is hot."}
    again = client.vector_stores.files.create_and_poll(ids[0], vector_store_id=store)
    assert again.status == "completed"


def test_attributes_are_changed_and_searched_by_at_once(client: Client, store: str) -> None:
    file = put(client, store, door=DOOR)["door"]
    changed = client.vector_stores.files.update(
        file, vector_store_id=store, attributes={"language": "de", "floor": 3}
    )
    assert (changed.status, changed.attributes) == ("completed", {"language": "de", "floor": 3})
    for value, expected in (("de", [DOOR]), ("en", [])):
        found = client.vector_stores.search(
            store, query="door", filters={"type": "eq", "key": "language", "value": value}
        )
        assert texts(found) == expected
    none = client.vector_stores.files.update(file, vector_store_id=store, attributes=None)
    assert none.attributes == {}


def test_a_file_is_taken_out_and_put_back(client: Client, base: KnowledgeBase, store: str) -> None:
    file = put(client, store, door=DOOR)["door"]
    assert client.vector_stores.files.delete(file, vector_store_id=store).deleted
    assert texts(client.vector_stores.search(store, query="door")) == []
    with pytest.raises(openai.NotFoundError, match=file):
        client.vector_stores.files.retrieve(file, vector_store_id=store)
    client.vector_stores.files.create_and_poll(file, vector_store_id=store)
    assert texts(client.vector_stores.search(store, query="door")) == [DOOR]
    base.documents.delete(file)  # by another door
    assert client.vector_stores.retrieve(store).file_counts.total == 0
    client.vector_stores.files.create_and_poll(file, vector_store_id=store)
    assert client.vector_stores.retrieve(store).file_counts.completed == 1


def test_the_same_words_in_two_files_are_merged_and_both_completed(
    client: Client, store: str
) -> None:
    ids = [
        client.vector_stores.files.upload_and_poll(
            vector_store_id=store, file=(f"{n}.md", DOOR.encode()), attributes={"floor": n}
        ).id
        for n in range(2)
    ]
    assert len(client.vector_stores.search(store, query="door").data) == 1
    for number, file in enumerate(ids):
        found = client.vector_stores.search(
            store, query="door", filters={"type": "eq", "key": "floor", "value": number}
        )
        assert [(each.file_id, each.attributes) for each in found] == [(file, {"floor": number})]
    client.vector_stores.files.delete(ids[0], vector_store_id=store)
    assert client.vector_stores.search(store, query="door").data[0].file_id == ids[1]


def test_a_file_is_cut_as_it_is_wished_for(client: Client, base: KnowledgeBase, store: str) -> None:
    text = " ".join(f"The door number {n} opens at nine in the morning." for n in range(200))
    file = client.files.create(file=("long.txt", text.encode()), purpose="assistants").id
    other = client.vector_stores.create(name="b").id
    for place, tokens, overlap in ((store, 100, 0), (other, 400, 100)):
        client.vector_stores.files.create_and_poll(
            file,
            vector_store_id=place,
            chunking_strategy={
                "type": "static",
                "static": {"max_chunk_size_tokens": tokens, "chunk_overlap_tokens": overlap},
            },
        )
    lengths = [
        [len(text) for text in texts(client.vector_stores.search(place, query="door"))]
        for place in (store, other)
    ]
    assert 2 * max(lengths[0]) < max(lengths[1])
    with pytest.raises(openai.ConflictError, match="cut otherwise"):
        client.vector_stores.files.create(store, file_id=file, chunking_strategy={"type": "auto"})


@pytest.mark.parametrize(
    ("wanted", "param", "told"),
    [
        ({"attributes": {str(n): "x" for n in range(17)}}, "attributes", "16 are allowed"),
        ({"attributes": {"k" * 65: "x"}}, "attributes", "64 characters"),
        ({"attributes": {"k": "x" * 513}}, "attributes", "512 characters"),
        ({"attributes": {"k": ["x"]}}, "attributes", "valid"),
        (
            {
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 101},
                }
            },
            "chunking_strategy",
            "half of max_chunk_size_tokens",
        ),
        ({"chunking_strategy": {"type": "semantic"}}, "chunking_strategy", "'auto', 'static'"),
    ],
)
def test_a_file_with_wrong_wishes_is_refused(
    client: Client, store: str, wanted: dict[str, object], param: str, told: str
) -> None:
    file = client.files.create(file=("a.md", b"x"), purpose="assistants").id
    with pytest.raises(openai.BadRequestError, match=told) as caught:
        client.vector_stores.files.create(store, file_id=file, **wanted)  # type: ignore[arg-type] # wrong on purpose
    assert caught.value.param == param
    assert list(client.vector_stores.files.list(store)) == []


def test_what_is_not_there_is_not_found(client: Client, store: str) -> None:
    file = client.files.create(file=("a.md", b"x"), purpose="assistants").id
    for call in (
        lambda: client.vector_stores.files.create(store, file_id="file-nowhere"),
        lambda: client.vector_stores.files.create("vs_nowhere", file_id=file),
        lambda: client.vector_stores.files.retrieve(file, vector_store_id=store),
        lambda: client.vector_stores.files.update(file, vector_store_id=store, attributes={}),
        lambda: client.vector_stores.files.delete(file, vector_store_id=store),
        lambda: client.vector_stores.files.content(file, vector_store_id=store),
        lambda: client.vector_stores.file_batches.retrieve("vsfb_no", vector_store_id=store),
        lambda: client.vector_stores.file_batches.cancel("vsfb_no", vector_store_id=store),
        lambda: client.vector_stores.file_batches.create(store, file_ids=[file, "file-nowhere"]),
    ):
        with pytest.raises(openai.NotFoundError):
            call()
    assert list(client.vector_stores.files.list(store)) == []


def test_a_purged_document_takes_the_uploaded_bytes_along(
    client: Client, base: KnowledgeBase, home: Path, store: str
) -> None:
    word = b"xylophonquartz"
    file = put(client, store, secret=f"The {word.decode()} is hidden under the stairs.")["secret"]
    base.documents.purge(file, reason="told by mistake")
    assert [path for path in home.rglob("*") if path.is_file() and word in path.read_bytes()] == []
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file)
