"""What is a heading in Markdown, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given

from ingest.markdown import fenced_blocks, markdown_headings
from tests.ingest.texts import nasty_texts


def titles(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in markdown_headings(text)]


def test_hashes_and_underlines_make_headings() -> None:
    text = "# One\n\nTwo\n---\n\n### Three ###\n\nFour\n====\n   ###### Six\n"
    assert titles(text) == [(1, "One"), (2, "Two"), (3, "Three"), (1, "Four"), (6, "Six")]


def test_offsets_take_in_the_underline_and_carriage_returns() -> None:
    text = "intro\r\n\r\nTwo\r\n---\r\nbody\r\n# One\r\n"
    first, second = markdown_headings(text)
    assert text[first.start : first.end] == "Two\r\n---\r"
    assert text[second.start : second.end] == "# One\r"
    assert (first.title, second.title) == ("Two", "One")


@pytest.mark.parametrize(
    "text",
    [
        "#hashtag",
        "####### seven",
        "    # indented",
        "\t# indented",
        "```\n# comment\n```",
        "~~~~ sh\n# comment\n```\n# comment\n~~~\n# comment\n~~~~",
        "- a list:\n\n    ```\n    # comment\n# comment\n    ```",
        "```\n# never closed",
        "<!--\n# hidden\n-->",
        "<pre>\n# hidden\n</pre>",
        "---\ntitle: front matter\n---\nbody",
        "+++\n# a comment in front matter\n+++\nbody",
        "a rule:\n\n---\n\nbody",
        "a | b\n--- | ---\n1 | 2",
        "- item\n---",
        "> quotation\n---",
        "two lines\nof text\n---",
    ],
)
def test_what_only_looks_like_a_heading_is_none(text: str) -> None:
    assert titles(text) == []


def test_what_nothing_closes_hides_nothing_but_fences_do() -> None:
    assert titles("<!-- not closed\n# One") == [(1, "One")]
    assert titles("    ```\n    # indented, not closed\n\n# One") == [(1, "One")]
    assert titles("`````\n# no\n```\n# no\n`````\n# One") == [(1, "One")]


def test_titles_are_what_a_reader_sees() -> None:
    text = "# The `ref()` **API** [guide](http://x/y) {#ref}\n## <a id='x'></a>`__init__`\n"
    assert titles(text) == [(1, "The ref() API guide"), (2, "__init__")]


def test_fenced_blocks_are_found_with_their_fences() -> None:
    text = "before\n```py\na\n\nb\n```\nbetween\n~~~\nc"
    assert [text[slice(*block)] for block in fenced_blocks(text)] == [
        "```py\na\n\nb\n```",
        "~~~\nc",
    ]


@given(nasty_texts)
def test_headings_and_fences_come_in_order_and_never_overlap(text: str) -> None:
    places = [(heading.start, heading.end) for heading in markdown_headings(text)]
    for found in (places, fenced_blocks(text)):
        edges = [edge for place in found for edge in place]
        assert edges == sorted(edges)
        assert all(start < end <= len(text) for start, end in found)
