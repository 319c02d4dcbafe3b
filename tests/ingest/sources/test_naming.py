from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.naming import absolute, cleaned, file_uri, readable

names = st.one_of(
    st.binary(min_size=1, max_size=30).map(os.fsdecode),
    st.text(alphabet="ax\\e9\n0\x85\udce9", max_size=12),
)


@given(names)
def test_a_readable_name_can_be_stored_and_printed(name: str) -> None:
    written = readable(name)
    written.encode("utf-8")
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in written)


@given(names, names)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (readable(one) == readable(other)) == (one == other)


def test_bytes_that_are_no_utf8_are_written_as_hex() -> None:
    assert readable(os.fsdecode(b"caf\xe9.txt")) == "caf\\xe9.txt"


def test_right_to_left_names_stay_as_they_are() -> None:
    assert readable("\u202eשלום مرحبا.md") == "\u202eשלום مرحبا.md"


def test_a_backslash_is_doubled_so_that_it_is_no_escape() -> None:
    assert readable("caf\\xe9.txt") == "caf\\\\xe9.txt"


def test_an_absolute_path_keeps_links_but_not_dots(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert absolute(tmp_path / "link" / ".." / "link" / "a") == tmp_path / "link" / "a"


def test_a_file_uri_escapes_raw_bytes_and_spaces() -> None:
    assert file_uri(os.fsdecode(b"/a b/caf\xe9")) == "file:///a%20b/caf%E9"


@given(st.text())
def test_cleaned_text_holds_nothing_that_databases_refuse(text: str) -> None:
    assert "\0" not in cleaned(text)
    cleaned(text).encode("utf-8")
    assert len(cleaned(text)) == len(text)
