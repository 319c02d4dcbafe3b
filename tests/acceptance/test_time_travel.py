"""Two thousand real versions replayed from a git history: every moment shows what held then."""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api import KnowledgeBase
from tests.acceptance.data import data_set

pytestmark = pytest.mark.slow

POINTS = 200
DATES = 50


@dataclass(frozen=True, slots=True)
class Told:
    """A version as the data set tells it."""

    document: str
    date: datetime
    author: str
    message: str
    text: str


@pytest.fixture(scope="module")
def told() -> list[Told]:
    with gzip.open(data_set("peps") / "history.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    versions = [
        Told(r["doc"], datetime.fromisoformat(r["date"]), r["author"], r["message"], r["text"])
        for r in rows
    ]
    return sorted(versions, key=lambda version: version.date)


@pytest.fixture(scope="module")
def history(told: Sequence[Told]) -> Mapping[str, Sequence[Told]]:
    grouped: dict[str, list[Told]] = defaultdict(list)
    for version in told:
        grouped[version.document].append(version)
    return grouped


@pytest.fixture(scope="module")
def base(told: Sequence[Told], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    folder = tmp_path_factory.mktemp("peps")
    repository = folder / "repository"
    make_repository(repository, told)
    with KnowledgeBase.open(folder / "home", embedder="hashing") as opened:
        report = opened.ingest(repository, history=True, wait=True)
        assert report.records == len(told)
        assert report.counts["failed"] == 0, report.failures[:3]
        yield opened


def make_repository(path: Path, told: Sequence[Told]) -> None:
    """Write the versions as commits, by git's own import format."""
    subprocess.run(["git", "init", "--quiet", "--bare", path], check=True)
    with subprocess.Popen(
        ["git", "-C", path, "fast-import", "--quiet"], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        for version in told:
            who = f"{version.author} <nobody@example.org> {int(version.date.timestamp())} +0000"
            for part in (
                b"commit refs/heads/main\n",
                f"author {who}\ncommitter {who}\n".encode(),
                counted(version.message),
                f"M 100644 inline {version.document}.rst\n".encode(),
                counted(version.text),
            ):
                process.stdin.write(part)
        process.stdin.close()
        assert process.wait() == 0
    subprocess.run(["git", "-C", path, "symbolic-ref", "HEAD", "refs/heads/main"], check=True)


def counted(text: str) -> bytes:
    data = text.encode()
    return b"data %d\n%s\n" % (len(data), data)


def moments(history: Mapping[str, Sequence[Told]], seed: int) -> Iterator[tuple[str, datetime]]:
    """Draw documents, and times from a month before their first version to one after the last."""
    rng, month = random.Random(seed), timedelta(days=30)
    for _ in range(POINTS):
        document = rng.choice(sorted(history))
        first, last = history[document][0].date - month, history[document][-1].date + month
        yield document, (first + (last - first) * rng.random()).astimezone(UTC)


def holding(versions: Sequence[Told], moment: datetime) -> Told | None:
    return max(
        (version for version in versions if version.date <= moment),
        key=lambda version: version.date,
        default=None,
    )


def test_every_version_is_kept_with_its_author_message_and_date(
    base: KnowledgeBase, history: Mapping[str, Sequence[Told]]
) -> None:
    for document, versions in history.items():
        kept = base.documents.history(f"{document}.rst")
        assert len(kept) == len(versions)
        assert [version.message.strip() for version in kept] == [
            version.message.strip() for version in versions
        ]


def test_show_as_of_is_the_exact_text_at_200_random_points(
    base: KnowledgeBase, history: Mapping[str, Sequence[Told]]
) -> None:
    from foundation.errors import NotFound

    shown = 0
    for document, moment in moments(history, seed=1):
        expected = holding(history[document], moment)
        try:
            text = base.documents.show(f"{document}.rst", as_of=moment.isoformat()).text
        except NotFound:
            text = None
        assert text == (expected.text if expected else None), (document, moment)
        shown += expected is not None
    assert shown > POINTS // 2


@pytest.mark.parametrize("mode", ["default", "lexical", "dense"])
def test_a_search_as_of_returns_no_passage_of_another_time(
    base: KnowledgeBase, history: Mapping[str, Sequence[Told]], mode: str
) -> None:
    rng = random.Random(2)
    found = 0
    for document, moment in moments(history, seed=3):
        words = rng.choice(history[document]).text.split()
        start = rng.randrange(max(1, len(words) - 12))
        hits = base.search(
            " ".join(words[start : start + 12]), k=10, as_of=moment.isoformat(), mode=mode
        )
        for hit in hits:
            name = hit.citation.source_id.removesuffix(".rst")
            held = holding(history[name], moment)
            assert held is not None, (name, moment)
            assert held.text[hit.citation.start : hit.citation.end] == hit.text
        found += len(hits)
    assert found > POINTS


def test_the_graph_shows_the_status_that_a_pep_had_at_50_random_dates(
    base: KnowledgeBase, history: Mapping[str, Sequence[Told]]
) -> None:
    shown = 0
    for document, moment in moments(history, seed=4):
        held = holding(history[document], moment)
        if held is None or shown == DATES:
            continue
        told = re.search(r"^Status: *(.+?) *$", held.text, re.MULTILINE)
        number = document.removeprefix("pep-").lstrip("0")
        relations = base.graph.relations(
            f"PEP {number}", as_of=moment.isoformat(), predicates=["status"]
        )
        mine = {r.value for r in relations if r.value is not None}
        assert mine == ({told[1]} if told else set()), (document, moment)
        shown += 1
    assert shown == DATES


def test_the_doctor_finds_the_home_well(base: KnowledgeBase) -> None:
    assert [finding for finding in base.doctor() if not finding.ok] == []
