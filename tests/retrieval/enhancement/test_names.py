"""The names of places that the truth has, read from it."""

from __future__ import annotations

from foundation.database.engine import Database
from knowledge.model import Removal
from retrieval.enhancement.names import NOTHING, Names, read_places
from tests.knowledge.drafts import draft, make_sage


def places(database: Database) -> Names:
    with database.read() as connection:
        return read_places(connection, NOTHING)


def test_collections_folders_and_authors_are_known_until_they_are_gone(database: Database) -> None:
    sage = make_sage(database)
    sage.add("Runbooks", [
        draft("ops/db/failover.md", "The Tekeze River crosses Tigray.", author="Alice Young"),
        draft("ops/db/restore.md", "自然言語処理（NLP）とは、人が話す言葉を扱う技術である。"),
        draft("https://example.org/a/b", "Nothing else."),
    ])  # fmt: skip
    names = places(database)
    assert names.collections == {"runbooks": "Runbooks"}
    assert names.folders == {"ops": ["ops/"], "db": ["ops/db/"]}
    assert names.authors["alice"] == names.authors["alice young"] == ["Alice Young"]
    sage.add("Runbooks", [Removal("ops/db/failover.md")])
    assert "alice" not in places(database).authors
