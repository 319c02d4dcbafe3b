"""What flows through ingestion: bytes with a name, then text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from foundation.clock import Micros


@dataclass(frozen=True, slots=True)
class Record:
    """One thing from a source, before anybody looked inside.

    Either `data` (bytes to be parsed) or `text` (already text) is set; `deleted` says that the
    source no longer has it; `error` says why it could not even be read.
    """

    source_id: str
    data: bytes | None = None
    text: str | None = None
    uri: str = ""
    name: str = ""
    media_type: str = ""
    title: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    author: str = ""
    message: str = ""
    time: Micros | None = None
    deleted: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Readable text of one record; headings are kept as Markdown (`# …`) where there are any."""

    text: str
    title: str = ""
    media_type: str = "text/plain"
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """Where records come from. A record that cannot be read is yielded with its `error`."""

    def records(self) -> Iterator[Record]:
        """Yield records one at a time, never holding more than one in memory."""
        ...

    def count(self) -> int | None:
        """How many there will be, if that is cheap to know (for the progress bar)."""
        ...
