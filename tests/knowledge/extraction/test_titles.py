"""Names above a passage, and the short forms in it."""

from __future__ import annotations

from knowledge.extraction.model import Excerpt, Mention, Predicate, Role
from knowledge.extraction.rules import RuleExtractor


def read(title: str, text: str, *heading: str) -> dict[str, Mention]:
    (extract,) = RuleExtractor().extract([Excerpt(title, heading, text)])
    return {mention.surface: mention for mention in extract.mentions}


def test_titles_and_headings_are_names_without_a_sentence() -> None:
    found = read("Reactivity (Vue)", "Text.", "1.2 Deep Watchers {#deep}", "Introduction", "概要")
    assert found == {
        "Reactivity (Vue)": Mention("Reactivity (Vue)", "name", Role.TITLE),
        "Deep Watchers": Mention("Deep Watchers", "name", Role.HEADING),
    }


def test_a_numbered_title_has_three_names() -> None:
    (extract,) = RuleExtractor().extract([Excerpt("PEP 8 – Style Guide", (), "Text.")])
    assert {mention.surface for mention in extract.mentions} == {
        "PEP 8 – Style Guide",
        "PEP 8",
        "Style Guide",
    }
    also = [claim for claim in extract.claims if claim.predicate == Predicate.ALSO_KNOWN_AS]
    assert {claim.object for claim in also} >= {"PEP 8", "Style Guide"}


def test_the_parts_of_a_path_are_headings() -> None:
    found = read("Application API > createApp()", "Text.")
    assert found["createApp()"].role is Role.HEADING


def test_a_later_surname_counts_for_the_long_name() -> None:
    text = "Once Albert Einstein came. Then Einstein left. Nobody saw Einstein."
    found = read("", text)
    assert found == {"Albert Einstein": Mention("Albert Einstein", "name", Role.TEXT, 3, 0b111, 5)}


def test_an_earlier_surname_stays_as_it_is() -> None:
    found = read("", "We knew Einstein. Then Albert Einstein came.")
    assert found["Einstein"].count == found["Albert Einstein"].count == 1


def test_a_surname_of_two_people_stays_as_it_is() -> None:
    found = read("", "Here Marie Curie met Pierre Curie. Later Curie left.")
    assert found["Curie"].count == 1


def test_places_within_places_are_not_short_forms() -> None:
    found = read(
        "", "They left West Virginia. Now Virginia is near, as University of Tokyo and Tokyo."
    )
    assert {"West Virginia", "Virginia", "University of Tokyo", "Tokyo"} <= set(found)


def test_the_bare_form_of_a_qualified_title_counts_for_the_title() -> None:
    found = read("Mercury (planet)", "The planet Mercury is hot. Few like Mercury.")
    assert found["Mercury (planet)"] == Mention("Mercury (planet)", "name", Role.TITLE, 2, 0b11, 11)
    assert "Mercury" not in found


def test_the_legal_form_of_a_company_may_be_left_out() -> None:
    found = read("", "At Publix Inc. they knew. Later Publix grew.")
    assert found["Publix Inc"].count == 2
