"""Judge rankings: nDCG, recall, reciprocal rank, and whether all that is relevant was found."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from foundation.errors import InvalidInput, NotFound

Qrels = Mapping[str, Mapping[str, int]]
"""Query id → document id → grade (0: judged irrelevant)."""

Run = Mapping[str, Mapping[str, float]]
"""Query id → document id → score."""

Figures = Mapping[str, Mapping[str, float]]
"""Measure → query id → value."""

ALL_AT = (5, 8)
RECALL_AT = (2, 5, 10, 100)


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged set: a corpus file, the judged queries, and the judgements."""

    name: str
    corpus: Path
    queries: Mapping[str, str]
    qrels: Qrels


def load_judged(folder: Path) -> Judged:
    """Read `queries.jsonl` and `qrels.tsv` of a folder that also holds `corpus.jsonl`.

    Raises:
        NotFound: a file is missing.
        InvalidInput: a file is not in the expected form; the message has its line.
    """
    corpus = _one_of(folder, "corpus.jsonl", "corpus.jsonl.gz")
    judgements = _one_of(folder, "qrels.tsv")
    qrels = _read_qrels(judgements)
    texts = _read_queries(_one_of(folder, "queries.jsonl"))
    queries = {query: text for query, text in texts if query in qrels}
    if not queries:
        raise InvalidInput(
            f"no query in {folder}/queries.jsonl has a relevant document in qrels.tsv"
        )
    return Judged(folder.resolve().name, corpus, queries, {q: qrels[q] for q in queries})


def _one_of(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise NotFound(f"{folder} has no {names[0]}: a judged set has corpus, queries and qrels")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number the lines of a file that are not empty."""
    with path.open(encoding="utf-8", newline="") as file:
        try:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{path} is not UTF-8: {error.reason}") from error


def _read_queries(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in _lines(path):
        try:
            query = json.loads(line)
            yield str(query["_id"]), str(query["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f'{path}:{number}: a query is {{"_id": …, "text": …}}') from error


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read query-id, corpus-id, score; keep the queries that have a relevant document."""
    qrels: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        fields = line.split("\t")
        if number == 1 and not _is_grade(fields[-1]):
            continue  # a header
        if len(fields) != 3 or not _is_grade(fields[2]):
            raise InvalidInput(f"{path}:{number}: a judgement is query-id, corpus-id, score (tabs)")
        qrels.setdefault(fields[0], {})[fields[1]] = int(float(fields[2]))
    return {query: judged for query, judged in qrels.items() if max(judged.values()) > 0}


def _is_grade(text: str) -> bool:
    try:
        return float(text).is_integer()
    except ValueError:
        return False


def measure(run: Run, qrels: Qrels, *, more_k: Sequence[int] = ()) -> dict[str, float]:
    """Average the measures over all judged queries; one without an answer counts as 0."""
    return averages(by_query(run, qrels, more_k=more_k))


def averages(figures: Figures) -> dict[str, float]:
    """Average each measure over the queries."""
    return {name: sum(values.values()) / len(values) for name, values in figures.items()}


def by_query(run: Run, qrels: Qrels, *, more_k: Sequence[int] = ()) -> Figures:
    """Measure each judged query; one without an answer has 0.

    nDCG, recall and reciprocal rank are ir-measures' (trec_eval's definitions); `all@k` tells
    whether a query's relevant documents all stand among the first k (0 or 1).
    """
    import ir_measures
    from ir_measures import RR, R, nDCG

    named = {
        "ndcg@10": nDCG @ 10,
        **{f"recall@{k}": R @ k for k in RECALL_AT},
        "mrr@10": RR @ 10,
        **{f"ndcg@{k}": nDCG @ k for k in more_k},
        **{f"recall@{k}": R @ k for k in more_k},
    }
    whole = {f"all@{k}": R @ k for k in ALL_AT}
    wanted = list(dict.fromkeys([*named.values(), *whole.values()]))
    filled = {query: dict(run.get(query, {})) for query in qrels}
    judged = {query: dict(grades) for query, grades in qrels.items()}
    found: dict[object, dict[str, float]] = {each: dict.fromkeys(qrels, 0.0) for each in wanted}
    for value in ir_measures.iter_calc(wanted, judged, filled):
        found[value.measure][value.query_id] = float(value.value)
    complete = {
        name: {query: float(share >= 1.0) for query, share in found[recall].items()}
        for name, recall in whole.items()
    }
    return {name: found[each] for name, each in named.items()} | complete


def percentile(values: Sequence[float], share: float) -> float:
    """Answer the smallest value that this share of the values does not exceed (nearest rank).

    Args:
        values: at least one.
        share: 0 to 1.
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
