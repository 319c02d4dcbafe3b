from __future__ import annotations

import pytest

from foundation.errors import Unparsable
from tests.ingest.parsers import samples
from tests.ingest.parsers.conftest import Read, refusal
from tests.ingest.parsers.samples import JAPANESE


def test_plain_text_is_preferred_and_attachments_are_named(read: Read) -> None:
    data = samples.mail(plain="We lost region 1.\n", html="<p>HTML</p>", report_pdf=b"%PDF-")
    found = read("m.eml", data)
    assert found.text == "# Outage 障害\n\nWe lost region 1."
    assert found.title == "Outage 障害"
    assert found.metadata == {
        "from": "ada@example.org",
        "to": "ops@example.org",
        "date": "Mon, 02 Mar 2026 09:30:00 +0900",
        "attachments": ["report.pdf"],
    }


def test_html_is_converted_where_there_is_nothing_else(read: Read) -> None:
    found = read("m.eml", samples.mail(html="<h2>Impact</h2><p>None, <b>luckily</b>.</p>"))
    assert found.text == "# Outage 障害\n\n## Impact\n\nNone, **luckily**."


@pytest.mark.parametrize("charset", ["iso-2022-jp", "shift_jis", "euc-jp", "utf-8"])
def test_japanese_mail_is_read_with_and_without_its_declarations(read: Read, charset: str) -> None:
    head = "From: a@example.org\nSubject: 障害の報告です\n"
    told = f"{head}Content-Type: text/plain; charset={charset}\n\n{JAPANESE}\n"
    for text in (told, f"{head}\n{JAPANESE}\n"):
        found = read("m.eml", text.encode(charset))
        assert found.text == f"# 障害の報告です\n\n{JAPANESE}"


def test_encoded_subjects_and_names_are_decoded(read: Read) -> None:
    data = (
        b"From: =?ISO-2022-JP?B?GyRCO0UbKEI=?= <a@example.org>\n"
        b"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\n"
        b"MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n"
        b"Content-Transfer-Encoding: base64\n\naGVsbG8=\n"
    )
    found = read("m.eml", data)
    assert found.text == "# Größe\n\nhello"
    assert found.metadata["from"] == "仕 <a@example.org>"


def test_a_forwarded_message_is_an_attachment(read: Read) -> None:
    data = (
        b"Subject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nsee below\n"
        b"--b\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n"
        b"Subject: inner\n\ninner text\n--b--\n"
    )
    found = read("m.eml", data)
    assert found.text == "# Fwd\n\nsee below"
    assert found.metadata["attachments"] == ["message/rfc822"]


def test_parts_nested_a_thousand_deep_do_no_harm(read: Read) -> None:
    opened = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1000)
    )
    data = f"Subject: deep\nMIME-Version: 1.0\n{opened}\ntext\n"
    assert "nested too deeply" in refusal(read, "m.eml", data.encode())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\n\nno fields at all", "claims to be e-mail but has no header fields"),
        (b"From: a@example.org\n\n\n", "neither subject nor text"),
        (samples.pdf(["x"]), "claims to be e-mail but its first bytes are a PDF document"),
    ],
)
def test_what_is_no_mail_is_refused(read: Read, data: bytes, said: str) -> None:
    with pytest.raises(Unparsable, match=f"^m.eml: .*{said}"):
        read("m.eml", data)
