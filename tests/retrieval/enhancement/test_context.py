"""What a home adds to questions: its names, and what people said that they were after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foundation.database.engine import Database
from foundation.database.schema import decisions
from knowledge.curation import INTENDED, Curation
from knowledge.graph.linking import NameIndex
from knowledge.questions import Intent
from retrieval.enhancement.context import HomeContext
from retrieval.enhancement.enhancer import Enhancer
from tests.knowledge.drafts import Ticking, draft, make_sage

THERE = NameIndex([(7, "Tekeze River")])


@pytest.fixture
def context(database: Database) -> Iterator[HomeContext]:
    found = HomeContext(database, index=lambda: THERE)
    yield found
    found.close()


@pytest.fixture
def curation(database: Database) -> Curation:
    return Curation(database, Ticking())


def test_the_index_of_names_is_the_one_that_is_there(
    database: Database, context: HomeContext
) -> None:
    make_sage(database).add("c", [draft("one", "The Tekeze River.", author="Alice")])
    context.refresh()
    found = context.get()
    assert found.names.index is THERE
    assert found.names.authors == {"alice": ["Alice"]}
    assert found.intents is None
    asked = Enhancer().enhance("where does the Tekeze River flow?", known=found.names)
    assert [entity.surface for entity in asked.entities] == ["Tekeze River"]


def test_what_people_said_is_learned_and_forgotten_when_it_is_taken_back(
    context: HomeContext, curation: Curation
) -> None:
    for number in range(4):
        curation.intend(f"zebra ledger {number}", "navigational")
    said = curation.intend("Zebra  Ledger", "factual")
    context.refresh()
    assert context.position() == said.seq
    learned = context.get().intents
    assert learned is not None
    assert next(iter(learned.classify("zebra ledger 9"))) is Intent.NAVIGATIONAL
    assert learned.classify("zebra ledger")[Intent.FACTUAL] == 1.0
    for decision in curation.list():
        curation.undo(decision.seq)
    context.refresh()
    assert context.get().intents is None


def test_nothing_is_learned_anew_while_people_say_the_same(
    database: Database, context: HomeContext, curation: Curation
) -> None:
    curation.intend("zebra ledger", "navigational")
    context.refresh()
    before = context.get().intents
    make_sage(database).add("c", [draft("one", "Nothing that has a name.")])
    context.refresh()
    assert context.get().intents is before


def test_an_intent_that_only_a_later_version_knows_is_left_out(
    database: Database, context: HomeContext, curation: Curation
) -> None:
    curation.intend("zebra ledger", "navigational")
    curation.intend("zebra crossing", "factual")
    with database.write() as connection:
        later = decisions.update().where(decisions.c.subject == "zebra crossing")
        connection.execute(later.values(object="curiosity"))
    context.refresh()
    assert [example.text for example in context.get().judged] == ["zebra ledger"]
    assert [each.object for each in curation.list(kind=INTENDED)] == ["navigational", "curiosity"]
