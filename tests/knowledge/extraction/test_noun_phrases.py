from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.extraction.noun_phrases import Prose


@given(st.text(alphabet="aB `*[](){}<>:_'\"!.\n"))
def test_blanking_markup_moves_no_letter(text: str) -> None:
    blanked = Prose(text, ()).text
    assert len(blanked) == len(text)
    assert all(new in {old, " ", "\0", '"'} for old, new in zip(text, blanked, strict=True))


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("the old town hall in Norvik", "old town hall"),
        ("a University of Norvik that", "University of Norvik"),
        ("an engine built by Orvik", "engine"),
        ("a band formed in 1990", "band"),
        ('the "Song of Rain", then', "Song of Rain"),
        ("J. R. Reed and others", "J. R. Reed"),
        ("of the town", None),
        ("person - centred help", None),
    ],
)
def test_a_phrase_begins_at_a_place(text: str, phrase: str | None) -> None:
    found = Prose(text, ()).after(0, len(text))
    assert (text[slice(*found)] if found else None) == phrase


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("it runs in the Port of Norvik", "Port of Norvik"),
        ("users experienced long delays", "long delays"),
        ("an unplanned outage", "unplanned outage"),
        ("it is", None),
    ],
)
def test_a_phrase_ends_at_a_place(text: str, phrase: str | None) -> None:
    found = Prose(text, ()).before(0, len(text))
    assert (text[slice(*found)] if found else None) == phrase


def test_a_mentioned_name_is_a_subject_whatever_it_is_made_of() -> None:
    text = "Reed, Low and Sons"
    assert Prose(text, ()).subject(0, len(text)) is None
    assert Prose(text, ["Reed, Low and Sons"]).subject(0, len(text)) == (0, len(text))
