from __future__ import annotations

import os
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import Unparsable
from ingest.model import Parsed, Record
from ingest.parsers.formats import CODE, FORMATS
from ingest.parsers.limits import Limits
from ingest.parsers.registry import parse
from ingest.parsers.sandbox import Sandbox
from tests.ingest.parsers import samples
from tests.ingest.parsers.conftest import Read, refusal

PROSE = "Title\n=====\r\n\r\n  indented\ttabbed  \n\n\n最後の行"
AS_WRITTEN = [form for form in FORMATS if form.as_written]


@pytest.mark.parametrize("form", AS_WRITTEN, ids=lambda form: form.label)
def test_text_and_code_are_kept_exactly_as_written(read: Read, form: object) -> None:
    for extension in form.extensions:  # type: ignore[attr-defined]  # parametrize loses the type
        found = read(f"file{extension}", PROSE.encode())
        assert found.text == PROSE
        assert found.media_type == form.media_type  # type: ignore[attr-defined]  # as above
        assert found.metadata == {"encoding": "utf-8"}


WRITABLE = st.characters(
    exclude_categories=["Cs", "Cc"], include_characters="\t\r\n", exclude_characters="\ufffd\ufeff"
)


@given(text=st.text(WRITABLE, min_size=1).filter(str.strip))
@settings(deadline=None)  # a busy machine is no finding
def test_any_text_comes_out_as_it_went_in(sandbox: Sandbox, text: str) -> None:
    record = Record("s", data=text.encode(), name="a.txt")
    assert parse(record, limits=Limits(), sandbox=sandbox).text == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"])
def test_japanese_files_are_read_whatever_their_encoding(read: Read, encoding: str) -> None:
    text = "# 障害対応\r\n\r\nサーバーを再起動してください。\r\n"
    found = read("手順.md", text.encode(encoding))
    assert (found.text, found.title) == (text, "障害対応")


def test_source_code_may_declare_its_encoding(read: Read) -> None:
    code = "#!/usr/bin/python\n# -*- coding: latin-1 -*-\nname = '¤ÆÒ'\n"
    found = read("a.py", code.encode("latin-1"))
    assert found.text == code
    assert found.title == "a"
    xml = '<?xml version="1.0" encoding="koi8-r"?><a>кот</a>'
    assert read("a.xml", xml.encode("koi8-r")).text == xml


def test_the_title_comes_from_the_source_then_the_text_then_the_name(sandbox: Sandbox) -> None:
    def title(**fields: str) -> str:
        record = Record("id-7", data=b"# Heading\n", **fields)  # type: ignore[arg-type]  # strings only
        return parse(record, limits=Limits(), sandbox=sandbox).title

    assert title(name="a.md", title="  Given\n title") == "Given title"
    assert title(name="a.md") == "Heading"
    assert title(name="docs/a.txt") == "a"
    assert title() == "id-7"
    assert title(uri="https://example.org/the%20guide.txt?x=1.5#part") == "the guide"


def test_the_media_type_that_came_along_decides(read: Read) -> None:
    html = b"<h1>x</h1>"
    assert read("a.txt", html, media_type="text/html").text == "# x"
    assert read("a.html", html, media_type="application/octet-stream").text == "# x"
    assert read("a.html", html, media_type="text/plain").text == "<h1>x</h1>"
    assert read("a.py", b"x = 1", media_type="text/plain").media_type == "text/x-python"
    assert read("a", b'{"a": 1}', media_type="application/geo+json").text == "a: 1"
    assert read("a", b"<a/>", media_type="application/atom+xml").media_type == "application/xml"
    assert read("a", b"x", media_type="text/unheard-of").media_type == "text/plain"
    assert read("a", samples.word(), media_type="application/zip").title == "Runbook 運用手順"


def test_an_archive_without_a_name_is_recognised_by_its_directory(read: Read) -> None:
    padded = samples.zipped({"a" * 5000: "x" * 10})
    word = samples.rezipped(padded, {"word/document.xml": "<x/>", "[Content_Types].xml": "<x/>"})
    with pytest.raises(Unparsable, match="DOCX"):
        read("noname", word)


def test_records_that_are_text_already_are_only_made_storable(sandbox: Sandbox) -> None:
    def run(record: Record) -> Parsed:
        return parse(record, limits=Limits(), sandbox=sandbox)

    assert run(Record("1", text="a\0b\ud800", title="T")) == Parsed("a\ufffdb\ufffd", "T")
    assert run(Record("doc-1", text="<p>kept</p>", media_type="Text/HTML; charset=x")) == Parsed(
        "<p>kept</p>", "doc-1", "text/html"
    )
    # A bibliography has entries that are all title.
    assert run(Record("1", text="", title="Only a title")).text == "Only a title"
    with pytest.raises(Unparsable, match=r"^1: the text is empty"):
        run(Record("1", text=" \n"))


def test_records_without_content_say_why(sandbox: Sandbox) -> None:
    with pytest.raises(Unparsable, match=r"^a\.txt: permission denied"):
        parse(
            Record("s", name="a.txt", error="permission denied"), limits=Limits(), sandbox=sandbox
        )
    with pytest.raises(Unparsable, match="neither bytes nor text"):
        parse(Record("s"), limits=Limits(), sandbox=sandbox)


BILLION = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>'
BAD = {
    "an empty file": ("a.txt", b"", "the file is empty; leave it out"),
    "white space only": ("a.md", b" \n\t\n", "the Markdown file holds no text"),
    "a program named as text": ("a.txt", b"\x7fELF" + bytes(99), r"are a program \(ELF\)"),
    "a picture named as Markdown": ("a.md", b"\x89PNG\r\n\x1a\n", "are a PNG image; give it"),
    "random bytes named as text": (
        "a.txt", random.Random(7).randbytes(5000), "claims to be plain text but holds binary data"
    ),
    "NULs named as code": ("a.py", bytes(5000), "claims to be Python but holds binary data"),
    "a picture": ("photo", b"\xff\xd8\xff\xe0", "the file is a JPEG image and no parser"),
    "an archive of files": ("x.zip", samples.zipped({"a.txt": "x"}), "a ZIP archive and no parser"),
    "billion laughs": ("a.xml", BILLION.encode(), "declares XML entities, which can expand"),
    "billion laughs in UTF-16": ("a.svg", BILLION.encode("utf-16"), "declares XML entities"),
    "billion laughs in DOCX": (
        "a.docx",
        samples.rezipped(samples.word(), {"word/document.xml": BILLION}),
        "its part word/document.xml declares XML entities",
    ),
    "billion laughs far inside a part": (
        "a.xlsx",
        samples.rezipped(
            samples.workbook({"S": [["x"]]}),
            {"xl/styles.xml": f"<!--{os.urandom(400_000).hex()}-->" + BILLION},
        ),
        "its part xl/styles.xml declares XML entities",
    ),
    "an entry that leads out": (
        "a.docx",
        samples.rezipped(samples.word(), {"../evil.xml": "x"}),
        "entry '../evil.xml' leads out of the archive",
    ),
    "an entry with a backslash": (
        "a.docx", samples.rezipped(samples.word(), {"a\\..\\b": "x"}), "leads out of the archive"
    ),
    "an absolute entry": (
        "a.pptx", samples.rezipped(samples.slides(), {"/etc/cron": "x"}), "leads out of the archive"
    ),
    "a zip bomb": (
        "a.docx",
        samples.rezipped(samples.word(), {"word/media/a.bin": bytes(60_000_000)}),
        "looks like a zip bomb",
    ),
    "an encrypted office document": (
        "a.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "the XLSX is encrypted with a password; save it without one",
    ),
    "a legacy office document": (
        "a.docx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "is a legacy binary Office document .* save it as DOCX",
    ),
    "an unnamed legacy document": (
        "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "legacy or encrypted Office doc"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_by_name_with_a_reason(read: Read, case: str) -> None:
    name, data, said = BAD[case]
    with pytest.raises(Unparsable, match=f"^{name}: .*{said}"):
        read(name, data)


def test_limits_of_archives_are_those_that_were_set(read: Read) -> None:
    word = samples.word()
    for limits in (Limits(max_entries=5), Limits(max_unpacked_bytes=1000)):
        with pytest.raises(Unparsable, match="zip bomb"):
            read("a.docx", word, limits=limits)


def test_an_archive_with_a_locked_entry_is_refused(read: Read) -> None:
    word = bytearray(samples.word())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = word.find(mark)
        word[at + place] |= 1  # the flag that says "encrypted"
    with pytest.raises(Unparsable, match="encrypted with a password"):
        read("a.docx", bytes(word))


def test_a_few_nuls_make_no_binary(read: Read) -> None:
    assert read("a.txt", b"hello\0world").text == "hello\ufffdworld"
    log = b"line of a log\n" * 100 + bytes(20) + b"more\n" * 100
    assert read("a.log", log).text.count("\ufffd") == 20
    assert read("a.log", b"\x1b[31mred\x1b[0m and plain\n" * 50).text.startswith("\x1b[31mred")


def test_surrogates_written_as_bytes_are_replaced(read: Read) -> None:
    assert read("a.txt", b"lone \xed\xa0\x80 half").text == "lone \ufffd half"
    escaped = read("a.json", b'["lone \\ud800 half", "whole \\ud83d\\ude00", "nul \\u0000"]')
    assert escaped.text == "- lone \ufffd half\n- whole \U0001f600\n- nul \ufffd"


@pytest.mark.parametrize("name", ["line.txt", "line.md", "line.rst", "line.csv", "line.json"])
def test_a_single_line_of_100_megabytes_is_read_in_bounded_time(read: Read, name: str) -> None:
    data = b'"' + b"a" * 100_000_000 + b'"'
    start = time.monotonic()
    assert len(read(name, data).text) >= 100_000_000
    assert time.monotonic() - start < 30


def test_a_document_beyond_the_size_limit_is_refused(read: Read) -> None:
    with pytest.raises(
        Unparsable, match=r"^a\.txt: the file has 11 bytes, more than the 10 allowed"
    ):
        read("a.txt", b"hello world", limits=Limits(max_bytes=10))


def test_names_are_shown_safely(read: Read) -> None:
    with pytest.raises(Unparsable) as caught:
        read("gnp.\u202exe" + "長" * 4000 + "\n.txt", b"")
    said = str(caught.value)
    assert said.startswith("gnp.\\u202exe長")
    assert len(said) < 300
    assert "\n" not in said
    assert "\u202e" not in said


@given(data=st.binary(max_size=400), end=st.sampled_from([form.extensions[0] for form in FORMATS]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bytes_there_is_text_or_a_reason(read: Read, data: bytes, end: str) -> None:
    said = refusal(read, f"x{end}", data)
    assert not said or said.startswith(f"x{end}: ")


def test_code_is_told_from_prose_by_its_media_type() -> None:
    assert {"text/x-python", "text/javascript", "application/sql"} <= {f.media_type for f in CODE}
