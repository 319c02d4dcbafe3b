"""ZIP archives (DOCX, PPTX, XLSX, EPUB) are looked through before anything unpacks them."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from lzma import LZMAError
from typing import TYPE_CHECKING, Final

from foundation.errors import Unparsable
from ingest.parsers.formats import BY_MEDIA_TYPE, archive_kind
from ingest.parsers.guards import check_no_entities, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.parsers.limits import Limits

_RATIO_FLOOR: Final = 16 * 1024 * 1024
_BLOCK: Final = 256 * 1024
_OVERLAP: Final = 32
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_MARKUP: Final = (
    ".xml",
    ".rels",
    ".vml",
    ".opf",
    ".ncx",
    ".xhtml",
    ".html",
    ".htm",
    ".svg",
    ".smil",
)
_DAMAGED: Final = "the archive is damaged or truncated ({}); fetch or export the file again"


def open_archive(data: bytes, *, kind: str, limits: Limits) -> zipfile.ZipFile:
    """Open a ZIP archive that passed every check.

    Args:
        data: the archive's bytes.
        kind: the media type that it must be by its parts.
        limits: entries, unpacked size and ratio allowed.

    Raises:
        Unparsable: not a ZIP, damaged, encrypted, a bomb, with entries that lead out of it, with
            XML entities, or another kind of document than it claims.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        entries = archive.infolist()
        check_entries(entries, limits)
        _check_kind(archive.namelist(), kind)
        for entry in entries:
            if entry.filename.lower().endswith(_MARKUP):
                _check_markup(archive, entry)
    except (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError) as error:
        raise Unparsable(_DAMAGED.format(error)) from error
    except (NotImplementedError, RuntimeError) as error:
        raise Unparsable(f"the archive uses what cannot be unpacked ({error})") from error
    return archive


def check_entries(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse bombs, locked entries and names that lead out of the archive.

    The sizes are those of the directory, which `zipfile` never reads beyond: an entry that lies
    about its size fails its checksum.
    """
    if len(entries) > limits.max_entries:
        raise Unparsable(
            f"the archive has {len(entries):,} entries, more than the {limits.max_entries:,} "
            "allowed: it looks like a zip bomb; check where it comes from"
        )
    for entry in entries:
        _check_name(entry.orig_filename)
        if entry.flag_bits & 0x1:
            raise Unparsable("the archive is encrypted with a password; save it without one")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    too_dense = unpacked > _RATIO_FLOOR and unpacked > limits.max_ratio * packed
    if unpacked > limits.max_unpacked_bytes or too_dense:
        raise Unparsable(
            f"the archive unpacks from {packed:,} to {unpacked:,} bytes, beyond the "
            f"{limits.max_unpacked_bytes:,} bytes or {limits.max_ratio:g} times allowed: it looks "
            "like a zip bomb; check where it comes from"
        )


def _check_name(name: str) -> None:
    path = name.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/") or "\0" in path:
        raise Unparsable(
            f"the archive's entry {shown(name)!r} leads out of the archive (an absolute path "
            "or '..'); do not trust the file, make it anew from its source"
        )


def _check_kind(names: Sequence[str], kind: str) -> None:
    found = archive_kind("\n".join(names))
    if found == kind:
        return
    claimed, actual = BY_MEDIA_TYPE[kind].label, BY_MEDIA_TYPE.get(found)
    raise Unparsable(
        f"it claims to be {claimed} but is "
        f"{f'a {actual.label} document' if actual else 'a ZIP archive of other things'}; "
        "give it the right extension or media type"
    )


def _check_markup(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    tail = b""
    with archive.open(entry) as part:
        while block := part.read(_BLOCK):
            check_no_entities(tail + block, f"its part {shown(entry.filename)}")
            tail = block[-_OVERLAP:]
