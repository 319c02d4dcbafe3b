"""Questions to the snapshot: companions, paths with proofs, communities that keep their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from knowledge.graph.answers import Measure
from knowledge.graph.explorer import Explorer
from knowledge.graph.follower import GraphFollower
from knowledge.graph.snapshot import NodeKind
from knowledge.graph.store import GraphStore
from knowledge.graph.themes import Themes
from knowledge.model import Draft, Removal
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from tests.knowledge.drafts import draft, make_sage

TEAMS = (
    ("Ada Lovelace", "Charles Babbage", "Analytical Engine"),
    ("Marie Curie", "Pierre Curie", "Radium"),
)


@pytest.fixture
def sage(database: Database) -> KnowledgeSage:
    return make_sage(database)


@pytest.fixture
def explorer(database: Database) -> Explorer:
    return Explorer(database, GraphStore(database), GraphFollower(database))


def letters() -> list[Draft]:
    found = []
    for team in TEAMS:
        for number, (one, other) in enumerate(zip(team, team[1:] + team[:1], strict=True)):
            text = f"{one} wrote to the {other}. The {other} was near {one}."
            found.append(draft(f"{team[0]}-{number}", text))
    return [*found, draft("bridge", "Charles Babbage never met Marie Curie.")]


def test_companions_are_those_that_are_named_together_more_than_by_chance(
    sage: KnowledgeSage, explorer: Explorer
) -> None:
    sage.add("default", letters())
    found = explorer.companions("Ada Lovelace")
    assert {each.label for each in found} == {"Charles Babbage", "Analytical Engine"}
    assert all(each.bits > 0 and each.passages == 1 for each in found)


def test_a_path_is_proved_by_the_passages_that_name_both_ends_of_each_step(
    sage: KnowledgeSage, explorer: Explorer, database: Database
) -> None:
    sage.add("default", letters())
    (route,) = explorer.paths("Ada Lovelace", "Marie Curie")
    assert [e.label for e in route.entities] == ["Ada Lovelace", "Charles Babbage", "Marie Curie"]
    last = Reader(database).chunks(route.steps[-1].passages)
    assert [chunk.text for chunk in last.values()] == ["Charles Babbage never met Marie Curie."]
    assert len(explorer.paths("Ada Lovelace", "Marie Curie", every=True, most=50)) > 1


def test_what_is_not_connected_has_no_path_and_what_is_unknown_is_named(
    sage: KnowledgeSage, explorer: Explorer
) -> None:
    sage.add("default", letters()[:-1])
    with pytest.raises(NotFound, match="nothing connects 'Ada Lovelace' and 'Marie Curie'"):
        explorer.paths("Ada Lovelace", "Marie Curie")
    with pytest.raises(NotFound, match="no passage names 'Nobody'"):
        explorer.companions("Nobody")
    with pytest.raises(InvalidInput, match="hops go from 0 to 5"):
        explorer.subgraph(["Ada Lovelace"], hops=9)


def test_a_walk_ranks_entities_and_passages_near_its_seeds(
    sage: KnowledgeSage, explorer: Explorer, database: Database
) -> None:
    sage.add("default", letters())
    near = [each.label for each in explorer.related_entities(["Radium"], most=3)]
    assert near[0] == "Radium"
    assert set(near[1:]) == {"Marie Curie", "Pierre Curie"}
    chunk = explorer.related(["Radium"], most=1, kind=NodeKind.CHUNK)[0][0]
    assert "Radium" in Reader(database).chunks([int(chunk)])[int(chunk)].text  # type: ignore[list-item,index] # ids are ints


@pytest.mark.parametrize("measure", list(Measure))
def test_every_measure_ranks_the_bridge_among_the_most_central(
    sage: KnowledgeSage, explorer: Explorer, measure: Measure
) -> None:
    sage.add("default", letters())
    found = explorer.central(measure, most=4)
    assert {each.label for each in found} & {"Charles Babbage", "Marie Curie"}
    assert [each.score for each in found] == sorted((e.score for e in found), reverse=True)


def test_an_ambiguous_name_says_what_it_can_mean(sage: KnowledgeSage, explorer: Explorer) -> None:
    sage.add(
        "default",
        [
            draft("a", "Personalised PageRank (PPR) was used by Brin."),
            draft("b", "Peste des Petits Ruminants (PPR) was seen in Kenya."),
        ],
    )
    with pytest.raises(NotFound, match="means several things: name one of P"):
        explorer.companions("PPR")


def test_communities_keep_their_numbers_through_updates_and_restarts(
    sage: KnowledgeSage, database: Database, tmp_path: Path
) -> None:
    sage.add("default", letters())
    memory = tmp_path / "graph" / "communities.json"
    first = Themes(database, GraphFollower(database), memory).find(least=2)
    assert {c.size for c in first} == {3}
    sage.add("default", [draft("new", "Radium was weighed by Henri Becquerel.")])
    sage.add("default", [Removal("bridge")])
    later = Themes(database, GraphFollower(database), memory)
    again = later.find(least=2)
    assert {c.id for c in first} == {c.id for c in again}
    radium = next(c for c in again if "Radium" in {e.label for e in c.entities})
    assert radium.size == 4
    told = later.get(radium.id)
    assert "Curie" in told.summary
    assert told.passages
    with pytest.raises(NotFound, match="no community 99"):
        later.get(99)


def test_forgetting_leaves_no_name_on_disk(
    sage: KnowledgeSage, database: Database, tmp_path: Path
) -> None:
    sage.add("default", letters())
    memory = tmp_path / "communities.json"
    themes = Themes(database, GraphFollower(database), memory)
    themes.find(least=2)
    assert "radium" in memory.read_text()
    themes.forget()
    assert not memory.exists()
