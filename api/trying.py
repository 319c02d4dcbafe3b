"""One way to search, tried out on a judged set: its rankings, and how long they took."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.judging import owners_of
from api.knowledge_base import KnowledgeBase
from api.platform import Platform
from foundation.errors import Unavailable
from foundation.ids import ChunkId
from knowledge.log import NOW
from retrieval.evaluation import Judged, Run, percentile
from retrieval.model import Scope
from retrieval.question import MAX_QUERY_CHARACTERS, Question

_DEPTH: Final = 100
_TIMED: Final = 500
"""Queries that are timed: enough for a 95th percentile."""

Latency = Mapping[str, float]
"""Milliseconds: `p50` and `p95`."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to search.

    Attributes:
        home: the folder that holds the ingested corpus, or shall.
        settings: by name, over those of the environment.
        modes: what to rank by; the last one is timed.
    """

    home: Path
    settings: Mapping[str, Any]
    modes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it.

    Attributes:
        runs: rankings of documents by mode.
        notes: what search said of each query, under the last mode.
        titles: of all documents, by source id.
        latency_ms: whole searches (10 hits, cited).
        stages_ms: the same by stage.
        passages_per_second: how fast they were made searchable; None where all were known.
    """

    documents: int
    failed: int
    runs: Mapping[str, Run]
    notes: Mapping[str, Sequence[str]]
    titles: Mapping[str, str]
    latency_ms: Latency
    stages_ms: Mapping[str, Latency]
    passages_per_second: float | None


def try_out(judged: Judged, way: Way) -> Trial:
    """Ingest what the home does not know yet, ask everything in each mode, and time it.

    Raises:
        InvalidInput: a setting is wrong.
    """
    with KnowledgeBase.open(way.home, **way.settings) as base:
        rate, failed = _ingest(base, judged)
        owners, titles = owners_of(base.platform), _titles(base.platform)
        runs: dict[str, Run] = {}
        notes: dict[str, Sequence[str]] = {}
        for mode in way.modes:
            runs[mode], notes = _run(base.platform, judged, mode, owners)
        latency, stages = _latency(base, judged, way.modes[-1])
        documents = base.status().counts["documents"]
    return Trial(documents, failed, runs, notes, titles, latency, stages, rate)


def _ingest(base: KnowledgeBase, judged: Judged) -> tuple[float | None, int]:
    with suppress(Unavailable):  # a kept home's index may have to be rebuilt: waiting does it
        base.platform.parts.warm()  # a model is prepared once for all homes: that is no part of it
    started = time.perf_counter()
    report = base.ingest(judged.corpus, wait=True)
    seconds = time.perf_counter() - started
    return report.chunks / seconds if report.chunks else None, report.counts["failed"]


def _titles(platform: Platform) -> dict[str, str]:
    """Map each source id to its document's title."""
    titles: dict[str, str] = {}
    after = 0
    while page := platform.parts.library.list(after=after, limit=1_000):
        after = page[-1].number
        titles |= {document.source_id: document.title for document in page}
    return titles


def _run(
    platform: Platform, judged: Judged, mode: str, owners: Mapping[str, Sequence[str]]
) -> tuple[dict[str, dict[str, float]], dict[str, Sequence[str]]]:
    """Rank documents by their best chunk; merged duplicates share its score."""
    reader, rag = platform.parts.reader, platform.parts.rag
    understanding = platform.parts.retrieval.understanding
    rag.refresh()
    scope = Scope(documents=platform.searched())
    run: dict[str, dict[str, float]] = {}
    notes: dict[str, Sequence[str]] = {}
    document_of: dict[int, str] = {}
    for query, text in judged.queries.items():
        if not _askable(text):
            notes[query] = ["it is empty or too long, and was not asked"]
            continue  # nothing can be found for it: it counts as 0
        ways = understanding.query(text.strip(), NOW, filtering=False).variations
        found = rag.rank(Question(text.strip(), _DEPTH, scope, NOW, mode, variations=ways))
        ids = [ChunkId(int(i)) for i in found.ids]
        unknown = [i for i in ids if i not in document_of]
        document_of |= {c.id: c.document_id for c in reader.chunks(unknown).values()}
        scores: dict[str, float] = {}
        for chunk, score in zip(ids, found.scores, strict=True):
            for source in owners.get(document_of.get(chunk, ""), ()):
                scores.setdefault(source, float(score))
        run[query], notes[query] = scores, list(found.notes)
    return run, notes


def _askable(text: str) -> bool:
    return 0 < len(text.strip()) <= MAX_QUERY_CHARACTERS


def _latency(base: KnowledgeBase, judged: Judged, mode: str) -> tuple[Latency, dict[str, Latency]]:
    took: list[float] = []
    stages: dict[str, list[float]] = defaultdict(list)
    for text in [text for text in judged.queries.values() if _askable(text)][:_TIMED]:
        started = time.perf_counter()
        found = base.search(text.strip(), mode=mode).result
        took.append((time.perf_counter() - started) * 1e3)
        for stage, milliseconds in found.timings_ms.items():
            stages[stage].append(milliseconds)
    return _percentiles(took), {stage: _percentiles(values) for stage, values in stages.items()}


def _percentiles(milliseconds: Sequence[float]) -> Latency:
    return {"p50": percentile(milliseconds, 0.5), "p95": percentile(milliseconds, 0.95)}
