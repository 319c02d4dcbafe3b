"""What may stand in an audit entry's metadata: no secrets, no broken texts, and not much."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Final
from uuid import UUID

from foundation.patterns import deferred

LONGEST_METADATA: Final = 8_192
"""Bytes of JSON."""

_LONGEST_TEXT: Final = 1_000
_LONGEST_KEY: Final = 100
_MOST_ITEMS: Final = 50
_DEEPEST: Final = 5
_LARGEST: Final = 1 << 63
_LEFT_OUT: Final = "…"
_REMOVED: Final = "[removed]"
_SIMPLE: Final = (bool, int, float, str, PurePath, UUID, date)
_SECRET_KEY: Final = deferred(
    r"(?i)pass(word|wd|phrase|code)|secret|token(?!s)|credential|api[-_ ]?key|private[-_ ]?key"
    r"|authori[sz]ation|cookie|\bpwd\b|\botp\b|\bpin\b"
)
_BROKEN: Final = deferred("[\x00\ud800-\udfff]")


def without_secrets(given: Mapping[str, object]) -> Mapping[str, object]:
    """Remove the values under keys that are named like a secret, at any depth."""
    return {
        key: _REMOVED if _SECRET_KEY.search(str(key)) else _below(value)
        for key, value in given.items()
    }


def clean(text: object, longest: int) -> str:
    """Make a text that every database takes, of so many characters at the most."""
    found = str(text)
    if len(found) > longest:
        found = found[: longest - 1] + _LEFT_OUT
    if found.isascii() and "\0" not in found:
        return found
    return _BROKEN.sub("\ufffd", found)


def bounded(metadata: Mapping[str, object]) -> str:
    """Write metadata as sorted JSON of 8,192 bytes at the most; what is left out is said."""
    text = _dumped(_mapping(metadata, 0))
    if len(text) * 4 <= LONGEST_METADATA or len(text.encode()) <= LONGEST_METADATA:
        return text
    kept: dict[str, object] = {}
    left = LONGEST_METADATA - 100
    for key, value in sorted(_mapping(metadata, 0).items()):
        size = len(_dumped({key: value}).encode())
        if size <= left:
            kept[key] = value
            left -= size
    return _dumped({**kept, _LEFT_OUT: f"{len(metadata) - len(kept)} values were too large"})


def _below(value: object) -> object:
    if isinstance(value, Mapping):
        return without_secrets(value)
    if isinstance(value, list | tuple):
        return [_below(item) for item in value]
    return value


def _mapping(given: Mapping[str, object], depth: int) -> dict[str, object]:
    found = {
        clean(key, _LONGEST_KEY): _plain(value, depth + 1)
        for key, value in list(given.items())[:_MOST_ITEMS]
    }
    if len(given) > _MOST_ITEMS:
        found[_LEFT_OUT] = f"{len(given) - _MOST_ITEMS} more"
    return found


def _plain(value: object, depth: int) -> object:
    """Turn anything into what JSON knows and a reader can bear."""
    if value is None or isinstance(value, _SIMPLE):
        return _scalar(value)
    if depth < _DEEPEST and isinstance(value, Mapping):
        return _mapping(value, depth)
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return _items(value, depth)
    if depth < _DEEPEST and isinstance(value, set | frozenset):
        return _items(sorted(value, key=str), depth)
    # Its type alone: how anything else writes itself may show whatever it holds.
    return f"[{type(value).__name__}]"


def _scalar(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGEST else f"[{value.bit_length()} bits]"
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return clean(value, _LONGEST_TEXT)


def _items(values: Sequence[object], depth: int) -> list[object]:
    found = [_plain(item, depth + 1) for item in values[:_MOST_ITEMS]]
    if len(values) > _MOST_ITEMS:
        found.append(f"{_LEFT_OUT} {len(values) - _MOST_ITEMS} more")
    return found


def _dumped(value: Mapping[str, object]) -> str:
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
