from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.graph.model import Link, LinkKind
from knowledge.graph.resolution import Resolution, resolve

NAMES = ("ppr", "pagerank", "plague", "mercury", "mercuryplanet", "mercuryelement", "pep1", "pep2")


def stands_for(short: str, long: str, support: int = 1) -> Link:
    return Link(short, long, LinkKind.STANDS_FOR, 0.95, support)


def known_as(one: str, other: str) -> Link:
    return Link(one, other, LinkKind.ALSO_KNOWN_AS, 0.9)


def qualified(bare: str, full: str) -> Link:
    return Link(bare, full, LinkKind.QUALIFIED, 0.9)


def test_an_acronym_joins_its_only_expansion_under_the_smallest_name() -> None:
    found = resolve([stands_for("ppr", "pagerank")], [])
    assert found.entity("ppr") == found.entity("pagerank") == "pagerank"
    assert found.joined == (stands_for("ppr", "pagerank"),)


def test_an_acronym_with_two_expansions_joins_neither_and_has_senses_by_support() -> None:
    found = resolve([stands_for("ppr", "pagerank"), stands_for("ppr", "plague", 3)], [])
    assert found.entity("ppr") == "ppr"
    assert found.senses == {"ppr": ("plague", "pagerank")}


def test_two_expansions_that_are_one_entity_leave_no_doubt() -> None:
    links = [stands_for("ppr", "pagerank"), stands_for("ppr", "plague")]
    found = resolve([*links, known_as("plague", "pagerank")], [])
    assert found.senses == {}
    assert len({found.entity(name) for name in ("ppr", "pagerank", "plague")}) == 1


def test_a_bare_name_joins_its_only_qualified_one_unless_it_is_a_title_itself() -> None:
    links = [qualified("mercury", "mercuryplanet")]
    assert resolve(links, []).entity("mercuryplanet") == "mercury"
    titled = resolve(links, [], ["mercury"])
    assert titled.entity("mercuryplanet") == "mercuryplanet"
    assert titled.senses == {"mercury": ("mercury", "mercuryplanet")}


def test_an_acronym_that_is_a_title_still_joins_its_expansion() -> None:
    found = resolve([stands_for("nasa", "agency")], [], ["nasa"])
    assert found.entity("nasa") == found.entity("agency")


def test_deciding_one_sense_leaves_the_others_what_they_are() -> None:
    links = [stands_for("ppr", "pagerank"), stands_for("ppr", "plague", 3)]
    found = resolve([*links, Link("pagerank", "ppr", LinkKind.DECIDED)], [])
    assert found.entity("ppr") == found.entity("pagerank")
    assert found.entity("plague") != found.entity("ppr")
    assert found.senses == {"ppr": (found.entity("ppr"), "plague")}


def test_what_people_keep_apart_stays_apart_through_third_names_too() -> None:
    links = [known_as("a", "b"), known_as("b", "c")]
    found = resolve(links, [("a", "c")])
    assert found.entity("a") != found.entity("c")
    assert len(found.joined) == 1


def test_peoples_word_goes_before_everything_that_passages_say() -> None:
    decided = Link("a", "b", LinkKind.DECIDED)
    found = resolve([known_as("a", "c"), decided], [("b", "c")])
    assert found.entity("a") == found.entity("b") != found.entity("c")


def test_two_numbers_of_a_series_are_not_one_although_their_title_is() -> None:
    links = [known_as("title", "pep554"), known_as("title", "pep734")]
    found = resolve(links, [])
    assert found.entity("pep554") != found.entity("pep734")
    forced = resolve([*links, Link("pep554", "pep734", LinkKind.DECIDED)], [])
    assert forced.entity("pep554") == forced.entity("pep734")


LINKS = st.lists(
    st.builds(
        lambda ends, kind, sure, support: Link(ends[0], ends[1], kind, sure, support),
        st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True),
        st.sampled_from(list(LinkKind)),
        st.sampled_from([0.5, 0.9, 1.0]),
        st.integers(1, 3),
    ),
    max_size=12,
)


@given(LINKS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(links: list[Link], random: object) -> None:
    shuffled = list(links)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis types it as an object
    assert resolve(shuffled, []) == resolve(links, [])


@given(LINKS, LINKS)
def test_a_component_alone_is_resolved_as_it_is_among_others(
    mine: list[Link], others: list[Link]
) -> None:
    apart = [Link("x" + o.first, "x" + o.second, o.kind, o.confidence, o.support) for o in others]
    alone: Resolution = resolve(mine, [])
    together = resolve([*mine, *apart], [])
    assert {name: together.entity(name) for name in NAMES} == {
        name: alone.entity(name) for name in NAMES
    }
    assert {name: together.senses.get(name) for name in NAMES} == {
        name: alone.senses.get(name) for name in NAMES
    }
