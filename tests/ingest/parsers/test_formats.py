from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parsers.formats import BY_MEDIA_TYPE, FORMATS, detect_media_type, foreign
from tests.ingest.parsers import samples

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notes.txt", "text/plain"),
        ("README.MD", "text/markdown"),
        ("peps/pep-0008.rst", "text/x-rst"),
        ("a\\b\\page.HTM", "text/html"),
        ("report.pdf", "application/pdf"),
        ("手順書.docx", DOCX),
        ("book.epub", "application/epub+zip"),
        ("table.csv", "text/csv"),
        ("message.eml", "message/rfc822"),
        ("work.ipynb", "application/x-ipynb+json"),
        ("main.rs", "text/x-rust"),
        ("main.c", "text/x-c"),
        ("main.cpp", "text/x-c++"),
        ("deploy.sh", "text/x-sh"),
        ("schema.sql", "application/sql"),
        ("ci.yml", "application/yaml"),
        ("pyproject.toml", "application/toml"),
    ],
)
def test_the_extension_names_the_format(name: str, expected: str) -> None:
    assert detect_media_type(name, b"") == expected


def test_without_an_extension_the_content_names_the_format() -> None:
    for data, expected in (
        (samples.pdf(["x"]), "application/pdf"),
        (samples.word(), DOCX),
        (samples.epub(["<p>x</p>"]), "application/epub+zip"),
        (b"\n<!-- made by hand -->\n<!DOCTYPE html>\n<p>x", "text/html"),
        (b'<?xml version="1.0"?>\n<rss/>', "application/xml"),
        (samples.mail(plain="x"), "message/rfc822"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"To: the reader\n\nno e-mail, only a letter", "text/plain"),
        ("手順書".encode("cp932"), "text/plain"),
        (b"", "text/plain"),
    ):
        assert detect_media_type("no-extension", data[:4096]) == expected


def test_words_are_not_taken_for_the_beginnings_of_other_files() -> None:
    for text in (
        b"ID3 tags",
        b"RIFF and WAVE",
        b"GIF images",
        b"The ftyp box",
        b"OggS pages",
        b"PK",
    ):
        assert detect_media_type("no-extension", text) == "text/plain"
        assert foreign(text) is None
    assert foreign(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    assert foreign(b"\x00\x00\x00\x18ftypmp42")


@pytest.mark.parametrize("unit", [b"<!---->", b"<!-- ", b"-->", b"<?xml ", b" ", b"From: ", b"\n"])
def test_no_beginning_takes_long_to_look_at(unit: bytes) -> None:
    start = time.process_time()
    detect_media_type("no-extension", unit * 5000)
    assert time.process_time() - start < 0.5


def test_no_extension_or_media_type_belongs_to_two_formats() -> None:
    extensions = [end for form in FORMATS for end in form.extensions]
    types = [kind for form in FORMATS for kind in (form.media_type, *form.aliases)]
    assert len(extensions) == len(set(extensions))
    assert len(types) == len(set(types))


@given(name=st.text(max_size=60), head=st.binary(max_size=200))
@settings(deadline=None)  # a busy machine is no finding
def test_anything_gets_some_media_type(name: str, head: bytes) -> None:
    found = detect_media_type(name, head)
    assert found in BY_MEDIA_TYPE or "/" in found
