"""Where a layout has its joints."""

from __future__ import annotations

from hypothesis import given, settings

from ingest.blocks import atoms, blocks, paragraphs
from ingest.tokens import estimate_units
from knowledge.sentences import slices
from tests.ingest.texts import nasty_texts


def test_blocks_keep_together_what_paragraphs_tear() -> None:
    text = "Text.\n\n- one\n\n- two\n\n  more\n\nThis:\n\n```\na\n\nb\n```\n\nEnd.\n"
    assert blocks(text) == [
        "Text.\n\n",
        "- one\n\n- two\n\n  more\n\n",
        "This:\n\n```\na\n\nb\n```\n\n",
        "End.\n",
    ]
    assert [part.split("\n")[0] for part in paragraphs(text)] == [
        *("Text.", "- one", "- two", "  more", "This:", "```"),
        *("", "End."),
    ]


@settings(max_examples=200)
@given(nasty_texts)
def test_no_block_or_paragraph_is_lost(text: str) -> None:
    for cut in (blocks, paragraphs):
        assert "".join(cut(text)) == text
        assert all(cut(text))


@settings(max_examples=200)
@given(nasty_texts)
def test_atoms_fit_unless_they_are_one_character_to_a_reader(text: str) -> None:
    for prose in (True, False):
        parts = atoms(text, limit=1000, prose=prose)
        assert "".join(parts) == text
        assert all(estimate_units(part) <= 1000 or slices(part) == [part] for part in parts)


@given(nasty_texts, nasty_texts)
def test_the_estimate_of_a_text_is_the_sum_of_its_parts(one: str, other: str) -> None:
    assert estimate_units(one + other) == estimate_units(one) + estimate_units(other)
