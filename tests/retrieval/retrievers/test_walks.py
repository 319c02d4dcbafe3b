"""Finding by walks on the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from knowledge.graph.follower import GraphFollower
from knowledge.log import NOW, AsOf
from retrieval.model import Scope
from retrieval.names import LinkedNames
from retrieval.question import Question
from retrieval.ranking.evidence import Evidence, First
from retrieval.ranking.served import ServedGraph
from retrieval.retrievers.model import Asked
from retrieval.retrievers.walks import Walks
from tests.contracts.retriever import RetrieverContract
from tests.knowledge.drafts import draft
from tests.retrieval.searching import Home


class TestWalks(RetrieverContract):
    @pytest.fixture
    def retriever(self, filled: Home) -> Iterator[Walks]:
        evidence = evidence_of(filled)
        yield Walks(evidence)
        evidence.close()

    def asked(self, home: Home, text: str, depth: int = 10, scope: Scope | None = None) -> Asked:
        return gone_on(home, super().asked(home, text, depth, scope))

    def test_it_begins_where_others_ended_and_knows_no_past(
        self, filled: Home, retriever: Walks
    ) -> None:
        asked = self.asked(filled, "boiler")
        assert not retriever.applies(replace(asked, first=None))
        assert not retriever.applies(replace(asked, index=None))
        assert not retriever.applies(replace(asked, at=AsOf(seq=filled.reader.head())))
        assert len(retriever.retrieve(replace(asked, first=None))) == 0


def evidence_of(home: Home) -> Evidence:
    served = ServedGraph(
        home.database, GraphFollower(home.database), home.lexical.count, home.attributes.visible
    )
    evidence = Evidence(LinkedNames(home.database), served, home.lexical, home.reader.texts)
    evidence.refresh()
    return evidence


def gone_on(home: Home, asked: Asked) -> Asked:
    """Let words and meaning answer first."""
    found = home.rag.rank(Question(asked.text, 10, asked.scope, NOW, "fusion"))
    first = First(asked.text, found.ids, found.scores, None, 0.0, asked.scope)
    return replace(asked, first=first)


def test_what_the_best_passage_names_is_found_next(home: Home) -> None:
    songs = "“Hello Love” is a single by Hank Snow, who sang it in Nashville."
    home.sage.add("c", [draft("song", songs, title="Hello Love")])
    home.sage.add("c", [draft("singer", "He died at his ranch in Madison.", title="Hank Snow")])
    home.sage.add("c", [draft("bread", "Made of flour, water and salt.", title="Bread")])
    home.catch_up()
    found = home.rag.rank(Question("the single Hello Love", 10, Scope(), NOW, "lexical"))
    assert len(found.ids) == 1
    evidence = evidence_of(home)
    first = First("the single Hello Love", found.ids, found.scores, None, 0.0, Scope())
    model = home.rag.first(Question("x", 1, Scope(), NOW))[1]
    led = Walks(evidence).retrieve(Asked(first.question, 10, Scope(), index=model, first=first))
    texts = [text for _, text in home.reader.texts(led.ids.tolist())]
    assert texts == [songs, "He died at his ranch in Madison."]
    evidence.close()
