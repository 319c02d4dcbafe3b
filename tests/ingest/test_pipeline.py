"""From records to outcomes: every one accounted for, in bounded memory, whatever is among them."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import structlog

from foundation.database.engine import Database
from foundation.errors import InvalidInput, Unavailable, Unparsable
from ingest.batching import BatchSize
from ingest.chunking import Chunker
from ingest.model import Parsed, Record
from ingest.pipeline import Pipeline, Progress
from knowledge.library import Library
from knowledge.model import Outcome, Result, Span
from knowledge.reading import Reader
from tests.knowledge.drafts import make_sage, words


@dataclass
class Given:
    """A source of records that are made when they are asked for."""

    make: Callable[[], Iterable[Record]]
    total: int | None = None

    def records(self) -> Iterator[Record]:
        yield from self.make()

    def count(self) -> int | None:
        return self.total


def given(*records: Record) -> Given:
    return Given(lambda: records, len(records))


class Whole:
    """Each text is one passage."""

    def chunk(self, text: str, media_type: str) -> list[Span]:
        assert media_type
        if text.startswith("uncuttable"):
            raise InvalidInput("it cannot be cut")
        return [Span(0, 0, len(text))]


def parse(record: Record) -> Parsed:
    if record.text == "unparsable":
        raise Unparsable("it is broken")
    if record.text == "bug":
        raise ZeroDivisionError
    if record.text == "no disk":
        raise Unavailable("the disk is full")
    return Parsed(record.text or "", metadata={"parsed": True})


def pipeline(database: Database, **options: Any) -> Pipeline:
    return Pipeline(make_sage(database), parser=parse, chunking=Whole(), **options)


def outcomes(results: list[Result]) -> list[tuple[str, str]]:
    return [(result.source_id, result.outcome.value) for result in results]


def test_every_record_has_an_outcome_in_the_order_in_which_they_came(database: Database) -> None:
    run = pipeline(database)
    run.run(given(Record("known", text=words(1)), Record("gone", text=words(2))), "c")
    results: list[Result] = []
    source = given(
        Record("new", text=words(3), metadata={"k": 1}),
        Record("unreadable", error="no permission"),
        Record("broken", text="unparsable"),
        Record("known", text=words(1)),
        Record("twin", text=words(3)),
        Record("gone", deleted=True),
        Record("never", deleted=True),
        Record("uncut", text="uncuttable"),
        Record("long" * 2_000, text=words(4)),
        Record("known", text=words(5)),
    )
    with structlog.testing.capture_logs():
        report = run.run(source, "c", on_result=results.append)
    assert outcomes(results) == [
        ("new", "added"),
        ("unreadable", "failed"),
        ("broken", "failed"),
        ("known", "unchanged"),
        ("twin", "merged"),
        ("gone", "deleted"),
        ("never", "unchanged"),
        ("uncut", "failed"),
        ("long" * 2_000, "failed"),
        ("known", "updated"),
    ]
    assert report.records == 10
    assert dict(report.counts) == {
        "added": 1, "failed": 4, "unchanged": 2, "merged": 1, "deleted": 1, "updated": 1,
    }  # fmt: skip
    assert report.chunks == 2
    assert [reason for _, reason in report.failures[:3]] == [
        "no permission",
        "it is broken",
        "it cannot be cut",
    ]
    new = Library(database).get(Library(database).find("new"))
    assert new.metadata == {"parsed": True, "k": 1}
    assert all(seconds >= 0 for seconds in report.seconds.values())


def test_a_parser_that_fails_unexpectedly_costs_its_record_alone(database: Database) -> None:
    with structlog.testing.capture_logs() as events:
        report = pipeline(database).run(
            given(Record("a", text=words(1)), Record("b", text="bug"), Record("x", text="x")), "c"
        )
    assert dict(report.counts) == {"added": 2, "failed": 1}
    assert report.failures == [
        ("b", "its parser failed unexpectedly (ZeroDivisionError): report it")
    ]
    assert [event["event"] for event in events] == ["record.unexpected_failure"]


def test_what_could_succeed_later_ends_the_run_and_keeps_the_batches_before_it(
    database: Database,
) -> None:
    run = pipeline(database, batch=BatchSize(records=2))
    results: list[Result] = []
    texts = [*(words(n) for n in range(4)), "no disk", words(9)]
    source = given(*(Record(f"d{n}", text=text) for n, text in enumerate(texts)))
    with pytest.raises(Unavailable, match="disk is full"):
        run.run(source, "c", on_result=results.append)
    assert [result.source_id for result in results] == ["d0", "d1", "d2", "d3"]
    assert len(Reader(database).chunk_ids()) == 4


class Picky(Whole):
    """Makes spans that only the transaction refuses."""

    def chunk(self, text: str, media_type: str) -> list[Span]:
        (span,) = super().chunk(text, media_type)
        return [replace(span, heading=("half \ud83d pair",))] if "poison" in text else [span]


def test_a_record_that_spoils_its_batch_fails_alone(database: Database) -> None:
    run = Pipeline(make_sage(database), parser=parse, chunking=Picky())
    records = [Record(f"d{n}", text=f"poison {n}" if n in (3, 17) else words(n)) for n in range(20)]
    results: list[Result] = []
    report = run.run(given(*records, Record("d5", text=words(99))), "c", on_result=results.append)
    assert [r.source_id for r in results if r.outcome is Outcome.FAILED] == ["d3", "d17"]
    assert "half a surrogate pair" in report.failures[0][1]
    assert [r.source_id for r in results] == [*(f"d{n}" for n in range(20)), "d5"]
    assert results[-1].version == 2


def test_a_source_may_go_there_and_back_within_a_batch(database: Database) -> None:
    run, library = pipeline(database), Library(database)
    run.run(given(Record("a", text=words(1))), "c")
    results: list[Result] = []
    again = [words(1), words(2), words(2), words(1)]
    run.run(given(*(Record("a", text=t) for t in again)), "c", on_result=results.append)
    assert outcomes(results) == [
        ("a", "unchanged"),
        ("a", "updated"),
        ("a", "unchanged"),
        ("a", "updated"),
    ]
    assert [v.number for v in library.history(library.find("a"))] == [1, 2, 3]
    assert library.version(library.find("a")).text == words(1)


def test_removed_and_brought_back_within_a_batch(database: Database) -> None:
    run = pipeline(database)
    results: list[Result] = []
    run.run(given(Record("a", text=words(1))), "c")
    run.run(
        given(Record("a", deleted=True), Record("a", text=words(1))), "c", on_result=results.append
    )
    assert outcomes(results) == [("a", "deleted"), ("a", "added")]
    assert results[1].version == 2


def test_a_run_that_was_killed_goes_on_where_it_was(database: Database) -> None:
    def endless(until: int) -> Iterator[Record]:
        for n in range(10):
            if n == until:
                raise KeyboardInterrupt
            yield Record(f"d{n}", text=words(n))

    run = pipeline(database, batch=BatchSize(records=3))
    with pytest.raises(KeyboardInterrupt):
        run.run(Given(lambda: endless(8)), "c")
    report = run.run(Given(lambda: endless(99)), "c")
    assert dict(report.counts) == {"unchanged": 6, "added": 4}
    assert len(Reader(database).chunk_ids()) == 10
    again = run.run(Given(lambda: endless(99)), "c")
    assert dict(again.counts) == {"unchanged": 10}


def test_memory_holds_one_batch_of_a_source_of_any_length(sqlite_database: Database) -> None:
    """Of 20,000 texts never more than a batch (and the one in hand) is alive."""
    alive: weakref.WeakSet[Text] = weakref.WeakSet()
    most = 0

    def stream() -> Iterator[Record]:
        nonlocal most
        for n in range(20_000):
            text = Text(f"number {n}")
            alive.add(text)
            most = max(most, len(alive))
            yield Record(f"d{n}", text=text)
            del text

    class Nothing:
        """A sage that only counts: what it costs to write is not the question here."""

        def unchanged(self, _collection: str, drafts: list[Any]) -> list[None]:
            return [None] * len(drafts)

        def add(
            self, _collection: str, entries: list[Any], *, actor: str, **_within: object
        ) -> list[Result]:
            assert actor
            return [Result(entry.source_id, Outcome.ADDED) for entry in entries]

    gc.disable()
    try:
        run = Pipeline(Nothing(), parser=parse, chunking=Whole())  # type: ignore[arg-type]  # two methods are enough
        report = run.run(Given(stream), "c")
    finally:
        gc.enable()
    assert report.records == 20_000
    assert 1_000 <= most <= 1_002


class Text(str):
    """A text that can be watched."""

    __slots__ = ("__weakref__",)


def test_a_batch_ends_at_so_many_characters_too(database: Database) -> None:
    seen: list[Progress] = []
    run = pipeline(database, batch=BatchSize(records=100, characters=1_000))
    texts = ["x" * 600 + str(n) for n in range(6)]
    run.run(
        given(*(Record(f"d{n}", text=text) for n, text in enumerate(texts))),
        "c",
        on_progress=seen.append,
    )
    commits = [(step.records, step.total) for step in seen if step.stage == "commit"]
    assert commits == [(2, 6), (4, 6), (6, 6)]
    assert [step.records for step in seen if step.stage == "parse"] == [1, 2, 3, 4, 5, 6]


def test_more_failures_are_counted_than_kept(sqlite_database: Database) -> None:
    report = pipeline(sqlite_database).run(
        Given(lambda: (Record(f"d{n}", error="bad") for n in range(1_500))), "c"
    )
    assert report.counts["failed"] == 1_500
    assert len(report.failures) == 1_000


def test_passages_stand_where_their_spans_say(database: Database) -> None:
    run = Pipeline(make_sage(database), parser=parse, chunking=Chunker())
    text = "# One\n\n" + words(1, 300) + "\n\n# Two\n\n" + words(2, 300)
    run.run(given(Record("a", text=text)), "c")
    reader = Reader(database)
    found = [chunk.text for chunk in reader.chunks(reader.chunk_ids()).values()]
    assert len(found) > 1
    assert all(passage in text for passage in found)


def test_an_outcome_is_told_only_when_it_is_durable(database: Database) -> None:
    library = Library(database)
    seen: list[str] = []

    def check(result: Result) -> None:
        assert library.version(library.find(result.source_id)).text
        seen.append(result.source_id)

    run = pipeline(database, batch=BatchSize(records=2))
    run.run(given(*(Record(f"d{n}", text=words(n)) for n in range(5))), "c", on_result=check)
    assert seen == [f"d{n}" for n in range(5)]


def test_a_pipeline_that_cuts_otherwise_does_all_else_alike(database: Database) -> None:
    run = pipeline(database)
    small = Chunker(target=16, maximum=16, small=0)
    assert run.cut_by(small).run(given(Record("a", text=words(1))), "c").chunks > 2
    assert run.run(given(Record("b", text=words(2))), "c").chunks == 1
    (first, second) = Library(database).list(collection="c")
    assert first.metadata == second.metadata == {"parsed": True}
