"""Sealed values come back with a key, and only with it."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Forbidden, InvalidInput
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.redacting import redact_text
from foundation.security.sealing import Sealer, canonical, new_key

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
SEALER = Sealer([NEW])

values = st.text(min_size=1).map(lambda text: text.encode("utf-8", "replace").decode())


@given(values, st.sampled_from(Kind))
def test_what_was_encrypted_comes_back_to_the_last_character(value: str, kind: Kind) -> None:
    sealed = SEALER.encrypt(kind, value, "c", "doc")
    assert value not in sealed or len(value) < 3
    assert SEALER.reveal(f"a {sealed} b", "c") == f"a {value} b"


@given(values, st.sampled_from(Kind))
def test_a_pseudonym_comes_back_in_its_usual_form(value: str, kind: Kind) -> None:
    usual = canonical(kind, value)
    if usual:
        assert SEALER.reveal(SEALER.pseudonymise(kind, value, "c"), "c") == usual


def test_any_fernet_library_opens_a_token() -> None:
    sealed = SEALER.encrypt(Kind.EMAIL, "a@example.com", "c", "doc")
    token = sealed.removeprefix("[ENCRYPTED:email:").removesuffix("]")
    assert Fernet(NEW).decrypt(token) == b"a@example.com"


def test_a_document_that_comes_again_has_the_same_tokens_and_another_one_others() -> None:
    one = SEALER.encrypt(Kind.EMAIL, "a@example.com", "c", "doc")
    assert one == SEALER.encrypt(Kind.EMAIL, "a@example.com", "c", "doc")
    assert one != SEALER.encrypt(Kind.EMAIL, "a@example.com", "c", "another")
    assert one != SEALER.encrypt(Kind.EMAIL, "a@example.com", "other", "doc")
    assert one != Sealer([OLD]).encrypt(Kind.EMAIL, "a@example.com", "c", "doc")


def test_a_value_has_one_pseudonym_in_a_collection_however_it_is_written() -> None:
    one = SEALER.pseudonymise(Kind.PHONE, "03-1234-5678", "c")
    assert one == SEALER.pseudonymise(Kind.PHONE, "０３（１２３４）５６７８", "c")
    assert one != SEALER.pseudonymise(Kind.PHONE, "03-1234-5679", "c")
    assert one != SEALER.pseudonymise(Kind.PHONE, "03-1234-5678", "another")
    word = one.removeprefix("[PSEUDONYM:phone:").removesuffix("]")
    assert word.isalnum()


def test_a_secret_keeps_its_way_of_writing() -> None:
    assert canonical(Kind.SECRET, "Ａ-b") == "Ａ-b"
    assert canonical(Kind.EMAIL, "Ａ@Example.com") == "a@example.com"
    assert canonical(Kind.IBAN, "de89 3704") == "DE893704"


def test_keys_are_rotated() -> None:
    older = Sealer([OLD])
    text = " ".join(
        (
            older.encrypt(Kind.CARD, "4111 1111", "c", "doc"),
            older.pseudonymise(Kind.EMAIL, "a@example.com", "c"),
        )
    )
    both = Sealer([NEW, OLD])
    rotated = both.rotate(text, "c", "doc")
    assert both.reveal(text, "c") == SEALER.reveal(rotated, "c") == "4111 1111 a@example.com"
    assert both.rotate(rotated, "c", "doc") == rotated
    with pytest.raises(Forbidden):
        SEALER.reveal(text, "c")


@pytest.mark.parametrize(
    "sealed",
    [
        SEALER.encrypt(Kind.CARD, "4111", "c", "doc").replace(
            "[ENCRYPTED:card:gAAA", "[ENCRYPTED:card:gAAB"
        ),
        SEALER.pseudonymise(Kind.CARD, "4111", "another"),
        SEALER.pseudonymise(Kind.CARD, "4111", "c").replace(":card:", ":email:"),
        "[PSEUDONYM:card:" + "a" * 40 + "]",
        "[ENCRYPTED:card:" + "a" * 40 + "]",
        "[PSEUDONYM:nothing:" + "a" * 40 + "]",
        "[PSEUDONYM:card:" + "1" * 40 + "]",
    ],
    ids=["changed", "of another", "of another kind", "short", "no token", "no kind", "no letters"],
)  # keys are random, and names of tests must not be
def test_what_was_changed_or_belongs_elsewhere_is_not_opened(sealed: str) -> None:
    with pytest.raises(Forbidden, match="no key opens"):
        SEALER.reveal(sealed, "c")


def test_sealed_values_are_not_found_again() -> None:
    text = f"password={SEALER.encrypt(Kind.SECRET, 'hunter2', 'c', 'doc')} ok"
    text += SEALER.pseudonymise(Kind.EMAIL, "a@example.com", "c")
    assert redact_text(text) == (text, [])


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "!!!"], [NEW[:-4]]])
def test_a_wrong_key_is_refused_without_being_repeated(keys: list[str]) -> None:
    with pytest.raises(InvalidInput, match="new_key") as caught:
        Sealer(keys)
    assert all(key not in str(caught.value) for key in keys)


def test_new_keys_are_all_different() -> None:
    assert len({new_key() for _ in range(10)}) == 10
    Sealer([new_key()])
