"""What is on its way together: a batch of entries, and where reading them spends its time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingest.claims import Entry
from ingest.model import Record
from knowledge.model import Draft, Result


@dataclass(slots=True)
class Batch:
    """Entries on their way, and by index the files that some of them are named after."""

    entries: list[Entry] = field(default_factory=list)
    claims: dict[int, str] = field(default_factory=dict)
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
