"""Entries as bytes, for stores outside this process: JSON that is checked when it comes back."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from foundation.clock import Micros
from foundation.ids import Seq
from retrieval.cache.frozen import frozen
from retrieval.cache.model import Entry, Tag
from retrieval.model import SearchResult

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_FORM: Final = 1


@cache
def _adapter() -> TypeAdapter[SearchResult]:
    from pydantic import TypeAdapter

    return TypeAdapter(SearchResult)


def body_of(result: SearchResult) -> bytes:
    """Write a result as the JSON that goes out over HTTP."""
    return _adapter().dump_json(result)


def to_bytes(entry: Entry) -> bytes:
    """Write an entry: a line about it, then its body."""
    about = {
        "form": _FORM,
        "seq": entry.tag.seq,
        "recorded": entry.tag.recorded,
        "positions": list(entry.tag.positions),
        "created": entry.created,
        "cost_ms": entry.cost_ms,
        "dynamic": entry.dynamic,
    }
    return json.dumps(about).encode() + b"\n" + entry.body


def from_bytes(data: bytes) -> Entry | None:
    """Read an entry; None where it is none, or is of another version of this program."""
    line, _, body = data.partition(b"\n")
    try:
        about = json.loads(line)
        if about["form"] != _FORM:
            return None
        positions = tuple(int(each) for each in about["positions"])
        tag = Tag(Seq(int(about["seq"])), Micros(int(about["recorded"])), positions)
        result = frozen(_adapter().validate_json(body))
        created, cost = float(about["created"]), float(about["cost_ms"])
        return Entry(result, body, tag, created, cost, bool(about["dynamic"]))
    except (ValueError, KeyError, TypeError):
        return None
