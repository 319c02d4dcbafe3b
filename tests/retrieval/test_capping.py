"""A cap on the passages of one document is kept as long as others have any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.database.engine import Database, open_database
from retrieval.capping import ROUNDS, behind, within
from retrieval.diversity import Diversity
from retrieval.model import Ranking
from retrieval.question import Ranked
from retrieval.retrievers.phrases import NAME as PHRASE
from tests.knowledge.drafts import draft, words
from tests.retrieval.searching import Home

ONE_EACH = Diversity(per_source=1)
MODES = ["default", "fusion", "lexical", "dense"]


def heavy(name: str, count: int) -> list[str]:
    return [f"rose woody plant rose woody plant {name} {number}" for number in range(count)]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A document of 1,250 passages that all match best, among twelve others that match a little."""
    folder = tmp_path_factory.mktemp("crowded")
    database = open_database(None, home=folder)
    home = Home(database, folder / "followers")
    home.sage.add("c", [draft("big", *heavy("much", 1_250))])
    others = [draft(f"d{n}", f"{words(n, 40)} rose {words(n + 50, 40)}") for n in range(12)]
    home.sage.add("c", others)
    home.catch_up()
    yield home
    home.close()
    database.close()


@pytest.mark.parametrize("mode", MODES)
def test_a_document_fills_no_answer_alone_while_others_match(crowded: Home, mode: str) -> None:
    found = crowded.found("rose woody plant", k=10, mode=mode, diversity=ONE_EACH)
    assert len(set(found)) == len(found) == 10
    two = crowded.found("rose woody plant", k=10, mode=mode, diversity=Diversity(per_source=2))
    assert len(two) == 10
    assert max(Counter(two).values()) <= 2
    assert found[0] == two[0] == "big"


@pytest.mark.parametrize("mode", MODES)
def test_where_others_have_no_more_the_document_fills_the_rest(crowded: Home, mode: str) -> None:
    found = crowded.found("rose woody plant", k=20, mode=mode, diversity=ONE_EACH)
    assert len(found) == 20
    assert len(set(found[:13])) == 13
    assert set(found[13:]) == {"big"}


def test_before_anything_is_embedded_it_is_kept_too(
    sqlite_database: Database, tmp_path: Path
) -> None:
    home = Home(sqlite_database, tmp_path)
    home.sage.add("c", [draft("big", *heavy("much", 1_010))])
    home.sage.add("c", [draft(f"d{n}", f"{words(n, 40)} rose") for n in range(4)])
    home.catch_up("lexical")
    found = home.found("rose woody plant", k=5, diversity=ONE_EACH)
    assert sorted(found) == ["big", "d0", "d1", "d2", "d3"]
    home.close()


def test_what_is_filtered_out_stays_out(crowded: Home) -> None:
    where: dict[str, object] = {"source_id": {"$in": ["big", "d1", "d2"]}}
    found = crowded.found("rose woody", k=3, mode="lexical", diversity=ONE_EACH, where=where)
    assert sorted(found) == ["big", "d1", "d2"]


def test_what_is_quoted_comes_first_from_whichever_round(crowded: Home) -> None:
    text = f"{words(900, 60)} rose of jericho {words(901, 60)}"
    crowded.sage.add("c", [draft("quoted", text)])
    crowded.catch_up()
    asked = 'rose woody plant "rose of jericho"'
    assert crowded.found(asked, k=5, diversity=ONE_EACH)[0] == "quoted"


def test_so_many_searches_and_no_more_are_made(crowded: Home) -> None:
    asked: list[int] = []
    search = crowded.lexical.search

    def counted(*args: object, **options: object) -> Ranking:
        asked.append(1)
        return search(*args, **options)  # type: ignore[arg-type]  # passed on

    crowded.lexical.search = counted  # type: ignore[method-assign]  # to count
    try:
        crowded.search("rose woody plant", k=10, mode="lexical", diversity=ONE_EACH)
        assert len(asked) == 2
        asked.clear()
        crowded.search("rose woody plant", k=100, mode="lexical", diversity=ONE_EACH)
        assert 2 <= len(asked) <= 1 + ROUNDS
        asked.clear()
        crowded.search("rose woody plant", k=10, mode="lexical")
        assert len(asked) == 1
    finally:
        crowded.lexical.search = search  # type: ignore[method-assign]  # as it was


def ranked(ids: list[int], scores: list[float], phrase: list[int]) -> Ranked:
    quoted = Ranking(np.array(phrase, np.int64), np.ones(len(phrase), np.float32))
    parts = {"lexical": np.array(scores, np.float32)}
    found = {PHRASE: quoted}
    return Ranked(np.array(ids, np.int64), np.array(scores), parts, ["note"], further=found)


def test_what_is_found_later_stands_behind_once() -> None:
    first, more = ranked([1, 2], [3.0, 2.0], [1]), ranked([2, 5, 6], [9.0, 8.0, 7.0], [1, 6])
    found = behind(first, more)
    assert found.ids.tolist() == [1, 2, 5, 6]
    assert found.scores.tolist() == [3.0, 2.0, 2.0, 1.0]
    assert found.parts["lexical"].tolist() == [3.0, 2.0, 8.0, 7.0]
    assert found.further[PHRASE].ids.tolist() == [1, 6]
    assert found.notes == ["note"]


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 4))
def test_the_first_of_each_document_are_within_its_cap(numbers: list[int], cap: int) -> None:
    kept = within(np.array(numbers, np.int64), cap).tolist()
    for at, number in enumerate(numbers):
        assert kept[at] == (numbers[:at].count(number) < cap)
