"""Phrases in quotation marks: who writes them wants the passages that have them word for word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language import is_cjk

_QUOTED: Final = re.compile(r'(?<!\w)"([^"]*)"|“([^“”]*)”|「([^「」]*)」|『([^『』]*)』')
_SHORTEST: Final = 2
_LONGEST: Final = 200


def phrases(text: str) -> list[str]:
    """Answer what stands in quotation marks, as it is compared."""
    found = ("".join(groups) for groups in _QUOTED.findall(text))
    plain = (_plain(each) for each in found)
    return [each for each in plain if _SHORTEST <= len(each) <= _LONGEST]


def holding(wanted: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which texts have every phrase, as whole words; case, width and spacing do not count."""
    sought = [re.compile(_edge(each[0]) + re.escape(each) + _edge(each[-1])) for each in wanted]
    plain = [_plain(text) for text in texts]
    return np.array([all(each.search(text) for each in sought) for text in plain], np.bool_)


def _edge(char: str) -> str:
    """Match where a phrase may begin or end: anywhere in scripts without spaces."""
    return r"\b" if char.isalnum() and not is_cjk(char) else ""


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
