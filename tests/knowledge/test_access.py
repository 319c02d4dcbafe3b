"""Who may see which documents, one by one and many at once."""

from __future__ import annotations

import pytest

from foundation.database.engine import Database
from foundation.ids import DocumentId
from foundation.security.policy import Access, access
from knowledge.access import may_see, seen_of
from knowledge.model import Removal
from tests.knowledge.drafts import draft, make_sage, words


@pytest.mark.parametrize(
    "rights",
    [
        access(["c"], []), access(["c"], ["board"]), access(["*"], []), access([], []),
        access(["*"], None),
    ],
    ids=["one collection", "its label too", "no labels", "nothing", "everything"],
)  # fmt: skip
def test_many_are_judged_at_once_as_each_is(database: Database, rights: Access) -> None:
    sage = make_sage(database)
    secret = {"access": ["board"]}
    for collection in ("c", "d"):
        sage.add(
            collection,
            [
                draft("open", words(1)), draft("secret", words(2), metadata=secret),
                draft("opened", words(3), metadata=secret), draft("hidden", words(4)),
                draft("gone", words(5), metadata=secret),
            ],
        )  # fmt: skip
        sage.add(
            collection, [draft("opened", words(6)), draft("hidden", words(7), metadata=secret)]
        )
        sage.add(collection, [Removal("gone", "", "", None)])
        sage.add(collection, [draft(f"many {number}", words(10 + number)) for number in range(260)])
    with database.read() as connection:
        ids = [
            DocumentId(each)
            for each in connection.exec_driver_sql("SELECT id FROM documents").scalars()
        ]
        asked = [*ids, DocumentId("nosuch")]
        assert len(asked) == 531
        alone = {each for each in asked if may_see(connection, rights, each)}
        assert seen_of(connection, rights, asked) == alone
