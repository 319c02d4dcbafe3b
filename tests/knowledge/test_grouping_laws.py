from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import DocumentId
from knowledge.grouping import Edge, Grouping, Item, Pair, pair, regroup
from knowledge.likeness import LikenessKind
from tests.knowledge.likenesses import THRESHOLDS, edge, item, link, sets, verdicts

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable


@dataclass(frozen=True)
class World:
    """Documents, their likeness, and what people said: what a store would hold."""

    items: list[Item]
    edges: list[Edge]
    verdicts: dict[Pair, bool]


NAMES = "abcdefgh"
PAIRS = ["".join(two) for two in combinations(NAMES, 2)]
SIMILARITIES = [0.5, 0.6, 0.7, 0.84, 0.85, 0.9, 0.95]


@st.composite
def worlds(draw: st.DrawFn, *, judged: bool = True) -> World:
    """Draw likenesses that depend on the texts alone, as true ones do."""
    texts = draw(st.lists(st.sampled_from("123456"), min_size=1, max_size=len(NAMES)))
    documents = [item(n, t, i) for i, (n, t) in enumerate(zip(NAMES, texts, strict=False))]
    similar = {
        two: (draw(st.sampled_from(SIMILARITIES)), draw(st.integers(0, 9)) == 0)
        for two in combinations(sorted(set(texts)), 2)
    }
    edges = []
    for one, other in combinations(documents, 2):
        if one.exact != other.exact:
            first, second = sorted((one.exact, other.exact))
            similarity, variant = similar[first, second]
            edges.append(edge(one.source_id + other.source_id, similarity, variant=variant))
    said = draw(st.dictionaries(st.sampled_from(PAIRS), st.booleans(), max_size=5 * judged))
    return World(documents, edges, verdicts(**said))


def solve(world: World) -> Grouping:
    return regroup(world.items, world.edges, world.verdicts, THRESHOLDS)


def where(grouping: Grouping) -> dict[DocumentId, frozenset[DocumentId]]:
    found: dict[DocumentId, frozenset[DocumentId]] = {}
    for group in grouping.groups:
        members = frozenset(member.id for member in group.members)
        found |= dict.fromkeys(members, members)
    return found


def apart(grouping: Grouping, two: Pair) -> bool:
    return two[1] not in where(grouping).get(two[0], frozenset())


def reachable(world: World, starts: Iterable[DocumentId]) -> set[DocumentId]:
    """Follow equal texts, verdicts "same" and merging edges: what a change can touch."""
    links = [e.documents for e in world.edges if THRESHOLDS.merges(e.likeness)]
    links += [two for two, same in world.verdicts.items() if same]
    links += [
        (one.id, other.id)
        for one, other in combinations(world.items, 2)
        if one.exact == other.exact
    ]
    seen = set(starts)
    while more := {x for two in links if not seen.isdisjoint(two) for x in two} - seen:
        seen |= more
    return seen & {document.id for document in world.items}


@given(worlds(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_groups(world: World, rng: random.Random) -> None:
    shuffled = rng.sample(world.items, len(world.items))
    arrivals = [replace(document, arrived=number) for number, document in enumerate(shuffled)]
    edges = rng.sample(world.edges, len(world.edges))
    said = dict(rng.sample(sorted(world.verdicts.items()), len(world.verdicts)))
    again = regroup(arrivals, edges, said, THRESHOLDS)
    assert sets(again) == sets(solve(world))
    assert set(again.review) == set(solve(world).review)
    assert again.unmet == solve(world).unmet


@given(worlds(), st.randoms(use_true_random=False))
def test_the_ids_that_documents_were_given_do_not_matter(world: World, rng: random.Random) -> None:
    names = dict(zip(NAMES, rng.sample(range(100, 200), len(NAMES)), strict=True))

    def rename(two: Pair) -> Pair:
        one, other = (DocumentId(str(names[document])) for document in two)
        return pair(one, other)

    renamed = regroup(
        [replace(i, id=DocumentId(str(names[i.id]))) for i in world.items],
        [replace(e, documents=rename(e.documents)) for e in world.edges],
        {rename(two): same for two, same in world.verdicts.items()},
        THRESHOLDS,
    )
    back = {str(number): name for name, number in names.items()}
    assert {frozenset(back[m] for m in group) for group in sets(renamed)} == sets(solve(world))


@given(worlds(), st.randoms(use_true_random=False))
def test_documents_that_arrive_one_by_one_end_in_the_groups_of_a_single_batch(
    world: World, rng: random.Random
) -> None:
    stored: dict[DocumentId, frozenset[DocumentId]] = {}
    present: list[Item] = []
    for document in rng.sample(world.items, len(world.items)):
        present.append(document)
        known = replace(world, items=present)
        touched = reachable(known, {document.id})
        touched |= reachable(known, {x for d in touched for x in stored.get(d, ())})
        inside = [document for document in present if document.id in touched]
        for gone in touched:
            stored.pop(gone, None)
        stored |= where(regroup(inside, world.edges, world.verdicts, THRESHOLDS))
    assert stored == where(solve(world))


@given(worlds())
def test_a_verdict_different_is_always_honoured(world: World) -> None:
    grouping = solve(world)
    assert all(apart(grouping, two) for two, same in world.verdicts.items() if not same)


@given(worlds())
def test_a_verdict_same_is_honoured_unless_it_is_reported(world: World) -> None:
    grouping = solve(world)
    present = {document.id for document in world.items}
    for two, same in world.verdicts.items():
        if same and present.issuperset(two):
            assert apart(grouping, two) == (two in grouping.unmet)


@given(worlds())
def test_equal_texts_are_together_unless_a_verdict_says_otherwise(world: World) -> None:
    grouping = solve(world)
    judged = {document for two in world.verdicts for document in two}
    for one, other in combinations(world.items, 2):
        if one.exact == other.exact and judged.isdisjoint((one.id, other.id)):
            assert not apart(grouping, pair(one.id, other.id))


@given(worlds(judged=False))
def test_without_verdicts_members_of_a_group_are_equal_or_alike(world: World) -> None:
    grouping = solve(world)
    for likeness in (e.likeness for e in world.edges if not apart(grouping, e.documents)):
        assert likeness.similarity >= THRESHOLDS.review
        assert likeness.kind is LikenessKind.NEAR


@given(worlds(judged=False))
def test_the_strongest_merging_link_of_all_is_always_merged(world: World) -> None:
    merging = [e for e in world.edges if THRESHOLDS.merges(e.likeness)]
    grouping = solve(world)
    strongest = max((e.likeness.similarity for e in merging), default=0)
    best = [e for e in merging if e.likeness.similarity == strongest]
    assert not best or not all(apart(grouping, e.documents) for e in best)


@given(worlds())
def test_grouping_again_changes_nothing(world: World) -> None:
    once = solve(world)
    canonical = [group.canonical for group in once.groups]
    assert once == regroup(world.items, world.edges, world.verdicts, THRESHOLDS, canonical)


@given(worlds(), st.sampled_from(PAIRS), st.booleans())
def test_taking_a_verdict_back_restores_the_groups(world: World, names: str, same: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
    before = dict(world.verdicts)
    before.pop(link(names), None)
    world = replace(world, verdicts=before)
    canonical = [group.canonical for group in solve(world).groups]
    decided = regroup(world.items, world.edges, before | {link(names): same}, THRESHOLDS, canonical)
    canonical = [group.canonical for group in decided.groups]
    undone = regroup(world.items, world.edges, before, THRESHOLDS, canonical)
    assert sets(undone) == sets(solve(world))
    assert undone.review == solve(world).review


@given(worlds())
def test_each_document_is_in_one_group_at_most_and_each_alike_pair_is_accounted_for(
    world: World,
) -> None:
    grouping = solve(world)
    members = [member.id for group in grouping.groups for member in group.members]
    assert len(members) == len(set(members))
    for e in world.edges:
        if THRESHOLDS.keeps(e.likeness):
            accounted = [
                not apart(grouping, e.documents),
                e.documents in grouping.review,
                e.documents in world.verdicts,
            ]
            assert any(accounted)
