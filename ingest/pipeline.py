"""Bytes to knowledge, a batch at a time: read, parse, chunk, commit, account for each record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from foundation.errors import InvalidInput
from ingest.model import Parsed, Record, Source
from ingest.storable import storable
from knowledge.language import detect_language
from knowledge.model import Draft, Outcome, Removal, Result, Span
from knowledge.sage import KnowledgeSage

_KEPT_FAILURES = 1_000


class Parser(Protocol):
    """Turns a record's bytes into text; raises Unparsable with the reason."""

    def __call__(self, record: Record) -> Parsed:
        """Parse one record."""
        ...


class Chunking(Protocol):
    """Splits text into passages with exact offsets."""

    def chunk(self, text: str, media_type: str) -> list[Span]:
        """Answer the passages, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: `total` is None where the source can't tell."""

    stage: str
    records: int
    total: int | None
    chunks: int


@dataclass(slots=True)
class IngestReport:
    """What became of every record, and where the time went.

    Attributes:
        counts: records by outcome; their sum is the number of records.
        chunks: passages of the documents that were added or updated.
        seconds: wall time by stage (read, parse, chunk, commit).
        failures: (source id, reason), the first thousand; `counts` has them all.
    """

    counts: Counter[str] = field(default_factory=Counter)
    chunks: int = 0
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("read", "parse", "chunk", "commit"), 0.0)
    )
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def records(self) -> int:
        """Count all records seen."""
        return sum(self.counts.values())

    def add(self, result: Result) -> None:
        """Account for one record."""
        self.counts[result.outcome.value] += 1
        self.chunks += result.chunks
        if result.outcome is Outcome.FAILED and len(self.failures) < _KEPT_FAILURES:
            self.failures.append((result.source_id, result.reason))


@dataclass(frozen=True, slots=True)
class BatchSize:
    """When a batch is committed: at so many records or characters, whichever comes first."""

    records: int = 1_000
    characters: int = 16_000_000


class Pipeline:
    """Ingests any source into one collection; memory is bounded by a batch."""

    def __init__(
        self,
        sage: KnowledgeSage,
        *,
        parser: Parser,
        chunking: Chunking,
        batch: BatchSize = BatchSize(),
    ) -> None:
        self._sage = sage
        self._parse = parser
        self._chunking = chunking
        self._batch = batch

    def run(
        self,
        source: Source,
        collection: str,
        *,
        actor: str = "ingest",
        on_result: Callable[[Result], None] = lambda _: None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> IngestReport:
        """Ingest all records of a source.

        Args:
            source: where they come from.
            collection: where they go.
            actor: who is recorded in the change log.
            on_result: called with each record's outcome once its batch is durable.
            on_progress: called often, cheap.

        Raises:
            Conflict, Unavailable: the store refused a batch; batches before it are durable, the
                results reported so far are true, and running again goes on from there.
        """
        report = IngestReport()
        total = source.count()
        for batch in self._batches(source, report, total, on_progress):
            for result in self._commit(batch, collection, actor, report):
                report.add(result)
                on_result(result)
            on_progress(Progress("commit", report.records, total, report.chunks))
        return report

    def _batches(
        self,
        source: Source,
        report: IngestReport,
        total: int | None,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[list[Draft | Removal | Result]]:
        batch: list[Draft | Removal | Result] = []
        size = 0
        for record in _timed(source.records(), report.seconds):
            entry = self._draft(record, report.seconds)
            batch.append(entry)
            size += len(entry.text) if isinstance(entry, Draft) else 0
            on_progress(Progress("parse", report.records + len(batch), total, report.chunks))
            if len(batch) >= self._batch.records or size >= self._batch.characters:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _draft(self, record: Record, seconds: dict[str, float]) -> Draft | Removal | Result:
        if record.error:
            return Result(record.source_id, Outcome.FAILED, reason=record.error)
        started = time.perf_counter()
        try:
            record = storable(record)
            if record.deleted:
                return Removal(record.source_id, record.author, record.message, record.time)
            parsed = self._parse(record)
        except InvalidInput as error:
            return Result(record.source_id, Outcome.FAILED, reason=str(error))
        finally:
            seconds["parse"] += time.perf_counter() - started
        return Draft(
            source_id=record.source_id,
            text=parsed.text,
            spans=(),
            title=record.title or parsed.title,
            uri=record.uri,
            media_type=parsed.media_type,
            language=detect_language(parsed.text),
            metadata={**parsed.metadata, **record.metadata},
            author=record.author,
            message=record.message,
            time=record.time,
        )

    def _commit(
        self,
        batch: Sequence[Draft | Removal | Result],
        collection: str,
        actor: str,
        report: IngestReport,
    ) -> list[Result]:
        known = self._known(batch, collection)
        started = time.perf_counter()
        entries = [
            replace(entry, spans=self._chunking.chunk(entry.text, entry.media_type))
            if isinstance(entry, Draft)
            else entry
            for entry, result in zip(batch, known, strict=True)
            if result is None and not isinstance(entry, Result)
        ]
        report.seconds["chunk"] += time.perf_counter() - started
        started = time.perf_counter()
        added = iter(self._add(collection, entries, actor))
        report.seconds["commit"] += time.perf_counter() - started
        return [next(added) if result is None else result for result in known]

    def _known(
        self, batch: Sequence[Draft | Removal | Result], collection: str
    ) -> list[Result | None]:
        """Answer the results that are clear before any further work: failed and unchanged."""
        first: dict[str, int] = {}
        for index, entry in enumerate(batch):
            if not isinstance(entry, Result):
                first.setdefault(entry.source_id, index)
        drafts = {
            index: entry for index in first.values() if isinstance(entry := batch[index], Draft)
        }
        unchanged = dict(
            zip(drafts, self._sage.unchanged(collection, list(drafts.values())), strict=True)
        )
        return [
            entry if isinstance(entry, Result) else unchanged.get(index)
            for index, entry in enumerate(batch)
        ]

    def _add(self, collection: str, entries: Sequence[Draft | Removal], actor: str) -> list[Result]:
        """Commit a batch; where one record spoils it, one by one, so that the rest goes on."""
        try:
            return self._sage.add(collection, entries, actor=actor)
        except InvalidInput as error:
            if len(entries) == 1:
                return [Result(entries[0].source_id, Outcome.FAILED, reason=str(error))]
            return [result for entry in entries for result in self._add(collection, [entry], actor)]


def _timed(records: Iterable[Record], seconds: dict[str, float]) -> Iterator[Record]:
    iterator = iter(records)
    while True:
        started = time.perf_counter()
        record = next(iterator, None)
        seconds["read"] += time.perf_counter() - started
        if record is None:
            return
        yield record
