"""Bytes to knowledge, a batch at a time: read, parse, chunk, commit, account for each record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog
from sqlalchemy import Connection

from foundation.errors import GuildError, InvalidInput
from foundation.security.redaction.redacting import harmless
from ingest.batching import Batch, BatchSize, Within, timed
from ingest.claims import Admit, Entry, claimed_file, refuse_namesakes, refuse_unadmitted
from ingest.model import Parsed, Record, Source
from ingest.protection import Protection
from ingest.storable import storable
from knowledge.language import detect_language
from knowledge.model import Draft, Outcome, Removal, Result, Span
from knowledge.prepare import require_storable
from knowledge.sage import KnowledgeSage

_log = structlog.get_logger(__name__)

_KEPT_FAILURES = 1_000

Parser = Callable[[Record], Parsed]
"""Turns a record's bytes into text; raises Unparsable with the reason."""


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
        protected: sensitive values by kind and what was done with them ("email: redact").
        suspicious: places that look like instructions for a model, by kind.
    """

    counts: Counter[str] = field(default_factory=Counter)
    chunks: int = 0
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("read", "parse", "chunk", "commit"), 0.0)
    )
    failures: list[tuple[str, str]] = field(default_factory=list)
    protected: Counter[str] = field(default_factory=Counter)
    suspicious: Counter[str] = field(default_factory=Counter)

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


class Pipeline:
    """Ingests any source into one collection; memory is bounded by a batch."""

    def __init__(
        self,
        sage: KnowledgeSage,
        *,
        parser: Parser,
        chunking: Chunking,
        batch: BatchSize = BatchSize(),  # noqa: B008 - frozen
        protection: Protection | None = None,
    ) -> None:
        self._protection = protection
        self._sage = sage
        self._parse = parser
        self._chunking = chunking
        self._batch = batch

    def cut_by(self, chunking: Chunking) -> Pipeline:
        """Answer a pipeline that cuts otherwise, and is the same in all else."""
        other = copy(self)
        other._chunking = chunking  # noqa: SLF001 - its own
        return other

    def run(
        self,
        source: Source,
        collection: str,
        *,
        actor: str = "ingest",
        admit: Admit = lambda _: "",
        within: Within = lambda _connection, _numbered: None,
        on_result: Callable[[Result], None] = lambda _: None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> IngestReport:
        """Ingest all records of a source.

        Args:
            source: where they come from.
            collection: where they go.
            actor: who is recorded in the change log.
            admit: says of each document why it may not be written; "" lets it pass.
            within: writes more in the transactions that make outcomes durable.
            on_result: called with each record's outcome once its batch is durable.
            on_progress: called often, cheap.

        Raises:
            Conflict, Unavailable: the store refused a batch; batches before it are durable, the
                results reported so far are true, and running again goes on from there.
        """
        report = IngestReport()
        total = source.count()
        for batch in self._batches(source, report, total, on_progress):
            refuse_unadmitted(batch.entries, admit)
            self._protect(batch, collection, report)
            results = self._commit(batch, collection, actor, report, within)
            batch.entries.clear()  # its texts would live on while the next batch is read
            for result in results:
                report.add(result)
                on_result(result)
            on_progress(Progress("commit", report.records, total, report.chunks))
        return report

    def drafts(self, source: Source) -> Iterator[Draft]:
        """Answer what ingesting a source would commit, without doing it; failures are left out."""
        seconds = dict.fromkeys(("read", "parse", "chunk", "commit"), 0.0)
        for record in source.records():
            entry = self._draft(record, seconds)
            if isinstance(entry, Draft):
                chunked = self._chunked(entry)
                if isinstance(chunked, Draft):
                    yield chunked

    def _batches(
        self,
        source: Source,
        report: IngestReport,
        total: int | None,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Batch]:
        batch = Batch()
        for record in timed(source.records(), report.seconds):
            batch.put(self._draft(record, report.seconds), claimed_file(record))
            seen = len(batch.entries)
            on_progress(Progress("parse", report.records + seen, total, report.chunks))
            if seen >= self._batch.records or batch.characters >= self._batch.characters:
                yield batch
                batch = Batch()
        if batch.entries:
            yield batch

    def _draft(self, record: Record, seconds: dict[str, float]) -> Entry:
        if record.error:
            return Result(record.source_id, Outcome.FAILED, reason=harmless(record.error))
        started = time.perf_counter()
        try:
            entry = self._parsed(storable(record))
            require_storable(entry)
            return entry
        except InvalidInput as error:
            return Result(record.source_id, Outcome.FAILED, reason=harmless(str(error)))
        except GuildError:
            raise
        except Exception as error:  # noqa: BLE001 - one strange document must not end the run
            _log.exception("record.unexpected_failure", source_id=record.source_id)
            reason = f"its parser failed unexpectedly ({type(error).__name__}): report it"
            return Result(record.source_id, Outcome.FAILED, reason=reason)
        finally:
            seconds["parse"] += time.perf_counter() - started

    def _protect(self, given: Batch, collection: str, report: IngestReport) -> None:
        """Put what the collection's policies make of drafts in their place."""
        batch = given.entries
        for index, entry in enumerate(batch):
            if self._protection and isinstance(entry, Draft):
                treated = self._protection.apply(entry, collection)
                batch[index], given.told[index] = treated.entry, treated.told
                report.protected.update(treated.protected)
                report.suspicious.update(treated.suspicious)
            elif self._protection and isinstance(entry, Removal):
                batch[index] = self._protection.removal(entry, collection)

    def _parsed(self, record: Record) -> Draft | Removal:
        if record.deleted:
            return Removal(record.source_id, record.author, record.message, record.time)
        parsed = self._parse(record)
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
        self, given: Batch, collection: str, actor: str, report: IngestReport, within: Within
    ) -> list[Result]:
        """Answer a batch's results in its order, once they are durable.

        Works on the batch itself, so that no text is held twice.
        """
        batch, seconds, first = given.entries, report.seconds, report.records
        self._refuse_namesakes(given, collection)
        self._settle_unchanged(batch, collection)
        if self._protection:
            self._protection.tell(batch, given.told, collection)
        started = time.perf_counter()
        batch[:] = [self._chunked(each) if isinstance(each, Draft) else each for each in batch]
        seconds["chunk"] += time.perf_counter() - started
        started = time.perf_counter()
        waiting = [(n, e) for n, e in enumerate(batch, first) if not isinstance(e, Result)]
        added = iter(self._add(collection, waiting, actor, within))
        seconds["commit"] += time.perf_counter() - started
        return [entry if isinstance(entry, Result) else next(added) for entry in batch]

    def _refuse_namesakes(self, batch: Batch, collection: str) -> None:
        """Put failures in the place of what would overwrite the document of another file."""
        if batch.claims:
            names = {batch.entries[index].source_id for index in batch.claims}
            known = self._sage.uris(collection, sorted(names))
            refuse_namesakes(batch.entries, batch.claims, known)

    def _settle_unchanged(self, batch: list[Entry], collection: str) -> None:
        """Put results in the place of drafts that bring nothing new, before any further work.

        Of a source that stands in the batch more than once only the first may be compared with
        what is stored.
        """
        first: dict[str, int] = {}
        for index, entry in enumerate(batch):
            if not isinstance(entry, Result):
                first.setdefault(entry.source_id, index)
        drafts = {i: entry for i in first.values() if isinstance(entry := batch[i], Draft)}
        known = self._sage.unchanged(collection, list(drafts.values()))
        for index, result in zip(drafts, known, strict=True):
            batch[index] = result or batch[index]

    def _chunked(self, draft: Draft) -> Draft | Result:
        try:
            return replace(draft, spans=self._chunking.chunk(draft.text, draft.media_type))
        except InvalidInput as error:
            return Result(draft.source_id, Outcome.FAILED, reason=str(error))

    def _add(
        self,
        collection: str,
        numbered: Sequence[tuple[int, Draft | Removal]],
        actor: str,
        within: Within,
    ) -> list[Result]:
        """Commit a batch; where one record spoils it, in halves, so that the rest goes on."""
        numbers, entries = [n for n, _ in numbered], [entry for _, entry in numbered]

        def also(connection: Connection, results: Sequence[Result]) -> None:
            within(connection, list(zip(numbers, results, strict=True)))

        try:
            return self._sage.add(collection, entries, actor=actor, within=also)
        except InvalidInput as error:
            if len(entries) == 1:
                return [Result(entries[0].source_id, Outcome.FAILED, reason=str(error))]
        middle = len(entries) // 2
        return [
            *self._add(collection, numbered[:middle], actor, within),
            *self._add(collection, numbered[middle:], actor, within),
        ]
