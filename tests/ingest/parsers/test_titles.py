from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parsers.titles import markdown_title, plain_title, rst_title, stem, tidy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Plain heading\n\ntext", "Plain heading"),
        ("text first\n\n## 手順 ##\n", "手順"),
        ("Setext title\n============\n", "Setext title"),
        ("---\nauthor: x\ntitle: 'Front matter'\n---\n# Heading\n", "Front matter"),
        ('+++\ntitle = "TOML"\n+++\n# Heading\n', "TOML"),
        ("---\nno title: here\n---\n# Heading\n", "Heading"),
        ("```sh\n# a comment\n```\n# After the code\n", "After the code"),
        ("~~~\n# still code\n```\n# still code\n~~~\n# Real\n", "Real"),
        ("# [Link](https://example.org) and `code` and **bold**\n", "Link and code and bold"),
        ("# snake_case_name\n", "snake_case_name"),
        ("# ![badge](b.svg)\n# Real\n", "badge"),
        ('<h1 align="center">\n  Centred\n</h1>\n', "Centred"),
        ("| a | b |\n| --- | --- |\n", ""),
        ("#hashtag\n", ""),
        ("no heading at all", ""),
        ("", ""),
    ],
)
def test_markdown_titles(text: str, expected: str) -> None:
    assert markdown_title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Title\n=====\n\ntext", "Title"),
        ("=====\nTitle\n=====\n", "Title"),
        ("=======\n Title\n=======\n", "Title"),
        ("PEP: 8\nTitle: Style Guide\nAuthor: x\n\nIntroduction\n====\n", "Style Guide"),
        (".. note::\n\n   x\n\n手順書\n======\n", "手順書"),
        ("手順書\n===\n", ""),  # three columns under six: docutils refuses it too
        ("A :pep:`8` and ``code``\n-----------------------\n", "A 8 and code"),
        ("text\n\n----\n\nTitle\n~~~~~\n", "Title"),
        ("===  ===\na    b\n===  ===\n", ""),
        ("a sentence that goes on\nover the line\n----\n", ""),
        ("", ""),
    ],
)
def test_rst_titles(text: str, expected: str) -> None:
    assert rst_title(text) == expected


def test_fields_at_the_top_of_a_text_may_hold_its_title() -> None:
    assert plain_title("Author: Ada\nTitle: Engines\n\nText") == "Engines"
    assert plain_title("Title: a lone sentence with a colon\n\nText") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docs/Guide.md", "Guide"),
        ("C:\\docs\\Guide.md", "Guide"),
        ("手順書.txt", "手順書"),
        (".gitignore", ".gitignore"),
        ("archive.tar.gz", "archive.tar"),
    ],
)
def test_the_stem_is_the_last_resort(name: str, expected: str) -> None:
    assert stem(name) == expected


@pytest.mark.parametrize(
    "unit", ["<h1>", "# [", "# ![", "#  ", "# a \t", ":a:", "`<", "_", "*", "a: ", "=\n", "``` \n"]
)
def test_no_text_takes_long_to_find_a_title_in(unit: str) -> None:
    text = "# " + unit * 50_000 + "b"
    start = time.process_time()
    for find in (markdown_title, rst_title, plain_title):
        find(text)
    assert time.process_time() - start < 1.5


@given(text=st.text(max_size=3000))
@settings(deadline=None)  # a busy machine is no finding
def test_titles_are_short_single_lines(text: str) -> None:
    for title in (markdown_title(text), rst_title(text), plain_title(text), tidy(text)):
        assert len(title) <= 500
        assert title == " ".join(title.split())
