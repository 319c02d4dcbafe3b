"""What is shown of it."""

from __future__ import annotations

from retrieval.enhancement.enhancer import Enhancer
from retrieval.enhancement.telling import told
from retrieval.vocabulary import Group, Synonyms, Term
from tests.retrieval.enhancement.questions import KNOWN

ENHANCER = Enhancer()


def test_every_part_has_a_line_of_its_own() -> None:
    known = Synonyms([Group([Term(["自然言語処理"], 2), Term(["NLP"], 1)], "stands for")])
    question = "Which is faster, NLP or PageRank, since 2024?"
    lines = told(ENHANCER.enhance(question, known=KNOWN, expand=known.expand))
    starts = [line.partition(":")[0] for line in lines]
    assert starts[:3] == ["intent", "language", "searched"]
    assert (
        'filter: {"updated": {"$gte": "2024-01-01"}} for “since 2024”: documents of this time'
        in lines
    )
    assert "entities: PageRank (exact, 1.00)" in lines
    assert "other names: NLP = 自然言語処理 (stands for)" in lines
    assert "translation: 自然言語処理" in lines


def test_what_was_skipped_says_why() -> None:
    lines = told(ENHANCER.enhance("createApp()"))
    assert "as it is: code: searched as it is written" in lines
