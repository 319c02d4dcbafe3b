from __future__ import annotations

import pytest

from tests.knowledge.extraction.claiming import claims, triples

HEADER = """\
TIP: 0012
Title: Larkspur files
Author: Ada Quist <ada@quist.test>,
        Tom Low
Status:  Superseded
Version: $Revision$
Created: 04-May-2011
Post-History: 05-May-2011, 06-Jun-2011
Replaces: 4, 7
Superseded-By: 31
Requires: TIP 9

Summary
=======
"""


def test_a_header_describes_the_document() -> None:
    assert triples(HEADER, title="Larkspur files") == {
        ("Larkspur files", "also known as", "TIP 12"),
        ("Larkspur files", "author", "Ada Quist"),
        ("Larkspur files", "author", "Tom Low"),
        ("Larkspur files", "status", "Superseded"),
        ("Larkspur files", "created", "04-May-2011"),
        ("Larkspur files", "post history", "05-May-2011"),
        ("Larkspur files", "post history", "06-Jun-2011"),
        ("Larkspur files", "replaces", "TIP 4"),
        ("Larkspur files", "replaces", "TIP 7"),
        ("Larkspur files", "replaced by", "TIP 31"),
        ("Larkspur files", "depends on", "TIP 9"),
        ("Larkspur files", "cites", "TIP 9"),
    }


def test_a_relation_has_a_name_and_other_fields_have_values() -> None:
    found = {claim.predicate: claim for claim in claims(HEADER, title="Larkspur files")}
    assert (found["replaced by"].object, found["replaced by"].value) == ("TIP 31", None)
    assert (found["status"].object, found["status"].value) == (None, "Superseded")
    assert HEADER[found["status"].start : found["status"].end] == "Status:  Superseded"
    assert found["status"].origin == "field"


def test_without_a_title_the_header_gives_it_and_else_there_is_no_subject() -> None:
    assert ("Larkspur files", "status", "Superseded") in triples(HEADER)
    assert triples(HEADER.replace("Title: Larkspur files\n", "")) == set()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_rest_of_a_header_that_was_cut_is_read(newline: str) -> None:
    text = "`06-Jun-2011 <https://a.test/6>`__,\n  07-Jul-2011\nSuperseded-By: 31\n\nWords"
    found = triples(
        text.replace("\n", newline), title="Larkspur files", address="tips/tip-0012.rst"
    )
    assert ("Larkspur files", "replaced by", "TIP 31") in found


def test_a_title_that_begins_with_a_number_gives_the_series() -> None:
    title = "TIP 12 – Larkspur files"
    found = triples("Superseded-By: 31\nStatus: Final\n", title=title)
    assert found == {
        (title, "also known as", "TIP 12"),
        (title, "replaced by", "TIP 31"),
        (title, "status", "Final"),
    }


def test_bare_numbers_of_no_series_name_nothing() -> None:
    assert triples("Replaces: 31\nStatus: Final\n", title="A") == {("A", "status", "Final")}


@pytest.mark.parametrize(
    "text",
    [
        "---\nstatus: Final\ndepends-on: [Quillbase, Orvik]\n---\n",
        "---\nstatus: 'Final'\ndepends-on:\n  - Quillbase\n  - Orvik\n---\n",
        '+++\nstatus = "Final"\ndepends-on = ["Quillbase", "Orvik"]\n+++\n',
        ":Status: Final\n:Depends-On: Quillbase, Orvik\n",
        "# A\n\n**Status:** Final\n**Depends on:** Quillbase and Orvik\n",
        "- **Status**: Final\n- **Depends on**: [Quillbase](q.md), Orvik >= 2\n",
        "Note A\n======\n\nStatus: Final\nDepends: Quillbase (>= 1.2), Orvik\n",
        "状態： Final\n依存： Quillbase、Orvik\n",
        "| Key | Value |\n|---|---|\n| Status | Final |\n| Depends on | Quillbase, Orvik |\n",
    ],
)
def test_headers_are_written_in_many_ways(text: str) -> None:
    told = {(s, p if p != "状態" else "status", o) for s, p, o in triples(text, title="A")}
    told = {claim for claim in told if claim[1] != "links to"}
    assert told == {
        ("A", "status", "Final"),
        ("A", "depends on", "Quillbase"),
        ("A", "depends on", "Orvik"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is prose.\nWarning: so is this.\n",
        "We ask one thing: patience.\nAnd another: time.\n",
        "Greeting: hello there.\n\nThe rest is prose.",
        "Words first.\nStatus: Final\nType: Memo\n",
        "Status: none\nOwner: TBD\n",
    ],
)
def test_prose_with_colons_is_no_header(text: str) -> None:
    assert triples(text, title="A") == set()


def test_a_block_below_a_heading_describes_what_the_heading_names() -> None:
    found = triples("## Node A\nHost: a.test\nPort: 80\n", title="Plan", heading=("Plan", "Node A"))
    assert found == {("Node A", "host", "a.test"), ("Node A", "port", "80")}


def test_a_status_may_say_what_came_after() -> None:
    text = "**Status:** Superseded by [ADR-5](0005-b.md)\n**Date:** 2020-01-02\n"
    assert ("A", "replaced by", "ADR 5") in triples(text, title="A")


def test_rows_of_a_table_describe_their_first_cells() -> None:
    text = (
        "| Package | Version | Depends on |\n| --- | :-: | --- |\n"
        "| Larkspur | 1.2 | Quillbase |\n| `Orvik` |  | - |\n\nEnd"
    )
    assert triples(text, title="Plan") == {
        ("Larkspur", "version", "1.2"),
        ("Larkspur", "depends on", "Quillbase"),
    }


def test_a_box_of_two_columns_describes_the_document() -> None:
    text = "| Born | 4 May 1911 |\n| --- | --- |\n| Died | 1990 |\n"
    assert triples(text, title="Ada Quist") == {
        ("Ada Quist", "born", "4 May 1911"),
        ("Ada Quist", "died", "1990"),
    }


def test_a_list_of_two_columns_describes_its_rows() -> None:
    text = "| City | Country |\n|---|---|\n| Norvik | Tamber |\n"
    assert triples(text, title="Cities") == {("Norvik", "country", "Tamber")}


@pytest.mark.parametrize("heading", ["subject | predicate | object", "主語 | 述語 | 目的語"])
def test_a_table_of_relations_states_each_of_its_rows(heading: str) -> None:
    text = f"| {heading} |\n|---|---|---|\n| alpha | Depends On | ベータ |\n| alpha | | gamma |"
    (found,) = claims(text, title="services")
    assert (found.subject, found.predicate, found.object) == ("alpha", "depends on", "ベータ")
    assert text[found.start : found.end].strip() == "| alpha | Depends On | ベータ |"
