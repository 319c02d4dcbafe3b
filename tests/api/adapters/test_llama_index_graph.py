"""LlamaIndex reads the graph with proofs and citations, and cannot write to it."""

from __future__ import annotations

import json

import pytest
from llama_index.core import MockEmbedding, PropertyGraphIndex
from llama_index.core.graph_stores.types import TRIPLET_SOURCE_KEY, EntityNode, Triplet
from llama_index.core.graph_stores.types import Relation as Edge
from llama_index.core.llms import MockLLM
from llama_index.core.vector_stores.types import (
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)

from api import KnowledgeBase
from api.adapters.llama_index_graph import ElderGraphStore
from api.adapters.llama_index_walk import ElderGraphRetriever
from foundation.errors import Forbidden, InvalidInput


@pytest.fixture
def store(kb: KnowledgeBase) -> ElderGraphStore:
    return ElderGraphStore(kb)


def stated(triplets: list[Triplet]) -> set[tuple[str, str, str]]:
    return {(source.id, relation.id, target.id) for source, relation, target in triplets}


DEPENDS = ("Payment Gateway", "depends on", "Minato Bank")
BELONGS = ("Minato Bank", "part of", "Harbour Group")


def test_an_entity_is_found_by_any_of_its_names_and_once(store: ElderGraphStore) -> None:
    (node,) = store.get(ids=["PG", "payment gateways", "nothing of the kind", "//"])
    assert isinstance(node, EntityNode)
    assert node.name == "Payment Gateway"
    assert {"PG", "Payment Gateway"} <= set(node.properties["aliases"])
    assert store.get(ids=[]) == []
    json.dumps(node.properties)


def test_entities_are_listed_and_filtered_by_properties(store: ElderGraphStore) -> None:
    everything = store.get()
    bank = next(node for node in everything if node.id == "Minato Bank")
    assert len(everything) > 2
    assert [node.id for node in store.get(properties={"entity_id": bank.properties["entity_id"]})]
    assert store.get(properties={"documents": -1}) == []
    assert store.get(properties={"documents": 2}, ids=["Minato Bank", "PG"])[0].id == "Minato Bank"
    assert len(ElderGraphStore(store.client, limit=1).get()) == 1


def test_a_triplet_is_proved_by_passages(kb: KnowledgeBase, store: ElderGraphStore) -> None:
    triplets = store.get_triplets(entity_names=["PG"], relation_names=["depends on"])
    assert stated(triplets) == {DEPENDS}
    ((source, relation, _),) = triplets
    proof = relation.properties["proofs"][0]
    assert source.properties[TRIPLET_SOURCE_KEY] == str(proof["chunk_id"])
    (passage,) = store.get_llama_nodes([str(proof["chunk_id"]), "0", "not a number"])
    text = passage.get_content()
    assert text[proof["start"] : proof["end"]] == "PG depends on Minato Bank"
    assert passage.metadata["source_id"] == "payments"
    assert "score" not in passage.metadata
    assert passage.ref_doc_id == kb.documents.get("payments").id
    json.dumps(relation.properties)


def test_every_condition_on_triplets_holds(store: ElderGraphStore) -> None:
    assert store.get_triplets() == []
    assert {DEPENDS, BELONGS} <= stated(store.get_triplets(ids=["Minato Bank"]))
    both = store.get_triplets(entity_names=["Minato Bank"], ids=["Harbour Group"])
    assert stated(both) == {BELONGS}
    assert BELONGS in stated(store.get_triplets(relation_names=["part of"]))
    assert store.get_triplets(ids=["Minato Bank"], properties={"confidence": -1}) == []
    assert store.get_triplets(entity_names=["no such thing"]) == []


def test_a_walk_goes_as_deep_as_it_is_told(store: ElderGraphStore) -> None:
    start = store.get(ids=["PG"])
    near, far = store.get_rel_map(start, depth=1), store.get_rel_map(start, depth=2)
    assert DEPENDS in stated(near)
    assert BELONGS not in stated(near)
    assert {DEPENDS, BELONGS} <= stated(far)
    assert len(stated(far)) == len(far)
    assert len(store.get_rel_map(start, depth=2, limit=1)) == 1
    assert DEPENDS not in stated(store.get_rel_map(start, ignore_rels=["depends on"]))
    assert stated(store.get_rel_map([EntityNode(name="PG")], depth=1)) == stated(near)
    with pytest.raises(InvalidInput, match="ask for nothing"):
        store.get_rel_map(start, depth=0)


def test_a_question_names_entities(store: ElderGraphStore) -> None:
    query = VectorStoreQuery(query_str="Who is behind the payment gateway?", similarity_top_k=3)
    nodes, scores = store.vector_query(query)
    assert nodes[0].id == "Payment Gateway"
    assert len(nodes) == len(scores)
    assert 0.0 < scores[0] <= 1.0
    part = store.vector_query(VectorStoreQuery(query_str="minato", similarity_top_k=1))
    assert [node.id for node in part[0]] == ["Minato Bank"]


def test_what_cannot_be_asked_is_said(store: ElderGraphStore) -> None:
    with pytest.raises(InvalidInput, match="set query_str"):
        store.vector_query(VectorStoreQuery(query_embedding=[0.0, 1.0]))
    filters = MetadataFilters(filters=[MetadataFilter(key="year", value=2026)])
    with pytest.raises(InvalidInput, match="leave filters out"):
        store.vector_query(VectorStoreQuery(query_str="PG", filters=filters))
    with pytest.raises(InvalidInput, match="no query language"):
        store.structured_query("MATCH (n) RETURN n")


def test_nothing_is_written(store: ElderGraphStore) -> None:
    node = EntityNode(name="A")
    with pytest.raises(Forbidden, match="read out of documents"):
        store.upsert_nodes([node])
    with pytest.raises(Forbidden, match="read out of documents"):
        store.upsert_relations([Edge(label="is", source_id="A", target_id="B")])
    with pytest.raises(Forbidden, match="read out of documents"):
        store.delete(ids=["PG"])
    with pytest.raises(Forbidden, match="read out of documents"):
        store.delete_llama_nodes(["1"])


def test_a_moment_of_the_past_has_the_graph_of_then(kb: KnowledgeBase, began: int) -> None:
    then = ElderGraphStore(kb, as_of=began)
    assert then.get(ids=["PG"]) == []
    assert then.get_triplets(ids=["PG"]) == []
    with pytest.raises(InvalidInput, match="leave as_of out"):
        then.get()


def test_the_schema_counts_kinds_and_relations(store: ElderGraphStore) -> None:
    schema = store.get_schema()
    assert schema["relations"]["depends on"] == 1
    assert sum(schema["entities"].values()) > 3
    assert "depends on (1)" in store.get_schema_str(refresh=True)


@pytest.mark.anyio
async def test_what_is_awaited_is_the_same(store: ElderGraphStore) -> None:
    nodes = await store.aget(ids=["PG"])
    assert nodes == store.get(ids=["PG"])
    assert await store.aget_triplets(ids=["PG"]) == store.get_triplets(ids=["PG"])
    assert await store.aget_rel_map(nodes, depth=2) == store.get_rel_map(nodes, depth=2)
    query = VectorStoreQuery(query_str="PG")
    assert await store.avector_query(query) == store.vector_query(query)
    source = store.get_triplets(ids=["PG"])[0][0].properties[TRIPLET_SOURCE_KEY]
    assert len(await store.aget_llama_nodes([source])) == 1
    assert await store.aget_schema() == store.get_schema()
    assert await store.aget_schema_str() == store.get_schema_str()


@pytest.mark.anyio
async def test_a_property_graph_index_retrieves_statements_with_their_passages(
    store: ElderGraphStore,
) -> None:
    index = PropertyGraphIndex.from_existing(
        store, llm=MockLLM(), embed_model=MockEmbedding(8), embed_kg_nodes=False
    )
    walk = ElderGraphRetriever(store, path_depth=1)
    found = index.as_retriever(sub_retrievers=[walk], use_async=False).retrieve(
        "What does PG need?"
    )
    told = [each.node.get_content() for each in found]
    assert any("Payment Gateway -> depends on -> Minato Bank" in text for text in told)
    assert any("charges cards" in text for text in told)
    assert [each.text for each in await walk.aretrieve("What does PG need?")] == [
        each.text for each in walk.retrieve("What does PG need?")
    ]


def test_a_question_that_names_nothing_finds_nothing(store: ElderGraphStore) -> None:
    assert ElderGraphRetriever(store).retrieve("qqqq zzzz?") == []
