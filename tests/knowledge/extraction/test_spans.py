from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.extraction.model import LONGEST_NAME, MOST_SENTENCES, Mention, NameKind, Role
from knowledge.extraction.spans import Span, mentions_of, windows


def spans(text: str, *names: str, kind: NameKind = NameKind.NAME) -> list[Span]:
    found = []
    for name in names:
        start = text.find(name)
        while start >= 0:
            found.append(Span(start, start + len(name), kind))
            start = text.find(name, start + 1)
    return found


def test_occurrences_of_a_surface_are_one_mention() -> None:
    text = "Orla met Finn. Nobody saw it. Later Orla left."
    assert mentions_of(text, spans(text, "Finn", "Orla", kind=NameKind.PERSON)) == [
        Mention("Orla", NameKind.PERSON, Role.TEXT, count=2, sentences=0b101, start=0),
        Mention("Finn", NameKind.PERSON, Role.TEXT, count=1, sentences=0b001, start=9),
    ]


def test_japanese_sentences_have_bits_of_their_own() -> None:
    text = "大阪は雨だった。東京は晴れ。大阪も晴れた。"
    found = {mention.surface: mention for mention in mentions_of(text, spans(text, "大阪", "東京"))}
    assert (found["大阪"].sentences, found["東京"].sentences) == (0b101, 0b010)
    assert (found["大阪"].count, found["東京"].start) == (2, 8)


def test_what_is_no_part_of_a_name_is_left_out_and_the_offset_follows() -> None:
    text = "At the  Harbour\n Office's door"
    (mention,) = mentions_of(text, [Span(3, 25, NameKind.ORGANISATION)])
    assert (mention.surface, mention.start) == ("Harbour Office", 8)


def test_spans_without_a_letter_or_far_too_long_are_no_names() -> None:
    text = "-- " + "long " * LONGEST_NAME
    assert mentions_of(text, [Span(0, 2, NameKind.NAME), Span(3, len(text), NameKind.NAME)]) == []


def test_the_most_frequent_kind_of_a_surface_stands() -> None:
    text = "Reading Reading Reading"
    kinds = [NameKind.TERM, NameKind.PLACE, NameKind.PLACE]
    found = mentions_of(text, [Span(8 * i, 8 * i + 7, kind) for i, kind in enumerate(kinds)])
    assert [(mention.kind, mention.count) for mention in found] == [(NameKind.PLACE, 3)]


def test_late_sentences_share_the_last_bit() -> None:
    text = "Here it rained. " * 80 + "Orla left."
    (mention,) = mentions_of(text, spans(text, "Orla"))
    assert mention.sentences == 1 << (MOST_SENTENCES - 1)


@given(
    st.text(st.sampled_from("Ab é東。.!?\n \ud800"), max_size=200),
    st.integers(min_value=1, max_value=40),
)
def test_windows_are_the_text_in_pieces_that_fit(text: str, longest: int) -> None:
    pieces = list(windows(text, longest))
    clean = text.replace("\ud800", "?")
    assert "".join(piece for _, piece in pieces) == clean
    assert all(clean[at : at + len(piece)] == piece for at, piece in pieces)
    assert all(0 < len(piece) <= longest for _, piece in pieces)


def test_windows_end_where_sentences_do() -> None:
    text = "One is here. Two is there. Three is nowhere."
    assert [piece for _, piece in windows(text, 30)] == [
        "One is here. Two is there. ",
        "Three is nowhere.",
    ]
