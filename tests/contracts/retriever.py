"""What every retriever promises: each implementation inherits these tests."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import numpy as np
import pytest

from foundation.clock import Micros
from retrieval.model import Scope, Vector
from retrieval.retrievers.model import Asked, Retriever
from tests.knowledge.drafts import draft
from tests.retrieval.searching import Dense, Home

DAY = 86_400_000_000
TEXTS = {
    "old": "The release notes of the boiler say that steam rises from the valve",
    "new": "Look into the release notes of the boiler before you open any tap",
    "other": "A rose is a woody flowering plant",
}


def fill(home: Home) -> None:
    for number, (name, text) in enumerate(TEXTS.items(), start=1):
        home.sage.add("c", [draft(name, text, time=number * DAY)])
    home.catch_up()


class RetrieverContract:
    """Derive from it and override `retriever`, and `text` with something that it applies to."""

    text = 'the newest "release notes" of the boiler'

    @pytest.fixture
    def filled(self, home: Home) -> Home:
        fill(home)
        return home

    @pytest.fixture
    def retriever(self) -> Retriever:
        raise AssertionError("override me")

    def asked(self, home: Home, text: str, depth: int = 10, scope: Scope | None = None) -> Asked:
        vector: Future[Vector] = Future()
        vector.set_result(home.embedder.embed_query(text))
        index = Dense(home.embedder, home.exact)
        return Asked(text, depth, scope or Scope(), newest=True, index=index, vector=vector)

    def test_what_it_finds_is_ordered_and_each_passage_stands_once(
        self, filled: Home, retriever: Retriever
    ) -> None:
        asked = self.asked(filled, self.text)
        assert retriever.applies(asked)
        found = retriever.retrieve(asked)
        assert len(found) >= 2
        assert [found.ids.dtype.name, found.scores.dtype.name] == ["int64", "float32"]
        assert (np.diff(found.scores) <= 0).all()
        assert len(set(found.ids.tolist())) == len(found)
        assert set(found.ids.tolist()) <= set(filled.lexical.ids().tolist())

    def test_it_keeps_to_the_depth(self, filled: Home, retriever: Retriever) -> None:
        every = retriever.retrieve(self.asked(filled, self.text))
        first = retriever.retrieve(self.asked(filled, self.text, 2))
        assert first.ids.tolist() == every.ids.tolist()[:2]

    def test_it_keeps_to_the_scope(self, filled: Home, retriever: Retriever) -> None:
        nothing = Scope(documents=np.zeros(100, np.bool_))
        assert len(retriever.retrieve(self.asked(filled, self.text, scope=nothing))) == 0
        early = Scope(time=Micros(2 * DAY + 1))
        late = retriever.retrieve(self.asked(filled, self.text))
        then = retriever.retrieve(self.asked(filled, self.text, scope=early))
        assert set(then.ids.tolist()) <= set(late.ids.tolist())
        newest = max(filled.lexical.ids().tolist())
        assert newest not in then.ids.tolist()

    def test_threads_may_ask_at_once(self, filled: Home, retriever: Retriever) -> None:
        asked = self.asked(filled, self.text)
        alone = retriever.retrieve(asked).ids.tolist()
        found: list[list[int]] = []
        threads = [
            threading.Thread(target=lambda: found.append(retriever.retrieve(asked).ids.tolist()))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [alone] * 4
