"""Names that say in brackets which of several things they mean: "Mercury (planet)"."""

from __future__ import annotations

import re
from typing import Final

from knowledge.extraction.normalise import skeleton

_QUALIFIED: Final = re.compile(r"(?P<base>\S.*?)(?:\s+\([^()]+\)|\s*（[^（）]+）)$")


def bare(surface: str) -> str:
    """Answer the skeleton of a qualified name without its qualifier; "" where it has none."""
    found = _QUALIFIED.match(surface)
    return skeleton(found["base"]) if found else ""
