"""The composition root: here alone concrete classes are named and put together."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.platform import Home, Parts, Platform
from api.serving import open_serving
from foundation.clock import Clock, system_clock
from foundation.database.engine import Database, open_database
from foundation.errors import Conflict
from foundation.ids import ChunkId
from foundation.locking import HomeLock
from foundation.settings import Settings, load_settings
from ingest.chunking import Chunker
from ingest.parsers.limits import Limits
from ingest.parsers.registry import parse
from ingest.parsers.sandbox import Sandbox
from ingest.pipeline import BatchSize, Pipeline
from knowledge.duplicates import Duplicates
from knowledge.library import Library
from knowledge.likeness import Thresholds
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from knowledge.signatures import Signer
from retrieval.attributes import Attributes
from retrieval.citing import Citer
from retrieval.doctor import Doctor, Patient
from retrieval.following import Followers, Following
from retrieval.indexes.lexical import LexicalIndex
from retrieval.model import Ranking, Scope
from retrieval.sage import Fusing, RagSage


def open_platform(
    path: str | Path | None = None,
    *,
    follow: bool = True,
    overrides: Mapping[str, Any] | None = None,
    clock: Clock = system_clock,
) -> Platform:
    """Open a home with all its parts.

    Args:
        path: the home; by default the setting `home`.
        follow: own the home: take its lock, follow the log. Without it, read only.
        overrides: settings by name, over those of the environment.
        clock: what time it is.

    Raises:
        Conflict: another process owns the home.
        InvalidInput: a setting is wrong.
        Unavailable: the database or a model can't be had.
    """
    given = dict(overrides or {})
    settings = load_settings(**({"home": Path(path)} if path is not None else {}), **given)
    home = Home(Path(settings.home).expanduser().absolute())
    with ExitStack() as undo:
        lock = HomeLock(home.path, purpose=_purpose())
        if follow:
            home.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout_seconds=settings.lock_timeout_seconds)
            undo.callback(lock.release)
        database = open_database(
            settings.database_url.get_secret_value() if settings.database_url else None,
            home=home.path,
            migrate=follow,
        )
        undo.callback(database.close)
        platform = _assemble(settings, home, database, lock, follow, clock, undo)
        undo.pop_all()
    return platform


def _purpose() -> str:
    return shlex.join([Path(sys.argv[0]).name or "python", *sys.argv[1:4]])[:200]


def _assemble(
    settings: Settings,
    home: Home,
    database: Database,
    lock: HomeLock,
    follow: bool,  # noqa: FBT001 - the caller's keyword
    clock: Clock,
    undo: ExitStack,
) -> Platform:
    reader = Reader(database)
    lexical = LexicalIndex(home.followers / "lexical", writable=follow)
    undo.callback(lexical.close)
    serving = open_serving(settings, home, database, reader, writable=follow)
    undo.callback(serving.close)
    thresholds = Thresholds(merge=settings.merge_threshold, review=settings.review_threshold)
    pipeline, close_parser = _pipeline(settings, database, thresholds, clock)
    undo.callback(close_parser)
    patients = [
        Patient(lexical, lexical.ids, reader.head, _ask_words(reader, lexical)),
        *serving.patients(),
    ]
    return Platform(
        Parts(
            home=home,
            database=database,
            clock=clock,
            lock=lock if follow else None,
            holder=lock.holder,
            knowledge=pipeline.sage,
            library=Library(database),
            reader=reader,
            pipeline=pipeline.pipeline,
            attributes=Attributes(reader),
            followers=Followers([Following(lexical, reader), *serving.following()]),
            rag=RagSage(
                lexical=lexical,
                dense=serving.model,
                citer=Citer(database),
                coverage=lambda: serving.coverage(lexical.count),
                head=reader.head,
                fusing=Fusing(dense_weight=settings.dense_weight),
            ),
            doctor=Doctor(database, patients),
            review_threshold=settings.review_threshold,
            forgetting=lambda: _forget(reader, lexical),
            closing=[lexical.close, serving.close, close_parser],
        )
    )


@dataclass(frozen=True, slots=True)
class _Intake:
    sage: KnowledgeSage
    pipeline: Pipeline


def _pipeline(
    settings: Settings, database: Database, thresholds: Thresholds, clock: Clock
) -> tuple[_Intake, Callable[[], None]]:
    limits = Limits(
        max_bytes=settings.max_document_bytes,
        wall_seconds=settings.parse_timeout_seconds,
        memory_bytes=settings.parse_memory_bytes,
    )
    sandbox = Sandbox()
    sage = KnowledgeSage(database, signer=Signer(), duplicates=Duplicates(thresholds), clock=clock)
    pipeline = Pipeline(
        sage,
        parser=lambda record: parse(record, limits=limits, sandbox=sandbox),
        chunking=Chunker(),
        batch=BatchSize(records=settings.batch_records),
    )
    return _Intake(sage, pipeline), sandbox.close


def _forget(reader: Reader, lexical: LexicalIndex) -> None:
    if lexical.residue():
        lexical.compact(reader)


def _ask_words(reader: Reader, lexical: LexicalIndex) -> Callable[[ChunkId], Ranking]:
    def ask(chunk_id: ChunkId) -> Ranking:
        chunk = reader.chunks([chunk_id])[chunk_id]
        return lexical.search(chunk.passage, 50, Scope())

    return ask


def require_new(home: Path) -> None:
    """Refuse to write over a home that holds something.

    Raises:
        Conflict: it does.
    """
    if (home / "truth.db").exists():
        raise Conflict(f"{home} holds a knowledge base already: name another folder")
