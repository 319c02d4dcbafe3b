from __future__ import annotations

import io
import os

import pytest

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from foundation.security.policy import Access
from ingest.uploads.attachments import Attachments
from ingest.uploads.files import PART_BYTES, Files
from ingest.uploads.model import UploadedFile, Wish
from ingest.uploads.stores import NewStore, Stores


class Now:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 1_000_000

    def __call__(self) -> Micros:
        self.time += 1
        return Micros(self.time)


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def files(database: Database, now: Now) -> Files:
    return Files(database, now)


def upload(files: Files, data: bytes = b"x", name: str = "a.txt", **more: int) -> UploadedFile:
    return files.add(
        io.BytesIO(data),
        owner="ada",
        filename=name,
        media_type="text/plain",
        purpose="assistants",
        lifetime_seconds=more.get("lifetime_seconds"),
    )


@pytest.mark.parametrize("size", [1, PART_BYTES, PART_BYTES + 1, 70 * PART_BYTES + 3])
def test_bytes_come_back_as_they_went_in(files: Files, size: int) -> None:
    data = os.urandom(size)
    kept = upload(files, data, "写真.bin")
    assert kept.bytes == size
    assert files.read(kept.id) == data
    assert files.get(kept.id) == kept


def test_a_file_of_nothing_or_with_a_strange_name_leaves_nothing(files: Files) -> None:
    for data, name in ((b"", "a.txt"), (b"x", "a\0.txt")):
        with pytest.raises(InvalidInput):
            upload(files, data, name)
    assert files.page(owner=None, purpose=None, after=None, ascending=True, limit=10) == []


def test_a_hidden_file_is_swept_once_it_is_in_no_store(
    files: Files, database: Database, now: Now
) -> None:
    kept, other = upload(files), upload(files)
    store = Stores(database, now).add("vs_1", "vs_1", NewStore())
    attachments = Attachments(database, now)
    attachments.attach(store.id, [Wish(kept.id)], actor="ada", rights=Access.everything)
    files.hide(kept.id)
    assert files.find([kept.id, other.id]).keys() == {other.id}
    assert files.sweep() == 0
    assert files.read(kept.id) == b"x"
    attachments.detach(store.id, [kept.id])
    assert files.sweep() == 1
    assert files.read(kept.id) == b""
    assert files.get(other.id) == other


def test_a_file_whose_time_is_over_is_not_there(files: Files, now: Now) -> None:
    kept = upload(files, lifetime_seconds=5)
    assert files.get(kept.id) == kept
    assert files.expired() == []
    now.time += 5_000_000
    with pytest.raises(NotFound):
        files.get(kept.id)
    assert files.expired() == [kept.id]
    assert files.sweep() == 1


def test_files_are_listed_by_owner_and_purpose(files: Files) -> None:
    kept = [upload(files) for _ in range(3)]
    whole = files.page(owner="ada", purpose="assistants", after=None, ascending=True, limit=10)
    assert whole == kept
    rest = files.page(owner="ada", purpose=None, after=kept[2].position, ascending=False, limit=1)
    assert rest == [kept[1]]
    for owner, purpose in (("bob", None), ("ada", "batch")):
        assert files.page(owner=owner, purpose=purpose, after=None, ascending=True, limit=9) == []
