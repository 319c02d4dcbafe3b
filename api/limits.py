"""What a caller may ask for: how many answers, and under which names."""

from __future__ import annotations

import re
from typing import Final

from foundation.errors import InvalidInput

_COLLECTION: Final = re.compile(r"[^\x00-\x1f\x7f/\ud800-\udfff]{1,200}")


def checked(limit: int) -> int:
    """Answer the limit.

    Raises:
        InvalidInput: it is below 1.
    """
    if limit < 1:
        raise InvalidInput(f"limit {limit} asks for nothing: give 1 or more")
    return limit


def check_collection(name: str) -> None:
    """Refuse what is no name of a collection.

    Raises:
        InvalidInput: it is empty, too long, or has a slash or a control character.
    """
    if not _COLLECTION.fullmatch(name):
        raise InvalidInput(
            f"collection {name[:80]!r} is no name: write 1 to 200 characters without slashes and"
            " control characters"
        )
