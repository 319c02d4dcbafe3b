"""What each ingredient of the ranking adds in quality, and what it costs in milliseconds.

    ELDERS_DATA=… python -m benchmarks.ablation [--homes DIR] [--most N] [--write]

The ranker is trained without the features of one ingredient at a time, and judged on questions
that it did not see (five folds). `--write` puts the table into docs/measuring.md, between its
marks. Costs are medians of a warm process, of the parts of a search that only the ingredient needs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from api.judging import Court, court
from api.ranking import examples_of
from benchmarks.corpora import JUDGED, data_file, machine
from knowledge.log import NOW
from retrieval.evaluation import measure
from retrieval.model import Scope
from retrieval.question import Question
from retrieval.ranking.training import JudgedSet, fused, held_back

INGREDIENTS: Mapping[str, tuple[str, ...]] = {
    "words": ("words", "share of words", "rank words", "rest"),
    "meaning": ("meaning", "cosine", "rank meaning", "like ", "left by"),
    "walks on the graph": ("walk",),
    "names and links": (
        "asked", "things", "title named", "names ", "times named", "shared", "same title",
    ),
    "coverage": ("sentence", "two sentences", "beyond", "together", "adds to"),
}  # fmt: skip
MARK = "<!-- ablation -->"
END = "<!-- end of ablation -->"
PAGE = Path(__file__).parents[1] / "docs" / "measuring.md"
TIMED = 60
TIMED_ON = "musique-train100"


def drawn(given: JudgedSet, most: int) -> JudgedSet:
    """Take some questions by chance, always the same."""
    order = np.random.default_rng(0).permutation(len(given.examples))[:most]
    kept = [given.examples[i] for i in sorted(order.tolist())]
    asked = {example.query for example in kept}
    return JudgedSet(given.name, kept, {q: j for q, j in given.qrels.items() if q in asked})


def without(given: JudgedSet, columns: Sequence[str], left_out: Sequence[str]) -> JudgedSet:
    """Leave out the features whose names begin so."""
    kept = [i for i, name in enumerate(columns) if not name.startswith(tuple(left_out))]
    return JudgedSet(
        given.name,
        [replace(example, rows=example.rows[:, kept]) for example in given.examples],
        given.qrels,
    )


def scores(sets: Sequence[JudgedSet], columns: Sequence[str]) -> list[float]:
    """Judge a ranker on questions that it did not see: nDCG@10 of each set."""
    runs = held_back(sets, columns)
    return [measure(runs[each.name], each.qrels)["ndcg@10"] for each in sets]


def costs(given: Court) -> dict[str, float]:
    """Time the parts of a search: milliseconds, medians over some questions."""
    parts = given.base.platform.parts
    scope = Scope(documents=given.base.platform.searched())
    took: dict[str, list[float]] = {name: [] for name in (*INGREDIENTS, "all")}
    evidence = parts.ranking.evidence
    model = parts.rag.first(Question("warm", 10, scope, NOW))[1]
    for text in list(given.judged.queries.values())[:TIMED]:
        asked = Question(text.strip(), 10, scope, NOW)
        first, _ = parts.rag.first(asked)
        ids = parts.ranking.features(first, model)[0]
        uses: dict[str, Callable[[], object]] = {
            "words": partial(parts.rag.rank, replace(asked, mode="lexical")),
            "meaning": partial(parts.rag.rank, replace(asked, mode="dense")),
            "walks on the graph": partial(evidence.walks, first),
            "names and links": partial(evidence.things, first, ids),
            "coverage": partial(evidence.mentions, first, ids),
            "all": partial(parts.rag.rank, asked),
        }
        for name, use in uses.items():
            started = time.perf_counter()
            use()
            took[name].append((time.perf_counter() - started) * 1e3)
    return {name: statistics.median(each) for name, each in took.items()}


def rows(
    sets: Sequence[JudgedSet], columns: Sequence[str], spent: Mapping[str, float]
) -> list[str]:
    """Make the table's lines."""
    names = [each.name for each in sets]
    lines = [
        f"| ranking | {' | '.join(names)} | mean | ms |",
        f"|---|{'---:|' * (len(names) + 2)}",
    ]

    def line(name: str, values: Sequence[float], cost: str) -> None:
        shown = " | ".join(f"{value:.3f}" for value in values)
        lines.append(f"| {name} | {shown} | {np.mean(values):.3f} | {cost} |")
        print(lines[-1], flush=True)

    plain = [measure(fused(each), each.qrels)["ndcg@10"] for each in sets]
    line("fusion, no ranker", plain, f"{spent['words'] + spent['meaning']:.1f}")
    line("all", scores(sets, columns), f"{spent['all']:.1f}")
    for name, left_out in INGREDIENTS.items():
        fewer = [without(each, columns, left_out) for each in sets]
        kept = [column for column in columns if not column.startswith(left_out)]
        line(f"without {name}", scores(fewer, kept), f"− {spent[name]:.1f}")
    return lines


def main() -> None:
    """Print the table, and write it into the page if it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    print(machine(), flush=True)
    sets, columns, spent = [], list[str](), dict[str, float]()
    for name in JUDGED:
        folder = data_file(name, "corpus.jsonl").parent
        with court(folder, home=given.homes / name if given.homes else None) as judged:
            found, columns = examples_of(judged)
            spent = costs(judged) if name == TIMED_ON else spent
        sets.append(drawn(found, given.most))
        print(f"{name}: {len(sets[-1].examples)} questions", flush=True)
    lines = rows(sets, columns, spent)
    if given.write:
        before, mark, rest = PAGE.read_text().partition(MARK)
        _, ended, after = rest.partition(END)
        if not (mark and ended):
            raise SystemExit(f"{PAGE} has lost its marks: {MARK} … {END}")
        PAGE.write_text("\n".join([f"{before}{MARK}", *lines, f"{END}{after}"]))


if __name__ == "__main__":
    main()
