"""How many answers a caller may ask for."""

from __future__ import annotations

from foundation.errors import InvalidInput


def checked(limit: int) -> int:
    """Answer the limit.

    Raises:
        InvalidInput: it is below 1.
    """
    if limit < 1:
        raise InvalidInput(f"limit {limit} asks for nothing: give 1 or more")
    return limit
