"""Names that titles made known are found in running text, whichever came first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import chunks, identities, mentions
from foundation.errors import Unavailable
from foundation.ids import ChunkId
from knowledge.extraction.model import Role
from knowledge.follower import catch_up
from knowledge.graph.follower import GraphFollower
from knowledge.graph.joining import join_lookalikes
from knowledge.graph.model import Link, LinkKind
from knowledge.graph.snapshot import NodeKind
from knowledge.graph.store import GraphStore
from knowledge.graph.words import WordsFollower
from knowledge.library import Library
from knowledge.log import NOW, AsOf, head, read_changes, writing
from knowledge.model import INSIGHTS, Removal
from knowledge.reading import Reader
from tests.knowledge.drafts import START, Ticking, draft, make_sage

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


def test_what_could_not_be_written_is_found_at_the_next_try(database: Database) -> None:
    sage = make_sage(database)
    sage.add("default", [USE, draft("other", "Something.", title="Another Known Title")])
    broken = [False]

    def clock() -> Micros:
        if broken[0]:
            raise Unavailable("no clock")
        return START

    def every(_: str) -> list[int]:
        with database.read() as connection:
            return list(connection.execute(select(chunks.c.id)).scalars())

    follower = WordsFollower(database, clock, every)
    catch_up(follower, Reader(database))
    sage.add("default", [TITLE])
    broken[0] = True
    with pytest.raises(Unavailable):
        catch_up(follower, Reader(database))
    broken[0] = False
    catch_up(follower, Reader(database))
    assert passages(database) == [TITLE.text, USE.text]


def test_a_name_that_was_purged_is_found_again_when_it_comes_back(
    database: Database, follow: Callable[[], None]
) -> None:
    sage = make_sage(database)
    sage.add("default", [TITLE])
    follow()
    sage.purge(Library(database).find("title"), reason="test")
    follow()
    sage.add("default", [TITLE, USE])
    follow()
    assert passages(database) == [TITLE.text, USE.text]


def test_reading_all_again_keeps_what_was_found_and_joined(
    database: Database, follow: Callable[[], None]
) -> None:
    sage = make_sage(database)
    sage.add("default", [TITLE, USE])
    follow()
    with writing(database, Ticking(), "test") as ledger:
        pair = Link("denseretrieval", "way", LinkKind.TYPO, 0.95)
        join_lookalikes(ledger, [pair])
    before = passages(database)
    assert sage.reread() == 2
    follow()
    assert passages(database) == before
    with database.read() as connection:
        assert len(connection.execute(select(identities)).all()) == 1
        told = [c.details for c in read_changes(connection) if c.kind == "entities.linked"]
    assert told[0]["names"] == ["denseretrieval", "way"]


def test_insights_are_not_searched(database: Database, follow: Callable[[], None]) -> None:
    sage = make_sage(database)
    sage.add("default", [TITLE])
    sage.add(INSIGHTS, [USE])
    follow()
    assert passages(database) == [TITLE.text]
