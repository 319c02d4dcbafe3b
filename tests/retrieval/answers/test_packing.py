from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.extraction.budget import estimated_tokens
from retrieval.answers.packing import LEAST_TOKENS, pack
from retrieval.model import Hit
from tests.retrieval.answers.texts import hit


def test_the_best_come_first_and_smaller_ones_take_what_room_is_left() -> None:
    hits = [hit(1, "a" * 200), hit(2, "b" * 2_000), hit(3, "c" * 40)]
    context = pack(hits, tokens=110)
    assert [p.citation.source_id for p in context.passages] == ["1.md", "3.md"]
    assert [p.number for p in context.passages] == [1, 2]
    assert context.left_out == 1
    assert context.tokens <= 110


def test_neighbours_of_one_version_become_one_passage_at_the_better_ones_place() -> None:
    text = "One sentence stands here.\n\nAnother follows it."
    hits = [
        hit(5, text[27:], source="a.md", start=27, score=3.0),
        hit(7, "Something else altogether.", score=2.0),
        hit(4, text[:25], source="a.md", score=1.0),
    ]
    first, second = pack(hits, tokens=1_000).passages
    assert first.text == text
    assert (first.citation.start, first.citation.end) == (0, len(text))
    assert first.chunk_ids == (4, 5)
    assert first.score == 3.0
    assert second.number == 2


def test_overlapping_chunks_repeat_nothing() -> None:
    text = "One two three. Four five six. Seven eight."
    hits = [hit(1, text[:29], source="a"), hit(2, text[15:], source="a", start=15)]
    (passage,) = pack(hits, tokens=500).passages
    assert passage.text == text


def test_chunks_apart_and_of_other_versions_stay_apart() -> None:
    hits = [hit(1, "One.", source="a"), hit(2, "Two.", source="a", start=30), hit(3, "Three.")]
    assert len(pack(hits, tokens=500).passages) == 3


def test_of_a_first_hit_that_is_too_long_the_first_sentences_are_taken() -> None:
    text = "This is the first sentence of many. " * 100
    (passage,) = pack([hit(1, text.strip(), start=10)], tokens=100).passages
    assert passage.text.endswith("many.")
    assert passage.citation.end == 10 + len(passage.text)
    assert passage.tokens <= 100
    (passage,) = pack([hit(1, "梅雨の時期は" * 500)], tokens=100).passages
    assert passage.text
    assert passage.tokens <= 100


def test_a_budget_that_holds_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="allow 64 or more"):
        pack([], tokens=LEAST_TOKENS - 1)
    assert pack([], tokens=LEAST_TOKENS).passages == []


@st.composite
def chunked(draw: st.DrawFn) -> tuple[dict[str, str], list[Hit]]:
    """Draw texts with runs of their paragraphs, some overlapping, as hits in any order."""
    texts: dict[str, str] = {}
    hits: list[Hit] = []
    for source in ("a", "b"):
        blocks = draw(st.lists(st.text("xyz。.", min_size=3, max_size=30), min_size=1, max_size=5))
        gap = draw(st.sampled_from([" ", "\n", "\n\n", "\n\n\n"]))
        texts[source] = gap.join(blocks)
        for first in draw(st.lists(st.integers(0, len(blocks) - 1), max_size=4)):
            start = sum(len(block) + len(gap) for block in blocks[:first])
            text = gap.join(blocks[first : draw(st.integers(first + 1, len(blocks)))])
            hits.append(hit(len(hits) + 1, text, source=source, start=start))
    return texts, draw(st.permutations(hits))


@settings(max_examples=50, deadline=None)
@given(chunked(), st.integers(LEAST_TOKENS, 200))
def test_passages_are_what_their_versions_have_and_keep_to_the_budget(
    drawn: tuple[dict[str, str], list[Hit]], tokens: int
) -> None:
    texts, hits = drawn
    context = pack(hits, tokens=tokens)
    for each in context.passages:
        own = texts[each.citation.source_id][each.citation.start : each.citation.end]
        assert each.text.split() == own.split()
        assert len(each.text) == len(own)
    assert context.tokens <= tokens
    chosen = [chunk for each in context.passages for chunk in each.chunk_ids]
    assert len(chosen) == len(set(chosen)) == len(hits) - context.left_out


def test_japanese_takes_a_token_for_each_character() -> None:
    assert estimated_tokens("梅雨の時期") == 5
