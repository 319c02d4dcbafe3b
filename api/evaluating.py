"""Judge search on a set with known answers: ingest it, ask everything, average the measures."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from api.trying import Latency, Trial, Way, try_out
from foundation.errors import InvalidInput
from retrieval.comparing import Comparison, compare
from retrieval.evaluation import Figures, Judged, averages, by_query, load_judged
from retrieval.losses import Loss, worst
from retrieval.question import MODES

MODE: Final = "mode"
"""What can be compared beside settings: another way to search."""

_DEFAULT: Final = "default"
_OF_INTAKE: Final = (
    "embedder", "extractor", "openai_", "llm_", "merge_", "review_", "max_document_", "parse_",
)  # fmt: skip
"""Settings that begin so change what is written: what is compared needs a home of its own."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Default search beside the same with other settings.

    Attributes:
        settings: what is different.
        measures: the second's figures against the first's.
        latency_ms, stages_ms: the second's.
    """

    settings: Mapping[str, Any]
    measures: Sequence[Comparison]
    latency_ms: Latency
    stages_ms: Mapping[str, Latency]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a set says about search.

    Attributes:
        failed: documents of the corpus that could not be taken in (empty ones, say).
        modes: measures by mode, `default` last.
        latency_ms: p50 and p95 of whole default searches (10 hits, cited).
        stages_ms: the same of each stage that a search tells of.
        passages_per_second: chunks made searchable by words and by meaning, per second; None
            where a kept home knew all of them already.
        contrast: what other settings make of it, where they were given.
        losses: the queries answered worst, where they were asked for.
    """

    dataset: str
    documents: int
    failed: int
    queries: int
    modes: Mapping[str, Mapping[str, float]]
    latency_ms: Latency
    passages_per_second: float | None
    stages_ms: Mapping[str, Latency] = field(default_factory=dict)
    contrast: Contrast | None = None
    losses: Sequence[Loss] = ()


def evaluate(
    folder: Path,
    *,
    more_k: Sequence[int] = (),
    home: Path | None = None,
    other: Mapping[str, Any] | None = None,
    explained: int = 0,
    **settings: Any,
) -> Evaluation:
    """Evaluate a folder with corpus.jsonl, queries.jsonl and qrels.tsv.

    Args:
        folder: the judged set.
        more_k: further cut-offs for nDCG and recall.
        home: keep the ingested corpus here (and use it if it is there); by default a temporary
            home that is removed.
        other: settings (or a `mode`) that default search is compared under, beside `settings`.
        explained: how many of the worst queries to explain.
        **settings: override settings by name.

    Raises:
        NotFound, InvalidInput: the folder is no judged set, or a setting is wrong.
    """
    judged = _load(folder)
    # Whatever the environment names, the user's own knowledge is not to be mixed with a test's.
    alone = {"database_url": None, "chroma_url": None, "cache_entries": 0, **settings}
    modes = sorted(MODES, key=lambda mode: (mode == _DEFAULT, mode))
    with tempfile.TemporaryDirectory(prefix="elders-eval-") as temporary:
        kept = home or Path(temporary, "first")
        other_way = _other_way(other or {}, kept, Path(temporary, "second"), alone)
        found = try_out(judged, Way(kept, alone, modes))
        second = try_out(judged, other_way) if other else None
    figures = {mode: by_query(run, judged.qrels, more_k=more_k) for mode, run in found.runs.items()}
    return Evaluation(
        dataset=judged.name,
        documents=found.documents,
        failed=found.failed,
        queries=len(judged.queries),
        modes={mode: averages(each) for mode, each in figures.items()},
        latency_ms=found.latency_ms,
        passages_per_second=found.passages_per_second,
        stages_ms=found.stages_ms,
        contrast=_contrast(judged, figures[_DEFAULT], other or {}, second, more_k),
        losses=worst(
            judged,
            found.runs,
            figures[_DEFAULT]["ndcg@10"],
            count=explained,
            titles=found.titles,
            notes=found.notes,
        ),
    )


def _load(folder: Path) -> Judged:
    try:
        return load_judged(folder)
    except (OSError, EOFError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{folder} can't be read as a judged set: {error}") from error


def _other_way(other: Mapping[str, Any], home: Path, own: Path, alone: Mapping[str, Any]) -> Way:
    """Say how to search for comparison: in the same home, unless other things would be written."""
    mode = str(other.get(MODE, _DEFAULT))
    if mode not in MODES:
        raise InvalidInput(f"mode is {mode!r}; it can be {', '.join(MODES)}")
    different = {name: value for name, value in other.items() if name != MODE}
    place = own if any(name.startswith(_OF_INTAKE) for name in different) else home
    return Way(place, {**alone, **different}, [mode])


def _contrast(
    judged: Judged,
    first: Figures,
    other: Mapping[str, Any],
    second: Trial | None,
    more_k: Sequence[int],
) -> Contrast | None:
    if second is None:
        return None
    (run,) = second.runs.values()
    measures = compare(first, by_query(run, judged.qrels, more_k=more_k))
    return Contrast(dict(other), measures, second.latency_ms, second.stages_ms)
