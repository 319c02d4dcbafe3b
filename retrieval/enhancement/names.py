"""What the truth has names for, ready to be found in questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, func, select

from foundation.database.schema import collections, documents, versions
from knowledge.graph.linking import NameIndex
from knowledge.log import NOW
from knowledge.model import INSIGHTS

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


def read_places(connection: Connection, before: Names = NOTHING) -> Names:
    """Read collections, folders and authors; the index stays what it was."""
    known = connection.execute(select(collections.c.name)).scalars()
    return Names(
        index=before.index,
        collections={name.lower(): name for name in sorted(known) if name != INSIGHTS},
        folders=_folders(_sources(connection)),
        authors=_by_parts(_authors(connection)),
    )


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
