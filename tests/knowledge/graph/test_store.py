"""The graph as the truth has it: names, relations and proofs, now and then."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from foundation.ids import FOREVER
from knowledge.curation import Curation
from knowledge.graph.follower import GraphFollower
from knowledge.graph.model import LinkKind
from knowledge.graph.snapshot import NodeKind
from knowledge.graph.store import GraphStore
from knowledge.library import Library
from knowledge.log import AsOf, head
from knowledge.model import Removal
from knowledge.sage import KnowledgeSage
from tests.knowledge.drafts import Ticking, draft, later, make_sage


@pytest.fixture
def sage(database: Database) -> KnowledgeSage:
    return make_sage(database)


@pytest.fixture
def store(database: Database) -> GraphStore:
    return GraphStore(database)


def said(store: GraphStore, name: str, **options: object) -> list[tuple[str, str, str]]:
    found = store.relations(name, **options)  # type: ignore[arg-type] # whatever the test asks
    return sorted((r.source_label, r.predicate, r.target_label or r.value or "") for r in found)


def test_an_entity_is_found_by_every_spelling_and_every_name(
    sage: KnowledgeSage, store: GraphStore
) -> None:
    sage.add(
        "default",
        [
            draft("a", "Personalised PageRank (PPR) ranks nodes."),
            draft("b", "We compute personalised-pagerank. Personalised PageRank is quick."),
        ],
    )
    one = store.entity("PPR")
    assert one.label == "Personalised PageRank"
    assert {alias.surface for alias in one.aliases} == {"Personalised PageRank", "PPR"}
    assert [link.kind for link in one.because] == [LinkKind.STANDS_FOR]
    for name in ("personalised page rank", "PERSONALISED PAGERANK", one.id):
        assert store.entity(name) == one
    assert (one.passages, one.documents) == (2, 2)


def test_a_relation_keeps_all_proofs_and_goes_with_the_last(
    sage: KnowledgeSage, store: GraphStore
) -> None:
    text = "Apollo replaces Hermes."
    sage.add("default", [draft("a", text), draft("b", "First. " + text)])
    (relation,) = [r for r in store.relations("Apollo") if r.predicate == "replaces"]
    assert len(relation.proofs) == 2
    assert relation.valid_to == FOREVER
    assert 0.9 < relation.confidence <= 1
    sage.add("default", [Removal("a")])
    (relation,) = [r for r in store.relations("Hermes") if r.predicate == "replaces"]
    assert len(relation.proofs) == 1
    sage.add("default", [Removal("b")])
    with pytest.raises(NotFound, match="no passage names 'Apollo'"):
        store.relations("Apollo")


def test_facts_and_relations_are_as_they_were_at_a_change_and_at_a_time(
    database: Database, sage: KnowledgeSage, store: GraphStore
) -> None:
    for hour, status in ((1, "Draft"), (3, "Final")):
        text = f"PEP: 7\nTitle: Style\nStatus: {status}\nReplaces: 5"
        sage.add("default", [draft("p", text, title="PEP 7 – Style", time=later(hour))])
        if hour == 1:
            with database.read() as connection:
                first = head(connection)
    asked = ["status"]
    assert said(store, "PEP 7", predicates=asked)[0][2] == "Final"
    assert said(store, "PEP 7", predicates=asked, at=AsOf(seq=first))[0][2] == "Draft"
    assert said(store, "PEP 7", predicates=asked, at=AsOf(time=later(2)))[0][2] == "Draft"
    with pytest.raises(NotFound, match="at that moment"):
        store.entity("PEP 7", at=AsOf(time=later(0.5)))
    assert ("PEP 5", "replaces") in {(r[2], r[1]) for r in said(store, "PEP 5")}


def test_each_document_decides_what_an_ambiguous_name_means(
    database: Database, sage: KnowledgeSage, store: GraphStore
) -> None:
    sage.add(
        "default",
        [
            draft("walk", "Personalised PageRank (PPR) was used by Brin. PPR is quick."),
            draft("sheep", "Peste des Petits Ruminants (PPR) kills sheep in Kenya."),
            draft("more", "PPR was seen again in Kenya."),
            draft("bare", "PPR was mentioned."),
        ],
    )
    bare = store.entity("PPR")
    assert len(bare.senses) == 2
    assert bare.documents == 1
    disease = store.entity("Peste des Petits Ruminants")
    assert disease.documents == 2
    snapshot = GraphFollower(database).refresh()
    node = snapshot.node(NodeKind.ENTITY, disease.id)
    assert node is not None
    chunks = [n for n in snapshot.links.row(node) if snapshot.kinds[n] == NodeKind.CHUNK]
    assert len(chunks) == disease.passages


def test_decisions_join_and_part_names_and_outlive_re_ingestion(
    database: Database, sage: KnowledgeSage, store: GraphStore
) -> None:
    curation = Curation(database, Ticking())
    texts = [draft("a", "The Blue Team met the Azure Crew."), draft("b", "Azure Crew sang.")]
    sage.add("default", texts)
    merged = curation.merge("Blue Team", "Azure Crew", actor="ann")
    assert store.entity("Blue Team").label == "Azure Crew"
    sage.add("default", [Removal("a"), Removal("b")])
    sage.add("default", [draft("c", "A Blue Team and the Azure Crew are back.")])
    assert store.entity("Blue Team") == store.entity("Azure Crew")
    curation.rename("Blue Team", "The Blues")
    assert store.entity("Azure Crew").label == "The Blues"
    assert store.entity("The Blues") == store.entity("Azure Crew")
    curation.undo(merged.seq)
    assert store.entity("Blue Team") != store.entity("Azure Crew")


def test_a_hub_is_found_by_a_part_of_its_name(sage: KnowledgeSage, store: GraphStore) -> None:
    sage.add("default", [draft("a", "Mount Wilson stands. Mount Wilson is high. 東京大学です。")])
    assert [e.label for e in store.search("wilson")] == ["Mount Wilson"]
    assert [e.label for e in store.search("東京")] == ["東京大学"]
    assert [e.label for e in store.search("WILSON")] == ["Mount Wilson"]
    assert store.search("100%") == []
    with pytest.raises(InvalidInput, match="no part of a name"):
        store.search("\0")


@pytest.mark.parametrize("name", ["", "   ", "\n"])
def test_what_is_no_name_is_refused(store: GraphStore, name: str) -> None:
    with pytest.raises(InvalidInput, match="is no name"):
        store.entity(name)


def test_a_merged_duplicate_proves_nothing_twice(
    database: Database, sage: KnowledgeSage, store: GraphStore
) -> None:
    text = "Apollo replaces Hermes. " + "A long tail of words follows here. " * 20
    sage.add("default", [draft("a", text), draft("copy", text)])
    assert len(Library(database).list()) == 2
    proofs: Sequence[object] = store.relations("Apollo", predicates=["replaces"])[0].proofs
    assert len(proofs) == 1
