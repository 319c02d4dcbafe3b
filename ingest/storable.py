"""Make what comes with a record fit to be stored, whichever door it came through."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.naming import cleaned

MAX_SOURCE_ID: Final = 4_096
_MAX_DEPTH: Final = 32
_MAX_INTEGER: Final = 2**63


def storable(record: Record) -> Record:
    """Check a record's name, clean its descriptions and flatten its metadata.

    Nested objects in the metadata are written with dots (`{"a": {"b": 1}}` is `a.b`), what is
    nested in lists as JSON; NUL and lone surrogates become U+FFFD. A name is never changed: two
    sources could become one.

    Raises:
        InvalidInput: the name is empty, too long or no text, or the metadata is no JSON.
    """
    name = record.source_id
    if not name or len(name) > MAX_SOURCE_ID:
        raise InvalidInput(
            f"the source id has {len(name):,} characters; it can have 1 to {MAX_SOURCE_ID:,}"
        )
    if cleaned(name) != name:
        raise InvalidInput(f"the source id {name[:80]!r} holds a NUL or half a surrogate pair")
    return replace(
        record,
        title=cleaned(record.title),
        uri=cleaned(record.uri),
        author=cleaned(record.author),
        message=cleaned(record.message),
        metadata=flat_metadata(record.metadata),
    )


def flat_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten metadata to scalars and lists of scalars.

    Raises:
        InvalidInput: a value is no JSON, a number not finite or beyond 64 bits, or an object is
            nested more than 32 levels deep.
    """
    flat: dict[str, Any] = {}
    for key, value in metadata.items():
        _flatten(str(key), value, flat, 0)
    return flat


def _flatten(key: str, value: object, into: dict[str, Any], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise InvalidInput(f"metadata is nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, Mapping):
        for inner, item in value.items():
            _flatten(f"{key}.{inner}", item, into, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        into[cleaned(key)] = [_element(key, item) for item in value]
    else:
        into[cleaned(key)] = _scalar(key, value)


def _element(key: str, item: object) -> object:
    if not isinstance(item, Mapping | list | tuple):
        return _scalar(key, item)
    try:
        return cleaned(json.dumps(item, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"metadata {key[:80]!r} is no JSON: {error}") from error


def _scalar(key: str, value: object) -> object:
    if isinstance(value, str):
        return cleaned(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -_MAX_INTEGER <= value < _MAX_INTEGER:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise InvalidInput(
        f"metadata {key[:80]!r} holds a {type(value).__name__} that JSON can't hold: write text,"
        " a finite number of at most 64 bits, true, false, null, or a list of these"
    )
