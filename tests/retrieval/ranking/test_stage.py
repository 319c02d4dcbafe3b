"""The graph and the ranker in real searches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api import KnowledgeBase
from knowledge.log import NOW
from retrieval.enhancement.model import Variation
from retrieval.model import Scope
from retrieval.question import Question

ARTICLES = {
    "Hello Love (song)": "“Hello Love” is a 1974 single by Hank Snow.",
    "Hank Snow": "Hank Snow moved to Nashville in 1949 and died at his ranch in Madison.",
    "Nashville": "Nashville is the capital of the state of Tennessee.",
    "Tennessee": "Tennessee borders North Carolina in the east.",
    "Bread": "Bread is made of flour, water and salt.",
    "Publix": "Publix has stores in North Carolina and Florida.",
    "Love": "Love is a feeling, and a word in many songs.",
}
QUESTION = "Where did the performer of Hello Love (song) die?"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path_factory.mktemp("home")) as opened:
        for title, text in ARTICLES.items():
            opened.add(text, source_id=f"{title}.md", title=title, collection="articles")
        opened.add("Hank Snow is secret here.", source_id="x", title="Snow", collection="secret")
        assert opened.wait()
        opened.platform.parts.rag.refresh()
        yield opened


def titles(base: KnowledgeBase, query: str, **options: object) -> list[str]:
    return [hit.citation.title for hit in base.search(query, **options).result.hits]  # type: ignore[arg-type] # any option


def test_what_the_best_passage_names_is_found_next(base: KnowledgeBase) -> None:
    assert titles(base, QUESTION, collections=["articles"])[:2] == [
        "Hello Love (song)",
        "Hank Snow",
    ]


@pytest.mark.parametrize("mode", ["default", "graph"])
def test_walks_answer_nothing_out_of_scope(base: KnowledgeBase, mode: str) -> None:
    found = titles(base, QUESTION, collections=["articles"], mode=mode, k=100)
    assert found
    assert "Snow" not in found
    assert titles(base, QUESTION, collections=["secret"], mode=mode, k=100) == ["Snow"]


@pytest.mark.parametrize("mode", ["default", "graph"])
def test_a_translation_finds_what_the_question_itself_does_not(
    base: KnowledgeBase, mode: str
) -> None:
    rag, scope = base.platform.parts.rag, Scope()
    question = Question("カントリー歌手は誰ですか", 3, scope, NOW, mode)
    assert rag.search(question).hits == []
    translated = Variation("Hank Snow", "translation")
    found = rag.search(replace(question, variations=[translated]))
    if mode == "graph":  # it walks from what the question itself names
        assert found.hits == []
        return
    assert "Hank Snow" in [hit.citation.title for hit in found.hits]
    (line,) = found.understood
    assert line.startswith("translation “Hank Snow”: found 3 of the 3 hits, 3 of which")


def test_each_candidate_is_answered_once(base: KnowledgeBase) -> None:
    hits = base.search(QUESTION, k=100).result.hits
    assert len({hit.chunk_id for hit in hits}) == len(hits) == len(ARTICLES) + 1
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_a_hit_says_what_words_meaning_and_graph_say(base: KnowledgeBase) -> None:
    first = base.search(QUESTION).result.hits[0]
    assert {"lexical", "dense", "fused", "graph"} <= first.parts.keys()


def test_the_past_is_ranked_without_the_graph_of_now(base: KnowledgeBase) -> None:
    seq = base.platform.head()
    hits = base.search(QUESTION, as_of=seq).result.hits
    assert "graph" not in hits[0].parts
    noted = base.search(QUESTION, as_of=seq, mode="graph").result.notes
    assert any("graph is of now" in note for note in noted)


def test_without_a_ranker_the_order_is_that_of_fusion(base: KnowledgeBase, tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, ranker="none") as plain:
        plain.add("Hello Love is a song.", source_id="a", title="Hello Love")
        assert plain.wait()
        assert "graph" not in plain.search("Hello Love").result.hits[0].parts


def test_a_reader_beside_the_owner_walks_too(base: KnowledgeBase) -> None:
    home = base.platform.parts.home.path
    with KnowledgeBase.open(home, read_only=True) as reader:
        assert titles(reader, QUESTION) == titles(base, QUESTION)
