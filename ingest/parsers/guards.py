"""Cheap looks at bytes before anything parses them: what is refused, and with which advice.

Every function is pure and raises `Unparsable` with what is wrong and what to do; the caller puts
the document's name before it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from foundation.errors import Unparsable
from ingest.parsers.formats import OLE_MAGIC, PDF_MAGIC, Format, foreign

if TYPE_CHECKING:
    from ingest.parsers.limits import Limits

_SAMPLE: Final = 64 * 1024
# Control characters that no text has; escape (terminal logs) and NUL's stand-in count as well as
# C1 controls, which is what bytes turn into when they are no text.
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_ENTITY: Final = tuple("<!ENTITY".encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be"))
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")


def shown(name: str, *, width: int = 120) -> str:
    """Make a document's name safe to print: bounded, no control or direction characters."""
    safe = "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl"} else char
        for char in (name if len(name) <= 4 * width else name[: 2 * width] + name[-2 * width :])
    )
    half = width // 2
    return safe if len(safe) <= width else f"{safe[:half]}…{safe[-half:]}"


def check_size(data: bytes, limits: Limits) -> None:
    """Refuse the empty and the overlarge."""
    if not data:
        raise Unparsable("the file is empty; leave it out, or send it again if it should not be")
    if len(data) > limits.max_bytes:
        raise Unparsable(
            f"the file has {len(data):,} bytes, more than the {limits.max_bytes:,} allowed; "
            "split it, or raise the limit on a document's size"
        )


def check_magic(data: bytes, form: Format) -> None:
    """Refuse bytes that begin as something else than their name or media type claims."""
    head = data[:4096]
    if form.magic == PDF_MAGIC:
        check_pdf_envelope(data)
        return
    alien = foreign(head)
    if form.magic and head.startswith(form.magic):
        return
    if form.magic and head.startswith(OLE_MAGIC):
        raise Unparsable(_about_ole(data, form))
    if alien or form.magic:
        found = alien[1] if alien else "something else"
        raise Unparsable(
            f"it claims to be {form.label} but its first bytes are {found}; "
            "give it the right extension or media type, or replace the file"
        )


def _about_ole(data: bytes, form: Format) -> str:
    if _ENCRYPTED_PACKAGE in data:
        return f"the {form.label} is encrypted with a password; save it without one"
    return (
        f"it claims to be {form.label} but is a legacy binary Office document "
        f"(or an encrypted one); save it as {form.label}, without a password"
    )


def check_pdf_envelope(data: bytes) -> None:
    """Refuse what does not begin and end as a PDF.

    Readers rebuild what they can of a PDF that was cut off, and lose the rest in silence: so its
    end mark is asked for. White space and NULs after it are allowed, as readers allow them, and
    the mark itself may stand anywhere in the last KiB before those.
    """
    if PDF_MAGIC not in data[:1024]:
        alien = foreign(data[:64])
        found = f"; its first bytes are {alien[1]}" if alien else ""
        raise Unparsable(
            f"it claims to be PDF but there is no PDF header in its first KiB{found}; "
            "give it the right extension or media type, or replace the file"
        )
    end = data[-65536:].rstrip(b"\0 \t\r\n\x0c")
    if b"%%EOF" not in end[-1024:] or b"startxref" not in data:
        raise Unparsable(
            f"the PDF is truncated: it ends after {len(data):,} bytes without its end mark "
            "(%%EOF); fetch or export it again"
        )


def check_no_entities(part: bytes, where: str) -> None:
    """Refuse XML that declares entities: a few lines of them expand to gigabytes."""
    if any(mark in part for mark in _ENTITY):
        raise Unparsable(
            f"{where} declares XML entities, which can expand without bound (billion laughs); "
            "write the characters out, or ingest the file as text/plain"
        )


def check_is_text(text: str, label: str) -> None:
    """Refuse binary data under a text extension, by its share of control characters.

    Looks at the beginning, the middle and the end. A few NULs in a text are no reason.
    """
    middle = len(text) // 2
    parts = [text] if len(text) <= 3 * _SAMPLE else [text[:_SAMPLE], text[-_SAMPLE:]]
    if len(parts) > 1:
        parts.append(text[middle : middle + _SAMPLE])
    for part in parts:
        count = len(_CONTROLS.findall(part))
        share = count / max(1, len(part))
        if (count >= 8 and share > 0.05) or (count >= 2 and share > 0.5):
            raise Unparsable(
                f"it claims to be {label} but holds binary data ({share:.0%} control "
                "characters); give it the right extension, or leave it out"
            )


def check_holds_text(text: str, label: str) -> None:
    """Refuse what was read well and says nothing."""
    if not text.strip():
        raise Unparsable(f"the {label} holds no text; leave it out, or look whether it is damaged")
