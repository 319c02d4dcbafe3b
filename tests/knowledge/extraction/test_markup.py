"""Names that markup sets apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.extraction.markup import blank, find_blocks, find_declared, find_marked, is_generic
from knowledge.extraction.model import NameKind, Role

Names = list[tuple[str, NameKind, Role]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[Vue Router](/guide)", [("Vue Router", NameKind.NAME, Role.LINK)]),
        ("[here](/x), [Read more](/y), ![](a.png), [introduced in 2009](/z)", []),
        ("`Type Hints <https://example.org>`_", [("Type Hints", NameKind.NAME, Role.LINK)]),
        ('<a href="/x">Mars Rover</a>', [("Mars Rover", NameKind.NAME, Role.LINK)]),
        ("[[Mercury (planet)|Mercury]]", [("Mercury", NameKind.NAME, Role.LINK)]),
        ("use `ref()` and ``x = 1``", [("ref()", NameKind.CODE, Role.TEXT)]),
        ("- `slots`: what goes in", [("slots", NameKind.CODE, Role.DEFINED)]),
        ("**Hydration**: the act", [("Hydration", NameKind.NAME, Role.DEFINED)]),
        ("**page rank** is a score", [("page rank", NameKind.TERM, Role.DEFINED)]),
        ("- **Type**: x\n- **Note**: y\n**very** important", []),
        ("**水和**とは何か", [("水和", NameKind.TERM, Role.DEFINED)]),
        (":pep:`8` and `true`", []),
    ],
)
def test_marked_names_are_found(text: str, found: Names) -> None:
    marked = [name for _, name in find_marked(text) if name]
    assert [(name.surface, name.kind, name.role) for name in marked] == found
    assert all(text[name.start :].startswith(name.surface) for name in marked)


def test_blocks_of_code_tell_only_what_they_define() -> None:
    text = "As so::\n\n    Foo.bar()\n\nThen\n```py\ndef read_all(): Bar\n```\nend"
    blocks = find_blocks(text)
    assert ["Foo" in text[slice(*block)] or "Bar" in text[slice(*block)] for block in blocks] == [
        True,
        True,
    ]
    assert [text[p.start : p.end] for p in find_declared(text, blocks)] == ["read_all"]
    assert "Foo" not in blank(text, blocks)
    assert len(blank(text, blocks)) == len(text)


@given(
    st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4)
)
def test_blanking_moves_nothing(text: str, spans: list[tuple[int, int]]) -> None:
    inside = [(min(span), min(max(span), len(text))) for span in spans if min(span) < len(text)]
    rest = blank(text, inside)
    assert len(rest) == len(text)
    hidden = {place for start, end in inside for place in range(start, end)}
    assert all(rest[at] == ("\0" if at in hidden else text[at]) for at in range(len(text)))


@pytest.mark.parametrize(
    "heading", ["Introduction", "Further reading", "See also", "2", "概要", "例"]
)
def test_headings_that_name_no_subject_are_generic(heading: str) -> None:
    assert is_generic(heading)
    assert not is_generic(f"{heading} Vue")
