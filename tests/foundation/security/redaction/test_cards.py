from __future__ import annotations

import pytest

from foundation.security.redaction.cards import card_issuer
from foundation.security.redaction.detecting import find
from foundation.security.redaction.findings import Kind


def cards(text: str) -> list[str]:
    return [text[f.start : f.end] for f in find(text) if f.kind is Kind.CARD]


@pytest.mark.parametrize(
    ("number", "issuer"),
    [
        ("4111111111111111", "Visa"),
        ("5555555555554444", "Mastercard"),
        ("2223003122003222", "Mastercard"),
        ("378282246310005", "American Express"),
        ("3530111333300000", "JCB"),
        ("30569309025904", "Diners Club"),
        ("6011111111111117", "Discover"),
        ("6200000000000005", "UnionPay"),
        ("4111111111111112", ""),
        ("1111111111111117", ""),
        ("41111111", ""),
    ],
)
def test_an_issuer_is_known_by_its_range_and_the_check_digit(number: str, issuer: str) -> None:
    assert card_issuer(number) == issuer


@pytest.mark.parametrize(
    "written",
    [
        "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005",
        "３７８２－８２２４６３－１０００５", "4111　1111　1111　1111", "4111–1111–1111–1111",
    ],
)  # fmt: skip
def test_a_card_is_found_however_it_is_written(written: str) -> None:
    assert cards(f"paid with {written}.") == [written]


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111111", "注文番号4111111111111111", "0.4111111111111111",
        "id-4111111111111111", "x4111111111111111", "41111111111111110", "blk_-4111111111111111",
        "4111/1111/1111/1111", "4111 1111-1111 1111",
    ],
)  # fmt: skip
def test_other_numbers_are_none(text: str) -> None:
    assert cards(text) == []


def test_cards_in_a_row_are_all_found_and_a_table_of_fours_has_none() -> None:
    row = " ".join(["4111 1111 1111 1111", "5555 5555 5555 4444"] * 10)
    assert len(cards(row)) == 20
    assert cards("1200 1300 4111 1111 1111 1111 1400 1500") == []
    assert cards("2024 4111 1111 1111 1111") == ["4111 1111 1111 1111"]


def test_an_article_number_is_no_old_card_unless_it_is_called_one() -> None:
    both = "4006381333931"  # an EAN; with a Luhn digit it would be a short Visa
    assert cards(both) == []
    assert cards("4222222222222") == ["4222222222222"]
    assert cards("4000000000000000006") == []
    assert cards("card 4000000000000000006") == ["4000000000000000006"]
