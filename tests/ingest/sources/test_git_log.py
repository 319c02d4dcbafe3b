from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.errors import InvalidInput
from ingest.sources.git_log import Commit, FileChange, changes, split_fields

COMMIT = [b"a" * 40, b"1700000000", b"1600000000", b"Ann <ann@example.org>", b"Why\n\nBody\n"]
CHANGE = b":100644 100755 " + b"1" * 40 + b" " + b"2" * 40 + b" M"


@given(st.lists(st.binary(max_size=20).map(lambda raw: raw.replace(b"\0", b"")), max_size=8))
def test_fields_are_cut_at_nuls(fields: list[bytes]) -> None:
    stream = io.BytesIO(b"".join(field + b"\0" for field in fields))
    assert list(split_fields(stream)) == fields


def test_a_long_field_is_cut_short_without_being_held() -> None:
    stream = io.BytesIO(b"x" * 3_000_000 + b"\0next\0")
    assert list(split_fields(stream, 100)) == [b"x" * 100, b"next"]


def test_a_last_field_without_its_end_is_kept() -> None:
    assert list(split_fields(io.BytesIO(b"a\0b"))) == [b"a", b"b"]


def test_changes_belong_to_the_commit_before_them() -> None:
    other = [b"b" * 40, *COMMIT[1:]]
    found = list(changes([*COMMIT, b"\n" + CHANGE, b"docs/a.md", CHANGE, b"b", *COMMIT, *other]))
    commit = Commit(
        "a" * 40,
        Micros(1_700_000_000_000_000),
        Micros(1_600_000_000_000_000),
        "Ann <ann@example.org>",
        "Why\n\nBody",
    )
    assert found == [
        FileChange(commit, b"docs/a.md", "100755", "2" * 40),
        FileChange(commit, b"b", "100755", "2" * 40),
    ]


def test_ids_of_sha256_repositories_are_known() -> None:
    change = b":100644 100644 " + b"1" * 64 + b" " + b"2" * 64 + b" M"
    [found] = changes([b"a" * 64, *COMMIT[1:], b"\n" + change, b"a"])
    assert found.blob == "2" * 64


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(b"", 0), (b"x", 0), (b"-5", 0), (b"9" * 30, 0), (b"9" * 15, 253_402_300_799)],
)
def test_times_that_make_no_sense_are_mended(seconds: bytes, expected: int) -> None:
    [found] = changes([COMMIT[0], seconds, seconds, *COMMIT[3:], b"\n" + CHANGE, b"a"])
    assert found.commit.committed == expected * 1_000_000


def test_names_in_no_known_encoding_are_read_somehow() -> None:
    [found] = changes([*COMMIT[:3], b"J\xf6rg", b"\xff", b"\n" + CHANGE, b"a"])
    assert (found.commit.author, found.commit.message) == ("J\ufffdrg", "\ufffd")


@pytest.mark.parametrize(
    "fields",
    [[b"nonsense"], COMMIT[:3], [CHANGE, b"a"], [*COMMIT, CHANGE], [*COMMIT, b":1 nonsense", b"a"]],
)
def test_what_git_does_not_print_is_refused(fields: list[bytes]) -> None:
    with pytest.raises(InvalidInput, match="git printed"):
        list(changes(fields))
