"""The names that the truth has, read from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foundation.database.engine import Database
from knowledge.graph.linking import NameIndex
from knowledge.model import Removal
from retrieval.enhancement.enhancer import Enhancer
from retrieval.enhancement.names import KnownNames
from tests.knowledge.drafts import draft, make_sage


@pytest.fixture
def known(database: Database) -> Iterator[KnownNames]:
    found = KnownNames(database)
    yield found
    found.close()


def test_what_documents_name_is_known_until_they_are_gone(
    database: Database, known: KnownNames
) -> None:
    sage = make_sage(database)
    sage.add("Runbooks", [
        draft("ops/db/failover.md", "The Tekeze River crosses Tigray.", author="Alice Young"),
        draft("ops/db/restore.md", "自然言語処理（NLP）とは、人が話す言葉を扱う技術である。"),
        draft("https://example.org/a/b", "Nothing else."),
    ])  # fmt: skip
    known.refresh()
    names = known.get()
    assert {"Tekeze River", "自然言語処理", "NLP"} <= set(names.index.surfaces.values())
    assert names.collections == {"runbooks": "Runbooks"}
    assert names.folders == {"ops": ["ops/"], "db": ["ops/db/"]}
    assert names.authors["alice"] == names.authors["alice young"] == ["Alice Young"]
    found = Enhancer().enhance("where does the Tekeze River flow?", known=names)
    assert [entity.surface for entity in found.entities] == ["Tekeze River"]
    sage.add("Runbooks", [Removal("ops/db/failover.md")])
    known.refresh()
    assert "Tekeze River" not in known.get().index.surfaces.values()
    assert "alice" not in known.get().authors


def test_an_index_that_is_there_already_is_not_read_again(database: Database) -> None:
    make_sage(database).add("c", [draft("one", "The Tekeze River.", author="Alice")])
    there = NameIndex([(7, "Tekeze River")])
    known = KnownNames(database, index=lambda: there)
    known.refresh()
    assert known.get().index is there
    assert known.get().authors == {"alice": ["Alice"]}
    known.close()


def test_the_index_is_kept_while_names_are_the_same(database: Database, known: KnownNames) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("one", "The Tekeze River.")])
    known.refresh()
    before = known.get().index
    sage.add("c", [draft("two", "nothing that has a name")])
    known.refresh()
    assert known.get().index is before
