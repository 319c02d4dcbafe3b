"""The composition root: here alone concrete classes are named and put together."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from api.caching import Cache
from api.caching import Ground as CacheGround
from api.dense import Models
from api.extracting import Extraction
from api.homes import Home
from api.knowing import Knowing, open_knowing
from api.parts import Parts
from api.platform import Platform
from api.protecting import protection_of
from api.retrieving import Retrieval, open_retrieval
from api.serving import Serving, embedder_options, open_serving
from foundation.breaker import Breakers
from foundation.clock import Clock, system_clock
from foundation.database.engine import FILE_NAME, Database, PoolSettings, open_database
from foundation.database.glance import Glance
from foundation.errors import NotFound, Unavailable
from foundation.ids import ChunkId, Seq
from foundation.locking import HomeLock
from foundation.settings import Settings, load_settings
from ingest.batching import BatchSize
from ingest.chunking import Chunker
from ingest.parsers.limits import Limits
from ingest.parsers.registry import parse
from ingest.parsers.sandbox import Sandbox
from ingest.pipeline import Pipeline
from knowledge.analysis import Analyst
from knowledge.classification.classifier import Classifier
from knowledge.duplicates import Duplicates
from knowledge.library import Library
from knowledge.likeness import Thresholds
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from knowledge.signatures import Signer
from retrieval.answers.answering import Answerer
from retrieval.cache.recall import QueryVectors
from retrieval.doctor import Doctor, Patient
from retrieval.embedders.model import Embedder
from retrieval.following import Followers, Following
from retrieval.indexes.lexical import LexicalIndex
from retrieval.model import Ranking, Scope


def open_platform(
    path: str | Path | None = None,
    *,
    follow: bool = True,
    create: bool = True,
    embedder: Embedder | None = None,
    patience_seconds: float | None = None,
    overrides: Mapping[str, Any] | None = None,
    clock: Clock = system_clock,
) -> Platform:
    """Open a home with all its parts.

    Args:
        path: the home; by default the setting `home`.
        follow: own the home: take its lock, follow the log. Without it, read only.
        create: make the home where there is none (an owner may).
        embedder: one that the program brings along, in place of the setting's.
        patience_seconds: how long to wait for another owner; by default as the settings say.
        overrides: settings by name, over those of the environment.
        clock: what time it is.

    Raises:
        Conflict: another process owns the home.
        InvalidInput: a setting is wrong.
        NotFound: there is no such home, and none is to be made.
        Unavailable: the database or a model can't be had, or the disk refuses.
    """
    settings = _settings(path, overrides)
    home = Home(settings.home)
    if not (create and follow):
        _require_home(home, settings)
    with ExitStack() as undo:
        lock = HomeLock(home.path, purpose=_purpose())
        if follow:
            undo.callback(lock.release)
            default = settings.lock_timeout_seconds
            _take(lock, home, default if patience_seconds is None else patience_seconds)
        database = _database(settings, home, migrate=follow)
        undo.callback(database.close)
        glance = Glance(database)
        undo.callback(glance.close)
        reader = Reader(database, glance.head)
        ground = _Ground(settings, home, database, reader, lock, clock, glance, Breakers())
        serving = open_serving(_models(ground, embedder), settings, writable=follow)
        undo.callback(serving.close)
        lexical = LexicalIndex(home.followers / "lexical", writable=follow)
        undo.callback(lexical.close)
        platform = _assemble(ground, lexical, serving, follow=follow)
        undo.pop_all()
    return platform


@dataclass(frozen=True, slots=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    home: Home
    database: Database
    reader: Reader
    lock: HomeLock
    clock: Clock
    glance: Glance
    breakers: Breakers


def _settings(path: str | Path | None, overrides: Mapping[str, Any] | None) -> Settings:
    given = dict(overrides or {})
    if path is not None:
        given["home"] = Path(path)
    return load_settings(**given)


def _require_home(home: Home, settings: Settings) -> None:
    if settings.database_url is None and not (home.path / FILE_NAME).is_file():
        raise NotFound(
            f"there is no knowledge base in {home.path}: make one with `elders init` or"
            " `elders ingest`, or name another by --home or ELDERS_HOME"
        )


def _take(lock: HomeLock, home: Home, timeout_seconds: float) -> None:
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout_seconds=timeout_seconds)
    except OSError as error:
        raise Unavailable(
            f"{home.path} can't be used as a home ({error.strerror or error}): make room, mend"
            " its permissions, or name another by ELDERS_HOME"
        ) from error


def _database(settings: Settings, home: Home, *, migrate: bool) -> Database:
    return open_database(
        settings.database_url.get_secret_value() if settings.database_url else None,
        home=home.path,
        migrate=migrate,
        pool=PoolSettings(
            min_size=settings.database_pool_min_connections,
            max_size=settings.database_pool_max_connections,
        ),
        lock_timeout_seconds=settings.lock_timeout_seconds,
    )


def _models(ground: _Ground, embedder: Embedder | None) -> Models:
    settings = ground.settings
    return Models(
        home=ground.home,
        database=ground.database,
        reader=ground.reader,
        options=embedder_options(settings, settings.models_dir, ground.breakers),
        chroma_url=str(settings.chroma_url) if settings.chroma_url else None,
        given=embedder,
        vectors=QueryVectors() if settings.cache_entries else None,
    )


def _purpose() -> str:
    return shlex.join([Path(sys.argv[0]).name or "python", *sys.argv[1:3]])[:200]


def _assemble(
    ground: _Ground, lexical: LexicalIndex, serving: Serving, *, follow: bool
) -> Platform:
    settings, database, reader = ground.settings, ground.database, ground.reader
    home, clock = ground.home, ground.clock
    intake, ending = _intake(ground)
    told = intake.extraction.summariser()
    knowing = open_knowing(home, database, clock, intake.sage, lexical, serving, told)
    indexes = lexical, serving, knowing.graph
    retrieval = open_retrieval(settings, home.path, reader, database, indexes, clock)
    following = [Following(lexical, reader), *serving.following()]
    following += knowing.following(reader, lexical.position)
    return Platform(
        Parts(
            home=home,
            database=database,
            clock=clock,
            breakers=ground.breakers,
            lock=ground.lock if follow else None,
            holder=ground.lock.holder,
            knowledge=intake.sage,
            library=Library(database),
            reader=reader,
            pipeline=intake.pipeline,
            retrieval=retrieval,
            followers=Followers(following),
            doctor=Doctor(database, [_words(reader, lexical), *serving.patients()]),
            knowing=knowing,
            extraction=intake.extraction,
            answerer=_answerer(settings, lexical, intake),
            review_threshold=settings.review_threshold,
            max_document_bytes=settings.max_document_bytes,
            ready_free_bytes=settings.ready_free_bytes,
            embedded=serving.embedded,
            warm=retrieval.warm,
            forgetting=_forgetting(reader, lexical, knowing, serving),
            caching=partial(Cache, _cache_ground(ground, serving, retrieval, writable=follow)),
            closing=_closing(ground, lexical, serving, retrieval, ending),
        )
    )


def _closing(
    ground: _Ground,
    lexical: LexicalIndex,
    serving: Serving,
    retrieval: Retrieval,
    ending: Sequence[Callable[[], None]],
) -> list[Callable[[], None]]:
    own = [ground.glance.close, retrieval.understanding.close]
    return [*own, lexical.close, serving.close, *ending]


def _cache_ground(
    ground: _Ground, serving: Serving, retrieval: Retrieval, *, writable: bool
) -> CacheGround:
    own = ground.settings, ground.home.path, ground.database, ground.glance.head, ground.clock
    return CacheGround(*own, serving, retrieval, writable, ground.breakers)


def _forgetting(
    reader: Reader, lexical: LexicalIndex, knowing: Knowing, serving: Serving
) -> Callable[[Seq], None]:
    def forget(upto: Seq) -> None:
        if lexical.residue():
            lexical.compact(reader)
        knowing.themes.forget()
        serving.forget(upto)

    return forget


@dataclass(frozen=True, slots=True)
class _Intake:
    sage: KnowledgeSage
    pipeline: Pipeline
    extraction: Extraction


def _answerer(settings: Settings, lexical: LexicalIndex, intake: _Intake) -> Answerer:
    chat, breaker = intake.extraction.chat(), intake.extraction.breaker
    return Answerer(lexical, threshold=settings.answer_threshold, model=chat, breaker=breaker)


def _intake(ground: _Ground) -> tuple[_Intake, list[Callable[[], None]]]:
    settings, database = ground.settings, ground.database
    protection, unprotect = protection_of(settings, ground.home.path, database, ground.clock)
    thresholds = Thresholds(merge=settings.merge_threshold, review=settings.review_threshold)
    limits = Limits(
        max_bytes=settings.max_document_bytes,
        wall_seconds=settings.parse_timeout_seconds,
        memory_bytes=settings.parse_memory_bytes,
    )
    sandbox = Sandbox()
    extraction = Extraction(settings, database, ground.breakers)
    sage = KnowledgeSage(
        database,
        signer=Signer(),
        duplicates=Duplicates(thresholds),
        analyst=Analyst(extraction.extractor, Classifier()),
        clock=ground.clock,
    )
    pipeline = Pipeline(
        sage,
        parser=lambda record: parse(record, limits=limits, sandbox=sandbox),
        chunking=Chunker(),
        batch=BatchSize(records=settings.batch_records),
        protection=protection,
    )
    return _Intake(sage, pipeline, extraction), [sandbox.close, unprotect]


def _words(reader: Reader, lexical: LexicalIndex) -> Patient:
    def ask(chunk_id: ChunkId) -> Ranking:
        chunk = reader.chunks([chunk_id])[chunk_id]
        return lexical.search(chunk.passage, 50, Scope())

    return Patient(lexical, lexical.ids, reader.head, ask)
