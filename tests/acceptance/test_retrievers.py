"""LangChain and LlamaIndex search a server by its address and a key alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import create_retriever_tool
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle

from api.adapters.langchain import ElderRetriever as LangChainRetriever
from api.adapters.llama_index import ElderRetriever as LlamaIndexRetriever
from api.client import AsyncClient, Client
from foundation.errors import InvalidInput, NotFound, Unauthenticated
from tests.api.workers.teams import Team, started

QUESTION = "how long is data kept?"
ASKED: list[tuple[dict[str, Any], set[str]]] = [
    ({"filter": {"year": {"$gte": 2026}}}, {"payments"}),
    ({"filter": {"$not": {"year": 2024}}, "collections": ["house"]}, {"payments"}),
    ({"collections": ["japanese"]}, {"hokan"}),
    ({"k": 1, "mode": "lexical", "filter": {"year": 2024}}, {"policy"}),
]
PUSHED: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("house", "policy", "Data is kept for ninety days.", {"year": 2024, "score": "not ours"}),
    ("house", "payments", "Data of cards is kept nowhere.", {"year": 2026}),
    ("japanese", "hokan", "データは九十日間保存される。", {}),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("retrievers")
    with started(folder / "home", folder / "log", workers=1) as team:
        with Client(team.address, key=team.key) as client:
            for collection, source, text, metadata in PUSHED:
                document = {
                    "source_id": source, "text": text, "title": source.title(),
                    "metadata": metadata,
                }  # fmt: skip
                client.push([document], collection=collection)
        yield team


@pytest.fixture
def client(server: Team) -> Iterator[Client]:
    with Client(server.address, key=server.key) as client:
        yield client


@pytest.fixture
def awaited(server: Team) -> Callable[[], Any]:
    """Make a client within the event loop that is to use it."""

    @asynccontextmanager
    async def made() -> AsyncIterator[AsyncClient]:
        async with AsyncClient(server.address, key=server.key) as client:
            yield client

    return made


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def sources(found: list[Document] | list[NodeWithScore]) -> set[str]:
    return {each.metadata["source_id"] for each in found}


def titled(documents: list[Document]) -> list[str]:
    return [document.metadata["title"] for document in documents]


@pytest.mark.parametrize(("given", "expected"), ASKED)
@pytest.mark.anyio
async def test_every_restriction_holds_over_http_awaited_or_not(
    client: Client, awaited: Callable[[], Any], given: dict[str, Any], expected: set[str]
) -> None:
    query = "データの保存" if expected == {"hokan"} else QUESTION
    assert sources(LangChainRetriever(kb=client, **given).invoke(query)) == expected
    assert sources(LangChainRetriever(kb=client).invoke(query, **given)) == expected
    assert sources(await LangChainRetriever(kb=client, **given).ainvoke(query)) == expected
    nodes = LlamaIndexRetriever(client, **given)
    assert sources(nodes.retrieve(query)) == expected
    assert sources(await nodes.aretrieve(QueryBundle(query))) == expected
    async with awaited() as other:
        assert sources(await LangChainRetriever(kb=other, **given).ainvoke(query)) == expected
        assert sources(await LangChainRetriever(kb=other).ainvoke(query, **given)) == expected
        found = await LlamaIndexRetriever(other, **given).aretrieve(QueryBundle(query))
        assert sources(found) == expected


def test_what_is_cited_is_what_the_server_holds(client: Client) -> None:
    (document,) = LangChainRetriever(kb=client, k=1, filter={"year": 2024}).invoke(QUESTION)
    (found,) = LlamaIndexRetriever(client, k=1, filter={"year": 2024}).retrieve(QUESTION)
    told = document.metadata
    held = client.document(told["document_id"])
    assert held.text[told["start"] : told["end"]] == document.page_content
    assert document.id == found.node.node_id == str(told["chunk_id"])
    assert (told["source_id"], told["title"], told["version"]) == ("policy", "Policy", 1)
    assert told["metadata"] == {"year": 2024, "score": "not ours"}
    assert isinstance(told["score"], float)
    assert [each["source_id"] for each in told["sources"]] == ["policy"]
    assert found.node.metadata == told
    assert found.node.ref_doc_id == told["document_id"]
    json.dumps(told)


def test_they_take_part_in_chains_tools_and_query_engines(client: Client) -> None:
    retriever = LangChainRetriever(kb=client, k=1, mode="lexical")
    chain = retriever | RunnableLambda(titled)
    assert chain.batch(["ninety days", "cards nowhere"]) == [["Policy"], ["Payments"]]
    tool = create_retriever_tool(retriever, "guild", "Finds passages.")
    assert "ninety days" in tool.invoke({"query": "ninety days"})
    engine = RetrieverQueryEngine(
        LlamaIndexRetriever(client, k=1, mode="lexical"),
        response_synthesizer=get_response_synthesizer(
            llm=MockLLM(), response_mode=ResponseMode.COMPACT, callback_manager=CallbackManager()
        ),
    )
    assert "cards" in str(engine.query("cards nowhere"))


def test_a_key_that_sees_less_finds_less(server: Team) -> None:
    made = json.loads(server.command("keys", "create", "r", "-c", "japanese", "--json"))
    with Client(server.address, key=made["key"]) as client:
        assert sources(LangChainRetriever(kb=client).invoke("データ data kept")) == {"hokan"}
        with pytest.raises(NotFound, match="house"):
            LlamaIndexRetriever(client, collections=["house"]).retrieve(QUESTION)
    with (
        Client(server.address, key="eg_wrong") as stranger,
        pytest.raises(Unauthenticated),
    ):
        LangChainRetriever(kb=stranger).invoke(QUESTION)


@pytest.mark.anyio
async def test_what_is_wrong_is_said(client: Client, awaited: Callable[[], Any]) -> None:
    with pytest.raises(InvalidInput, match="takes no 'top_k'"):
        LangChainRetriever(kb=client).invoke(QUESTION, top_k=3)
    with pytest.raises(InvalidInput, match="mode"):
        LlamaIndexRetriever(client, mode="best").retrieve(QUESTION)
    async with awaited() as other:
        with pytest.raises(InvalidInput, match="must be awaited"):
            LangChainRetriever(kb=other).invoke(QUESTION)
        with pytest.raises(InvalidInput, match=r"filter|\$regex"):
            await LangChainRetriever(kb=other, filter={"$regex": 1}).ainvoke(QUESTION)
