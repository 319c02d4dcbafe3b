from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import ChunkId
from knowledge.patterns.model import Finding, PatternKind, held_back
from knowledge.patterns.terminology import TermUse, best_definition, fold, mine_terminology

BASE = "knowledge base"


def use(surface: str, case: int | str, *, concept: str = BASE, count: int = 1) -> TermUse:
    chunk = ChunkId(case if isinstance(case, int) else 0)
    return TermUse(concept, surface, f"documents/{case}", chunk, count)


def defined(sentence: str, case: int, *, surface: str = BASE, concept: str = BASE) -> TermUse:
    return TermUse(concept, surface, f"documents/{case}", ChunkId(case), 1, sentence)


def only(uses: list[TermUse]) -> Finding:
    (finding,) = mine_terminology(uses)
    return finding


def test_the_name_that_most_documents_use_is_preferred() -> None:
    uses = [use("knowledge base", n) for n in range(3)] + [use("wiki", 9, count=50)]
    finding = only(uses)
    assert finding.kind is PatternKind.TERMINOLOGY
    assert finding.data["term"] == "knowledge base"
    assert finding.data["avoid"] == ["wiki"]
    assert finding.data["names"][1] == {"name": "wiki", "documents": 1, "uses": 50}
    assert finding.support == 4
    assert finding.confidence == 3 / 53
    assert finding.statement == (
        "“knowledge base” is the name that most documents use (3), rather than “wiki”"
    )
    assert finding.evidence == [0, 1, 2, 9]


def test_ties_go_to_the_name_used_more_often_then_to_the_longer_one() -> None:
    assert only([use("wiki", 1), use("base", 2, count=2)]).data["term"] == "base"
    assert only([use("wiki", 1), use("knowledge base", 2)]).data["term"] == "knowledge base"


def test_spellings_that_differ_in_case_or_number_are_one_name() -> None:
    uses = [use("Knowledge Base", 1), use("knowledge bases", 2), use("ｋnowledge base", 3)]
    assert mine_terminology(uses) == []
    assert fold("Buses") == "buse"
    assert fold("Status") == "status"


def test_an_acronym_is_neither_preferred_nor_to_be_avoided() -> None:
    expanded = TermUse(BASE, "KB", "documents/1", ChunkId(1), 1, "", "knowledge base")
    uses = [expanded, *(use("KB", n) for n in range(2, 8)), use("knowledge base", 1)]
    finding = only([*uses, use("wiki", 1)])
    assert finding.data["term"] == "knowledge base"
    assert finding.data["acronyms"] == ["KB"]
    assert finding.data["avoid"] == ["wiki"]


def test_names_in_english_and_japanese_do_not_compete() -> None:
    uses = [use("knowledge base", 1), use("知識ベース", 2), use("ナレッジベース", 3, count=2)]
    finding = only(uses)
    assert finding.data["preferred"] == {"latin": "knowledge base", "japanese": "ナレッジベース"}
    assert finding.data["avoid"] == ["知識ベース"]
    assert finding.statement == (
        "「ナレッジベース」が最も多く使われる用語である（1文書）。避ける表記: 知識ベース"
    )
    assert mine_terminology(uses[:2]) == []


def test_the_best_definition_opens_with_the_name_and_agrees_with_others() -> None:
    uses = [
        defined("It is said that a knowledge base is a place where knowledge is kept.", 1),
        defined("A knowledge base is a collection of documents that a team searches.", 2),
        defined("A knowledge base is the documents that a team keeps and searches.", 3),
        defined("A knowledge base is it.", 4),
    ]
    best = best_definition(uses)
    assert best is not None
    assert best.case in {"documents/2", "documents/3"}
    finding = only(uses)
    assert finding.data["definition"] == best.definition
    assert finding.data["definitions"] == 4
    assert finding.evidence[0] == best.chunk_id
    assert best.definition in finding.statement


def test_a_preference_passes_its_gate_where_held_back_documents_share_it() -> None:
    uses = [use("knowledge base", n, count=3) for n in range(40)]
    uses += [use("wiki", n) for n in range(0, 40, 2)]
    gate = only(uses).gate
    assert gate.passed
    assert gate.cases == sum(held_back(f"documents/{n}") for n in range(40))
    assert gate.score > 0.8
    assert gate.baseline == 0.5


def test_a_preference_of_chance_does_not_pass() -> None:
    uses = [use(("knowledge base", "wiki")[n % 2], n) for n in range(80)]
    assert not only(uses).gate.passed


def test_a_definition_passes_where_held_back_documents_define_alike() -> None:
    text = "A knowledge base is a collection of documents that a team of {} searches."
    other = "Overfitting means to learn what is noise in number {}."
    uses = [defined(text.format(n), n) for n in range(40)]
    uses += [defined(other.format(n), n, surface="overfitting", concept="o") for n in range(40)]
    for finding in mine_terminology(uses):
        assert finding.gate.metric == "agreement of definitions"
        assert finding.gate.passed
    assert not only(uses[:1]).gate.passed


SURFACES = st.sampled_from(["Index", "index", "indexes", "索引", "インデックス", "IX", "register"])
USES = st.lists(
    st.builds(use, SURFACES, st.integers(0, 5), concept=st.sampled_from("ab")), max_size=20
)


@given(USES, st.integers(0, 99))
def test_the_order_of_uses_does_not_matter(uses: list[TermUse], seed: int) -> None:
    shuffled = random.Random(seed).sample(uses, len(uses))
    assert mine_terminology(uses) == mine_terminology(shuffled)


@given(USES)
def test_every_name_is_preferred_or_avoided_or_an_acronym(uses: list[TermUse]) -> None:
    for finding in mine_terminology(uses):
        data = finding.data
        told = [*data["preferred"].values(), *data["avoid"], *data["acronyms"]]
        assert Counter(told) == Counter(entry["name"] for entry in data["names"])
        assert data["term"] in data["preferred"].values()
