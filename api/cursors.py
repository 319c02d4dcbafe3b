"""Where a page of a list ends, as a short text that means nothing to clients."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from foundation.errors import InvalidInput
from foundation.ids import content_hash

_FORM: Final = struct.Struct(">B8sq")
_VERSION: Final = 1
_PADDING: Final = "="


def cursor_after(number: int, *filters: str) -> str:
    """Write the place after an item of a list.

    Args:
        number: of the item, by which the list is ordered.
        filters: what the list was restricted to: the cursor fits no other list.
    """
    packed = _FORM.pack(_VERSION, _mark(filters), number)
    return urlsafe_b64encode(packed).decode("ascii").rstrip(_PADDING)


def read_cursor(cursor: str | None, *filters: str) -> int:
    """Answer after which item to go on; 0 where there is no cursor.

    It shows nothing that its bearer may not see, whatever number is in it, so it is not signed.

    Raises:
        InvalidInput: it is none, or one of a list with other filters.
    """
    if cursor is None:
        return 0
    try:
        version, mark, number = _FORM.unpack(
            urlsafe_b64decode(cursor + _PADDING * (-len(cursor) % 4))
        )
    except (ValueError, struct.error):
        version, mark, number = 0, b"", -1
    if version != _VERSION or number < 0 or cursor_after(number, *filters) != cursor:
        why = "is of a list with other filters" if mark and mark != _mark(filters) else "is none"
        raise InvalidInput(
            f"cursor: {cursor[:40]!r} {why}: send `next` of the page before, with the same filters"
        )
    return int(number)


def _mark(filters: tuple[str, ...]) -> bytes:
    return bytes.fromhex(content_hash(*filters)[:16])
