"""The door to all parsers: a record's bytes in, its text out."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from foundation.errors import Unparsable
from ingest.model import Parsed, Record
from ingest.parsers.charset import clean
from ingest.parsers.conversion import Task
from ingest.parsers.formats import (
    BY_EXTENSION,
    BY_MEDIA_TYPE,
    CODE,
    MARKDOWN,
    PLAIN,
    RST,
    XML,
    Format,
    archive_kind,
    detect_media_type,
    extension_of,
    foreign,
)
from ingest.parsers.guards import check_magic, check_size, shown
from ingest.parsers.limits import Limits
from ingest.parsers.sandbox import Sandbox
from ingest.parsers.text import read_text
from ingest.parsers.titles import stem, tidy

__all__ = ["Limits", "Sandbox", "detect_media_type", "parse"]

# Media types that say nothing: servers send them for whatever they do not know.
_VAGUE: Final = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/zip", "*/*"}
)
_AS_WRITTEN: Final = frozenset({PLAIN, MARKDOWN, RST, XML, *CODE})


def parse(record: Record, *, limits: Limits, sandbox: Sandbox) -> Parsed:
    """Turn a record into text with its title and media type.

    Text formats and source code come out exactly as written (after decoding; NUL and lone
    surrogates become U+FFFD). All else is converted to Markdown in the sandbox.

    Raises:
        Unparsable: with the record's name, what is wrong with it, and what to do.
    """
    where = record.name or record.uri or record.source_id
    try:
        if record.text is not None:
            return _already_text(record, where)
        return _parse_bytes(record, where, limits=limits, sandbox=sandbox)
    except Unparsable as error:
        raise Unparsable(f"{shown(where)}: {error}") from error


def _already_text(record: Record, where: str) -> Parsed:
    text, title = clean(record.text or ""), tidy(clean(record.title))
    if not text.strip() and not title:
        raise Unparsable("the text is empty; leave it out, or send it again if it should not be")
    # A document that is all title (bibliographies have them) is found by it.
    return Parsed(
        text if text.strip() else title,
        title or stem(_path(where)),
        record.media_type.partition(";")[0].strip().lower() or PLAIN.media_type,
    )


def _parse_bytes(record: Record, where: str, *, limits: Limits, sandbox: Sandbox) -> Parsed:
    data = record.data
    if data is None:
        reason = record.error or "the record has neither bytes nor text; give it one of them"
        raise Unparsable(reason)
    check_size(data, limits)
    form, charset = choose_format(record.name or record.uri, data, record.media_type)
    check_magic(data, form)
    if form.as_written:
        decoded, title = read_text(data, form, declared=charset)
        text, metadata = decoded.text, {"encoding": decoded.encoding}
    else:
        task = Task(form.label, form.media_type, charset, limits)
        converted = sandbox.convert(form.converter, data, task)
        text, title, metadata = converted.text, converted.title, dict(converted.metadata)
    return Parsed(
        text,
        tidy(clean(record.title)) or tidy(title) or stem(_path(where)),
        form.media_type,
        metadata,
    )


def choose_format(name: str, data: bytes, media_type: str) -> tuple[Format, str]:
    """Settle on a format, by the media type that came along, else by name, else by content.

    Args:
        name: the file's name, or its address.
        data: its bytes.
        media_type: as in an HTTP header, with or without a charset; may be empty.

    Returns:
        The format, and the charset that came with the media type.

    Raises:
        Unparsable: no parser reads this.
    """
    kind, _, parameters = media_type.lower().partition(";")
    kind = kind.strip()
    charset = parameters.partition("charset=")[2].split(";")[0].strip(" \"'")
    bare = _path(name)
    by_name = BY_EXTENSION.get(extension_of(bare))
    claimed = _known(kind)
    if claimed is PLAIN and by_name in _AS_WRITTEN:
        claimed = by_name  # servers send text/plain for source code and Markdown alike
    form = claimed or by_name
    if form is None:
        found = detect_media_type(bare, data)
        form = BY_MEDIA_TYPE.get(_inside(data) if found == "application/zip" else found)
    if form is None or (kind not in _VAGUE and claimed is None and by_name is None):
        raise Unparsable(_unsupported(kind, data))
    return form, charset


def _path(name: str) -> str:
    # Of an address, what comes before its query and fragment.
    return unquote(name.partition("?")[0].partition("#")[0]) if "://" in name else name


def _known(kind: str) -> Format | None:
    if kind in _VAGUE or kind in BY_MEDIA_TYPE:
        return BY_MEDIA_TYPE.get(kind)
    if kind.endswith("+json"):
        return BY_MEDIA_TYPE["application/json"]
    if kind.endswith("+xml"):
        return XML
    return PLAIN if kind.startswith("text/") else None


def _inside(data: bytes) -> str:
    # The directory at an archive's end has the names that its beginning may not show.
    return archive_kind(data[-65536:])


def _unsupported(kind: str, data: bytes) -> str:
    alien = foreign(data[:64])
    what = f"{alien[1]} " if alien else f"of the type {shown(kind)} " if kind else ""
    return (
        f"the file is {what}and no parser reads that; ingest it as text, Markdown, "
        "reStructuredText, HTML, PDF, DOCX, PPTX, XLSX, CSV, JSON, EML, EPUB, a notebook or "
        "source code (archives: their files one by one)"
    )
