"""Documents of every format, made here: no test needs a file from elsewhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

import docx
import openpyxl
import pptx
from fpdf import FPDF
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

ENGLISH = "Restart the queue before you restart the workers, or jobs are delivered twice."
JAPANESE = "障害が発生した場合は、手順書に従ってサーバーを再起動してください。"


def zipped(parts: Mapping[str, bytes | str], *, mode: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", mode) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def rezipped(data: bytes, changes: Mapping[str, bytes | str]) -> bytes:
    """Copy an archive with some parts replaced or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**parts, **changes})


def word(*, title: str = "", body: str = ENGLISH) -> bytes:
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = "Ada"
    document.add_heading("Runbook 運用手順", 0)
    document.add_heading("Restart", 1)
    document.add_paragraph(body)
    document.add_heading("詳細", 2)
    document.add_paragraph("first_item *", style="List Bullet")
    table = document.add_table(2, 2)
    for place, value in enumerate(["Host", "役割|主", "web-1", "表示"]):
        table.cell(place // 2, place % 2).text = value
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def slides(*, title: str = "") -> bytes:
    deck = pptx.Presentation()
    deck.core_properties.title = title
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Capacity 容量"
    frame = first.placeholders[1].text_frame
    frame.text = ENGLISH
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = JAPANESE, 1
    first.notes_slide.notes_text_frame.text = "Say it slowly."
    second = deck.slides.add_slide(deck.slide_layouts[6])
    table = second.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1)).table
    for place, value in enumerate(["Region", "a|b", "Tokyo", "東京"]):
        table.cell(place // 2, place % 2).text = value
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], *, title: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title = title or None
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pdf(
    lines: Sequence[str], *, title: str = "", sections: Sequence[str] = (), password: str = ""
) -> bytes:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica", size=12)
    if title:
        page.set_title(title)
    for line in lines:
        if line in sections:
            page.start_section(line)
        page.cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
    if password:
        page.set_encryption(owner_password="owner", user_password=password)
    return bytes(page.output())


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """Write PDF objects, numbered from 1, the first being the catalogue."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )


def page_pdf(content: bytes, *fonts: bytes) -> bytes:
    resources = b"/Resources<</Font<</F1 5 0 R>>>>"
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R%s>>" % resources,
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
            *fonts,
        ]
    )


def japanese_pdf(lines: Sequence[str], *, encoding: str, codec: str) -> bytes:
    """Write Japanese as older programs do: a font by name only, text in a national encoding."""
    shown = b" ".join(b"<%s> Tj T*" % line.encode(codec).hex().encode() for line in lines)
    return page_pdf(
        b"BT /F1 12 Tf 14 TL 50 750 Td %s ET" % shown,
        b"<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3/Encoding/%s/DescendantFonts[6 0 R]>>"
        % encoding.encode(),
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/DW 1000/FontDescriptor 7 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>",
        b"<</Type/FontDescriptor/FontName/HeiseiMin-W3/Flags 4/FontBBox[-123 -257 1001 910]"
        b"/ItalicAngle 0/Ascent 709/Descent -241/CapHeight 709/StemV 69>>",
    )


def cyclic_pdf() -> bytes:
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 2>>",
            b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 2>>",
        ]
    )


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def epub(chapters: Sequence[str], *, title: str = "The Guild 組合") -> bytes:
    numbers = range(len(chapters))
    items = "".join(
        f'<item id="c{n}" href="part%20{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in numbers
    )
    # The reading order is the reverse of the order in the archive.
    spine = "".join(f'<itemref idref="c{n}"/>' for n in reversed(numbers))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
        "<dc:creator>Ada</dc:creator><dc:language>ja</dc:language></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package,
            **{f"OEBPS/part {n}.xhtml": chapters[n] for n in numbers},
        }
    )


def mail(*, plain: str = "", html: str = "", subject: str = "Outage 障害", **files: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "ada@example.org",
        "ops@example.org",
        subject,
    )
    message["Date"] = "Mon, 02 Mar 2026 09:30:00 +0900"
    if plain:
        message.set_content(plain)
    if html and plain:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name, data in files.items():
        message.add_attachment(
            data, maintype="application", subtype="pdf", filename=name.replace("_", ".")
        )
    return message.as_bytes()


def part(data: bytes, name: str) -> str:
    """Read one part of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def drawings() -> bytes:
    """Make a slide with a chart, a group and a picture, and without a title."""
    deck = pptx.Presentation()
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # typed in part only
    data.categories = ["Q1", "Q2"]
    data.add_series("Tokyo", (1.5, 2))  # type: ignore[no-untyped-call]  # typed in part only
    box = (0, 0, Inches(3), Inches(1))
    chart = shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Sales 売上"
    group = shapes.add_group_shape()
    group.shapes.add_group_shape().shapes.add_textbox(
        0, Inches(2), *box[2:]
    ).text_frame.text = "grouped"
    picture = shapes.add_picture(pixel(), 0, Inches(4))
    picture._element._nvXxPr.cNvPr.set("descr", "A drawn cat")
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def pixel() -> io.BytesIO:
    image = io.BytesIO()
    Image.new("RGB", (1, 1)).save(image, "PNG")
    image.seek(0)
    return image


def illustrated(description: str) -> bytes:
    """Make a Word document with a picture."""
    document = docx.Document()
    document.add_paragraph("See")
    shape = document.add_picture(pixel())
    shape._inline.docPr.set("descr", description)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
