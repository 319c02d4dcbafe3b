"""Where a reader would pause."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from ingest.blocks import atoms, blocks, paragraphs
from ingest.sentences import clauses, phrases, sentences, slices, words
from ingest.tokens import estimate_units
from tests.ingest.texts import nasty_texts


@pytest.mark.parametrize(
    "parts",
    [
        ["It rains. ", "It pours! ", "Does it? ", "(It does.) ", "“Yes.” ", "He left."],
        ["Dr. Smith met J. R. Jones in the U.S. on Jan. 5. ", "They talked."],
        ["See Fig. 3 and No. 7, e.g. the left part, i.e. this one. ", "It holds."],
        ["Use Python 3.11. ", "It costs 3.50 dollars."],
        ["“What?” he said. ", "“Go!” ", "She went."],
        ["It was no. ", "Then it was yes."],
        ["Smith et al. showed this... and that. ", "It ended in 1999. ", "Or not."],
        ["1. First of all this. ", "Then that."],
        ["吾輩は猫である。", "名前はまだ無い。\n", "どこで生れたか？", "知らぬ！！", "終"],
        ["「今日は雨だ。」と彼は言った。", "（本当だった。）", "窓を閉めた。"],
        ["我们在这里。", "你好吗？", "很好！"],
        ["Ça va. ", "Écoute-moi. ", "Oui."],
    ],
)
def test_sentences_end_where_a_reader_would_say(parts: list[str]) -> None:
    assert sentences("".join(parts)) == parts


def test_clauses_phrases_and_words_end_behind_their_marks() -> None:
    assert clauses("one, two; 1,000: x、はい") == ["one, ", "two; ", "1,000: ", "x、", "はい"]
    assert words(" one  two\n") == [" one  ", "two\n"]
    long = "word " * 30
    assert [len(part) for part in phrases(long)] == [60, 60, 30]


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
def test_no_cut_loses_anything(text: str) -> None:
    cuts: tuple[Callable[[str], list[str]], ...]
    cuts = (blocks, paragraphs, sentences, clauses, phrases, words, slices)
    for cut in cuts:
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
