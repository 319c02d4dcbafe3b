from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.ids import ChunkId
from knowledge.patterns.associations import Basket, mine_associations
from knowledge.patterns.model import Finding, PatternKind


def baskets(cases: int, seed: int = 1) -> list[Basket]:
    """Where the pump is, the valve mostly is; sand and rain together, and only these, bring mud."""
    rng = random.Random(seed)
    found = []
    for case in range(cases):
        items = {f"thing {rng.randrange(30)}" for _ in range(4)}
        if rng.random() < 0.2:
            items |= {"Pump"} | ({"Valve"} if rng.random() < 0.9 else set())
        items |= {"Valve"} if rng.random() < 0.1 else set()
        weather = {name for name in ("sand", "rain") if rng.random() < 0.4}
        items |= weather | ({"mud"} if len(weather) == 2 and rng.random() < 0.95 else set())
        items |= {"mud"} if rng.random() < 0.05 else set()
        found.append(Basket(f"case {case}", ChunkId(case), frozenset(items | {"kind: report"})))
    return found


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return mine_associations(baskets(600))


def rules(findings: list[Finding]) -> dict[tuple[tuple[str, ...], str], Finding]:
    return {(tuple(found.data["given"]), found.data["then"]): found for found in findings}


def test_what_goes_together_is_found_and_passes(findings: list[Finding]) -> None:
    pump = rules(findings)[("Pump",), "Valve"]
    assert pump.kind is PatternKind.ASSOCIATION
    assert pump.gate.passed
    assert 0.8 < pump.confidence < 1
    assert pump.lift > 2
    assert pump.data["cases"] * pump.confidence == pytest.approx(pump.support)


def test_the_better_way_round_is_kept(findings: list[Finding]) -> None:
    assert (("Valve",), "Pump") not in rules(findings)


def test_two_conditions_are_kept_where_one_does_not_do(findings: list[Finding]) -> None:
    found = rules(findings)[("rain", "sand"), "mud"]
    assert found.gate.passed
    assert found.confidence > 0.85
    assert not [given for given, then in rules(findings) if then == "Valve" and len(given) > 1]


def test_what_nearly_all_have_tells_nothing(findings: list[Finding]) -> None:
    assert not [found for found in findings if "kind: report" in found.key]


def test_nothing_is_found_where_all_is_chance() -> None:
    for seed in range(3):
        rng = random.Random(seed)
        noise = [
            Basket(f"{case}", ChunkId(case), frozenset(f"e{rng.randrange(40)}" for _ in range(6)))
            for case in range(500)
        ]
        assert mine_associations(noise) == []


def test_passages_of_one_document_are_one_case() -> None:
    pair = frozenset({"Pump", "Valve"})
    one = [Basket("a long document", ChunkId(at), pair) for at in range(50)]
    rest = [Basket(f"{at}", ChunkId(at), frozenset({f"e{at % 7}"})) for at in range(100, 200)]
    assert mine_associations(one + rest) == []


def test_evidence_shows_all_items_and_comes_from_different_documents(
    findings: list[Finding],
) -> None:
    items = {basket.chunk_id: basket.items for basket in baskets(600)}
    for found in findings:
        assert 1 <= len(found.evidence) <= 5
        wanted = {*found.data["given"], found.data["then"]}
        assert all(wanted <= items[chunk] for chunk in found.evidence)


def test_japanese_labels_are_labels() -> None:
    words = {"Pump": "ポンプ", "Valve": "弁"}
    renamed = [
        Basket(each.case, each.chunk_id, frozenset(words.get(item, item) for item in each.items))
        for each in baskets(600)
    ]
    assert rules(mine_associations(renamed))[("ポンプ",), "弁"].gate.passed


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.frozensets(st.sampled_from("ABCDE"), max_size=4)),
        max_size=40,
    ),
    st.integers(0, 1000),
)
def test_the_order_of_baskets_does_not_matter(
    drawn: list[tuple[str, frozenset[str]]], seed: int
) -> None:
    some = [Basket(case, ChunkId(at), items) for at, (case, items) in enumerate(drawn)]
    some += baskets(60, seed)
    assert mine_associations(random.Random(seed).sample(some, len(some))) == mine_associations(some)
