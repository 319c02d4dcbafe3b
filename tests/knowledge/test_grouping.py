from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from foundation.errors import InvalidInput
from foundation.ids import DocumentId
from knowledge.grouping import Edge, Item, Pair, pair, regroup
from knowledge.likeness import LikenessKind
from tests.knowledge.likenesses import THRESHOLDS, edge, item, items, link, sets, verdicts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def groups(
    documents: Collection[Item],
    edges: Sequence[Edge] = (),
    decided: Mapping[Pair, bool] | None = None,
) -> set[str]:
    grouping = regroup(documents, edges, decided or {}, THRESHOLDS)
    return {"".join(sorted(members)) for members in sets(grouping)}


def test_documents_merge_at_the_threshold_and_not_below_it() -> None:
    assert groups(items("abc"), [edge("ab", 0.85), edge("bc", 0.8499)]) == {"ab"}


def test_pairs_between_the_thresholds_are_for_review() -> None:
    found = regroup(
        items("abcd"), [edge("ab", 0.6), edge("bc", 0.84), edge("cd", 0.59)], {}, THRESHOLDS
    )
    assert found.groups == ()
    assert found.review == (link("bc"), link("ab"))


def test_a_contained_document_is_for_review() -> None:
    found = regroup(items("abc"), [edge("ab", 0.3, 0.9), edge("bc", 0.3, 0.89)], {}, THRESHOLDS)
    assert found.groups == ()
    assert found.review == (link("ab"),)


def test_equal_texts_merge_without_an_edge() -> None:
    found = regroup([item("a", "x"), item("b", "x"), item("c")], [], {}, THRESHOLDS)
    assert sets(found) == {frozenset("ab")}
    assert found.groups[0].kind is LikenessKind.EXACT
    assert [member.similarity for member in found.groups[0].members] == [1, 1]


def test_an_edge_to_one_of_several_equal_texts_counts_for_all() -> None:
    twins = [item("a", "x"), item("b", "x"), item("c", "y"), item("d", "y"), item("e", "x")]
    found = regroup(twins, [edge("ac", 0.9)], {}, THRESHOLDS)
    assert sets(found) == {frozenset("abcde")}
    assert found.groups[0].kind is LikenessKind.NEAR


def test_a_short_chain_is_one_group() -> None:
    assert groups(items("abc"), [edge("ab", 0.86), edge("bc", 0.86), edge("ac", 0.72)]) == {"abc"}


def test_a_chain_breaks_where_its_ends_are_no_longer_alike() -> None:
    chain = [edge("ab", 0.9), edge("bc", 0.88), edge("ac", 0.7), edge("cd", 0.86), edge("bd", 0.7)]
    found = regroup(items("abcd"), chain, {}, THRESHOLDS)
    assert sets(found) == {frozenset("abc")}
    assert found.review == (link("cd"), link("bd"))


def test_variants_do_not_merge_through_a_third() -> None:
    edges = [edge("ab", 0.97, variant=True), edge("ac", 0.9), edge("bc", 0.91)]
    found = regroup(items("abc"), edges, {}, THRESHOLDS)
    assert sets(found) == {frozenset("bc")}
    assert found.review == (link("ab"), link("ac"))


def test_a_person_may_merge_variants() -> None:
    edges = [edge("ab", 0.97, variant=True), edge("ac", 0.9), edge("bc", 0.91)]
    assert groups(items("abc"), edges, verdicts(ab=True)) == {"abc"}


def test_a_person_may_merge_what_has_nothing_in_common_and_neither_loses_its_fellows() -> None:
    assert groups(items("abz"), [edge("ab", 0.9)], verdicts(az=True)) == {"abz"}


def test_a_verdict_separates_even_what_a_third_document_links() -> None:
    edges = [edge("ab", 0.95), edge("bc", 0.9), edge("ac", 0.9)]
    found = regroup(items("abc"), edges, verdicts(ac=False), THRESHOLDS)
    assert sets(found) == {frozenset("ab")}
    assert found.review == (link("bc"),)


def test_a_verdict_separates_equal_texts() -> None:
    twins = [item(name, "x") for name in "abcd"]
    assert groups(twins, [], verdicts(ab=False)) == {"acd"}
    assert groups(twins, [], verdicts(ab=False, ac=False, bd=False)) == {"ad", "bc"}


def test_a_verdict_different_prevails_over_the_verdicts_that_contradict_it() -> None:
    for decided in permutations(verdicts(ab=True, bc=True, ac=False).items()):
        found = regroup(items("abc"), [], dict(decided), THRESHOLDS)
        assert sets(found) == {frozenset("ab")}
        assert found.unmet == (link("bc"),)


def test_a_judged_pair_is_not_for_review() -> None:
    found = regroup(items("ab"), [edge("ab", 0.7)], verdicts(ab=False), THRESHOLDS)
    assert found.review == ()


def test_the_first_that_came_is_canonical_and_members_follow_by_arrival() -> None:
    documents = [item("a", arrived=3), item("b", arrived=1), item("c", arrived=2)]
    edges = [edge("ab", 0.9), edge("bc", 0.95), edge("ac", 0.9)]
    (group,) = regroup(documents, edges, {}, THRESHOLDS).groups
    assert [str(member.id) for member in group.members] == ["b", "c", "a"]
    assert [member.similarity for member in group.members] == [0.95, 0.95, 0.9]
    assert group.canonical == "b"


def test_the_canonical_document_stays_while_it_is_a_member() -> None:
    edges = [edge("ab", 0.9), edge("bc", 0.9), edge("ac", 0.9)]
    (group,) = regroup(items("abc"), edges, {}, THRESHOLDS, [DocumentId("c")]).groups
    assert [str(member.id) for member in group.members] == ["c", "a", "b"]
    (group,) = regroup(
        items("abc"), edges, {}, THRESHOLDS, [DocumentId("c"), DocumentId("b")]
    ).groups
    assert group.canonical == "b"
    (group,) = regroup(items("ab"), edges, {}, THRESHOLDS, [DocumentId("c")]).groups
    assert group.canonical == "a"


def test_what_leads_out_of_the_given_documents_is_ignored() -> None:
    edges = [edge("ab", 0.9), edge("bz", 0.99)]
    assert groups(items("ab"), edges, verdicts(az=True, bz=False)) == {"ab"}


def test_a_document_has_no_pair_with_itself() -> None:
    with pytest.raises(InvalidInput, match="cannot be compared with itself"):
        pair(DocumentId("a"), DocumentId("a"))
