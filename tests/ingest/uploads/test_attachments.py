from __future__ import annotations

import io

import pytest

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.errors import Conflict, NotFound
from foundation.ids import DocumentId
from foundation.security.policy import Access, access
from ingest.uploads.attachments import Attachments
from ingest.uploads.contents import Contents
from ingest.uploads.files import Files
from ingest.uploads.model import (
    Attachment,
    Batch,
    ChunkSizes,
    Finish,
    Status,
    Wish,
)
from ingest.uploads.stores import NewStore, Stores
from tests.knowledge.drafts import draft, make_sage, words

STORE = "vs_1"


class Books:
    """Three files and a store, with a clock that ticks."""

    def __init__(self, database: Database) -> None:
        self.time = 0
        self.database = database
        self.attachments = Attachments(database, self.clock)
        self.contents = Contents(database, self.clock)
        self.stores = Stores(database, self.clock)
        self.stores.add(STORE, STORE, NewStore())
        files = Files(database, self.clock)
        self.files = [
            files.add(
                io.BytesIO(b"text"), owner="ada", filename=f"{n}.md", media_type="", purpose="batch"
            ).id
            for n in range(3)
        ]

    def clock(self) -> Micros:
        self.time += 10
        return Micros(self.time)

    def wish(self, *wishes: Wish, actor: str = "ada", rights: Access = Access.everything) -> None:
        self.attachments.attach(STORE, wishes, actor=actor, rights=rights)

    def find(self, number: int) -> Attachment:
        return self.contents.find(STORE, self.files)[self.files[number]]

    def ingested(self, number: int) -> Finish:
        """Make the document that a file becomes."""
        sage = make_sage(self.database)
        (result,) = sage.add(STORE, [draft(self.files[number], words(number))])
        return Finish(self.find(number), document_id=result.document_id)

    def page(self, batch: Batch | None = None, status: Status | None = None) -> list[str]:
        found = self.contents.page(
            STORE, batch_id=batch.id if batch else None, status=status,
            after=None, ascending=True, limit=10,
        )  # fmt: skip
        return [each.file_id for each in found]


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database)


def test_a_wish_waits_and_becomes_a_document(books: Books) -> None:
    rights = access(["a", "b*"], ["board"])
    books.wish(Wish(books.files[0], {"year": 2026}), rights=rights)
    waiting = books.find(0)
    assert (waiting.status, waiting.attributes, waiting.document_id) == (
        Status.IN_PROGRESS, {"year": 2026}, None,
    )  # fmt: skip
    assert (waiting.actor, waiting.rights, waiting.filename) == ("ada", rights, "0.md")
    assert books.contents.pending(10) == [waiting]
    done = books.ingested(0)
    assert books.attachments.finish([done]) == []
    completed = books.find(0)
    assert (completed.status, completed.document_id) == (Status.COMPLETED, done.document_id)
    assert completed.number is not None
    assert books.contents.pending(10) == []
    assert books.contents.count(STORE) == ({"completed": 1}, 4)


def test_a_failure_is_told_and_can_be_wished_for_again(books: Books) -> None:
    books.wish(Wish(books.files[0]))
    books.attachments.finish([Finish(books.find(0), error_code="invalid_file", error="broken")])
    failed = books.find(0)
    assert (failed.status, failed.error_code, failed.error) == (
        Status.FAILED, "invalid_file", "broken",
    )  # fmt: skip
    assert books.contents.count(STORE) == ({"failed": 1}, 0)
    books.wish(Wish(books.files[0], sizes=ChunkSizes(100, 0)))
    assert (books.find(0).status, books.find(0).error) == (Status.IN_PROGRESS, "")


def test_what_is_there_as_wished_for_stays_and_other_attributes_are_a_new_wish(
    books: Books,
) -> None:
    books.wish(Wish(books.files[0], {"a": 1}))
    books.attachments.finish([books.ingested(0)])
    books.wish(Wish(books.files[0], {"a": 1}), actor="bob")
    assert (books.find(0).status, books.find(0).actor) == (Status.COMPLETED, "ada")
    books.wish(Wish(books.files[0], {"a": 2}), actor="bob")
    assert (books.find(0).status, books.find(0).actor) == (Status.IN_PROGRESS, "bob")
    with pytest.raises(Conflict, match="cut otherwise"):
        books.wish(Wish(books.files[0], {"a": 2}, ChunkSizes(100, 0)))


def test_what_was_wished_for_otherwise_meanwhile_goes_on_waiting(books: Books) -> None:
    books.wish(Wish(books.files[0]))
    done = books.ingested(0)
    books.attachments.describe(STORE, books.files[0], {"a": 1}, actor="b", rights=Access.everything)
    assert books.attachments.finish([done]) == []
    assert books.find(0).status is Status.IN_PROGRESS
    with pytest.raises(NotFound):
        books.attachments.describe(STORE, "file-no", {}, actor="b", rights=Access.everything)


@pytest.mark.parametrize("again", [False, True])
def test_what_nobody_wants_any_more_is_answered(books: Books, *, again: bool) -> None:
    books.wish(Wish(books.files[0]))
    done = books.ingested(0)
    books.attachments.detach(STORE, [books.files[0]])
    if again:
        books.wish(Wish(books.files[0]))
    assert books.attachments.finish([done]) == [done.attachment]
    if again:
        assert books.find(0).status is Status.IN_PROGRESS


def test_a_cancelled_batch_takes_no_more_in(books: Books) -> None:
    wishes = [Wish(each) for each in books.files[:2]]
    batch = books.attachments.attach(
        STORE, wishes, actor="ada", rights=Access.everything, batched=True
    )
    assert batch is not None
    books.wish(Wish(books.files[2]))
    assert books.page(batch) == books.files[:2]
    first, second = books.ingested(0), books.ingested(1)
    books.attachments.finish([first])
    books.attachments.cancel(batch.id, books.files)
    assert books.attachments.finish([second]) == [second.attachment]
    assert books.contents.batch(STORE, batch.id).cancelled
    assert books.contents.count(STORE, batch.id)[0] == {"completed": 1, "cancelled": 1}
    assert books.page(status=Status.CANCELLED) == [books.files[1]]
    assert [each.file_id for each in books.contents.pending(10)] == [books.files[2]]
    with pytest.raises(NotFound):
        books.contents.batch("vs_2", batch.id)


def test_only_named_files_of_a_batch_are_cancelled(books: Books) -> None:
    wishes = [Wish(each) for each in books.files[:2]]
    batch = books.attachments.attach(
        STORE, wishes, actor="ada", rights=Access.everything, batched=True
    )
    assert batch is not None
    books.attachments.cancel(batch.id, books.files[1:])
    assert books.contents.count(STORE, batch.id)[0] == {"in_progress": 1, "cancelled": 1}
    assert [each.file_id for each in books.contents.pending(10)] == books.files[:1]


def test_what_waits_together_is_of_one_kind(books: Books) -> None:
    books.wish(Wish(books.files[0]), Wish(books.files[1]))
    books.wish(Wish(books.files[2]), actor="bob")
    assert [each.file_id for each in books.contents.pending(10)] == books.files[:2]
    assert [each.file_id for each in books.contents.pending(1)] == books.files[:1]


def test_a_file_whose_document_another_door_deleted_is_in_the_store_no_more(books: Books) -> None:
    books.wish(Wish(books.files[0]))
    done = books.ingested(0)
    books.attachments.finish([done])
    make_sage(books.database).delete(DocumentId(str(done.document_id)))
    assert books.page() == []
    assert books.contents.count(STORE) == ({}, 0)
    assert len(books.contents.of_file(books.files[0])) == 1
    books.wish(Wish(books.files[0]))
    assert books.page() == books.files[:1]


def test_an_expired_file_is_in_no_store_but_can_be_taken_out_of_it(books: Books) -> None:
    books.wish(*[Wish(each) for each in books.files])
    with books.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE files SET expires_at = 1 WHERE id = '{books.files[0]}'")
    rest = books.files[1:]
    assert books.page() == rest
    assert books.contents.find(STORE, books.files).keys() == set(rest)
    assert [each.file_id for each in books.contents.pending(10)] == rest
    assert books.contents.count(STORE)[0] == {"in_progress": 2}
    (whole,) = books.contents.pages(STORE, expired=True)
    assert [each.file_id for each in whole] == books.files
    assert len(books.contents.of_file(books.files[0])) == 1


def test_a_removed_store_leaves_no_rows_and_an_expired_one_only_itself(books: Books) -> None:
    books.wish(*[Wish(each) for each in books.files])
    books.stores.expire(STORE)
    assert books.page() == []
    assert books.stores.get(STORE).expired
    books.attachments.attach(
        STORE, [Wish(books.files[0])], actor="ada", rights=Access.everything, batched=True
    )
    books.stores.remove(STORE)
    with pytest.raises(NotFound):
        books.stores.get(STORE)
    assert books.contents.of_file(books.files[0]) == []
