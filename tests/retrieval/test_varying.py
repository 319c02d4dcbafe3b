"""Other ways to ask: which are asked, and what is told of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from foundation.database.engine import Database
from retrieval.enhancement.model import Variation
from retrieval.model import Scope
from retrieval.varying import Brought, ask, candidates, contributions, worth_asking
from tests.knowledge.drafts import draft
from tests.retrieval.searching import Home

TRANSLATED = Variation("自然言語処理", "translation")
KEYWORDS = Variation("rose garden", "keywords")


def test_what_the_question_finds_itself_is_not_asked_again() -> None:
    assert worth_asking([TRANSLATED, KEYWORDS], found=50) == [TRANSLATED]
    assert worth_asking([TRANSLATED, KEYWORDS], found=9) == [TRANSLATED, KEYWORDS]


def test_a_translation_brings_passages_of_the_other_language(
    sqlite_database: Database, tmp_path: Path
) -> None:
    home = Home(sqlite_database, tmp_path)
    home.sage.add("c", [draft("ja", "自然言語処理の入門"), draft("en", "a rose in a garden")])
    home.catch_up()
    with ThreadPoolExecutor(2) as pool:
        found = ask([TRANSLATED, KEYWORDS], home.lexical, Scope(), pool)
    texts = [home.reader.texts(each.ids.tolist())[0][1] for each in found]
    assert texts == ["自然言語処理の入門", "a rose in a garden"]
    assert len(candidates(found)) == 2
    assert len(candidates([])) == 0
    home.close()


def test_it_is_told_what_a_variation_gave() -> None:
    found = [Brought(TRANSLATED, np.array([4, 5, 9])), Brought(KEYWORDS, np.array([1, 4]))]
    assert candidates(found).tolist() == [4, 5, 9, 1]
    assert list(contributions(found, np.array([1, 4]), [4, 5, 1])) == [
        (
            "translation “自然言語処理”: found 2 of the 3 hits, 1 of which the question itself"
            " did not find"
        ),
        "keywords “rose garden”: found 2 of the 3 hits",
    ]
