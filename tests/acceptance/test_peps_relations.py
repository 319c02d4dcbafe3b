"""Seven hundred real documents with headers: what is read from them is what they say."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest.chunking import Chunker
from ingest.model import Record
from ingest.parsers.registry import Limits, Sandbox, parse
from knowledge.extraction.model import Claim, Excerpt
from knowledge.extraction.rules import RuleExtractor
from tests.acceptance.data import data_set

pytestmark = pytest.mark.slow

Row = Mapping[str, Any]
Said = set[tuple[str, str, str]]
"""(document, predicate, object or value)."""

KEYS = {
    "pep": "PEP",
    "title": "Title",
    "author": "Author",
    "sponsor": "Sponsor",
    "bdfl_delegate": "BDFL-Delegate",
    "pep_delegate": "PEP-Delegate",
    "discussions_to": "Discussions-To",
    "status": "Status",
    "type": "Type",
    "topic": "Topic",
    "requires": "Requires",
    "created": "Created",
    "python_version": "Python-Version",
    "post_history": "Post-History",
    "replaces": "Replaces",
    "superseded_by": "Superseded-By",
    "resolution": "Resolution",
}
REFERENCES = {
    "replaces": "replaces",
    "superseded_by": "replaced by",
    "requires": "depends on",
}
RELATIONS = (*REFERENCES.values(), "created", "status")
STATUS = re.compile(r"^Status:(.*)$", re.MULTILINE)
LEAST = 0.98


def rows(path: Path) -> Iterator[Row]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


@pytest.fixture(scope="module")
def folder() -> Path:
    return data_set("peps")


@pytest.fixture(scope="module")
def history(folder: Path) -> Sequence[Row]:
    return list(rows(folder / "history.jsonl.gz"))


@pytest.fixture(scope="module")
def headers(folder: Path) -> Mapping[str, Row]:
    return {row["_id"]: row for row in rows(folder / "metadata.jsonl")}


@pytest.fixture(scope="module")
def claimed(
    folder: Path, history: Sequence[Row], headers: Mapping[str, Row]
) -> Mapping[str, Sequence[Claim]]:
    """What is claimed in each document as it stands in its repository."""
    latest = {row["doc"]: row["text"] for row in history}
    bodies = {row["_id"]: row["text"] for row in rows(folder / "corpus.jsonl.gz")}
    return {
        name: claims(header["path"], latest.get(name) or f"{written(header)}\n\n{bodies[name]}")
        for name, header in headers.items()
    }


def written(header: Row) -> str:
    return "\n".join(f"{key}: {header[name]}" for name, key in KEYS.items() if header.get(name))


def claims(path: str, text: str, *, most: int | None = None) -> list[Claim]:
    """Read a file as the pipeline does, or the first passages of it."""
    name = Path(path).name
    record = Record(source_id=path, name=name, data=text.encode())
    parsed = parse(record, limits=Limits(), sandbox=Sandbox())
    excerpts = [
        Excerpt(parsed.title, span.heading, parsed.text[span.start : span.end], "en", path)
        for span in Chunker().chunk(parsed.text, parsed.media_type)[:most]
    ]
    return [claim for extract in RuleExtractor().extract(excerpts) for claim in extract.claims]


def test_headers_become_relations_and_values(
    headers: Mapping[str, Row], claimed: Mapping[str, Sequence[Claim]]
) -> None:
    told = {key for name, header in headers.items() for key in stated(name, header)}
    found = {
        (name, claim.predicate, claim.object or claim.value or "")
        for name, said in claimed.items()
        for claim in said
        if claim.predicate in RELATIONS and claim.origin == "field"
    }
    for relation in RELATIONS:
        judge(
            relation, {c for c in found if c[1] == relation}, {c for c in told if c[1] == relation}
        )
    judge("pooled", found, told)


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")


def stated(name: str, header: Row) -> Iterator[tuple[str, str, str]]:
    for key, predicate in REFERENCES.items():
        for number in re.findall(r"\d+", header.get(key) or ""):
            yield name, predicate, f"PEP {number}"
    yield name, "created", header["created"]
    yield name, "status", header["status"]


def judge(what: str, found: Said, told: Said) -> None:
    precision = len(found & told) / len(found)
    recall = len(found & told) / len(told)
    tell(f"{what}: {len(told)} told, precision {precision:.3f}, recall {recall:.3f}")
    assert min(precision, recall) >= LEAST, sorted(found ^ told)[:10]


def test_each_document_is_known_by_its_number(
    headers: Mapping[str, Row], claimed: Mapping[str, Sequence[Claim]]
) -> None:
    numbers = {
        name: {c.object for c in said if c.predicate == "also known as" and c.origin == "field"}
        for name, said in claimed.items()
    }
    assert numbers == {name: {f"PEP {header['pep']}"} for name, header in headers.items()}


def test_no_citation_is_missed(folder: Path, claimed: Mapping[str, Sequence[Claim]]) -> None:
    told: Said = set()
    for line in (folder / "relations.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        head, relation, tail, _ = line.split("\t")
        if relation == "cites":
            told.add((head, relation, tail.upper().replace("-", " ")))
    found = {
        (name, "cites", claim.object or "")
        for name, said in claimed.items()
        for claim in said
        if claim.predicate == "cites"
    }
    recall = len(found & told) / len(told)
    tell(f"cites: {len(told)} told by roles, {len(found)} found, recall {recall:.3f}")
    assert recall >= LEAST, sorted(told - found)[:10]


def test_every_version_says_its_status(history: Sequence[Row]) -> None:
    wrong = defaultdict(list)
    for row in history:
        line = STATUS.search(row["text"])
        path = f"peps/{row['doc'].replace('-', '-0')}.rst"
        said = claims(path, row["text"], most=8)
        found = [c.value for c in said if c.predicate == "status" and c.origin == "field"]
        if line is None or found != [line[1].strip()]:
            wrong[row["doc"]].append((row["version"], found))
    tell(f"status: {len(history)} versions, {sum(map(len, wrong.values()))} wrong")
    assert wrong == {}
