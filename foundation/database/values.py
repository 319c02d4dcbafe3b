"""Which values a column takes: the same on both engines, refused before anything is sent."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Integer,
    LargeBinary,
    String,
)

from foundation.errors import InvalidInput

Refusal = Callable[[Any], str | None]
"""Answers why a value is refused, in words that do not repeat it; None lets it pass."""

_NUL: Final = "holds a NUL character (U+0000), which no database text can hold: remove it"
_DEEPEST_JSON: Final = 100
_SURROGATE: Final = "holds half a surrogate pair, which is no character: remove it"


def dump_json(value: object) -> str:
    """Write JSON as it is stored: short, readable, and without NaN.

    Raises:
        InvalidInput: the value is not JSON, or nested beyond Python's stack.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"a value cannot be stored as JSON: {error}") from error


def refusal(column: Column[Any]) -> Refusal:
    """Choose the check for a column's type.

    Raises:
        InvalidInput: the schema uses a type that was never given a check.
    """
    kind = column.type
    for known, make in _CHECKS:
        if isinstance(kind, known):
            return make(kind)
    raise InvalidInput(f"columns of the type {kind!r} cannot be written in bulk")


def nullable(check: Refusal) -> Refusal:
    """Let None pass."""
    return lambda value: None if value is None else check(value)


def encoder(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Answer what turns a checked value into one that the driver takes; None if nothing must."""
    if isinstance(column.type, String):
        return _plain
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a text or None
    """Strip enumerations to their text: the drivers disagree on them."""
    return value if value is None or type(value) is str else str.__str__(value)


def _text(kind: Any) -> Refusal:  # noqa: ANN401 - a String
    length = kind.length

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return f"is a {type(value).__name__}, not a text"
        if length is not None and len(value) > length:
            return f"has {len(value)} characters, of which the column holds {length}"
        return _characters(value)

    return check


def _characters(text: str) -> str | None:
    if "\0" in text:
        return _NUL
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return _SURROGATE
    return None


def _integer(kind: object) -> Refusal:
    bits = 63 if isinstance(kind, BigInteger) else 31
    bound = 1 << bits

    def check(value: object) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return f"is a {type(value).__name__}, not a whole number"
        return None if -bound <= value < bound else f"does not fit into {bits + 1} bits"

    return check


def _number(value: object) -> str | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return f"is a {type(value).__name__}, not a number"
    return None if math.isfinite(value) else "is not a finite number"


def _instance(kind: type) -> Refusal:
    return lambda value: (
        None if isinstance(value, kind) else f"is a {type(value).__name__}, not a {kind.__name__}"
    )


def _json(value: object) -> str | None:
    """Walk the value without recursion: it may be nested more deeply than Python's stack."""
    waiting = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > _DEEPEST_JSON:
            return f"is nested more than {_DEEPEST_JSON} deep"
        if isinstance(item, dict):
            if not all(isinstance(key, str) for key in item):
                return "holds a JSON object with a key that is not a text"
            waiting += [(inner, depth + 1) for inner in (*item, *item.values())]
        elif isinstance(item, list | tuple):
            waiting += [(inner, depth + 1) for inner in item]
        elif reason := _scalar(item):
            return reason
    return None


def _scalar(item: object) -> str | None:
    if item is None or isinstance(item, bool | int):
        return None
    if isinstance(item, str):
        return _characters(item)
    if isinstance(item, float):
        return _number(item)
    return f"holds a {type(item).__name__}, which JSON does not know"


_CHECKS: Final[Sequence[tuple[type, Callable[[Any], Refusal]]]] = (
    (JSON, lambda _kind: _json),
    (String, _text),
    (Boolean, lambda _kind: _instance(bool)),
    (Integer, _integer),
    (Float, lambda _kind: _number),
    (LargeBinary, lambda _kind: _instance(bytes)),
)
