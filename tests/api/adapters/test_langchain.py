"""The retriever passes LangChain's own standard tests, and keeps what they do not ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import create_retriever_tool
from langchain_tests.integration_tests import RetrieversIntegrationTests
from pydantic import ValidationError

from api import KnowledgeBase
from api.adapters.langchain import ElderRetriever
from foundation.errors import InvalidInput, NotFound

QUESTION = "how long is data kept?"


@pytest.mark.anyio
class TestElderRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _searched(self, kb: KnowledgeBase) -> None:
        self.kb = kb

    @property
    def retriever_constructor(self) -> type[ElderRetriever]:
        return ElderRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"kb": self.kb}

    @property
    def retriever_query_example(self) -> str:
        return QUESTION


class Told(BaseCallbackHandler):
    def __init__(self) -> None:
        self.events: list[Any] = []

    def on_retriever_start(self, *started: Any, **_: Any) -> None:
        self.events.append(started[1])

    def on_retriever_end(self, documents: Any, **_: Any) -> None:
        self.events.append([document.id for document in documents])

    def on_retriever_error(self, error: BaseException, **_: Any) -> None:
        self.events.append(type(error))


class ToldLater(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.events: list[Any] = []

    async def on_retriever_end(self, documents: Any, **_: Any) -> None:
        self.events.append([document.id for document in documents])


def sources(documents: list[Document]) -> set[str]:
    return {document.metadata["source_id"] for document in documents}


def titled(documents: list[Document]) -> list[str]:
    return [document.metadata["title"] for document in documents]


def test_a_document_carries_its_score_and_citation(kb: KnowledgeBase) -> None:
    (document,) = ElderRetriever(kb=kb, k=1).invoke("thirty ninety days retention policy")
    hit = kb.search("thirty ninety days retention policy", k=1)[0]
    told = document.metadata
    assert document.page_content == hit.text
    assert document.id == str(hit.chunk_id)
    assert told["score"] == hit.score
    assert told["parts"].keys() == hit.parts.keys()
    assert told["metadata"] == dict(hit.metadata)
    assert (told["metadata"]["year"], told["metadata"]["score"]) == (2025, "not ours")
    assert told["heading"] == list(hit.citation.heading)
    assert (told["title"], told["version"]) == ("Retention policy", 2)
    text = kb.documents.show("policy.md").text
    assert text[told["start"] : told["end"]] == document.page_content
    assert [source["source_id"] for source in told["sources"]] == ["policy.md"]
    json.dumps(told)  # tracers send it


@pytest.mark.anyio
async def test_every_restriction_holds_awaited_or_not(kb: KnowledgeBase, began: int) -> None:
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({"filter": {"year": {"$gte": 2026}}}, {"payments"}),
        ({"collections": ["japanese"]}, {"hokan"}),
        ({"as_of": began}, {"policy.md"}),
    ]
    for given, expected in asked:
        always = ElderRetriever(kb=kb, **given)
        once = ElderRetriever(kb=kb)
        assert sources(always.invoke(QUESTION)) == expected
        assert sources(await always.ainvoke(QUESTION)) == expected
        assert sources(once.invoke(QUESTION, **given)) == expected
        assert sources(await once.ainvoke(QUESTION, **given)) == expected
        assert len(sources(once.invoke(QUESTION))) > 1


def test_a_moment_of_the_past_answers_what_held_then(kb: KnowledgeBase, began: int) -> None:
    (document,) = ElderRetriever(kb=kb, as_of=began).invoke(QUESTION)
    assert document.page_content == "Data is kept for thirty days."


def test_a_question_in_japanese_is_answered_in_japanese(kb: KnowledgeBase) -> None:
    (document,) = ElderRetriever(kb=kb, k=1).invoke("データの保存期間")
    assert document.metadata["source_id"] == "hokan"


def test_callbacks_hear_of_starts_ends_and_errors(kb: KnowledgeBase) -> None:
    told = Told()
    retriever = ElderRetriever(kb=kb, k=2)
    found = retriever.invoke(QUESTION, {"callbacks": [told]})
    assert told.events == [QUESTION, [document.id for document in found]]
    with pytest.raises(InvalidInput):
        retriever.invoke(" ", {"callbacks": [told]})
    assert told.events[-1] is InvalidInput


@pytest.mark.anyio
async def test_callbacks_that_are_awaited_hear_too(kb: KnowledgeBase) -> None:
    told = ToldLater()
    found = await ElderRetriever(kb=kb, k=2).ainvoke(QUESTION, {"callbacks": [told]})
    assert told.events == [[document.id for document in found]]


def test_it_takes_part_in_chains_batches_and_tools(kb: KnowledgeBase) -> None:
    retriever = ElderRetriever(kb=kb, k=1)
    titles = retriever | RunnableLambda(titled)
    assert titles.batch(["Harbour Group", "charges cards"]) == [["Minato Bank"], ["Payments"]]
    tool = create_retriever_tool(retriever, "guild", "Finds passages.")
    assert "charges cards" in tool.invoke({"query": "charges cards"})


def test_what_is_wrong_is_said(kb: KnowledgeBase) -> None:
    retriever = ElderRetriever(kb=kb)
    with pytest.raises(InvalidInput, match="takes no 'top_k'; it can be given k, "):
        retriever.invoke(QUESTION, top_k=3)
    with pytest.raises(InvalidInput, match="k is 0; it can be 1 to"):
        retriever.invoke(QUESTION, k=0)
    with pytest.raises(InvalidInput, match="diversity is 2"):
        retriever.invoke(QUESTION, diversity=2.0)
    with pytest.raises(InvalidInput, match="per_source is 0"):
        ElderRetriever(kb=kb, per_source=0).invoke(QUESTION)
    with pytest.raises(NotFound, match="nowhere"):
        retriever.invoke(QUESTION, collections=["nowhere"])
    with pytest.raises(ValidationError, match="filters"):
        ElderRetriever(kb=kb, filters={"year": 2026})  # type: ignore[call-arg] # that is the test
