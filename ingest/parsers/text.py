"""Text that is stored exactly as written: only its encoding is undone, and its title read."""

from __future__ import annotations

import re
from typing import Final

from ingest.parsers.charset import Decoded, decode
from ingest.parsers.formats import CODE, MARKDOWN, RST, XML, Format
from ingest.parsers.guards import check_holds_text, check_is_text, check_no_entities
from ingest.parsers.titles import markdown_title, plain_title, rst_title

_COOKIE: Final = re.compile(rb"^[ \t\f]*(?:#|//|/\*|--).*?coding[:=][ \t]*([-\w.]+)")
_XML_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([-\w.]+)["']""")


def read_text(data: bytes, form: Format, *, declared: str = "") -> tuple[Decoded, str]:
    """Decode a text format and read its title (empty where the text gives none).

    Args:
        data: the document's bytes.
        form: one of the formats that are stored as written.
        declared: the encoding that came with the document, as in `text/plain; charset=…`.

    Raises:
        Unparsable: binary data, white space only, or XML that declares entities.
    """
    if form is XML:
        check_no_entities(data, "it")
    decoded = decode(data, declared=declared or _own_declaration(data, form))
    check_is_text(decoded.text, form.label)
    check_holds_text(decoded.text, f"{form.label} file")
    return decoded, _title(decoded.text, form)


def _own_declaration(data: bytes, form: Format) -> str:
    found = None
    if form is XML:
        found = _XML_ENCODING.match(data[:1024])
    elif form in CODE:
        found = next(filter(None, map(_COOKIE.match, data[:1024].splitlines()[:2])), None)
    return found[1].decode("ascii") if found else ""


def _title(text: str, form: Format) -> str:
    if form is MARKDOWN:
        return markdown_title(text)
    if form is RST:
        return rst_title(text)
    return "" if form is XML or form in CODE else plain_title(text)
