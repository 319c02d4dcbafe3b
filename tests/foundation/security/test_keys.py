from __future__ import annotations

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from foundation.security.keys import key_id_of, new_key_id, new_key_text, peppered

CHARACTERS = st.sampled_from(string.ascii_letters + string.digits)


def test_a_key_says_its_id_and_can_be_found_where_it_leaked() -> None:
    key_id = new_key_id()
    text = new_key_text(key_id)
    assert key_id_of(text) == key_id
    assert re.fullmatch(r"eg_[0-9a-z]{12}_[0-9A-Za-z]{38}", text)


def test_no_two_secrets_are_alike() -> None:
    key_id = new_key_id()
    assert len({new_key_text(key_id) for _ in range(1_000)}) == 1_000
    assert len({new_key_id() for _ in range(1_000)}) == 1_000


@given(place=st.integers(16, 53), other=CHARACTERS)
def test_a_mistyped_character_is_told_without_looking_anything_up(place: int, other: str) -> None:
    text = new_key_text(new_key_id())
    wrong = text[:place] + other + text[place + 1 :]
    assert (key_id_of(wrong) is None) is (wrong != text)


@given(place=st.integers(16, 52))
def test_two_characters_in_the_wrong_order_are_told(place: int) -> None:
    text = new_key_text(new_key_id())
    wrong = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert (key_id_of(wrong) is None) is (wrong != text)


@given(st.text())
def test_any_other_text_is_no_key(text: str) -> None:
    assert key_id_of(text) is None
    assert key_id_of(new_key_text(new_key_id()) + "\n") is None


def test_a_hash_depends_on_the_pepper_and_holds_nothing_of_the_secret() -> None:
    text = new_key_text(new_key_id())
    assert peppered(b"one", text) != peppered(b"two", text)
    assert re.fullmatch("[0-9a-f]{64}", peppered(b"one", text))
