from __future__ import annotations

import pytest

from tests.knowledge.extraction.claiming import claims, triples


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("See [the guide](setup.md#first).", "docs/guide/setup.md"),
        ("See [the guide](../api/start.md).", "docs/api/start.md"),
        ("See [the guide](/setup).", "/setup"),
        ('See [it](https://larkspur.test/a_(b) "Title").', "https://larkspur.test/a_(b)"),
        ("See `the guide <setup.rst>`_.", "docs/guide/setup.rst"),
        ("[guide]: https://larkspur.test/", "https://larkspur.test/"),
        (".. _guide: https://larkspur.test/", "https://larkspur.test/"),
        ('<a class="x" href="setup.html">', "docs/guide/setup.html"),
        ("It is at https://larkspur.test/a.", "https://larkspur.test/a"),
        ("It is (see https://larkspur.test/a).", "https://larkspur.test/a"),
        ("See [[Larkspur setup|here]].", "Larkspur setup"),
    ],
)
def test_a_document_links_to_the_targets_of_its_links(text: str, target: str) -> None:
    found = triples(text, title="Guide", address="docs/guide/index.md")
    assert found == {("Guide", "links to", target)}


@pytest.mark.parametrize(
    "text",
    [
        "See ![a picture](picture.png).",
        "See [below](#below) and [mail](mailto:a@b.test).",
        "```\ncurl https://larkspur.test/a\n```",
        "See [itself](index.md#top).",
        "if [[ -f setup ]]; then",
        "[[File:Larkspur.png]]",
        "See [x](http://[).",
    ],
)
def test_what_is_no_link_to_another_document_is_left_out(text: str) -> None:
    assert triples(text, title="Guide", address="docs/guide/index.md") == set()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("As :pep:`484` says, and :rfc:`the words <2119#section-3>`.", {"PEP 484", "RFC 2119"}),
        ("As PEP 484 says.", {"PEP 484"}),
        ("As PEPs 563, 649 and 749 say.", {"PEP 563", "PEP 649", "PEP 749"}),
        ("As ADR-0012 says.", {"ADR 12"}),
        ("Of XYZ 12 we know less.", {"XYZ 12"}),
        ("UTF-8 came at 12 UTC, HTTP 500, in Python 3, see [12]; H:sub:`2`.", set()),
        ("PEP 3.12 and PEP 12% are no numbers.", set()),
    ],
)
def test_numbers_of_a_series_are_cited(text: str, names: set[str]) -> None:
    assert triples(text, title="Guide") == {("Guide", "cites", name) for name in names}


def test_a_series_that_is_not_known_is_cited_less_surely() -> None:
    known, other = claims("PEP 484 and XYZ 12.", title="Guide")
    assert other.confidence < known.confidence < 1


def test_a_document_does_not_cite_itself() -> None:
    found = triples("PEP 8 and PEP 7.", title="Style", address="peps/pep-0008.rst")
    assert found == {("Style", "cites", "PEP 7")}


def test_what_has_no_title_links_from_nowhere() -> None:
    assert triples("See [the guide](setup.md) and PEP 484.") == set()
