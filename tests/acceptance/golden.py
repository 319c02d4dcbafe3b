"""The sample documents and their golden questions; run as a module, it writes the judged corpus.

`python -m tests.acceptance.golden` after a change to `data/samples` (a test says when it is due).
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api import KnowledgeBase
from knowledge.model import Result

DATA = Path(__file__).parents[2] / "data"
SAMPLES = DATA / "samples"
GOLDEN = DATA / "golden"
VERSIONED = "policies/data-retention"


@dataclass(frozen=True, slots=True)
class Question:
    """A golden question.

    Attributes:
        answer: words that only the passage with the answer has.
        sources: source ids of the documents with that passage: several where one is a duplicate.
    """

    id: str
    text: str
    language: str
    answer: str
    sources: frozenset[str]


def golden_questions() -> list[Question]:
    """Read the questions with their judgements."""
    sources: dict[str, set[str]] = defaultdict(set)
    for line in (GOLDEN / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, source_id, _ = line.split("\t")
        sources[question].add(source_id)
    rows = map(json.loads, (GOLDEN / "queries.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Question(
            row["_id"], row["text"], row["language"], row["answer"], frozenset(sources[row["_id"]])
        )
        for row in rows
    ]


def ingest_samples(base: KnowledgeBase, *, wait: bool = True) -> list[Result]:
    """Take in the folder, then the document with dated versions."""
    results: list[Result] = []
    base.ingest(SAMPLES, on_result=results.append)
    base.ingest(SAMPLES / "versions.jsonl", dated_by="date", on_result=results.append, wait=wait)
    return results


def corpus_of(base: KnowledgeBase) -> Sequence[Mapping[str, str]]:
    """Answer what the samples say, as lines of a judged corpus, sorted by source id."""
    rows = [
        {"_id": d.source_id, "title": d.title, "text": base.documents.show(d.id).text}
        for d in base.documents
    ]
    return sorted(rows, key=lambda row: row["_id"])


def judged_corpus() -> Sequence[Mapping[str, str]]:
    """Read the judged corpus as it is stored."""
    lines = (GOLDEN / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def write_corpus() -> None:
    """Derive the judged corpus from the samples."""
    with (
        tempfile.TemporaryDirectory() as home,
        KnowledgeBase.open(home, background=False, embedder="hashing") as base,
    ):
        ingest_samples(base, wait=False)
        lines = [json.dumps(row, ensure_ascii=False) for row in corpus_of(base)]
    (GOLDEN / "corpus.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_corpus()
