"""What happens to a ranking last: the best are read again, and others get a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from foundation.errors import InvalidInput, Unavailable
from knowledge.log import NOW
from retrieval.diversity import Diversity
from retrieval.finishing import Finishing
from retrieval.model import Scope
from retrieval.phrases import holding, phrases
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


def texts(home: Home, found: Ranked) -> list[str]:
    return [text for _, text in home.reader.texts(found.ids.tolist())]


def test_the_best_are_read_again_as_deep_as_is_set(filled: Home) -> None:
    reranker = Longest()
    finishing = Finishing(filled.database, lambda: reranker, depth=3)
    before = ranked(filled)
    found = finishing.finished(asked(), before, Dense(filled.embedder, filled.exact))
    assert texts(filled, found) == [SAME, ROSES, STEAM, RIVER]
    assert (np.diff(found.scores) < 0).all()
    assert np.isnan(found.parts["longest"]).tolist() == [False, False, False, True]
    assert found.parts["lexical"].tolist() == [3.0, 4.0, 2.0, 1.0]
    finishing.close()
    assert reranker.closed


@pytest.mark.parametrize("mode", ["lexical", "dense", "fusion", "graph"])
def test_other_ways_to_search_are_left_alone(filled: Home, mode: str) -> None:

    def never() -> Reranker | None:
        raise AssertionError("it was opened")

    before = ranked(filled)
    finishing = Finishing(filled.database, never)
    assert finishing.finished(asked(mode), before, Dense(filled.embedder, filled.exact)) is before
    finishing.close()


def test_a_document_has_no_more_than_its_share_and_an_echo_waits(filled: Home) -> None:
    finishing, model = Finishing(filled.database), Dense(filled.embedder, filled.exact)
    shared = finishing.finished(asked(diversity=Diversity(per_source=1)), ranked(filled), model)
    assert texts(filled, shared) == [ROSES, STEAM, RIVER, SAME]
    novel = finishing.finished(asked(diversity=Diversity(balance=0.3)), ranked(filled), model)
    assert texts(filled, novel)[0] == ROSES
    assert texts(filled, novel)[-1] == SAME


def test_what_is_quoted_comes_first_and_scores_still_fall(filled: Home) -> None:
    finishing, model = Finishing(filled.database), Dense(filled.embedder, filled.exact)
    question = Question("water “Into  the SEA”", 3, Scope(), NOW)
    found = finishing.finished(question, ranked(filled), model)
    assert texts(filled, found)[0] == RIVER
    assert found.parts["phrase"].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert found.scores[0] < 5.0
    assert (np.diff(found.scores) < 0).all()
    before = ranked(filled)
    nowhere = Question("「存在しない」", 3, Scope(), NOW)
    assert finishing.finished(nowhere, before, model) is before


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('say "Hello  World" and “x y”', ["hello world", "x y"]),
        ("「ＡＢＣ」と『水 と 油』", ["abc", "水 と 油"]),
        ('a " lone mark, 5" and ""', ["lone mark, 5"]),
        ("it's o'clock", []),
        ('between "C" and "Java"', ["java"]),
        ('5" pipe and 6" pipe', []),
    ],
)
def test_quotation_marks_of_both_languages_are_read(text: str, quoted: list[str]) -> None:
    assert phrases(text) == quoted


def test_a_phrase_is_found_as_whole_words_and_japanese_anywhere() -> None:
    assert holding(["ai"], ["It is said", "An AI, here"]).tolist() == [False, True]
    assert holding(["東京"], ["大東京都", "京東"]).tolist() == [True, False]
    assert holding(["c++ code"], ["my C++  code.", "c+ code"]).tolist() == [True, False]


def test_a_reranker_that_cannot_be_had_is_no_fault_of_the_question(filled: Home) -> None:

    def missing() -> Reranker | None:
        raise InvalidInput("there is no such model")

    finishing = Finishing(filled.database, missing)
    with pytest.raises(Unavailable, match="of the settings: there is no such model"):
        finishing.finished(asked(), ranked(filled), Dense(filled.embedder, filled.exact))
