"""Envelopes: what was changed, misdirected or signed by another is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.errors import Forbidden, InvalidInput
from foundation.security.envelopes import Header, Keys, new_signing_key, seal, unseal

PRIVATE, PUBLIC = new_signing_key()
OTHER_PRIVATE, OTHER_PUBLIC = new_signing_key()
KEYS = Keys(
    {"k1": b"1" * 32}, {"task_sage": [PUBLIC], "rag_sage": [OTHER_PUBLIC]}, {"task_sage": PRIVATE}
)
CONTENT = "the content of 文書".encode()


def sealed(keys: Keys = KEYS, content: bytes = CONTENT, **fields: str) -> bytes:
    named = {"sender": "task_sage", "recipient": "rag_sage", "envelope_id": "e1"} | fields
    return seal(content, keys, **named, issued_at=Micros(100), expires_at=Micros(200))


ENVELOPE = sealed()


@given(content=st.binary(max_size=300), envelope_id=st.text(max_size=40))
def test_what_was_sealed_opens_as_it_was(content: bytes, envelope_id: str) -> None:
    try:
        envelope = sealed(content=content, envelope_id=envelope_id)
    except InvalidInput:
        assert any("\ud800" <= letter <= "\udfff" for letter in envelope_id)
        return
    header, found = unseal(envelope, KEYS, recipient="rag_sage")
    assert found == content
    assert header == Header("k1", "task_sage", "rag_sage", envelope_id, Micros(100), Micros(200))


def test_no_bit_of_it_can_be_changed() -> None:
    opened = []
    for place in range(8 * len(ENVELOPE)):
        changed = bytearray(ENVELOPE)
        changed[place // 8] ^= 1 << place % 8
        try:
            unseal(bytes(changed), KEYS, recipient="rag_sage")
        except Forbidden:
            continue
        opened.append(place)
    assert opened == []


@given(st.integers(0, len(ENVELOPE)), st.integers(0, len(ENVELOPE)), st.binary(max_size=40))
def test_no_stretch_of_it_can_be_replaced(start: int, end: int, by: bytes) -> None:
    changed = ENVELOPE[: min(start, end)] + by + ENVELOPE[max(start, end) :]
    if changed != ENVELOPE:
        with pytest.raises(Forbidden):
            unseal(changed, KEYS, recipient="rag_sage")


@given(st.binary(max_size=400))
def test_nothing_else_is_an_envelope(data: bytes) -> None:
    with pytest.raises(Forbidden):
        unseal(data, KEYS, recipient="rag_sage")


def test_nobody_seals_in_anothers_name() -> None:
    with pytest.raises(Forbidden, match="no key to send as rag_sage"):
        sealed(sender="rag_sage")
    forger = replace(KEYS, signing={"task_sage": OTHER_PRIVATE})
    with pytest.raises(Forbidden, match="not sealed by task_sage"):
        unseal(sealed(forger), KEYS, recipient="rag_sage")
    with pytest.raises(Forbidden, match="not sealed by task_sage"):
        unseal(ENVELOPE, replace(KEYS, senders={}), recipient="rag_sage")


def test_it_is_for_its_recipient_alone() -> None:
    with pytest.raises(Forbidden, match="is for rag_sage, not claude_elder"):
        unseal(ENVELOPE, KEYS, recipient="claude_elder")


def test_its_content_does_not_show() -> None:
    assert CONTENT not in ENVELOPE
    assert sealed() != ENVELOPE


def test_after_a_rotation_old_keys_open_and_the_new_one_seals() -> None:
    private, public = new_signing_key()
    rotated = Keys(
        {"k2": b"2" * 32, "k1": b"1" * 32}, {"task_sage": [public, PUBLIC]}, {"task_sage": private}
    )
    assert unseal(ENVELOPE, rotated, recipient="rag_sage")[1] == CONTENT
    header, content = unseal(sealed(rotated), rotated, recipient="rag_sage")
    assert (header.key_id, content) == ("k2", CONTENT)
    knows_the_sender_alone = replace(KEYS, senders=rotated.senders)
    with pytest.raises(Forbidden, match="'k2' of e1 is not known"):
        unseal(sealed(rotated), knows_the_sender_alone, recipient="rag_sage")
    finished = replace(rotated, encryption={"k2": b"2" * 32})
    with pytest.raises(Forbidden, match="'k1' of e1 is not known"):
        unseal(ENVELOPE, finished, recipient="rag_sage")


def test_a_key_of_the_same_name_and_other_bytes_does_not_open_it() -> None:
    with pytest.raises(Forbidden, match="does not open"):
        unseal(ENVELOPE, replace(KEYS, encryption={"k1": b"2" * 32}), recipient="rag_sage")


@pytest.mark.parametrize(
    ("now", "skew", "lifetime", "accepted"),
    [
        (100, 0, 100, True), (199, 0, 100, True), (200, 0, 100, False), (209, 10, 100, True),
        (210, 10, 100, False), (99, 0, 100, False), (90, 10, 100, True), (89, 10, 100, False),
        (150, 10, 99, False),
    ],
)  # fmt: skip
def test_it_is_accepted_while_it_is_valid(
    now: int, skew: int, lifetime: int, *, accepted: bool
) -> None:
    header, _ = unseal(ENVELOPE, KEYS, recipient="rag_sage")
    if accepted:
        header.check_time(Micros(now), skew=skew, lifetime=lifetime)
    else:
        with pytest.raises(Forbidden, match="envelope e1 of task_sage"):
            header.check_time(Micros(now), skew=skew, lifetime=lifetime)


@pytest.mark.parametrize(
    "wrong",
    [({}, {}, {}), ({"k": b"short"}, {}, {}), ({"k": b"1" * 32}, {"a": [b"short"]}, {}),
     ({"k": b"1" * 32}, {}, {"a": b"short"})],
    ids=["none", "encryption", "public", "private"],
)  # fmt: skip
def test_keys_have_their_lengths(wrong: tuple[dict[str, bytes], ...]) -> None:
    with pytest.raises(InvalidInput, match="32 bytes"):
        Keys(*wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_names_that_are_too_long_are_refused() -> None:
    with pytest.raises(InvalidInput, match="too long"):
        sealed(recipient="x" * 70_000)
