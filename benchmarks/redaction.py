"""Precision and recall of redaction on the labelled set, by kind and by language.

    python -m benchmarks.redaction [--part PART] [--misses] [--json]

Detectors were written with one half of the set in view ("tuned"), the other ("held") was looked at
when they were done. A value counts as found where one finding of its kind covers it whole and
reaches at most two characters beyond it on either side. Every other finding is false.
"""

from __future__ import annotations

import argparse
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.credentials import credential
from foundation.security.redaction.detecting import find
from foundation.security.redaction.findings import Finding

SET: Final = (
    Path(__file__).parents[1] / "tests" / "foundation" / "security" / "redaction" / "labelled.jsonl"
)
PARTS: Final = ("tuned", "held", "fresh", "last", "proof")
_LATER: Final = {"f": "fresh", "l": "last", "p": "proof"}
LEEWAY: Final = 2
_MARK: Final = re.compile("⟦([a-z_-]+):(.*?)⟧", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Value:
    """A marked piece of a text; an innocent one has no kind."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what is in it."""

    id: str
    text: str
    values: Sequence[Value]

    @property
    def language(self) -> str:
        """Tell its language: en or ja."""
        return self.id[:2]

    @property
    def part(self) -> str:
        """Tell which part of the set it is of."""
        if self.id[4] in _LATER:
            return _LATER[self.id[4]]
        return PARTS[zlib.crc32(self.id.encode()) % 2]


@dataclass(frozen=True, slots=True)
class Score:
    """How many values were found, missed, and seen where there are none."""

    found: int = 0
    missed: int = 0
    false: int = 0

    @property
    def precision(self) -> float:
        """Tell the share of right findings; 1 where there are none."""
        return self.found / max(1, self.found + self.false) if self.found or self.false else 1.0

    @property
    def recall(self) -> float:
        """Tell the share of values that were found; 1 where there are none."""
        return self.found / (self.found + self.missed) if self.found or self.missed else 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one example."""

    example: Example
    found: Sequence[Value]
    missed: Sequence[Value]
    false: Sequence[Finding]


def examples(path: Path = SET) -> list[Example]:
    """Read the set, and build the credentials that it only names."""
    return [_example(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _example(row: dict[str, str]) -> Example:
    parts: list[str] = []
    values: list[Value] = []
    at = length = 0
    for mark in _MARK.finditer(row["text"]):
        value = mark[2]
        if value.startswith("@") and mark[1] != "-":
            value = credential(value[1:], row["id"])
        before = row["text"][at : mark.start()]
        start = length + len(before)
        parts += [before, value]
        length, at = start + len(value), mark.end()
        values.append(Value("" if mark[1] == "-" else mark[1], start, length))
    return Example(row["id"], "".join((*parts, row["text"][at:])), values)


def judged(given: Iterable[Example]) -> Iterator[Judged]:
    """Search each text, and compare with what is marked."""
    for example in given:
        findings = find(example.text)
        wanted = [value for value in example.values if value.kind]
        found = [value for value in wanted if any(_fits(value, each) for each in findings)]
        false = [each for each in findings if not any(_fits(value, each) for value in wanted)]
        missed = [value for value in wanted if value not in found]
        yield Judged(example, found, missed, false)


def _fits(value: Value, finding: Finding) -> bool:
    return (
        finding.kind == value.kind
        and value.start - LEEWAY <= finding.start <= value.start
        and value.end <= finding.end <= value.end + LEEWAY
    )


def scored(results: Iterable[Judged]) -> dict[tuple[str, str], Score]:
    """Sum up by language ("all" for both) and kind ("all" for all)."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for result in results:
        happened = [
            *(("found", value.kind) for value in result.found),
            *(("missed", value.kind) for value in result.missed),
            *(("false", finding.kind.value) for finding in result.false),
        ]
        for what, kind in happened:
            for language in (result.example.language, "all"):
                for name in (kind, "all"):
                    counts.setdefault((language, name), Counter())[what] += 1
    return {key: Score(**count) for key, count in sorted(counts.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--misses", action="store_true", help="show what went wrong")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for part in [options.part] if options.part else PARTS:
        results = list(judged(each for each in examples() if each.part == part))
        _print(part, results, as_json=options.json)
        if options.misses:
            _print_misses(results)


def _print(part: str, results: Sequence[Judged], *, as_json: bool) -> None:
    scores = scored(results)
    if as_json:
        rows = {"/".join(key): [s.precision, s.recall] for key, s in scores.items()}
        print(json.dumps({"part": part, "scores": rows}))
        return
    values = [value for result in results for value in result.example.values]
    print(f"\n{part}: {sum(bool(v.kind) for v in values)} sensitive values, "
          f"{sum(not v.kind for v in values)} innocent ones")  # fmt: skip
    print(f"{'':4}{'kind':14}{'values':>7}{'found':>7}{'false':>7}{'precision':>11}{'recall':>8}")
    for (language, kind), score in scores.items():
        total = score.found + score.missed
        print(f"{language:4}{kind:14}{total:7}{score.found:7}{score.false:7}"
              f"{score.precision:11.3f}{score.recall:8.3f}")  # fmt: skip


def _print_misses(results: Sequence[Judged]) -> None:
    for result in results:
        text = result.example.text
        for value in result.missed:
            print(f"missed {result.example.id} {value.kind}: {text[value.start : value.end]!r}")
        for finding in result.false:
            print(f"false {result.example.id} {finding.kind} ({finding.reason}): "
                  f"{text[finding.start : finding.end]!r} in {text[:120]!r}")  # fmt: skip


if __name__ == "__main__":
    main()
