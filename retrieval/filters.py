"""The filter language of searches: conditions on documents' fields, in the common Mongo-like form.

A filter is a JSON object; all of its entries must hold::

    {"language": "en", "year": {"$gte": 2020, "$lt": 2024}}
    {"$or": [{"team": {"$in": ["search", "ops"]}}, {"reviewed": {"$exists": false}}]}

- `{"field": value}` and `$eq` hold where the field has that value, `$ne` where it has not;
  `$in` and `$nin` the same for a list of values.
- `$gt`, `$gte`, `$lt`, `$lte` compare numbers with numbers and strings with strings, the latter
  character by character: so ISO dates (`"2026-01-31"`) compare as dates. Several operators on one
  field must all hold.
- `$exists` holds where the field has any value (true) or none (false).
- `$and`, `$or`, `$nor` take a list of filters, `$not` one filter; `$not` also negates the
  operators of one field: `{"year": {"$not": {"$lt": 2020}}}`.

Kinds are never mixed: `1` is not `"1"` and not `true`, and a range of numbers does not hold for a
string; such a comparison is false, not an error. Numbers are double precision. A field that is
absent, null or an empty list has no value: `null` means just that, no other comparison holds, and
so `$ne` and `$nin` do. Where a field holds a list, each comparison holds if it does for any
element; `$ne`, `$nin` and `$not` if for none. Names are taken whole: a dot is part of the name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeGuard

from foundation.errors import InvalidInput

MAX_DEPTH: Final = 32
MAX_PARTS: Final = 2_000
MAX_VALUES: Final = 10_000


class Kind(StrEnum):
    """What a value is; values of different kinds are never equal, nor less or greater."""

    NULL = "null"
    BOOLEAN = "boolean"
    NUMBER = "number"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Value:
    """A constant of a filter; the kind keeps true, 1 and 1.0 apart, which Python calls equal."""

    kind: Kind
    content: str | float | bool | None


class Bound(StrEnum):
    """The four comparisons of a range."""

    GT = "$gt"
    GTE = "$gte"
    LT = "$lt"
    LTE = "$lte"


@dataclass(frozen=True, slots=True)
class OneOf:
    """Holds where the field has one of the values (null: where it has none at all)."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Holds where the field has a value of the limit's kind on the right side of the limit."""

    field: str
    bound: Bound
    limit: Value


@dataclass(frozen=True, slots=True)
class Exists:
    """Holds where the field has any value."""

    field: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds where every part does: with no parts, everywhere."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where some part does."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where the part does not."""

    part: Filter


Filter = OneOf | Range | Exists | AllOf | AnyOf | Not

_GROUPS: Final = ("$and", "$or", "$nor", "$not")
_OPERATORS: Final = (
    "$eq",
    "$ne",
    "$in",
    "$nin",
    *(bound.value for bound in Bound),
    "$exists",
    "$not",
)


def parse_filter(raw: object) -> Filter:
    """Read a filter.

    Raises:
        InvalidInput: it is none, or has more than 32 levels, 2,000 parts or 10,000 values;
            the message names the place, such as `filter.$and[2].year`.
    """
    return _Parser().filter(raw, "filter", 1)


def fields(condition: Filter) -> set[str]:
    """Collect the names of the fields that a filter asks about."""
    names: set[str] = set()
    pending: list[Filter] = [condition]
    while pending:
        match pending.pop():
            case AllOf(parts) | AnyOf(parts):
                pending.extend(parts)
            case Not(part):
                pending.append(part)
            case OneOf(field) | Range(field) | Exists(field):
                names.add(field)
    return names


class _Parser:
    """Descends into a filter, counting; it never goes deeper than MAX_DEPTH."""

    def __init__(self) -> None:
        self._parts = 0
        self._values = 0

    def filter(self, raw: object, path: str, depth: int) -> Filter:
        entries = _object(raw, path, 'a filter is an object such as {"year": {"$gte": 2020}}')
        self._count(path, depth)
        return _joined([self._entry(key, inner, path, depth) for key, inner in entries])

    def _entry(self, key: str, raw: object, path: str, depth: int) -> Filter:
        place = f"{path}.{_short(key)}"
        if not key.startswith("$"):
            return self._field(key, raw, place, depth)
        if key not in _GROUPS:
            hint = "write it within a field" if key in _OPERATORS else "there is no such operator"
            raise InvalidInput(f"{place}: {hint}; here stand field names or {', '.join(_GROUPS)}")
        if key == "$not":
            return Not(self.filter(raw, place, depth + 1))
        parts = tuple(
            self.filter(part, f"{place}[{number}]", depth + 1)
            for number, part in enumerate(_list(raw, place))
        )
        if not parts:
            raise InvalidInput(f"{place}: the list is empty; give at least one filter or leave it")
        if key == "$and":
            return AllOf(parts)
        return AnyOf(parts) if key == "$or" else Not(AnyOf(parts))

    def _field(self, field: str, raw: object, path: str, depth: int) -> Filter:
        self._count(path, depth)
        if not isinstance(raw, Mapping):
            return OneOf(field, (self._value(raw, path),))
        entries = _object(raw, path, "operators stand in an object")
        if not entries:
            raise InvalidInput(f"{path}: no operator; use one of {', '.join(_OPERATORS)}")
        return _joined([self._operator(field, *entry, path, depth) for entry in entries])

    def _operator(self, field: str, key: str, raw: object, path: str, depth: int) -> Filter:
        place = f"{path}.{_short(key)}"
        if key not in _OPERATORS:
            raise InvalidInput(f"{place}: unknown operator; use one of {', '.join(_OPERATORS)}")
        if key == "$not":
            if not isinstance(raw, Mapping):
                raise InvalidInput(f"{place}: takes operators, such as {{'$lt': 5}}; else use $ne")
            return Not(self._field(field, raw, place, depth + 1))
        if key == "$exists":
            if not isinstance(raw, bool):
                raise InvalidInput(f"{place}: takes true or false, not {_called(raw)}")
            return Exists(field) if raw else Not(Exists(field))
        if key in {"$in", "$nin"}:
            values = enumerate(_list(raw, place))
            one_of = OneOf(field, tuple(self._value(v, f"{place}[{n}]") for n, v in values))
            return one_of if key == "$in" else Not(one_of)
        value = self._value(raw, place)
        if key in {"$eq", "$ne"}:
            one_of = OneOf(field, (value,))
            return one_of if key == "$eq" else Not(one_of)
        if value.kind not in {Kind.NUMBER, Kind.STRING}:
            raise InvalidInput(f"{place}: compares with a number or a string, not {_called(raw)}")
        return Range(field, Bound(key), value)

    def _value(self, raw: object, path: str) -> Value:
        self._values += 1
        if self._values > MAX_VALUES:
            raise InvalidInput(f"{path}: a filter has at most {MAX_VALUES:,} values")
        value = as_value(raw)
        if value is None:
            hint = "; to ask for one of several values write $in" if _is_list(raw) else ""
            raise InvalidInput(
                f"{path}: a value is a string, a finite number, true, false or null, "
                f"not {_called(raw)}{hint}"
            )
        return value

    def _count(self, path: str, depth: int) -> None:
        self._parts += 1
        if depth > MAX_DEPTH:
            raise InvalidInput(f"{path}: a filter is at most {MAX_DEPTH} levels deep")
        if self._parts > MAX_PARTS:
            raise InvalidInput(f"{path}: a filter has at most {MAX_PARTS:,} parts; use $in")


def as_value(raw: object) -> Value | None:
    """Tell what a JSON scalar is; None for anything else, and for what is not a finite number."""
    if raw is None:
        return Value(Kind.NULL, None)
    if isinstance(raw, bool):
        return Value(Kind.BOOLEAN, raw)
    if isinstance(raw, str):
        return Value(Kind.STRING, str(raw))
    if isinstance(raw, int | float):
        try:
            number = float(raw)
        except OverflowError:
            return None
        return Value(Kind.NUMBER, number) if math.isfinite(number) else None
    return None


def _joined(parts: Sequence[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _object(raw: object, path: str, hint: str) -> list[tuple[str, object]]:
    if not isinstance(raw, Mapping):
        raise InvalidInput(f"{path}: {hint}, not {_called(raw)}")
    for key in raw:
        if not isinstance(key, str):
            raise InvalidInput(f"{path}: names are strings, not {_called(key)}")
    return list(raw.items())


def _list(raw: object, path: str) -> Sequence[object]:
    if not _is_list(raw):
        raise InvalidInput(f"{path}: takes a list, not {_called(raw)}")
    return raw


def _is_list(raw: object) -> TypeGuard[Sequence[object]]:
    return isinstance(raw, Sequence) and not isinstance(raw, str | bytes | bytearray)


def _called(raw: object) -> str:
    """Name a wrong value in a message, never at length: it may be deep or long."""
    match raw:
        case None | bool() | str():
            return _short(repr(raw))
        case int() | float():
            return f"{raw:.6g}" if abs(raw) < 1e15 else "a number that is too large or none"
        case Mapping():
            return "an object"
        case _:
            return "a list" if _is_list(raw) else type(raw).__name__


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
