"""Judge search on a set with known answers: ingest it, ask everything, average the measures."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.knowledge_base import KnowledgeBase
from api.platform import Platform
from foundation.errors import InvalidInput
from foundation.ids import ChunkId
from knowledge.groups import fellows
from knowledge.log import NOW
from retrieval.evaluation import Judged, load_judged, measure, percentile
from retrieval.model import Scope
from retrieval.sage import MAX_QUERY_CHARACTERS, MODES, Question

_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a set says about search.

    Attributes:
        failed: documents of the corpus that could not be taken in (empty ones, say).
        modes: measures by mode (`dense`, `lexical`, `default`).
        latency_ms: p50 and p95 of whole default searches (10 hits, cited).
        passages_per_second: chunks made searchable by words and by meaning, per second; None
            where a kept home knew all of them already.
    """

    dataset: str
    documents: int
    failed: int
    queries: int
    modes: Mapping[str, Mapping[str, float]]
    latency_ms: Mapping[str, float]
    passages_per_second: float | None


def evaluate(
    folder: Path,
    *,
    more_k: Sequence[int] = (),
    home: Path | None = None,
    **settings: Any,
) -> Evaluation:
    """Evaluate a folder with corpus.jsonl, queries.jsonl and qrels.tsv.

    Args:
        folder: the judged set.
        more_k: further cut-offs for nDCG and recall.
        home: keep the ingested corpus here (and use it if it is there); by default a temporary
            home that is removed.
        **settings: override settings by name.

    Raises:
        NotFound, InvalidInput: the folder is no judged set.
    """
    judged = _load(folder)
    # Whatever the environment names, the user's own knowledge is not to be mixed with a test's.
    alone = {"database_url": None, "chroma_url": None, **settings}
    with (
        tempfile.TemporaryDirectory(prefix="elders-eval-") as temporary,
        KnowledgeBase.open(home or Path(temporary), **alone) as base,
    ):
        rate, failed = _ingest(base, judged)
        owners = _owners(base.platform)
        modes = {
            mode: measure(_run(base.platform, judged, mode, owners), judged.qrels, more_k=more_k)
            for mode in sorted(MODES, key=lambda mode: (mode == "default", mode))
        }
        latency = _latency(base, judged)
        documents = base.status().counts["documents"]
    return Evaluation(judged.name, documents, failed, len(judged.queries), modes, latency, rate)


def _load(folder: Path) -> Judged:
    try:
        return load_judged(folder)
    except (OSError, EOFError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{folder} can't be read as a judged set: {error}") from error


def _ingest(base: KnowledgeBase, judged: Judged) -> tuple[float | None, int]:
    base.platform.parts.warm()  # a model is prepared once for all homes: that is no part of it
    started = time.perf_counter()
    report = base.ingest(judged.corpus, wait=True)
    seconds = time.perf_counter() - started
    return report.chunks / seconds if report.chunks else None, report.counts["failed"]


def _owners(platform: Platform) -> dict[str, list[str]]:
    """Map each document with passages to all source ids that it stands for, its own first."""
    library = platform.parts.library
    owners: dict[str, list[str]] = {}
    after = 0
    while page := library.list(after=after, limit=1_000):
        after = page[-1].number
        with platform.parts.database.read() as connection:
            merged = fellows(connection, [d.id for d in page if d.canonical], NOW)
        for document in page:
            if document.canonical:
                twins = merged.get(document.id, [])
                owners[document.id] = [document.source_id, *(twin.source_id for twin in twins)]
    return owners


def _run(
    platform: Platform, judged: Judged, mode: str, owners: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Rank documents by their best chunk; merged duplicates share its score."""
    reader, rag = platform.parts.reader, platform.parts.rag
    rag.refresh()
    scope = Scope(documents=platform.searched())
    run: dict[str, dict[str, float]] = {}
    document_of: dict[int, str] = {}
    for query, text in judged.queries.items():
        if not _askable(text):
            continue  # nothing can be found for it: it counts as 0
        found = rag.rank(Question(text.strip(), _DEPTH, scope, NOW, mode))
        ids = [ChunkId(int(i)) for i in found.ids]
        unknown = [i for i in ids if i not in document_of]
        document_of |= {c.id: c.document_id for c in reader.chunks(unknown).values()}
        scores: dict[str, float] = {}
        for chunk, score in zip(ids, found.scores, strict=True):
            for source in owners.get(document_of.get(chunk, ""), ()):
                scores.setdefault(source, float(score))
        run[query] = scores
    return run


def _askable(text: str) -> bool:
    return 0 < len(text.strip()) <= MAX_QUERY_CHARACTERS


def _latency(base: KnowledgeBase, judged: Judged) -> dict[str, float]:
    took = []
    for text in [text for text in judged.queries.values() if _askable(text)][:500]:
        started = time.perf_counter()
        base.search(text.strip())
        took.append((time.perf_counter() - started) * 1e3)
    return {"p50": percentile(took, 0.5), "p95": percentile(took, 0.95)}
