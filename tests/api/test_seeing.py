"""The graph of who may see only some documents is the graph of these documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import KnowledgeBase
from api.seeing import PartialGraphs
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import identities
from foundation.errors import NotFound
from foundation.ids import FOREVER, Seq
from foundation.security.policy import Access, access, labels_of
from knowledge.curation import Curation
from knowledge.graph.explorer import Explorer
from knowledge.log import NOW, AsOf
from knowledge.model import Draft, Removal
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from retrieval.attributes import Attributes
from retrieval.rights import Rights
from tests.knowledge.drafts import Ticking, draft, make_sage
from tests.knowledge.graph.test_laws import TEXTS, edges, opened

OPEN = access(["team"], [])
BOARD = access(["team"], ["board"])
SECRET: dict[str, Any] = {"metadata": {"access": "board"}}


@pytest.fixture
def sage(database: Database) -> KnowledgeSage:
    return make_sage(database)


@pytest.fixture
def graphs(database: Database) -> PartialGraphs:
    return PartialGraphs(database, Attributes(Reader(database)))


@pytest.fixture
def known(sage: KnowledgeSage, graphs: PartialGraphs) -> Explorer:
    """The graph of who holds no label: of one document in three."""
    text = "The Payment Gateway (PG) charges cards. PG depends on Minato Bank."
    sage.add("team", [draft("open", text, title="Payments")])
    hidden = (
        "The Payment Gateway, also known as Zanzibar, was built by Grace Hopper."
        " PG depends on Redwood Trust. Grace Hopper works for Minato Bank."
    )
    sage.add("team", [draft("hidden", hidden, title="Secret", **SECRET)])
    sage.add("pay", [draft("pay", "PG stands for Pretty Good. Zanzibar Bank pays Minato Bank.")])
    return graphs.explorer(OPEN)


def test_an_entity_is_what_visible_passages_say_of_it(known: Explorer) -> None:
    found = known.store.entity("PG")
    assert (found.label, found.passages, found.documents) == ("Payment Gateway", 1, 1)
    assert {(alias.surface, alias.passages) for alias in found.aliases} == {
        ("Payment Gateway", 1),
        ("PG", 1),
    }
    assert {link.support for link in found.because} == {1}
    assert found.senses == ()
    assert [each.label for each in known.store.search("zanz")] == []
    assert [each.label for each in known.store.search("bank")] == ["Minato Bank"]


def test_relations_are_those_that_a_visible_passage_proves(known: Explorer) -> None:
    (relation,) = known.store.relations("Payment Gateway")
    assert (relation.predicate, relation.target_label) == ("depends on", "Minato Bank")
    assert (len(relation.proofs), relation.confidence) == (1, relation.proofs[0].confidence)
    assert len(known.store.passages("Minato Bank")) == 1


def test_what_lies_around_is_made_of_visible_passages(known: Explorer) -> None:
    assert {each.label for each in known.companions("Minato Bank")} == {"Payment Gateway"}
    part = known.subgraph(["Minato Bank"], hops=5)
    assert {each.label for each in part.entities} == {"Payment Gateway", "Minato Bank"}
    assert {edge.weight for edge in part.edges} == {1.0}
    ranked = {each.label for each in known.related_entities(["Minato Bank"])}
    assert ranked == {"Payment Gateway", "Minato Bank", "Payments"}
    (route,) = known.paths("PG", "Minato Bank")
    assert [len(step.relations) for step in route.steps] == [1]
    assert {each.label for each in known.central()} == ranked


@pytest.mark.parametrize("name", ["Zanzibar", "Grace Hopper", "Pretty Good", "Redwood Trust"])
def test_what_only_hidden_passages_name_does_not_exist(known: Explorer, name: str) -> None:
    def told(call: Callable[[str], object]) -> Sequence[str]:
        messages = []
        for each in (name, "Nobody"):
            with pytest.raises(NotFound) as caught:
                call(each)
            messages.append(str(caught.value).replace(each, "it"))
        return messages

    for call in (
        known.store.entity,
        known.store.relations,
        known.store.passages,
        known.companions,
        lambda each: known.subgraph([each]),
        lambda each: known.related([each]),
        lambda each: known.paths("PG", each),
        lambda each: known.paths(each, "PG"),
    ):
        hidden, unknown = told(call)
        assert hidden == unknown


def test_each_sees_by_their_own_rights(graphs: PartialGraphs, known: Explorer) -> None:
    board = graphs.explorer(BOARD)
    assert board.store.entity("Zanzibar").passages == 2
    assert {r.target_label for r in board.store.relations("PG")} >= {"Minato Bank", "Redwood Trust"}
    pay = graphs.explorer(access(["pay"], []))
    assert [each.label for each in pay.store.search("zanz")] == ["Zanzibar Bank"]
    with pytest.raises(NotFound):
        graphs.explorer(Access.nothing).store.entity("PG")
    assert graphs.explorer(access(["team"], [])) is known
    graphs.forget()
    assert graphs.explorer(OPEN) is not known


def test_as_many_are_kept_as_are_set_those_that_asked_last(database: Database) -> None:
    graphs = PartialGraphs(database, Attributes(Reader(database)), kept=2)
    first, second = graphs.explorer(OPEN), graphs.explorer(BOARD)
    assert graphs.explorer(OPEN) is first
    graphs.explorer(Access.nothing)
    assert graphs.explorer(OPEN) is first
    assert graphs.explorer(BOARD) is not second


def test_the_setting_is_how_many_a_home_keeps(tmp_path: Path) -> None:
    with KnowledgeBase.open(
        tmp_path / "home", embedder="hashing", database_url=None, partial_graphs=1
    ) as base:
        graphs = base.platform.parts.retrieval.graphs
        first = graphs.explorer(OPEN)
        assert graphs.explorer(OPEN) is first
        graphs.explorer(BOARD)
        assert graphs.explorer(OPEN) is not first


def test_the_past_is_seen_by_who_saw_it_and_sees_it_now(
    sage: KnowledgeSage, graphs: PartialGraphs, database: Database
) -> None:
    reader, seer = Reader(database), graphs.explorer(OPEN)
    first = "PG depends on Minato Bank."
    sage.add("team", [draft("a", first), draft("b", "PG met Ada Lovelace.", **SECRET)])
    then = AsOf(seq=reader.head())
    sage.add("team", [draft("a", "PG depends on Redwood Trust.")])
    (old,) = seer.store.relations("PG", at=then, predicates=["depends on"])
    assert old.target_label == "Minato Bank"
    assert seer.store.entity("PG", at=then).passages == 1
    with pytest.raises(NotFound, match="at that moment"):
        seer.store.entity("Ada Lovelace", at=then)
    sage.add("team", [draft("b", "PG met Ada Lovelace.")])
    assert seer.store.entity("Ada Lovelace").passages == 1
    with pytest.raises(NotFound):
        seer.store.entity("Ada Lovelace", at=then)
    sage.add("team", [draft("a", "PG depends on Redwood Trust.", **SECRET)])
    with pytest.raises(NotFound):
        seer.store.relations("Minato Bank", at=then)


def test_what_people_decided_about_names_is_not_told(
    sage: KnowledgeSage, graphs: PartialGraphs, database: Database
) -> None:
    sage.add("team", [draft("a", "Ada Lovelace met Countess Byron. Ada Lovelace met Bob Smith.")])
    curation = Curation(database, Ticking())
    curation.merge("Ada Lovelace", "Countess Byron", actor="me")
    curation.rename("Bob Smith", "Agent Zanzibar", actor="me")
    guessed = {"first": "adalovelace", "second": "bobsmith", "kind": "typo", "confidence": 1.0}
    with database.write() as connection:
        held = {"valid_from": 1, "valid_to": FOREVER, "evidence": []}
        bulk_insert(connection, identities, [guessed | held])
    seer = graphs.explorer(OPEN)
    assert [alias.surface for alias in seer.store.entity("Ada Lovelace").aliases] == [
        "Ada Lovelace"
    ]
    assert seer.store.entity("Bob Smith").label == "Bob Smith"
    assert {each.label for each in seer.companions("Ada Lovelace")} == {
        "Countess Byron",
        "Bob Smith",
    }
    with pytest.raises(NotFound):
        seer.store.entity("Agent Zanzibar")


def test_a_text_is_not_shown_that_got_its_label_while_somebody_asked(
    sage: KnowledgeSage, database: Database
) -> None:
    class Slow(Attributes):
        """Has somebody write between the look at rights and the look at the graph."""

        writes = False

        def rights(self, at: AsOf = NOW) -> tuple[Rights, Seq]:
            found = super().rights(at)
            if self.writes:
                sage.add("team", [draft("a", "Ada Lovelace met Grace Hopper.", **SECRET)])
            return found

    attributes = Slow(Reader(database))
    seer = PartialGraphs(database, attributes).explorer(OPEN)
    sage.add("team", [draft("a", "Ada Lovelace met Bob Smith.")])
    assert {each.label for each in seer.companions("Ada Lovelace")} == {"Bob Smith"}
    attributes.writes = True
    for call in (seer.store.entity, seer.companions):
        with pytest.raises(NotFound):
            call("Ada Lovelace")


ADDED = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("abcde"),
            st.sampled_from(range(-1, len(TEXTS))),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda entry: entry[0],
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches=ADDED)
def test_it_is_the_graph_of_a_base_that_holds_nothing_else(
    sqlite_template: Path, batches: list[list[tuple[str, int, bool]]]
) -> None:
    with opened(sqlite_template) as base, opened(sqlite_template) as other:
        attributes = Attributes(base.reader)
        follows = PartialGraphs(base.database, attributes).explorer(OPEN)
        for batch in batches:
            entries: list[Draft | Removal] = [
                Removal(source)
                if number < 0
                else draft(
                    source,
                    *TEXTS[number][1],
                    title=TEXTS[number][0],
                    metadata={"access": "board"} if hidden else {},
                )
                for source, number, hidden in batch
            ]
            base.sage.add("team", entries)
            anew = PartialGraphs(base.database, attributes).explorer(OPEN).snapshot()
            assert edges(base, follows.snapshot()) == edges(base, anew)
        listing = base.library.list(collection="team", limit=100)
        for document in sorted(listing, key=lambda d: (not d.canonical, d.number)):
            if OPEN.sees("team", labels_of(document.metadata)):
                version = base.library.version(document.id)
                again = draft(document.source_id, *version.text.split("\n\n"), title=version.title)
                other.sage.add("team", [again])
        assert edges(base, follows.snapshot()) == edges(other, other.graph.refresh())
