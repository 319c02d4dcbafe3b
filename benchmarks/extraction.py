"""CPU seconds per 1,000 passages read, beside a bare regular expression, in the same run.

    ELDERS_DATA=… python -m benchmarks.extraction [--passages N] [--rounds N] [--json]

The baseline finds runs of capitalised words (or of katakana and kanji) and knows nothing else.
"All" is the default extractor as ingestion runs it; the gazetteer looks for 100,000 names.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, product
from typing import Any

from benchmarks.corpora import machine, read_lines
from benchmarks.duplicate_tables import table
from knowledge.extraction.claims import find_claims
from knowledge.extraction.gazetteer import Gazetteer
from knowledge.extraction.model import VALUE_KINDS, Excerpt, Extract
from knowledge.extraction.rules import RuleExtractor
from knowledge.sentences import split_sentences

SETS = (
    ("musique-train100", ""),
    ("scifact-train", ""),
    ("vuedocs-en-ja", "en"),
    ("vuedocs-en-ja", "ja"),
    ("jsquad-valid-ja", ""),
)
KNOWN_NAMES = 100_000
CAPITALS = re.compile(r"[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*|[ァ-ヺー]{2,}|[一-鿿]{2,}")


def passages(name: str, language: str, limit: int) -> list[Excerpt]:
    """Read the first passages of a data set, of one language if the set has several."""
    rows = (row for row in read_lines(name, "corpus.jsonl") if language in {"", row.get("lang")})
    return [Excerpt(row["title"], (), row["text"]) for row in islice(rows, limit)]


def baseline(excerpts: Sequence[Excerpt]) -> object:
    """Find capitalised spans, and nothing else."""
    return [set(CAPITALS.findall(excerpt.text)) for excerpt in excerpts]


def claims_alone(excerpts: Sequence[Excerpt], extracts: Sequence[Extract]) -> object:
    """Read the claims of passages whose names are known."""
    return [
        find_claims(excerpt, extract.mentions, split_sentences(excerpt.text))
        for excerpt, extract in zip(excerpts, extracts, strict=True)
    ]


def known_names(extracts: Iterable[Extract]) -> Gazetteer:
    """Know what titles, headings, definitions and links name, padded with pairs of them."""
    mentions = [mention for extract in extracts for mention in extract.mentions]
    surfaces = dict.fromkeys(
        mention.surface
        for mention in mentions
        if mention.role != "text" and mention.kind not in VALUE_KINDS
    )
    pairs = (f"{one} {other}" for one, other in product(surfaces, surfaces))
    names = dict.fromkeys([*surfaces, *islice(pairs, KNOWN_NAMES - len(surfaces))])
    return Gazetteer(enumerate(names))


def measure(path: Callable[[], object], passages: int, rounds: int) -> float:
    """Answer the best of several rounds in CPU seconds per 1,000 passages."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        path()
        times.append(time.process_time() - start)
    return min(times) / passages * 1000


def report(name: str, language: str, limit: int, rounds: int) -> dict[str, Any]:
    """Measure one data set."""
    excerpts = passages(name, language, limit)
    reader = RuleExtractor()
    extracts = reader.extract(excerpts)
    gazetteer = known_names(extracts)
    paths: dict[str, Callable[[], object]] = {
        "baseline": lambda: baseline(excerpts),
        "all": lambda: reader.extract(excerpts),
        "claims": lambda: claims_alone(excerpts, extracts),
        "gazetteer": lambda: [gazetteer.find(excerpt.text) for excerpt in excerpts],
    }
    seconds = {path: measure(run, len(excerpts), rounds) for path, run in paths.items()}
    return {
        "set": f"{name} {language}".strip(),
        "passages": len(excerpts),
        "characters": round(sum(len(excerpt.text) for excerpt in excerpts) / len(excerpts)),
        "mentions": round(sum(len(one.mentions) for one in extracts) / len(excerpts), 1),
        "claims": round(sum(len(one.claims) for one in extracts) / len(excerpts), 2),
        "names": len(gazetteer),
        "seconds": {path: round(value, 3) for path, value in seconds.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    reports = [report(*chosen, options.passages, options.rounds) for chosen in SETS]
    if options.json:
        print(json.dumps({"machine": machine(), "sets": reports}))
        return
    head = [f"CPU s per 1,000 passages, one core of {machine()}", "characters", "names", "claims"]
    rows = [
        [one["set"], str(one["characters"]), str(one["mentions"]), str(one["claims"])]
        + [f"{value:.3f}" for value in one["seconds"].values()]
        for one in reports
    ]
    print(table([*head, "bare regex", "all", "of it claims", "gazetteer"], rows))


if __name__ == "__main__":
    main()
