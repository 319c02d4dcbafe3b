"""What is on its way together: a batch of entries, and where reading them spends its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ingest.claims import Entry
from ingest.model import Record
from knowledge.model import Draft, Result

Numbered = Sequence[tuple[int, Result]]
"""What became of records, each with its place in the run, from 0."""

Within = Callable[[Connection, Numbered], None]
"""Writes more in the transaction that makes these outcomes durable: all of it, or nothing.

It is called for what is written; what failed before that or is unchanged needs no transaction.
"""


@dataclass(frozen=True, slots=True)
class BatchSize:
    """When a batch is committed: at so many records or characters, whichever comes first."""

    records: int = 1_000
    characters: int = 16_000_000


@dataclass(slots=True)
class Batch:
    """Entries on their way.

    Attributes:
        claims: by index the files that some of them are named after.
        told: by index what the audit log is to be told of their sensitive values.
    """

    entries: list[Entry] = field(default_factory=list)
    claims: dict[int, str] = field(default_factory=dict)
    told: dict[int, Sequence[str]] = field(default_factory=dict)
    characters: int = 0

    def put(self, entry: Entry, claim: str) -> None:
        """Add an entry; `claim` is the file that it is named after, if any."""
        if claim and not isinstance(entry, Result):
            self.claims[len(self.entries)] = claim
        self.entries.append(entry)
        self.characters += len(entry.text) if isinstance(entry, Draft) else 0


def timed(records: Iterable[Record], seconds: dict[str, float]) -> Iterator[Record]:
    """Yield records, and add the time that each takes to `seconds["read"]`."""
    iterator = iter(records)
    while True:
        started = time.perf_counter()
        record = next(iterator, None)
        seconds["read"] += time.perf_counter() - started
        if record is None:
            return
        yield record
