"""What redaction and the search for hidden instructions find in real text, per 1,000 passages.

    ELDERS_DATA=… python -m benchmarks.false_alarms [--show N] [--json]

Nobody planted anything in these texts, so what is found is a real address or number that an author
left there, or a false alarm: `--show` prints the first of each kind with the words around it, to
judge by. Long documents are cut into pieces of 1,000 characters, logs into ten lines.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator

from benchmarks.corpora import JUDGED, data_file, machine, read_lines
from foundation.security.injection.suspecting import Suspicion, suspicions
from foundation.security.redaction.detecting import find
from foundation.security.redaction.findings import Finding

LOGS = ("Apache", "BGL", "HDFS", "Hadoop", "Linux", "OpenStack", "Spark", "Zookeeper")
PIECE = 1_000
LINES = 10
AROUND = 40


def passages() -> Iterator[tuple[str, str]]:
    """Yield (set, text) of every data set that has running text."""
    for name in (*JUDGED, "neardup-1000"):
        for row in read_lines(name, "corpus.jsonl"):
            language = f" ({row['lang']})" if "lang" in row else ""
            yield f"{name}{language}", row["text"]
    for row in read_lines("postmortems", "incidents.jsonl"):
        yield "postmortems", row["text"]
    for row in read_lines("peps", "corpus.jsonl.gz"):
        for start in range(0, len(row["text"]), PIECE):
            yield "peps", row["text"][start : start + PIECE]
    for system in LOGS:
        lines = data_file("loghub-dev", f"{system}_2k.log").read_text("utf-8").splitlines()
        for start in range(0, len(lines), LINES):
            yield "loghub-dev", "\n".join(lines[start : start + LINES])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    characters = 0
    seconds = 0.0
    for name, text in passages():
        count[name] += 1
        characters += len(text)
        started = time.process_time()
        seen: list[Finding | Suspicion] = [*find(text), *suspicions(text)]
        seconds += time.process_time() - started
        for each in seen:
            found[name, each.kind.value] += 1
            if found[name, each.kind.value] <= options.show:
                around = text[max(0, each.start - AROUND) : each.end + AROUND]
                print(f"{name} {each.kind} ({each.reason}): {around!r}")
    _print(count, found, as_json=options.json)
    print(f"{characters:,} characters at {characters / seconds / 1e6:.1f} M/s; {machine()}")


def _print(count: Counter[str], found: Counter[tuple[str, str]], *, as_json: bool) -> None:
    rates = {
        name: {
            kind: round(1_000 * number / total, 2)
            for (where, kind), number in sorted(found.items())
            if where == name
        }
        for name, total in count.items()
    }
    if as_json:
        print(json.dumps({"passages": count, "per_1000": rates}))
        return
    for name, kinds in rates.items():
        told = ", ".join(f"{kind} {rate:g}" for kind, rate in kinds.items()) or "nothing"
        print(f"{name:22}{count[name]:7,} passages: {told}")


if __name__ == "__main__":
    main()
