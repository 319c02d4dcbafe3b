from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.graph.lookalikes import CERTAIN, Called, Candidate, Use, candidates, weigh
from knowledge.graph.model import LinkKind


def named(*labels: str) -> dict[str, Called]:
    return {label.casefold().replace(" ", ""): Called(label, "name") for label in labels}


def use(documents: Sequence[str], company: Sequence[str]) -> Use:
    return Use(frozenset(documents), frozenset(company))


def test_names_of_one_edit_are_candidates_and_names_with_other_digits_are_not() -> None:
    found = candidates(named("Kubernetes Cluster", "Kubernets Cluster", "Release 10", "Release 11"))
    assert [(pair.first, pair.second) for pair in found] == [
        ("kubernetescluster", "kubernetscluster")
    ]


def test_a_numeral_an_initial_or_an_ending_is_no_slip() -> None:
    for one, other in (
        ("World War I", "World War II"),
        ("Boeing Model A", "Boeing Model B"),
        ("Southeast Asia", "Southeast Asian"),
        ("LX Legislature of Mexico", "LXI Legislature of Mexico"),
    ):
        assert candidates(named(one, other)) == []


def test_short_names_and_other_first_letters_are_left_alone() -> None:
    assert candidates(named("Vale", "Vane", "Marching Band", "Parching Band")) == []


def test_a_name_that_was_turned_round_is_a_candidate() -> None:
    (pair,) = candidates(named("Lovelace, Ada", "Ada Lovelace"))
    assert pair.alike == 0.85


def test_company_in_common_makes_a_pair_certain_and_one_document_makes_it_doubtful() -> None:
    pair = Candidate("kubernetes", "kubernets", LinkKind.TYPO, 0.65)
    often = use("abcd", ["pod", "node"])
    (link,) = weigh([pair], {"kubernetes": often, "kubernets": use("x", ["pod", "node"])})
    assert link.confidence >= CERTAIN
    (doubtful,) = weigh([pair], {"kubernetes": often, "kubernets": use("a", [])})
    assert doubtful.confidence < pair.alike


def test_two_frequent_names_without_company_are_no_typo_of_each_other() -> None:
    pair = Candidate("andrewjohnson", "andrewjohnston", LinkKind.TYPO, 0.71)
    found = weigh([pair], {"andrewjohnson": use("abc", ["x"]), "andrewjohnston": use("def", ["y"])})
    assert all(link.confidence < CERTAIN for link in found)


def test_meaning_is_compared_among_names_that_share_a_word() -> None:
    vectors = {"Vector Database": [1.0, 0.0], "Vector Store": [0.99, 0.141], "Rate Store": [0, 1.0]}

    def embed(names: Sequence[str]) -> np.ndarray:
        return np.array([vectors[name] for name in names], np.float32)

    found = candidates(named(*vectors), embed)
    assert [(pair.first, pair.second, pair.kind) for pair in found] == [
        ("vectordatabase", "vectorstore", LinkKind.MEANING)
    ]
