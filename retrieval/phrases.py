"""Phrases in quotation marks: who writes them wants the passages that have them word for word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_QUOTED: Final = re.compile(
    '"([^"]{2,200})"|“([^“”]{2,200})”|「([^「」]{2,200})」|『([^『』]{2,200})』'
)


def phrases(text: str) -> list[str]:
    """Answer what stands in quotation marks, as it is compared."""
    found = ("".join(groups) for groups in _QUOTED.findall(text))
    return [plain for each in found if (plain := _plain(each))]


def holding(wanted: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which texts have every phrase; case, width and spacing make no difference."""
    plain = [_plain(text) for text in texts]
    return np.array([all(phrase in text for phrase in wanted) for text in plain], np.bool_)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
