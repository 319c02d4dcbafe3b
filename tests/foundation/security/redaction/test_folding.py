"""Whatever the width, the place in the text as it was given is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foundation.security.redaction.folding import fold


def test_width_digits_dashes_and_spaces_are_written_in_one_way() -> None:
    assert fold("Ｔｅｌ：０３‐１２３４ー５６７８　①").text == "Tel:03-1234-5678 ①"
    assert fold("٤١١١ 4111").text == "4111 4111"


def test_a_long_vowel_stays_one_among_letters() -> None:
    assert fold("サーバー").text == "サーバー"


def test_what_cannot_be_seen_is_left_out_and_the_way_back_is_kept() -> None:
    folded = fold("a\u200b1\u00ad2\ufeff")
    assert folded.text == "a12"
    assert folded.span(1, 3) == (2, 5)


def test_ascii_is_left_alone() -> None:
    assert fold("plain 123").origins is None


@given(st.text(st.characters(codec=None)))
def test_every_character_is_one_character_or_none(text: str) -> None:
    folded = fold(text)
    if folded.origins is None:
        assert len(folded.text) == len(text)
    else:
        assert len(folded.text) == len(folded.origins)
        assert list(folded.origins) == sorted(set(folded.origins))


@given(st.text(st.sampled_from("aZ09-ー０９－\u200b\u00ad　猫")))
def test_folding_again_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once
