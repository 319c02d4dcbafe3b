"""The main job on a real corpus that every machine has: the installed distributions' READMEs."""

from __future__ import annotations

import importlib.metadata
import tempfile
import time
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import cast

from api.knowledge_base import KnowledgeBase
from api.views import SearchView
from ingest.model import Record

DOCUMENTS = 220
LONGEST = 40_000
"""So many, of at most so many characters, that two cores embed them within three minutes."""

OWN = "elders-guild"

REVIEW = 0.4
"""From which likeness on a pair is shown for review: low, as READMEs of a family share little."""

QUESTIONS = (
    "How do I show a progress bar and pretty tables in the terminal?",
    "turn a Word document into a web page",
    "Find documents that are almost the same in a large collection",
)


def descriptions(limit: int) -> Iterator[Record]:
    """Yield the long descriptions of installed distributions, in the order of their names."""
    seen: set[str] = set()
    for distribution in sorted(importlib.metadata.distributions(), key=lambda d: d.name.lower()):
        metadata = cast("Message", distribution.metadata)  # its type shows only half of it
        text = str(metadata.get_payload() or metadata["Description"] or "")
        name = distribution.name.lower()
        if name in {*seen, OWN} or not 200 <= len(text) <= LONGEST:
            continue
        seen.add(name)
        kind = metadata.get("Description-Content-Type", "text/plain") or "text/plain"
        yield Record(
            source_id=name,
            text=text,
            title=distribution.name,
            media_type=kind.partition(";")[0].strip(),
            uri=f"pkg:pypi/{name}@{distribution.version}",
            metadata={"version": distribution.version, "summary": metadata["Summary"]},
        )
        if len(seen) >= limit:
            return


def main() -> None:
    """Ingest, answer by words at once, wait for the embedder, answer again."""
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="elders-demo-") as home,
        KnowledgeBase.open(home, review_threshold=REVIEW, database_url=None) as base,
    ):
        run(base, Path(home))
    print(f"\nThe whole demo took {time.perf_counter() - started:.0f} s.")


def run(base: KnowledgeBase, home: Path) -> None:
    """Do the demo in an open home."""
    print(f"Ingesting the READMEs of up to {DOCUMENTS} installed distributions into {home} …")
    started = time.perf_counter()
    report = base.ingest(list(descriptions(DOCUMENTS)))
    accepted = time.perf_counter() - started
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.counts.items()))
    print(f"{report.records} documents: {counts}; {report.chunks} chunks; {accepted:.1f} s")
    print("  " + ", ".join(f"{name} {value:.1f} s" for name, value in report.seconds.items()))
    for group in base.duplicates.list():
        names = ", ".join(member.source_id for member in group.members)
        print(f"  {group.decision.value}: {names} ({group.members[-1].similarity:.2f} alike)")
    again = base.ingest(list(descriptions(DOCUMENTS)))
    print(f"The same once more: {again.counts['unchanged']} unchanged, {again.chunks} chunks")
    print("\nBy words alone, while the embedder works:")
    first = [ask(base, question) for question in QUESTIONS]
    started = time.perf_counter()
    base.wait()
    embedded = time.perf_counter() - started
    print(f"\nThe embedder caught up after {embedded:.0f} s more. By words and by meaning:")
    for question, before in zip(QUESTIONS, first, strict=True):
        known = {hit.chunk_id for hit in before}
        found = ask(base, question)
        new = sum(hit.chunk_id not in known for hit in found)
        print(f"   dense search brought {new} of these {len(found)} passages")


def ask(base: KnowledgeBase, question: str) -> SearchView:
    """Ask, and print the passages with their citations."""
    found = base.search(question, k=3)
    print(f"\n? {question}")
    for rank, hit in enumerate(found, start=1):
        cited = hit.citation
        parts = ", ".join(f"{name} {value:.2f}" for name, value in hit.parts.items())
        text = " ".join(hit.text.split())
        sources = ", ".join(source.source_id for source in cited.sources)
        print(f"  {rank}. {text[:160]}{'…' if len(text) > 160 else ''}")
        print(f"     [{sources}, version {cited.version}, {cited.start}–{cited.end}; {parts}]")
    return found


if __name__ == "__main__":
    main()
