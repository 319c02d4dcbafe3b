from __future__ import annotations

import pytest

from foundation.errors import Unparsable
from tests.ingest.parsers import samples
from tests.ingest.parsers.conftest import Read

CHAPTER = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
    "<title>x</title></head><body><h1>{}</h1><p>{}</p></body></html>"
)


def test_chapters_come_in_reading_order(read: Read) -> None:
    data = samples.epub(
        [CHAPTER.format("第二章", "後の話。"), CHAPTER.format("第一章", "前の話。")]
    )
    found = read("book.epub", data)
    assert found.text == "# 第一章\n\n前の話。\n\n# 第二章\n\n後の話。"
    assert found.title == "The Guild 組合"
    assert found.metadata == {"chapters": 2, "author": "Ada", "language": "ja"}


def test_a_book_that_is_locked_or_damaged_is_refused(read: Read) -> None:
    book = samples.epub([CHAPTER.format("a", "b")])
    lock = '<encryption><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
    font = '<encryption><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/>'
    with pytest.raises(Unparsable, match="locked"):
        read("book.epub", samples.rezipped(book, {"META-INF/encryption.xml": lock}))
    assert read("book.epub", samples.rezipped(book, {"META-INF/encryption.xml": font})).text
    with pytest.raises(Unparsable, match="does not say which parts it has"):
        read("book.epub", samples.rezipped(book, {"META-INF/container.xml": "<container/>"}))
    with pytest.raises(Unparsable, match="holds no text"):
        read("book.epub", samples.epub([]))
