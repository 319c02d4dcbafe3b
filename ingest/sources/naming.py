"""How what a source calls its things becomes a stable, printable `source_id` and a URI."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

# C0 and C1 controls, DEL, the backslash itself, and the surrogates that stand for raw bytes.
_UNREADABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")


def readable(name: str) -> str:
    r"""Write a file name so that it can be stored and printed, and no two names become the same.

    Bytes that are no UTF-8 (surrogates, as `os.fsdecode` gives them) and control characters are
    written `\xe9`, a backslash is doubled, and all else, right-to-left scripts too, stays.
    """
    return _UNREADABLE.sub(_escape, name)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}"


def absolute(path: str | Path) -> Path:
    """Count a path from the root of the file system, `..` resolved but links left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links


def file_uri(path: str | Path) -> str:
    """Name a file for citations: absolute, raw bytes percent-encoded."""
    return absolute(path).as_uri()


def cleaned(text: str) -> str:
    """Replace what no database stores as text: NUL and lone surrogates become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)
