from __future__ import annotations

import re

import pytest
from fpdf import FPDF

from foundation.errors import Unparsable
from ingest.parsers.limits import Limits
from tests.ingest.parsers import samples
from tests.ingest.parsers.conftest import Read, refusal


def test_pages_come_in_order_and_bookmarks_make_headings(read: Read) -> None:
    lines = ["Overview", "The guild keeps what it knows.", "Restart", "Stop the queue first."]
    found = read("a.pdf", samples.pdf(lines, title="Guide", sections=["Overview", "Restart"]))
    assert found.text == (
        "# Overview\n\nThe guild keeps what it knows.\n\n# Restart\n\nStop the queue first."
    )
    assert found.title == "Guide"
    assert found.metadata["pages"] == 1


def test_a_title_that_is_only_a_files_name_is_none(read: Read) -> None:
    data = samples.pdf(
        ["Overview", "text"], title="Microsoft Word - draft.docx", sections=["Overview"]
    )
    assert read("a.pdf", data).title == "Overview"
    assert read("b.pdf", samples.pdf(["text"], title="draft_3.doc")).title == "b"
    assert read("b.pdf", samples.pdf(["text"], title="Release 2.10")).title == "Release 2.10"


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("UniJIS-UCS2-H", "utf-16-be"), ("90ms-RKSJ-H", "cp932"), ("EUC-H", "euc_jp")],
)
def test_japanese_in_national_encodings_without_a_font_is_read(
    read: Read, encoding: str, codec: str
) -> None:
    lines = [
        "運用の手引き",
        "障害が発生した場合は、手順書に従って復旧し",
        "てください。連絡も忘れずに。",
        "以上",
    ]
    found = read("手引き.pdf", samples.japanese_pdf(lines, encoding=encoding, codec=codec))
    # The full line is joined to the next: a word was cut there. The others are not.
    assert found.text == (
        "運用の手引き\n障害が発生した場合は、手順書に従って復旧してください。連絡も忘れずに。\n以上"
    )
    assert found.title == "手引き"


def test_words_that_were_broken_at_the_end_of_a_line_are_joined(read: Read) -> None:
    found = read("a.pdf", samples.pdf(["This is inter-", "national; see page A-", "7 of it"]))
    assert found.text == "This is international; see page A-7 of it"


def test_a_page_without_text_among_others_is_noted(read: Read) -> None:
    page = FPDF()
    page.set_font("helvetica", size=12)
    for text in ("one", "", "three"):
        page.add_page()
        page.cell(0, 8, text)
    found = read("a.pdf", bytes(page.output()))
    assert found.text == "one\n\nthree"
    assert found.metadata["pages"] == 3
    assert found.metadata["pages_without_text"] == [2]


def test_a_password_that_only_forbids_printing_does_not_forbid_reading(read: Read) -> None:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica", size=12)
    page.cell(0, 8, "open")
    page.set_encryption(owner_password="owner")
    assert read("a.pdf", bytes(page.output())).text == "open"


def test_junk_before_the_header_and_blanks_after_the_end_are_allowed(read: Read) -> None:
    data = samples.pdf(["text"])
    assert read("a.pdf", data + b"\r\n" + bytes(3000)).text == "text"
    assert read("a.pdf", b"junk\n" + data).text == "text"


BAD = {
    "encrypted": (samples.pdf(["x"], password="secret"), "encrypted with a password; save it with"),
    "truncated": (samples.pdf(["x"] * 50)[:-600], "truncated: it ends after .* fetch or export it"),
    "truncated in its trailer": (samples.pdf(["x"])[:-8], "truncated"),
    "appended and truncated": (samples.pdf(["x"]) + b"9 0 obj\n" * 500, "truncated"),
    "cyclic": (samples.cyclic_pdf(), "page 1 of 2 cannot be found: its page tree is broken or cyc"),
    "scanned": (
        samples.page_pdf(b"0 0 1 rg 50 50 100 100 re f", b"<<>>"),
        r"has 1 page but no text layer \(a scan\?\): OCR is needed",
    ),
    "without pages": (
        samples.raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]),
        r"the PDF is damaged \(it cannot be opened\)",
    ),
    "another thing": (
        b"\xff\xd8\xff\xe0 JFIF",
        "no PDF header in its first KiB; its first bytes are a JP",
    ),
    "with a late header": (b" " * 2000 + samples.pdf(["x"]), "no PDF header in its first KiB"),
    "all damage": (
        b"%PDF-1.7\n" + b"garbage " * 100 + b"\nstartxref\n0\n%%EOF",
        "the PDF is damag",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_pdfs_are_refused_by_name_with_a_reason(read: Read, case: str) -> None:
    data, said = BAD[case]
    with pytest.raises(Unparsable, match=f"^bad.pdf: .*{said}"):
        read("bad.pdf", data)


@pytest.mark.parametrize(
    "kids", [b"[2 0 R]", b"[3 0 R 2 0 R]", b"[3 0 R 3 0 R 4 0 R]", b"[" + b"2 0 R " * 500 + b"]"]
)
def test_no_page_tree_hangs(read: Read, kids: bytes) -> None:
    data = samples.raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids%s/Count 1000000>>" % kids,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
            b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 4 0 R]/Count 9>>",
        ]
    )
    with pytest.raises(Unparsable, match=r"damaged|OCR"):
        read("bad.pdf", data, limits=Limits(cpu_seconds=5))


def test_a_damaged_pdf_never_ends_otherwise_than_by_text_or_refusal(read: Read) -> None:
    data = samples.pdf(["some text"] * 5, title="T", sections=["some text"])
    marks = [match.start() for match in re.finditer(rb"obj|stream|/Kids|xref", data)]
    for mark in marks:
        said = refusal(read, "x.pdf", data[:mark] + b"\xff\x00\xff" + data[mark + 3 :])
        assert not said or said.startswith("x.pdf: ")
