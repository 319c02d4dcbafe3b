"""What the truth has names for, ready to be found in questions, and kept up in the background."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection, func, select

from foundation.database.engine import Database
from foundation.database.schema import (
    chunks,
    collections,
    documents,
    mentions,
    names,
    versions,
)
from foundation.ids import Seq
from knowledge.extraction.model import Role
from knowledge.graph.linking import NameIndex
from knowledge.log import NOW
from knowledge.model import INSIGHTS
from retrieval.recent import Recent

MOST_NAMES: Final = 50_000
"""More would take seconds to read and half a GB: these are what most passages speak of."""

_MOST_AUTHORS: Final = 5_000
_MOST_FOLDERS: Final = 2_000
_DEEPEST: Final = 3


@dataclass(frozen=True, slots=True)
class Names:
    """What questions may name: it never changes.

    Attributes:
        index: the names of things that passages speak of.
        collections: by their names in lower case.
        folders: beginnings of source ids, with their final slash, by the last folder's name in
            lower case; only folders with several documents.
        authors: as documents name them, by each one's name and parts of it in lower case.
    """

    index: NameIndex = field(default_factory=lambda: NameIndex(()))
    collections: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    authors: Mapping[str, Sequence[str]] = field(default_factory=dict)


NOTHING: Final = Names()


class KnownNames:
    """Follows the log with the names that hold now; a search never waits for them but once.

    With `index`, the names of things are what it answers, and are not read a second time.
    """

    def __init__(
        self,
        database: Database,
        *,
        index: Callable[[], NameIndex] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._recent: Recent[Names] = Recent(
            "names",
            database,
            read_names if index is None else read_places,
            NOTHING,
            monotonic=monotonic,
        )

    def get(self) -> Names:
        """Answer what is known; right after a change, what was known before it."""
        found = self._recent.get()
        return replace(found, index=self._index()) if self._index else found

    def position(self) -> Seq:
        """Answer the seq up to which the names are known."""
        return self._recent.position()

    def refresh(self) -> None:
        """Bring the names to the head of the log now.

        Raises:
            Unavailable: the database did not answer.
        """
        self._recent.refresh()

    def close(self) -> None:
        """Wait for what is being read, and read no more."""
        self._recent.close()


def read_names(connection: Connection, before: Names = NOTHING) -> Names:
    """Read what current passages and documents name; the index is kept where it is the same."""
    surfaces = _surfaces(connection)
    index = before.index if before.index.surfaces == surfaces else NameIndex(surfaces.items())
    return replace(read_places(connection, before), index=index)


def read_places(connection: Connection, before: Names = NOTHING) -> Names:
    """Read collections, folders and authors; the index stays what it was."""
    known = connection.execute(select(collections.c.name)).scalars()
    return Names(
        index=before.index,
        collections={name.lower(): name for name in sorted(known) if name != INSIGHTS},
        folders=_folders(_sources(connection)),
        authors=_by_parts(_authors(connection)),
    )


def _surfaces(connection: Connection) -> dict[int, str]:
    query = (
        select(names.c.id, names.c.surface)
        .join(mentions, mentions.c.name_id == names.c.id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .where(NOW.holds(chunks), mentions.c.role != Role.WORDS.value)
        .group_by(names.c.id, names.c.surface)
        .order_by(func.count().desc(), names.c.id)
        .limit(MOST_NAMES)
    )
    return {row.id: row.surface for row in connection.execute(query)}


def _authors(connection: Connection) -> list[str]:
    query = (
        select(versions.c.author)
        .where(NOW.holds(versions), versions.c.author != "")
        .group_by(versions.c.author)
        .order_by(func.count().desc(), versions.c.author)
        .limit(_MOST_AUTHORS)
    )
    return list(connection.execute(query).scalars())


def _sources(connection: Connection) -> Iterable[str]:
    query = (
        select(documents.c.source_id)
        .join(versions, versions.c.document_id == documents.c.id)
        .where(NOW.holds(versions), documents.c.source_id.contains("/"))
    )
    return connection.execute(query).scalars()


def _by_parts(authors: Iterable[str]) -> dict[str, list[str]]:
    """Find authors by the whole of their names, and by each word of these."""
    found: dict[str, list[str]] = defaultdict(list)
    for author in authors:
        name = author.partition("<")[0].strip().lower() or author.lower()
        for part in dict.fromkeys((author.lower(), name, *name.split())):
            if len(part) > 1:
                found[part].append(author)
    return {part: sorted(own) for part, own in found.items()}


def _folders(sources: Iterable[str]) -> dict[str, list[str]]:
    """List the folders of source ids that are paths, at most three deep."""
    counts: Counter[str] = Counter()
    for source in sources:
        if "://" in source:
            continue
        parts = source.split("/")[:-1][:_DEEPEST]
        counts.update("/".join(parts[: depth + 1]) + "/" for depth in range(len(parts)))
    found: dict[str, list[str]] = defaultdict(list)
    for folder, count in counts.most_common(_MOST_FOLDERS):
        name = folder.rstrip("/").rpartition("/")[2].lower()
        if count > 1 and name:
            found[name].append(folder)
    return {name: sorted(own) for name, own in found.items()}
