"""Regular expressions that are compiled when they are first used.

A large one takes tens of milliseconds, which every command would wait for at its start.
"""

from __future__ import annotations

import re
from typing import Any, cast


def deferred(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Stand for `re.compile(pattern, flags)`; a fault in it shows at its first use.

    `isinstance` tells it from a compiled one, and the functions of `re` do not take it: call its
    methods.
    """
    return cast("re.Pattern[str]", _Deferred(pattern, flags))


class _Deferred:
    """Hands on every attribute, each looked up once."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        if name.startswith("_"):  # what copies and pickles ask for before there is anything
            raise AttributeError(name)
        pattern, flags = self._given
        found = getattr(re.compile(pattern, flags), name)  # `re` keeps what it compiled
        setattr(self, name, found)
        return found
