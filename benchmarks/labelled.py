"""A labelled set for classification, cut from the real data and from this project's own files.

Nobody labelled these documents one by one: a document's kind follows from where it comes from.
Much of that is beyond doubt (logs, tables, code, incidents), some is debatable: specifications
count as reference, encyclopaedic passages and abstracts of papers as concepts, and a section of a
guide as a how-to even where it explains more than it instructs. Half of the documents, chosen by a
hash of their ids, is for training; a section and its translation stand on the same side.
"""

from __future__ import annotations

import csv
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xxhash

from benchmarks.corpora import data_file, read_lines
from knowledge.classification.model import DocumentKind as Kind

ROOT: Final = Path(__file__).resolve().parents[1]
SETS: Final = (
    "postmortems",
    "peps",
    "vuedocs-en-ja",
    "musique-train100",
    "hotpotqa-train100",
    "jsquad-valid-ja",
    "scifact-train",
    "neardup-1000",
    "loghub-dev",
    "task-durations-dev",
)
SYSTEMS: Final = ("Apache", "BGL", "HDFS", "Hadoop", "Linux", "OpenStack", "Spark", "Zookeeper")

_EXPLAINS: Final = re.compile(
    r"glossary|guide/introduction|guide/extras/(?:composition-api-faq|reactivity-in-depth|"
    r"rendering-mechanism|ways-of-using)"
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document with the kind that its origin gives it.

    Attributes:
        source: the set that it comes from.
        name: its file name, where a user's documents would have one.
    """

    id: str
    source: str
    kind: Kind
    title: str
    text: str
    name: str = ""
    media_type: str = "text/plain"

    @property
    def train(self) -> bool:
        """Tell whether it is for training; translations of one section share their side."""
        key = self.id.removeprefix("en:").removeprefix("ja:")
        return xxhash.xxh32_intdigest(key.encode(), seed=7) % 2 == 0


def labelled(most: int = 80) -> list[Labelled]:
    """Take at most so many documents of each source and kind, evenly drawn with a fixed seed."""
    groups: dict[tuple[str, Kind], list[Labelled]] = defaultdict(list)
    for document in _all():
        groups[document.source, document.kind].append(document)
    draw = random.Random(11)
    return [
        document
        for group in groups.values()
        for document in draw.sample(group, min(most, len(group)))
    ]


def _all() -> Iterator[Labelled]:
    for row in read_lines("postmortems", "incidents.jsonl"):
        yield Labelled(row["_id"], "postmortems", Kind.INCIDENT, row["title"], row["text"])
    for row in read_lines("peps", "corpus.jsonl.gz"):
        yield Labelled(row["_id"], "peps", Kind.REFERENCE, row["title"], row["text"])
    for row in read_lines("vuedocs-en-ja", "corpus.jsonl"):
        kind = vue_kind(row["_id"].partition(":")[2])
        source = f"vuedocs-{row['lang']}"
        yield Labelled(
            row["_id"], source, kind, row["title"], row["text"], media_type="text/markdown"
        )
    for source in ("musique-train100", "hotpotqa-train100", "jsquad-valid-ja", "scifact-train"):
        for row in read_lines(source, "corpus.jsonl"):
            yield Labelled(
                f"{source}:{row['_id']}", source, Kind.CONCEPT, row["title"], row["text"]
            )
    for row in read_lines("neardup-1000", "corpus.jsonl"):
        yield Labelled(row["_id"], "neardup-1000", Kind.NEWS, row["title"], row["text"])
    yield from _logs()
    yield from _tables()
    yield from _own_files()


def vue_kind(path: str) -> Kind:
    """Tell the kind of a section of the documentation by its path."""
    if path.startswith("api/"):
        return Kind.REFERENCE
    if re.match(
        r"glossary|guide/(?:introduction|extras/(?:comp|react.*depth|rend.*mech|ways))", path
    ):
        return Kind.CONCEPT
    return Kind.HOW_TO


def _logs() -> Iterator[Labelled]:
    draw = random.Random(5)
    for system in SYSTEMS:
        lines = data_file("loghub-dev", f"{system}_2k.log").read_text("utf-8").splitlines()
        for at in range(0, len(lines), 50):
            piece = "\n".join(lines[at : at + draw.choice((5, 12, 30, 50))])
            yield Labelled(f"{system}:{at}", "loghub-dev", Kind.LOG, f"{system} {at}", piece)


def _tables() -> Iterator[Labelled]:
    import gzip

    with gzip.open(data_file("task-durations-dev", "nasa-ipsc-1993.csv.gz"), "rt") as file:
        rows = list(csv.reader(file))
    draw = random.Random(6)
    for at in range(1, len(rows) - 40, 180):
        part = rows[at : at + draw.choice((4, 10, 40))]
        columns = sorted(draw.sample(range(len(rows[0])), draw.choice((3, 6, 12))))
        shown = [[row[column] for column in columns] for row in (rows[0], *part)]
        yield Labelled(f"jobs:{at}", "task-durations-dev", Kind.TABLE, "jobs", _written(shown, at))


def _written(rows: Sequence[Sequence[str]], at: int) -> str:
    """Write rows as commas part them, or as the parsers of this project hand on a table."""
    if at % 2:
        return "\n".join(",".join(row) for row in rows)
    ruler = ["---"] * len(rows[0])
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ruler, *rows[1:]))


def _own_files() -> Iterator[Labelled]:
    """Take this project's sources, without the names that would give them away."""
    for folder in ("foundation", "knowledge", "ingest", "retrieval", "elders", "api", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if (text := path.read_text("utf-8")).strip():
                place = path.relative_to(ROOT).as_posix()
                yield Labelled(place, "sources", Kind.CODE, path.stem, text)
