"""What happens to a ranking last: the best are read again, and others get a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from foundation.errors import InvalidInput, Unavailable
from knowledge.log import NOW
from retrieval.diversity import Diversity
from retrieval.finishing import Finishing, newest_first, quoted_first
from retrieval.model import Ranking, Scope
from retrieval.question import Question, Ranked
from retrieval.rerankers.model import Reranker
from tests.knowledge.drafts import draft
from tests.retrieval.searching import Dense, Home

ROSES = "The rose is a woody perennial flowering plant"
SAME = "The rose is a woody perennial flowering plant of gardens"
STEAM = "A steam engine performs work with steam"
RIVER = "The river carries water into the sea"


class Longest:
    """Prefers long passages: what it did is easily seen."""

    name = "longest"
    closed = False

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        return np.array([len(text) - len(query) for text in passages], np.float32)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def filled(home: Home) -> Home:
    home.sage.add("c", [draft("roses", ROSES, SAME), draft("steam", STEAM), draft("river", RIVER)])
    home.catch_up()
    return home


def ranked(home: Home) -> Ranked:
    ids = home.lexical.ids()
    scores = np.arange(len(ids), 0, -1, dtype=np.float64)
    parts = {"lexical": scores.astype(np.float32)}
    return Ranked(ids, scores, parts, [])


def asked(mode: str = "default", *, k: int = 3, diversity: Diversity = Diversity()) -> Question:  # noqa: B008 - frozen
    return Question("rose", k, Scope(), NOW, mode, diversity)


def never(_: Scope) -> Ranked:
    raise AssertionError("it asked again")


def nothing(_: Scope) -> Ranked:
    return Ranked(np.empty(0, np.int64), np.empty(0), {}, [])


def texts(home: Home, found: Ranked) -> list[str]:
    return [text for _, text in home.reader.texts(found.ids.tolist())]


def test_the_best_are_read_again_as_deep_as_is_set(filled: Home) -> None:
    reranker = Longest()
    finishing = Finishing(filled.database, lambda: reranker, depth=3)
    finishing.warm()
    before = ranked(filled)
    found = finishing.finished(asked(), before, Dense(filled.embedder, filled.exact), never)
    assert texts(filled, found) == [SAME, ROSES, STEAM, RIVER]
    assert (np.diff(found.scores) < 0).all()
    assert np.isnan(found.parts["longest"]).tolist() == [False, False, False, True]
    assert found.parts["lexical"].tolist() == [3.0, 4.0, 2.0, 1.0]
    finishing.close()
    assert reranker.closed


@pytest.mark.parametrize("mode", ["lexical", "dense", "fusion", "graph"])
def test_other_ways_to_search_are_left_alone(filled: Home, mode: str) -> None:

    def unopened() -> Reranker | None:
        raise AssertionError("it was opened")

    before = ranked(filled)
    finishing = Finishing(filled.database, unopened)
    assert (
        finishing.finished(asked(mode), before, Dense(filled.embedder, filled.exact), never)
        is before
    )
    finishing.close()


def test_a_document_has_no_more_than_its_share_and_an_echo_waits(filled: Home) -> None:
    finishing, model = Finishing(filled.database), Dense(filled.embedder, filled.exact)
    shared = finishing.finished(
        asked(diversity=Diversity(per_source=1)), ranked(filled), model, nothing
    )
    assert texts(filled, shared) == [ROSES, STEAM, RIVER, SAME]
    novel = finishing.finished(
        asked(diversity=Diversity(balance=0.3)), ranked(filled), model, nothing
    )
    assert texts(filled, novel)[0] == ROSES
    assert texts(filled, novel)[-1] == SAME


def test_what_is_quoted_comes_first_also_what_only_the_phrase_found(filled: Home) -> None:
    before = ranked(filled)
    last = before.ids[-1:]
    elsewhere = np.array([999], np.int64)
    found = quoted_first(before, Ranking(np.concatenate([elsewhere, last]), np.ones(2, np.float32)))
    assert found.ids.tolist() == [*last, 999, *before.ids[:-1]]
    assert found.parts["phrase"].tolist() == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert np.isnan(found.parts["lexical"]).tolist() == [False, True, False, False, False]
    assert (np.diff(found.scores) < 0).all()
    assert quoted_first(before, Ranking.empty()) is before


def test_the_newest_of_the_relevant_comes_first_and_none_is_lost(filled: Home) -> None:
    before = ranked(filled)
    order = before.ids.tolist()
    newest = Ranking(before.ids[[1, 0]], np.array([1.0, 0.5], np.float32))
    found = newest_first(before, newest)
    assert found.ids.tolist() == [order[1], order[0], *order[2:]]
    assert (np.diff(found.scores) < 0).all()
    assert np.isnan(found.parts["newest"]).tolist() == [False, False, True, True]
    assert newest_first(before, Ranking.empty()) is before


def test_a_cap_looks_as_deep_as_it_needs(filled: Home) -> None:
    much = [f"The rose number {i} is a woody perennial flowering plant" for i in range(150)]
    filled.sage.add("c", [draft("much", *much)])
    filled.sage.add("c", [draft("little", "Among thorns and hedges one rose stands alone there")])
    filled.catch_up("lexical")
    found = filled.search("rose woody", k=3, diversity=Diversity(per_source=1), mode="lexical")
    assert sorted({hit.citation.source_id for hit in found.hits}) == ["little", "much", "roses"]


def test_a_reranker_that_cannot_be_had_is_no_fault_of_the_question(filled: Home) -> None:

    def missing() -> Reranker | None:
        raise InvalidInput("there is no such model")

    finishing = Finishing(filled.database, missing)
    with pytest.raises(Unavailable, match="of the settings: there is no such model"):
        finishing.warm()
    with pytest.raises(Unavailable, match="of the settings: there is no such model"):
        finishing.finished(asked(), ranked(filled), Dense(filled.embedder, filled.exact), never)
