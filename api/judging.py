"""Judged sets in homes of their own: ingested once, and asked as often as needed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.knowledge_base import KnowledgeBase
from api.platform import Platform
from foundation.errors import InvalidInput
from knowledge.groups import fellows
from knowledge.log import NOW
from retrieval.evaluation import Judged, load_judged


@dataclass(frozen=True, slots=True)
class Court:
    """A judged set with the home that holds its corpus.

    Attributes:
        owners: the source ids that each document stands for (merged duplicates), by its id.
    """

    judged: Judged
    base: KnowledgeBase
    owners: Mapping[str, Sequence[str]]


@contextmanager
def court(folder: Path, *, home: Path | None = None, **settings: Any) -> Iterator[Court]:
    """Ingest a judged set, and wait until all of it is found by words, meaning and graph.

    Args:
        folder: holds corpus.jsonl, queries.jsonl and qrels.tsv.
        home: keep the ingested corpus here (and use it if it is there); by default a temporary
            home that is removed.
        **settings: override settings by name.

    Raises:
        NotFound, InvalidInput: the folder is no judged set.
    """
    try:
        judged = load_judged(folder)
    except (OSError, EOFError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{folder} can't be read as a judged set: {error}") from error
    # Whatever the environment names, the user's own knowledge is not to be mixed with a test's.
    alone = {"database_url": None, "chroma_url": None, "cache_entries": 0, **settings}
    with (
        tempfile.TemporaryDirectory(prefix="elders-judged-") as temporary,
        KnowledgeBase.open(home or Path(temporary), **alone) as base,
    ):
        base.ingest(judged.corpus, wait=True)
        base.platform.parts.rag.refresh()
        yield Court(judged, base, owners_of(base.platform))


def owners_of(platform: Platform) -> dict[str, list[str]]:
    """Map each document with passages to all source ids that it stands for, its own first."""
    owners: dict[str, list[str]] = {}
    after = 0
    while page := platform.parts.library.list(after=after, limit=1_000):
        after = page[-1].number
        with platform.parts.database.read() as connection:
            merged = fellows(connection, [d.id for d in page if d.canonical], NOW)
        for document in page:
            if document.canonical:
                twins = merged.get(document.id, [])
                owners[document.id] = [document.source_id, *(twin.source_id for twin in twins)]
    return owners
