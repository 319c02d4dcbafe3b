"""Whose name is it: two files of one name must not become versions of one document."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from ingest.model import Record
from knowledge.model import Draft, Outcome, Removal, Result

_FILE: Final = "file://"

Entry = Draft | Removal | Result
"""A record on its way: a result is one of which it is clear already what became of it."""

Admit = Callable[[Draft | Removal], str]
"""Says why somebody may not write a document; "" where they may."""


def claimed_file(record: Record) -> str:
    """Answer the URI of the file that a record is named after; empty where it is none.

    A line of a JSON Lines file has a name of its own and only cites the file that it stands in,
    and what is pushed has no file name at all: both may go on what another source began.
    """
    named = record.name and record.source_id.endswith(record.name)
    return record.uri if named and record.uri.startswith(_FILE) else ""


def refuse_namesakes(
    entries: list[Entry], claims: Mapping[int, str], known: Mapping[str, str]
) -> None:
    """Fail the entries whose name is that of another file, in their place.

    Args:
        entries: a batch in its order.
        claims: by index in the batch, the files that entries are named after.
        known: the URIs of current documents by source id.
    """
    holders = dict(known)
    for index, uri in claims.items():
        entry = entries[index]
        if isinstance(entry, Result):
            continue
        holder = holders.get(entry.source_id, "")
        if _is_other_file(holder, uri):
            reason = (
                f"{entry.source_id[:200]!r} is already the name of {holder[:1_000]}, another file:"
                " give this one another name with --prefix, or put it into another collection"
            )
            entries[index] = Result(entry.source_id, Outcome.FAILED, reason=reason)
        else:
            holders[entry.source_id] = "" if isinstance(entry, Removal) else uri


def _is_other_file(holder: str, uri: str) -> bool:
    """Tell whether the holder is a file that still exists, and is not this one by another path."""
    if holder == uri or not holder.startswith(_FILE):
        return False
    there = _identity(holder)
    return there is not None and there != _identity(uri)


def _identity(uri: str) -> tuple[int, int, str] | None:
    """Answer device, inode and fragment (a path in a bare repository); None if nothing is there."""
    path, _, fragment = uri.removeprefix(_FILE).partition("#")
    try:
        facts = Path(os.fsdecode(unquote_to_bytes(path))).stat()
    except (OSError, ValueError):
        return None
    return facts.st_dev, facts.st_ino, fragment


def refuse_unadmitted(entries: list[Entry], admit: Admit) -> None:
    """Put failures in the place of what may not be written."""
    for index, entry in enumerate(entries):
        if not isinstance(entry, Result) and (reason := admit(entry)):
            entries[index] = Result(entry.source_id, Outcome.FAILED, reason=reason)
