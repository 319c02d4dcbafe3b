"""Names that titles made known are found in running text, whichever came first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import chunks, mentions
from foundation.ids import ChunkId
from knowledge.extraction.model import Role
from knowledge.follower import catch_up
from knowledge.graph.follower import GraphFollower
from knowledge.graph.snapshot import NodeKind
from knowledge.graph.store import GraphStore
from knowledge.graph.words import WordsFollower
from knowledge.log import NOW, AsOf, head
from knowledge.model import INSIGHTS, Removal
from knowledge.reading import Reader
from tests.knowledge.drafts import Ticking, draft, make_sage

TITLE = draft("title", "It is a way to search.", title="Dense Retrieval")
USE = draft("use", "we tried dense retrieval here and it did well.")


@pytest.fixture
def follow(database: Database) -> Callable[[], None]:
    def every(_: str) -> list[int]:
        with database.read() as connection:
            return list(connection.execute(select(chunks.c.id)).scalars())

    follower = WordsFollower(database, Ticking(), every)
    return lambda: void(catch_up(follower, Reader(database)))


def void(_: object) -> None:
    return None


def passages(database: Database, at: AsOf = NOW) -> list[str]:
    ids = GraphStore(database).passages("Dense Retrieval", at=at)
    found = Reader(database).chunks(ids)
    return sorted(found[chunk].text for chunk in ids)


@pytest.mark.parametrize("order", [(TITLE, USE), (USE, TITLE)])
def test_whichever_came_first_the_passage_is_found(
    database: Database, follow: Callable[[], None], order: tuple[object, ...]
) -> None:
    sage = make_sage(database)
    for each in order:
        sage.add("default", [each])  # type: ignore[list-item] # both are drafts
        follow()
    assert passages(database) == [TITLE.text, USE.text]
    snapshot = GraphFollower(database).refresh()
    node = snapshot.node(NodeKind.ENTITY, GraphStore(database).entity("dense retrieval").id)
    assert node is not None
    assert len(snapshot.links.row(node)) == 2


def test_a_name_that_nobody_titles_any_more_is_found_by_its_words_no_more(
    database: Database, follow: Callable[[], None]
) -> None:
    sage = make_sage(database)
    sage.add("default", [TITLE, USE, draft("third", "Dense Retrieval is what we do.")])
    follow()
    assert len(passages(database)) == 3
    with database.read() as connection:
        before = head(connection)
    sage.add("default", [Removal("title")])
    follow()
    assert passages(database) == ["Dense Retrieval is what we do."]
    assert len(passages(database, AsOf(seq=before))) == 3


def test_one_follower_after_another_finds_the_same_and_writes_nothing_twice(
    database: Database, follow: Callable[[], None]
) -> None:
    sage = make_sage(database)
    sage.add("default", [TITLE, USE])
    follow()
    with database.read() as connection:
        newest = head(connection)
    follow()
    again = WordsFollower(database, Ticking(), lambda _: [])
    again.reset()
    catch_up(again, Reader(database))
    with database.read() as connection:
        assert head(connection) == newest
        rows = connection.execute(select(mentions).where(mentions.c.role == Role.WORDS.value))
        assert [ChunkId(row.chunk_id) for row in rows] == [2]


def test_insights_are_not_searched(database: Database, follow: Callable[[], None]) -> None:
    sage = make_sage(database)
    sage.add("default", [TITLE])
    sage.add(INSIGHTS, [USE])
    follow()
    assert passages(database) == [TITLE.text]
