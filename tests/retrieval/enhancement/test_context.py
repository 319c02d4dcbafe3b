"""What a home adds to questions: its names, and what people said that they were after."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from foundation.database.engine import Database
from foundation.database.schema import decisions
from knowledge.curation import INTENDED, Curation
from knowledge.graph.linking import NameIndex
from knowledge.questions import Intent
from retrieval.enhancement.context import HomeContext
from retrieval.enhancement.enhancer import Enhancer
from retrieval.enhancement.intent import learned_weights
from retrieval.enhancement.kept import KeptWeights
from retrieval.enhancement.learning import Learn
from retrieval.enhancement.training import Example, Weights
from tests.knowledge.drafts import Ticking, draft, make_sage

THERE = NameIndex([(7, "Tekeze River")])

Open = Callable[..., HomeContext]


def never(_: Sequence[Example]) -> Weights:
    raise AssertionError("it learned anew")


@pytest.fixture
def context(database: Database) -> Iterator[HomeContext]:
    found = HomeContext(database, index=lambda: THERE)
    yield found
    found.close()


@pytest.fixture
def opened(database: Database) -> Iterator[Open]:
    """Open contexts as the next processes would, with what they learn by."""
    found: list[HomeContext] = []

    def opened(kept: KeptWeights | None, learn: Learn = never) -> HomeContext:
        found.append(HomeContext(database, index=lambda: THERE, kept=kept, learn=learn))
        return found[-1]

    yield opened
    for each in found:
        each.close()


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
    assert context.positions() == (said.seq, said.seq, said.seq)
    learned = context.get().intents
    assert learned is not None
    assert next(iter(learned.classify("zebra ledger 9"))) is Intent.NAVIGATIONAL
    assert learned.classify("zebra ledger")[Intent.FACTUAL] == 1.0
    for decision in curation.list():
        curation.undo(decision.seq)
    context.refresh()
    assert context.get().intents is None


def test_what_people_said_of_a_question_is_known_before_anything_is_learned_from_it(
    opened: Open, curation: Curation
) -> None:
    said = [curation.intend(f"zebra ledger {number}", "navigational") for number in range(500)]
    began, let = threading.Event(), threading.Event()

    def slowly(examples: Sequence[Example]) -> Weights:
        began.set()
        assert let.wait(60)
        return learned_weights(examples[-4:])

    context = opened(None, slowly)
    asked = threading.Thread(target=context.refresh)
    asked.start()
    assert began.wait(60)
    first = context.get().intents
    assert first is not None
    assert first.classify("Zebra  Ledger 7")[Intent.NAVIGATIONAL] == 1.0
    assert first.classify("zebra ledger")[Intent.NAVIGATIONAL] < 0.6
    newest = said[-1].seq
    assert context.positions() == (newest, newest, 0)
    let.set()
    asked.join()
    then = context.get().intents
    assert then is not None
    assert then.classify("zebra ledger")[Intent.NAVIGATIONAL] > 0.6
    assert context.positions() == (newest, newest, newest)


def test_the_next_process_has_what_was_learned_and_one_that_reads_keeps_nothing(
    opened: Open, curation: Curation, tmp_path: Path
) -> None:
    for number in range(4):
        curation.intend(f"zebra ledger {number}", "navigational")
    path = tmp_path / "followers" / "intents.npz"
    reader = opened(KeptWeights(path, writable=False), learned_weights)
    reader.refresh()
    assert not path.parent.exists()
    opened(KeptWeights(path, writable=True), learned_weights).refresh()
    assert [each.name for each in path.parent.iterdir()] == ["intents.npz"]
    for writable in (True, False):
        following = opened(KeptWeights(path, writable=writable))
        following.refresh()
        found, learned = following.get().intents, reader.get().intents
        assert found is not None
        assert learned is not None
        assert found.classify("zebra ledger 9") == learned.classify("zebra ledger 9")
        assert len(set(following.positions())) == 1


def test_it_learns_in_the_background_by_itself(
    opened: Open, curation: Curation, tmp_path: Path
) -> None:
    curation.intend("zebra ledger", "navigational")
    began = threading.Event()

    def learn(examples: Sequence[Example]) -> Weights:
        began.set()
        return learned_weights(examples)

    context = opened(KeptWeights(tmp_path / "intents.npz", writable=True), learn)
    while not began.is_set():
        context.get()
    context.close()
    assert (tmp_path / "intents.npz").exists()


def test_nothing_is_learned_anew_while_people_say_the_same(
    database: Database, context: HomeContext, curation: Curation
) -> None:
    curation.intend("zebra ledger", "navigational")
    context.refresh()
    before = context.get().intents
    assert before is not None
    make_sage(database).add("c", [draft("one", "Nothing that has a name.")])
    context.refresh()
    after = context.get().intents
    assert after is not None
    assert after.weights is before.weights


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
