"""What one operation leaves in the audit log, and the bytes of it that are hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import RowMapping

from foundation.clock import Micros, to_micros
from foundation.errors import Conflict, Forbidden, InvalidInput, NotFound
from foundation.security.audit_metadata import bounded, clean

GENESIS: Final = "0" * 64
"""What stands for the hash before the first entry."""

Sanitise = Callable[[Mapping[str, object]], Mapping[str, object]]
"""Answers a mapping without secrets; it is given an entry's `resource` and `metadata`."""

_LENGTHS: Final = MappingProxyType(
    {
        "id": 36,
        "operation": 100,
        "user": 200,
        "level": 50,
        "resource": 500,
        "action": 50,
        "result": 50,
        "address": 100,
        "session": 100,
    }
)
_LATEST: Final = to_micros(datetime.max.replace(tzinfo=UTC))
_MOST_MICROS: Final = (1 << 63) - 1
_REMOVED: Final = "[removed]"


class Result(StrEnum):
    """How an operation ended."""

    OK = "ok"
    DENIED = "denied"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as it is known.

    Attributes:
        user: a name or an id.
        level: the elder level that the user has.
        address: where the request came from; empty on the command line.
        session: names the session without being it: a digest, never the token itself.
    """

    user: str = ""
    level: str = ""
    address: str = ""
    session: str = ""


NOBODY: Final = Caller()


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation. Texts that are too long are cut when it is recorded.

    Attributes:
        id: a UUID.
        at: when it began.
        operation: which, such as `documents.purge`; a noun and a verb.
        action: what kind of access it was, such as `read`, `write`, `delete`, `login`.
        resource: what it was done to, by its id: the log outlives what it names.
        result: how it ended, one of `Result` where the platform writes it.
        caller: who did it.
        duration_micros: how long it took.
        metadata: what else is worth keeping; no texts of documents.
    """

    id: str
    at: Micros
    operation: str
    action: str = ""
    resource: str = ""
    result: str = Result.OK
    caller: Caller = NOBODY
    duration_micros: int = 0
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry in its place: `hash` covers `previous`, `seq` and all fields."""

    seq: int
    entry: Entry
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry as it will be stored, but for its place in the chain."""

    row: Mapping[str, Any]
    canonical: bytes


def prepare(entry: Entry, sanitise: Sanitise) -> Prepared:
    """Make of an entry what every database takes, whatever a caller put in it.

    Secrets are removed, texts made valid and cut, the metadata bounded to 8 kB of JSON. A
    sanitiser that fails costs the metadata, not the entry.
    """
    resource, metadata = _sanitised(entry, sanitise)
    caller = entry.caller
    given = {
        "id": entry.id,
        "operation": entry.operation,
        "user": caller.user,
        "level": caller.level,
        "resource": resource,
        "action": entry.action,
        "result": entry.result,
        "address": caller.address,
        "session": caller.session,
    }
    row: dict[str, Any] = {name: clean(text, _LENGTHS[name]) for name, text in given.items()}
    row["at"] = min(max(int(entry.at), 0), _LATEST)
    row["duration_micros"] = min(max(int(entry.duration_micros), 0), _MOST_MICROS)
    row["metadata"] = bounded(metadata)
    return Prepared(row, canonical(row))


def canonical(row: Mapping[str, Any] | RowMapping) -> bytes:
    """Write a row's fields as sorted JSON in UTF-8; the metadata is a text within it.

    Raises:
        TypeError, ValueError: the row holds what the program never writes.
    """
    fields = {name: row[name] for name in _FIELDS}
    return _ENCODER.encode(fields).encode()


def chain_hash(previous: str, seq: int, content: bytes) -> str:
    """Hash an entry in its place: SHA-256(previous hash ‖ seq, eight bytes ‖ canonical entry).

    Raises:
        ValueError, OverflowError: the previous hash or the seq is none.
    """
    return hashlib.sha256(bytes.fromhex(previous) + seq.to_bytes(8) + content).hexdigest()


def stored(row: RowMapping) -> StoredEntry:
    """Read an entry from its row; metadata that somebody damaged is shown as it stands."""
    try:
        metadata = json.loads(row["metadata"])
    except (ValueError, RecursionError):
        metadata = {"unreadable": row["metadata"]}
    entry = Entry(
        id=row["id"],
        at=row["at"],
        operation=row["operation"],
        action=row["action"],
        resource=row["resource"],
        result=row["result"],
        caller=Caller(row["user"], row["level"], row["address"], row["session"]),
        duration_micros=row["duration_micros"],
        metadata=metadata if isinstance(metadata, dict) else {"unreadable": row["metadata"]},
    )
    return StoredEntry(row["seq"], entry, row["previous"], row["hash"])


def result_of(error: BaseException) -> Result:
    """Say how an operation ended that raised this."""
    if isinstance(error, Forbidden):
        return Result.DENIED
    if isinstance(error, InvalidInput | NotFound | Conflict):
        return Result.REFUSED
    return Result.FAILED if isinstance(error, Exception) else Result.STOPPED


def _sanitised(entry: Entry, sanitise: Sanitise) -> tuple[str, Mapping[str, object]]:
    """Let the sanitiser see the resource too: an address in it may hold a password."""
    try:
        found = sanitise({"resource": entry.resource, "metadata": entry.metadata})
        metadata = found.get("metadata")
        return str(found.get("resource", _REMOVED)), (
            metadata if isinstance(metadata, Mapping) else {"metadata": _REMOVED}
        )
    except Exception as error:  # noqa: BLE001 - whatever fails in it, the operation took place
        name = type(error).__name__
        return _REMOVED, {"metadata": _REMOVED, "sanitiser": name}


_FIELDS: Final = tuple(sorted([*_LENGTHS, "at", "duration_micros", "metadata"]))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
