"""What a converter is: a function in the parser process, from bytes to Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, cast

from foundation.errors import InvalidInput
from ingest.parsers.limits import Limits


@dataclass(frozen=True, slots=True)
class Task:
    """What a converter is told beside the bytes.

    Attributes:
        label: the format's name in messages.
        media_type: the format, as one of `formats.FORMATS`.
        charset: the encoding that came with the document, if one did.
        limits: what the document may cost; a converter looks at the archive's part of it.
    """

    label: str
    media_type: str
    charset: str = ""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Converted:
    """Text with Markdown headings, the title that the format itself gives, and plain metadata."""

    text: str
    title: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


Converter = Callable[[bytes, Task], Converted]
"""Raises `Unparsable` with what is wrong and what to do; anything else counts as damage."""

CONVERTERS: Final[Mapping[str, str]] = {
    "html": "ingest.parsers.markup:convert_html",
    "pdf": "ingest.parsers.pdf:convert_pdf",
    "docx": "ingest.parsers.docx:convert_docx",
    "pptx": "ingest.parsers.slides:convert_pptx",
    "xlsx": "ingest.parsers.sheets:convert_xlsx",
    "epub": "ingest.parsers.epub:convert_epub",
    "csv": "ingest.parsers.tables:convert_csv",
    "json": "ingest.parsers.data:convert_json",
    "ipynb": "ingest.parsers.notebooks:convert_notebook",
    "eml": "ingest.parsers.mail:convert_mail",
}
"""Name → "module:function", imported when the first such document comes."""


def load(reference: str) -> Any:  # noqa: ANN401 - what stands there is the caller's to know
    """Import what "module:name" names."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def load_converter(name: str, table: str) -> Converter:
    """Import one converter of the table that "module:name" names.

    Raises:
        InvalidInput: the table has no such converter.
    """
    converters = cast("Mapping[str, str]", load(table))
    if name not in converters:
        raise InvalidInput(f"there is no converter {name!r}; there are {', '.join(converters)}")
    return cast("Converter", load(converters[name]))
