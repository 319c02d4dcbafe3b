"""What a ranker looks at, and what it costs to gather."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from api import KnowledgeBase
from foundation.security.policy import Access, access
from knowledge.graph.snapshot import Snapshot
from knowledge.graph.walk import personalised_pagerank
from knowledge.log import NOW
from retrieval.indexes.lexical import LexicalIndex
from retrieval.model import Scope
from retrieval.names import LinkedNames
from retrieval.question import Question
from retrieval.ranking import walks
from retrieval.ranking.evidence import Evidence, First
from retrieval.ranking.served import ServedGraph

OPEN = access(["*"], [])


class Counted:
    """A graph that counts how often a name's node is looked up."""

    def __init__(self, graph: ServedGraph) -> None:
        self._graph = graph
        self.looked_up: list[int] = []

    def snapshot(self, access: Access = Access.everything) -> Snapshot:
        return self._graph.snapshot(access)

    def node(self, name: int) -> int | None:
        self.looked_up.append(name)
        return self._graph.node(name)

    def refresh(self) -> None:
        self._graph.refresh()

    def close(self) -> None:
        self._graph.close()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    folder = tmp_path_factory.mktemp("home")
    with KnowledgeBase.open(folder, embedder="hashing", background=False) as opened:
        opened.add("Hank Snow moved to Nashville and died in Madison.", source_id="snow")
        opened.add("Nashville is the capital of Tennessee.", source_id="nashville")
        secret = {"access": "board"}
        opened.add("Grace Hopper came to Nashville.", source_id="hopper", metadata=secret)
        assert opened.wait()
        yield opened


@pytest.fixture
def served(base: KnowledgeBase) -> ServedGraph:
    parts = base.platform.parts
    return ServedGraph(parts.database, parts.knowing.graph, lambda: 3, parts.attributes.visible)


@pytest.fixture
def graph(served: ServedGraph) -> Counted:
    return Counted(served)


@pytest.fixture
def evidence(base: KnowledgeBase, graph: Counted) -> Iterator[Evidence]:
    parts = base.platform.parts
    words = LexicalIndex(parts.home.followers / "lexical", writable=False)
    found = Evidence(LinkedNames(parts.database), graph, words, parts.reader.texts)
    found.refresh()
    yield found
    found.close()


def first(question: str, rights: Access = Access.everything) -> First:
    ids, scores = np.array([1, 2], np.int64), np.array([1.0, 0.5])
    return First(question, ids, scores, None, 0.0, Scope(), access=rights)


@pytest.mark.parametrize("rights", [Access.everything, OPEN])
def test_each_name_is_looked_up_once(
    base: KnowledgeBase, evidence: Evidence, graph: Counted, rights: Access
) -> None:
    _, model = base.platform.parts.rag.first(Question("Nashville", 3, Scope(), NOW))
    evidence.gather(first("Did Hank Snow and Grace Hopper live in Nashville?", rights), model)
    assert len(graph.looked_up) == len(set(graph.looked_up)) >= 3


def test_a_name_that_only_hidden_documents_have_is_none(evidence: Evidence, graph: Counted) -> None:
    question = "Did Hank Snow and Grace Hopper live in Nashville?"
    everything = evidence.walks(first(question)).asked
    seen = evidence.walks(first(question, OPEN)).asked
    assert set(seen) < set(everything)
    assert len(everything) - len(seen) == 1


def test_only_the_walks_that_are_looked_at_are_taken(
    base: KnowledgeBase, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    def counted(*given: object, **options: object) -> object:
        taken.append(1)
        return personalised_pagerank(*given, **options)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(walks, "personalised_pagerank", counted)
    _, model = base.platform.parts.rag.first(Question("Nashville", 3, Scope(), NOW))
    asked = first("Did Hank Snow live in Nashville?")
    all_ids, _ = evidence.gather(asked, model)
    assert len(taken) == 6
    taken.clear()
    ids, _ = evidence.walked(asked, model)
    assert len(taken) == 3
    assert ids.tolist() == all_ids.tolist()


def test_who_sees_what_cannot_be_left_open(base: KnowledgeBase, served: ServedGraph) -> None:
    parts = base.platform.parts
    with pytest.raises(TypeError, match="visible"):
        ServedGraph(parts.database, parts.knowing.graph, lambda: 3)  # type: ignore[call-arg]  # that is what must fail
    assert len(served.snapshot(OPEN).links.indices) < len(served.snapshot().links.indices)
    served.close()
