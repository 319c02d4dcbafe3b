"""Phrases in quotation marks: who writes them wants the passages that have them word for word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language import CJK, is_cjk

_QUOTED: Final = re.compile(r'(?<!\w)"([^"]*)"|“([^“”]*)”|「([^「」]*)」|『([^『』]*)』')
_SHORTEST: Final = 2
_LONGEST: Final = 200

_TYPOGRAPHY: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201f", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff")  # soft hyphens, and what has no width
)
"""What typographers set, as a keyboard has it; NFKC does the rest, such as U+FE63 and U+FF0D."""


def phrases(text: str) -> list[str]:
    """Answer what stands in quotation marks, as it is compared."""
    found = ("".join(groups) for groups in _QUOTED.findall(text))
    plain = (_plain(each) for each in found)
    return [each for each in plain if _SHORTEST <= len(each) <= _LONGEST]


def holding(wanted: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which texts have every phrase, as whole words.

    Case, width and spacing do not count, nor whether quotes, apostrophes, hyphens and dashes are
    straight or set by a typographer.
    """
    sought = [re.compile(_before(each[0]) + re.escape(each) + _after(each[-1])) for each in wanted]
    plain = [_plain(text) for text in texts]
    return np.array([all(each.search(text) for each in sought) for text in plain], np.bool_)


def _before(first: str) -> str:
    """Match where a phrase may begin: anywhere, unless that would be within a word."""
    return f"(?:(?<!\\w)|(?<={CJK}))" if _spaced(first) else ""


def _after(last: str) -> str:
    return f"(?:(?!\\w)|(?={CJK}))" if _spaced(last) else ""


def _spaced(char: str) -> bool:
    """Tell whether a character is of a word in a script that has spaces between words."""
    return char.isalnum() and not is_cjk(char)


def _plain(text: str) -> str:
    keyed = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY)
    return " ".join(keyed.casefold().split())
