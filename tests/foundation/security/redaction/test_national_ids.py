from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.security.redaction.detecting import find


def found(text: str) -> list[tuple[str, str]]:
    return [(f.kind.value, text[f.start : f.end]) for f in find(text)]


def check_digit(first: str) -> str:
    """Work the twelfth digit out by the ordinance's words, weight by weight."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11
    return "0" if rest <= 1 else str(11 - rest)


@given(st.text("0123456789", min_size=11, max_size=11).filter(lambda d: len(set(d)) > 1))
def test_a_my_number_is_known_by_its_check_digit_and_by_no_other(first: str) -> None:
    right = first + check_digit(first)
    wrong = first + str((int(right[-1]) + 1) % 10)
    assert found(f"マイナンバー {right}") == [("my_number", right)]
    assert found(f"マイナンバー {wrong}") == []


@pytest.mark.parametrize(
    "text",
    [
        "法人番号 1234567890123", "注文番号123456789018", "202401151230", "?id=123456789018",
        "arn:aws:iam::123456789018:role/x", "1234 5678 9018 1111",
    ],
)  # fmt: skip
def test_other_numbers_of_twelve_or_thirteen_digits_are_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("219-09-1234", "ssn"), ("SSN 219 09 1234", "ssn"), ("SSN: 219091234", "ssn"),
        ("912-71-1234", "ssn"), ("AB 12 34 56 C", "national_id"), ("NINO AB123456C", "national_id"),
        ("DNI 12345678Z", "national_id"), ("X1234567L", "national_id"),
        ("1 80 01 45 001 030 09", "national_id"), ("CPF 390.533.447-05", "national_id"),
        ("旅券番号TK1234567", "national_id"), ("口座番号 1234567", "bank_account"),
        ("普通1234567", "bank_account"),
    ],
)  # fmt: skip
def test_numbers_of_persons_are_found(text: str, kind: str) -> None:
    assert [name for name, _ in found(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "000-12-3456", "666-12-3456", "219-00-1234", "219-09-0000", "219091234", "219 09 1234",
        "AB123456C", "BG 12 34 56 C", "12345678A", "SR141716A", "part 219-09-1234",
        "390.533.447-06", "普通列車 1234567",
    ],
)  # fmt: skip
def test_what_breaks_their_rules_is_none(text: str) -> None:
    assert found(text) == []
