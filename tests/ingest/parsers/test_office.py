from __future__ import annotations

import datetime as dt

import pytest
from lxml import etree

from foundation.errors import Unparsable
from ingest.parsers.equations import equations_to_runs, linear
from tests.ingest.parsers import samples
from tests.ingest.parsers.conftest import Read
from tests.ingest.parsers.samples import ENGLISH, JAPANESE

MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def test_word_documents_keep_headings_lists_and_tables(read: Read) -> None:
    found = read("runbook.docx", samples.word(title="Runbook of the guild"))
    assert found.text == (
        "# Runbook 運用手順\n\n# Restart\n\n"
        f"{ENGLISH}\n\n## 詳細\n\n- first_item *\n\n"
        "| Host | 役割\\|主 |\n| --- | --- |\n| web-1 | 表示 |"
    )
    assert found.title == "Runbook of the guild"
    assert found.metadata["author"] == "Ada"
    assert found.media_type.endswith("wordprocessingml.document")


def test_japanese_word_documents_are_read_and_titled_by_their_first_heading(read: Read) -> None:
    found = read("a.docx", samples.word(body=JAPANESE))
    assert JAPANESE in found.text
    assert found.title == "Runbook 運用手順"


def test_pictures_of_word_documents_leave_their_alternative_text(read: Read) -> None:
    found = read("a.docx", samples.illustrated("A drawn cat"))
    assert found.text == "See\n\nA drawn cat"


def test_equations_of_word_documents_are_kept(read: Read) -> None:
    base = samples.word(body="Energy: PLACE")
    equation = (
        f'<m:oMath xmlns:m="{MATH}"><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t></m:r>'
        "</m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
    )
    document = samples.part(base, "word/document.xml")
    changed = document.replace("PLACE</w:t></w:r>", f"</w:t></w:r>{equation}")
    assert changed != document
    found = read("e.docx", samples.rezipped(base, {"word/document.xml": changed}))
    assert "Energy: E=mc^2" in found.text


def test_equations_are_written_on_one_line() -> None:
    def run(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('c')}</m:den></m:f>"
    total = (
        f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{run("i=1")}</m:sub>'
        f"<m:sup>{run('n')}</m:sup><m:e>{run('x')}</m:e></m:nary>"
    )
    root = f"<m:d><m:e><m:rad><m:deg/><m:e>{run('y')}</m:e></m:rad></m:e></m:d>"
    for inner, expected in ((fraction, "(a+b)/c"), (total, "∑_(i=1)^n x"), (root, "(√y)")):
        element = etree.fromstring(f'<m:oMath xmlns:m="{MATH}">{inner}</m:oMath>')
        assert linear(element) == expected


def test_a_paragraph_of_equations_goes_as_a_whole() -> None:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    math = "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>"
    source = (
        f'<w:p xmlns:w="{word}" xmlns:m="{MATH}"><m:oMathPara>{math}{math}</m:oMathPara>'
        f"<w:r><w:t>tail</w:t></w:r>{math}</w:p>"
    )
    found = etree.fromstring(equations_to_runs(source.encode()))
    assert [text.text.strip() for text in found.iter(f"{{{word}}}t")] == ["xx", "tail", "x"]


def test_slides_are_headings_with_their_text_tables_and_notes(read: Read) -> None:
    found = read("deck.pptx", samples.slides())
    assert found.text == (
        f"# Capacity 容量\n\n{ENGLISH}\n- {JAPANESE}\n\n## Notes\n\nSay it slowly.\n\n"
        "# Slide 2\n\n| Region | a\\|b |\n| --- | --- |\n| Tokyo | 東京 |"
    )
    assert found.title == "Capacity 容量"
    assert found.metadata["slides"] == 2
    assert read("deck.pptx", samples.slides(title="Plan")).title == "Plan"


def test_charts_groups_and_pictures_of_slides_are_read(read: Read) -> None:
    assert read("deck.pptx", samples.drawings()).text == (
        "# Slide 1\n\nSales 売上\n\n"
        "|  | Tokyo |\n| --- | --- |\n| Q1 | 1.5 |\n| Q2 | 2 |\n\ngrouped\n\nA drawn cat"
    )


def test_workbooks_are_a_table_for_each_sheet(read: Read) -> None:
    rows: list[list[object]] = [
        ["名前", "Count", None, "Since", "Open"],
        ["東京|支社", 3, None, dt.date(2026, 1, 2), True],
        [],
        ["大阪\n支社", 2.5, None, dt.datetime(2026, 1, 2, 9, 30), False],  # noqa: DTZ001 - workbooks know no zones
    ]
    found = read(
        "a/売上.xlsx", samples.workbook({"支社": rows, "empty": [], "Sum": [["x", "=1+1"]]})
    )
    assert found.text == (
        "# 支社\n\n| 名前 | Count | Since | Open |\n| --- | --- | --- | --- |\n"
        "| 東京\\|支社 | 3 | 2026-01-02 | TRUE |\n| 大阪 支社 | 2.5 | 2026-01-02 09:30:00 | FALSE |"
        "\n\n# Sum\n\n| x | =1+1 |\n| --- | --- |"
    )
    assert found.title == "売上"
    assert found.metadata["sheets"] == ["支社", "empty", "Sum"]


def test_a_stray_cell_at_the_end_of_a_sheet_does_not_cost_millions_of_cells(read: Read) -> None:
    base = samples.workbook({"S": [["a", "b"]]})
    sheet = samples.part(base, "xl/worksheets/sheet1.xml")
    stray = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>z</t></is></c></row>'
    changed = sheet.replace("</sheetData>", f"{stray}</sheetData>")
    found = read("s.xlsx", samples.rezipped(base, {"xl/worksheets/sheet1.xml": changed}))
    assert found.text.endswith("| a | b |  |\n| --- | --- | --- |\n|  |  | z |")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.docx", samples.word()[:-400], "the archive is damaged or truncated"),
        ("a.docx", samples.slides(), "claims to be DOCX but is a PPTX document"),
        ("a.xlsx", samples.zipped({"a.txt": "x"}), "claims to be XLSX but is a ZIP archive of oth"),
        ("a.docx", b"just text", "claims to be DOCX but its first bytes are something else"),
        ("a.pptx", samples.pdf(["x"]), "claims to be PPTX but its first bytes are a PDF document"),
        ("a.xlsx", samples.workbook({"S": []}), "the XLSX holds no text"),
        (
            "a.docx",
            samples.rezipped(samples.word(), {"word/document.xml": "<w:document>"}),
            "it cannot be read as DOCX",
        ),
    ],
)
def test_what_is_no_office_document_is_refused(
    read: Read, name: str, data: bytes, said: str
) -> None:
    with pytest.raises(Unparsable, match=f"^{name}: .*{said}"):
        read(name, data)
