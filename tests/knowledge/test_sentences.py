"""Where a reader would pause."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from knowledge.sentences import clauses, phrases, sentences, slices, split_sentences, words
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


@settings(max_examples=200)
@given(nasty_texts)
def test_no_cut_loses_anything(text: str) -> None:
    cuts: tuple[Callable[[str], list[str]], ...]
    cuts = (sentences, clauses, phrases, words, slices)
    for cut in cuts:
        assert "".join(cut(text)) == text
        assert all(cut(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It rains.  It pours!\n\nIt stops", ["It rains.", "It pours!", "It stops"]),
        ("Wrapped lines\nare one. Two.", ["Wrapped lines\nare one.", "Two."]),
        ("Title\n=====\n\nText.", ["Title\n=====", "Text."]),
        ("Mind:\n- one thing\n- another", ["Mind:", "- one thing", "- another"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "|---|---|", "| 1 | 2 |"]),
        ("# Head\nIt rains.\n## Next\nIt pours.", ["# Head", "It rains.", "## Next", "It pours."]),
        ("吾輩は猫である。名前はまだ無い。", ["吾輩は猫である。", "名前はまだ無い。"]),
        (" \n ", []),
    ],
)
def test_blocks_end_sentences_too(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == parts


@settings(max_examples=200)
@given(nasty_texts)
def test_all_but_white_space_and_rules_lies_in_one_sentence(text: str) -> None:
    spans = split_sentences(text)
    edges = [place for span in spans for place in span]
    assert edges == sorted(edges)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    said = "".join(text[start:end] for start, end in spans)
    assert "".join(said.split()) == "".join(text.split())
