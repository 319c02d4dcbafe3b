"""Which formats there are, and how a name, a media type or the first bytes tell them apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

OFFICE: Final = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class Format:
    """One readable format.

    Attributes:
        media_type: what `Parsed.media_type` says.
        label: its name in messages.
        extensions: with their dot, in lower case.
        converter: name in `CONVERTERS`; empty for text that is stored exactly as written.
        magic: what the bytes must begin with; empty for text.
        aliases: other media types in use for it.
    """

    media_type: str
    label: str
    extensions: tuple[str, ...]
    converter: str = ""
    magic: bytes = b""
    aliases: tuple[str, ...] = ()

    @property
    def as_written(self) -> bool:
        """Tell whether the text is stored exactly as it was written."""
        return not self.converter


ZIP_MAGIC: Final = b"PK\x03\x04"
PDF_MAGIC: Final = b"%PDF-"
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

PLAIN: Final = Format(
    "text/plain",
    "plain text",
    (".txt", ".text", ".log", ".adoc", ".org", ".tex", ".srt", ".vtt", ".diff", ".patch"),
)
MARKDOWN: Final = Format(
    "text/markdown",
    "Markdown",
    (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd"),
    aliases=("text/x-markdown",),
)
RST: Final = Format(
    "text/x-rst",
    "reStructuredText",
    (".rst", ".rest"),
    aliases=("text/rst", "text/restructuredtext", "text/prs.fallenstein.rst"),
)
XML: Final = Format(
    "application/xml",
    "XML",
    (".xml", ".svg", ".xsd", ".xsl", ".xslt", ".rss", ".atom", ".plist", ".wsdl", ".xliff"),
    aliases=("text/xml",),
)

RICH: Final = (
    Format(
        "text/html",
        "HTML",
        (".html", ".htm", ".xhtml", ".xht"),
        "html",
        aliases=("application/xhtml+xml",),
    ),
    Format("application/pdf", "PDF", (".pdf",), "pdf", PDF_MAGIC, ("application/x-pdf",)),
    Format(
        OFFICE + "wordprocessingml.document",
        "DOCX",
        (".docx", ".docm"),
        "docx",
        ZIP_MAGIC,
        ("application/vnd.ms-word.document.macroenabled.12",),
    ),
    Format(
        OFFICE + "presentationml.presentation",
        "PPTX",
        (".pptx", ".pptm"),
        "pptx",
        ZIP_MAGIC,
        ("application/vnd.ms-powerpoint.presentation.macroenabled.12",),
    ),
    Format(
        OFFICE + "spreadsheetml.sheet",
        "XLSX",
        (".xlsx", ".xlsm"),
        "xlsx",
        ZIP_MAGIC,
        ("application/vnd.ms-excel.sheet.macroenabled.12",),
    ),
    Format("application/epub+zip", "EPUB", (".epub",), "epub", ZIP_MAGIC),
    Format("text/csv", "CSV", (".csv",), "csv", aliases=("application/csv",)),
    Format("text/tab-separated-values", "TSV", (".tsv", ".tab"), "csv"),
    Format("application/json", "JSON", (".json", ".jsonc"), "json", b"", ("text/json",)),
    Format("application/x-ipynb+json", "Jupyter notebook", (".ipynb",), "ipynb"),
    Format("message/rfc822", "e-mail", (".eml", ".mht", ".mhtml"), "eml"),
)

# Source code and other text that is stored as written: media type, label, extensions, aliases.
_CODE: Final = (
    ("text/x-python", "Python", ".py .pyi .pyw", ""),
    ("text/javascript", "JavaScript", ".js .mjs .cjs .jsx", "application/javascript"),
    ("text/x-typescript", "TypeScript", ".ts .mts .cts .tsx", "application/typescript"),
    ("text/x-java", "Java", ".java", "text/x-java-source"),
    ("text/x-kotlin", "Kotlin", ".kt .kts", ""),
    ("text/x-scala", "Scala", ".scala .sc", ""),
    ("text/x-go", "Go", ".go", ""),
    ("text/x-rust", "Rust", ".rs", "text/rust"),
    ("text/x-c", "C", ".c .h", "text/x-csrc text/x-chdr"),
    ("text/x-c++", "C++", ".cc .cpp .cxx .hpp .hh .hxx", "text/x-c++src text/x-c++hdr"),
    ("text/x-csharp", "C#", ".cs", ""),
    ("text/x-ruby", "Ruby", ".rb", "application/x-ruby"),
    ("text/x-php", "PHP", ".php", "application/x-httpd-php"),
    ("text/x-perl", "Perl", ".pl .pm", "application/x-perl"),
    ("text/x-lua", "Lua", ".lua", ""),
    ("text/x-r", "R", ".r", ""),
    ("text/x-swift", "Swift", ".swift", ""),
    ("text/x-sh", "shell script", ".sh .bash .zsh .fish .ps1 .bat .cmd", "application/x-sh"),
    ("application/sql", "SQL", ".sql", "text/x-sql"),
    ("application/yaml", "YAML", ".yaml .yml", "application/x-yaml text/yaml text/x-yaml"),
    ("application/toml", "TOML", ".toml", "text/x-toml"),
    ("text/x-ini", "settings", ".ini .cfg .conf .properties .json5", ""),
    ("text/css", "CSS", ".css .scss .sass .less", ""),
    ("text/x-vue", "web component", ".vue .svelte", ""),
    ("text/x-protobuf", "schema", ".proto .graphql .gql .thrift .avsc", ""),
    ("text/x-terraform", "infrastructure code", ".tf .hcl .nix .dockerfile .mk .cmake .gradle", ""),
    (
        "application/x-ndjson",
        "JSON Lines",
        ".jsonl .ndjson",
        "application/jsonl application/x-jsonlines",
    ),
)
CODE: Final = tuple(
    Format(kind, label, tuple(ends.split()), aliases=tuple(aliases.split()))
    for kind, label, ends, aliases in _CODE
)

FORMATS: Final = (PLAIN, MARKDOWN, RST, XML, *RICH, *CODE)

BY_EXTENSION: Final = MappingProxyType({end: form for form in FORMATS for end in form.extensions})
BY_MEDIA_TYPE: Final = MappingProxyType(
    {kind: form for form in FORMATS for kind in (form.media_type, *form.aliases)}
)

# Beginnings of what holds no text, or holds it in a way that nothing here reads.
FOREIGN: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "a PNG image"),
    (b"\xff\xd8\xff", "image/jpeg", "a JPEG image"),
    (b"GIF87a", "image/gif", "a GIF image"),
    (b"GIF89a", "image/gif", "a GIF image"),
    (b"II*\x00", "image/tiff", "a TIFF image"),
    (b"MM\x00*", "image/tiff", "a TIFF image"),
    (b"\x1f\x8b\x08", "application/gzip", "a gzip archive"),
    (b"BZh91AY&SY", "application/x-bzip2", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "application/x-xz", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "a 7z archive"),
    (b"Rar!\x1a\x07", "application/vnd.rar", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "application/zstd", "a Zstandard archive"),
    (b"\x7fELF", "application/x-executable", "a program (ELF)"),
    (b"\xca\xfe\xba\xbe", "application/java-vm", "compiled Java code"),
    (b"{\\rtf", "application/rtf", "an RTF document"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3", "an SQLite database"),
    (b"OggS\x00", "audio/ogg", "an Ogg recording"),
    (b"ID3\x03", "audio/mpeg", "an MP3 recording"),
    (b"ID3\x04", "audio/mpeg", "an MP3 recording"),
    (b"\x1aE\xdf\xa3", "video/webm", "a video"),
    (OLE_MAGIC, "application/x-ole-storage", "a legacy or encrypted Office document"),
    (PDF_MAGIC, "application/pdf", "a PDF document"),
    (ZIP_MAGIC, "application/zip", "a ZIP archive"),
)

_MEDIA = re.compile(rb"RIFF.{4}(?:WAVE|AVI |WEBP)|\x00\x00\x00.ftyp", re.DOTALL)
_MAIL_FIELD = re.compile(
    rb"(?:return-path|received|delivered-to|message-id|mime-version|from|to|subject|date|"
    rb"dkim-signature|content-type|x-[a-z0-9-]+):[ \t]",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*+(?:<!doctype\s+html|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)


def extension_of(name: str) -> str:
    """Take the last extension of a file's name, in lower case, or the empty string."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def foreign(head: bytes) -> tuple[str, str] | None:
    """Recognise bytes that are no text: their media type and a name for messages."""
    for magic, kind, label in FOREIGN:
        if head.startswith(magic):
            return kind, label
    if _MEDIA.match(head):
        return "application/octet-stream", "a sound, image or video file"
    return None


def archive_kind(names: str | bytes) -> str:
    """Tell which format a ZIP archive is, from the names (or the bytes) it begins with."""
    text = names.decode("latin-1") if isinstance(names, bytes) else names
    if "mimetypeapplication/epub+zip" in text or "META-INF/container.xml" in text:
        return "application/epub+zip"
    for folder, kind in (
        ("word/", "wordprocessingml.document"),
        ("ppt/", "presentationml.presentation"),
        ("xl/", "spreadsheetml.sheet"),
    ):
        if folder in text:
            return OFFICE + kind
    return "application/zip"


def detect_media_type(name: str, head_bytes: bytes) -> str:
    """Name the media type of a file: by its extension, else by how its bytes begin.

    Args:
        name: the file's name, with or without folders.
        head_bytes: how it begins; 4 KiB are enough, and fewer do no harm.
    """
    known = BY_EXTENSION.get(extension_of(name))
    return known.media_type if known else _by_content(head_bytes[:4096])


def _by_content(head: bytes) -> str:
    alien = foreign(head)
    if alien and alien[0] != "application/zip":
        return alien[0]
    if alien:
        return archive_kind(head)
    if PDF_MAGIC in head[:1024]:
        return "application/pdf"
    if _MARKUP.match(head):
        return "text/html"
    if head.lstrip().startswith(b"<?xml"):
        return XML.media_type
    fields = [bool(_MAIL_FIELD.match(line)) for line in head.splitlines()[:8]]
    return "message/rfc822" if sum(fields) > 1 and fields[0] else PLAIN.media_type
