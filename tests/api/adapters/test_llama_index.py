"""The retriever does what LlamaIndex asks of one; that framework publishes no standard tests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.instrumentation.events.retrieval import RetrievalEndEvent
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle
from llama_index_instrumentation import get_dispatcher

from api import KnowledgeBase
from api.adapters.llama_index import ElderRetriever
from foundation.errors import InvalidInput, NotFound

QUESTION = "how long is data kept?"


class Heard(BaseEventHandler):
    ends: list[RetrievalEndEvent] = []  # noqa: RUF012 - a field of pydantic

    def handle(self, event: BaseEvent, **_: Any) -> None:
        if isinstance(event, RetrievalEndEvent):
            self.ends.append(event)


def sources(found: list[NodeWithScore]) -> set[str]:
    return {each.node.metadata["source_id"] for each in found}


def test_a_node_carries_its_score_and_citation(kb: KnowledgeBase) -> None:
    (found,) = ElderRetriever(kb, k=1).retrieve("thirty ninety days retention policy")
    hit = kb.search("thirty ninety days retention policy", k=1)[0]
    node = found.node
    assert found.score == hit.score
    assert found.text == hit.text
    assert node.node_id == str(hit.chunk_id)
    assert node.ref_doc_id == hit.citation.document_id
    assert node.metadata["metadata"] == dict(hit.metadata)
    assert (node.metadata["title"], node.metadata["version"]) == ("Retention policy", 2)
    text = kb.documents.show("policy.md").text
    assert text[node.metadata["start"] : node.metadata["end"]] == found.text
    json.dumps(node.metadata)


def test_a_language_model_reads_the_title_but_no_numbers(kb: KnowledgeBase) -> None:
    (found,) = ElderRetriever(kb, k=1).retrieve("charges cards")
    shown = found.node.get_content(MetadataMode.LLM)
    assert "title: Payments" in shown
    assert "chunk_id" not in shown


@pytest.mark.anyio
async def test_every_restriction_holds_awaited_or_not(kb: KnowledgeBase, began: int) -> None:
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({"filter": {"year": {"$gte": 2026}}}, {"payments"}),
        ({"collections": ["japanese"]}, {"hokan"}),
        ({"as_of": began}, {"policy.md"}),
    ]
    for given, expected in asked:
        retriever = ElderRetriever(kb, **given)
        assert sources(retriever.retrieve(QUESTION)) == expected
        assert sources(await retriever.aretrieve(QueryBundle(QUESTION))) == expected
    assert len(ElderRetriever(kb, k=2).retrieve(QUESTION)) == 2


def test_callbacks_and_events_hear_of_it(kb: KnowledgeBase) -> None:
    told, heard = LlamaDebugHandler(print_trace_on_end=False), Heard()
    dispatcher = get_dispatcher("llama_index.core.base.base_retriever")
    dispatcher.add_event_handler(heard)
    try:
        retriever = ElderRetriever(kb, k=2, callback_manager=CallbackManager([told]))
        found = retriever.retrieve(QUESTION)
    finally:
        dispatcher.event_handlers.remove(heard)
    assert len(told.get_event_pairs(CBEventType.RETRIEVE)) == 1
    assert [len(end.nodes) for end in heard.ends] == [len(found)] == [2]


@pytest.mark.anyio
async def test_a_query_engine_cites_what_it_found(kb: KnowledgeBase) -> None:
    synthesizer = get_response_synthesizer(
        llm=MockLLM(), response_mode=ResponseMode.COMPACT, callback_manager=CallbackManager()
    )
    engine = RetrieverQueryEngine(ElderRetriever(kb, k=1), response_synthesizer=synthesizer)
    answer = engine.query("charges cards")
    assert "charges cards" in str(answer)  # the mock repeats what it was told
    assert sources(answer.source_nodes) == {"payments"}
    assert sources((await engine.aquery("charges cards")).source_nodes) == {"payments"}


def test_what_is_wrong_is_said(kb: KnowledgeBase) -> None:
    with pytest.raises(InvalidInput, match="the query is empty"):
        ElderRetriever(kb).retrieve("  ")
    with pytest.raises(NotFound, match="nowhere"):
        ElderRetriever(kb, collections=["nowhere"]).retrieve(QUESTION)
    with pytest.raises(InvalidInput, match="mode is 'best'"):
        ElderRetriever(kb, mode="best").retrieve(QUESTION)
