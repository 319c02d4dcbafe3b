"""A moment of which somebody sees some documents shows the rows of these alone."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import chunks
from foundation.ids import Seq
from knowledge.graph.seen import Seen, continues, everything, seen, shown
from knowledge.log import NOW, AsOf
from tests.knowledge.drafts import draft, make_sage


def mask(*numbers: int, size: int = 4) -> Seen:
    visible = np.zeros(size, np.bool_)
    visible[list(numbers)] = True
    return seen(NOW, visible)


def test_rows_of_documents_that_are_not_seen_are_left_out(database: Database) -> None:
    make_sage(database).add("default", [draft(each, f"text {each} of it") for each in "abc"])

    def texts(at: AsOf) -> list[str]:
        asked = [at.holds(chunks), at.keeps(chunks), at.holds(chunks) & shown(at, chunks)]
        with database.read() as connection:
            found = [
                sorted(connection.execute(select(chunks.c.text).where(each)).scalars())
                for each in asked
            ]
        assert found[0] == found[1] == found[2]
        return [text[5] for text in found[0]]

    assert texts(NOW) == ["a", "b", "c"]
    assert texts(mask(1, 3)) == ["a", "c"]
    assert texts(mask(1, size=2)) == ["a"]
    assert texts(mask()) == texts(seen(NOW, np.empty(0, np.bool_))) == []
    assert texts(seen(AsOf(seq=Seq(0)), np.ones(4, np.bool_))) == []


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (mask(1, 2), mask(1, 2), True),
        (mask(1, 2), mask(1, 2, 5, size=6), True),
        (mask(1, 2), mask(1, size=6), False),
        (mask(1, 2), mask(1, 2, 3), False),
        (mask(1, 2), mask(1, 2, size=3), False),
        (NOW, mask(1, 2), False),
        (mask(1, 2), NOW, False),
        (NOW, NOW, True),
    ],
)
def test_only_new_documents_may_differ(before: AsOf, now: AsOf, same: bool) -> None:  # noqa: FBT001 - a case
    assert continues(now, before) is same


def test_who_sees_everything_looks_at_the_moment_itself(database: Database) -> None:
    with everything(database)(AsOf(seq=Seq(3))) as (connection, at):
        assert at == AsOf(seq=Seq(3))
        assert connection.execute(select(chunks)).all() == []
