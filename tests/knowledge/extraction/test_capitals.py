"""Names by their capitals."""

from __future__ import annotations

import pytest

from knowledge.extraction.capitals import find_capitals
from knowledge.sentences import split_sentences


def names(text: str, *, doubtful: bool = False, title: str = "") -> list[str]:
    return [
        text[piece.start : piece.end]
        for start, end in split_sentences(text)
        for piece in find_capitals(text, start, end, title)
        if piece.doubtful == doubtful
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The University of Tokyo was founded.", ["University of Tokyo"]),
        ("He read Lord of the Rings.", ["Lord of the Rings"]),
        ("However, Charles de Gaulle met Niels Bohr.", ["Charles de Gaulle", "Niels Bohr"]),
        ("Then Google's Chrome won.", ["Google", "Chrome"]),
        ("At King's College, Publix's rise began.", ["King's College", "Publix"]),
        ("Apollo 11 and Python 3.11 left.", ["Apollo 11", "Python 3.11"]),
        ("Figure 2 shows it, as Section 3 says.", []),
        ("Dr. Martin Luther King Jr. spoke.", ["Martin Luther King Jr."]),
        ("One of the Beatles was there.", ["Beatles"]),
        ("In January Einstein left; on Monday he died.", ["Einstein"]),
        ("It is NASA and the PEPs, AT&T and C++.", ["NASA", "PEP", "AT&T", "C++"]),
        ("METHODS We used it. RESULTS The end. RESULTS FSH rose.", ["FSH"]),
        ("at the University of\nTokyo\nThe end", ["University of\nTokyo"]),
        ("He met Jan Solovej of the University of Oslo.", ["Jan Solovej", "University of Oslo"]),
        ("By then World War II had ended.", ["World War II"]),
        ("George T. Solomon wrote for the U.S. Army.", ["George T. Solomon", "U.S. Army"]),
        ("I saw it, I did. OK.", []),
        (
            "It is the International Council for Small Business.",
            ["International Council for Small Business"],
        ),
        ("Émile Zola war in Göttingen.", ["Émile Zola", "Göttingen"]),
        ("これはVueとReactの話。", ["Vue", "React"]),
    ],
)
def test_names_are_told_from_sentence_starts(text: str, found: list[str]) -> None:
    assert names(text) == found


def test_a_lone_common_word_at_a_start_is_doubtful() -> None:
    assert names("Demons swim. Recently it was. Returns come. Jellyfish swim.") == [
        "Demons",
        "Jellyfish",
    ]
    assert names("Returns come. Consequently not.", doubtful=True) == ["Returns"]
    assert names("Jellyfish are old, and a jellyfish swims.", doubtful=True) == ["Jellyfish"]


def test_a_title_vouches_for_its_first_word() -> None:
    assert names("After Dark is a film.") == ["Dark"]
    assert names("After Dark is a film.", title="After Dark (film)") == ["After Dark"]
