from __future__ import annotations

import pytest

from foundation.security.redaction.detecting import find


def found(text: str) -> list[tuple[str, str]]:
    return [(f.kind.value, text[f.start : f.end]) for f in find(text)]


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com",
        "first.last+tag@sub.example.co.jp",
        "o'brien@example.ie",
        "X_1@EXAMPLE.ORG",
        "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ",
    ],
)
def test_addresses_are_found(address: str) -> None:
    for text in (f"to <{address}>.", f"宛先は{address}です", f"'{address}'", f"mailto:{address}?x"):
        assert found(text) == [("email", address)]


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:acme/app.git",
        "ssh://git@host.example.com/app",
        "icon@2x.png",
        "user@host",
        "vue@3.4.21",
        "@app.route",
        "getty@tty1.service",
        "@user@social.example",
        "a@b..com",
        "a@-x.com",
        "https://user@example.com/path",
    ],
)
def test_what_only_has_the_sign_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [
        "03-1234-5678",
        "090-1234-5678",
        "０９０－１２３４－５６７８",
        "(03)1234-5678",
        "03（1234）5678",
        "0120-123-456",
        "09012345678",
        "+81 3-1234-5678",
        "+1 (212) 555-0123",
        "(212) 555-0123",
        "212-555-0123",
        "212.555.0123",
        "1-800-555-0123",
        "+442079460123",
        "020 7946 0123",
    ],
)
def test_numbers_are_found_by_how_they_are_written(number: str) -> None:
    assert found(f"ask {number}, please") == [("phone", number)]


@pytest.mark.parametrize("label", ["tel", "phone:", "電話は", "携帯　", "☎"])
def test_a_label_is_enough_for_a_number_of_some_plan(label: str) -> None:
    assert found(f"{label} 0312345678") == [("phone", "0312345678")]


@pytest.mark.parametrize(
    "text",
    [
        "10.15.7.2041",
        "192.168.100.200",
        "2024-03-15 10:22",
        "978-4-00-310101-8",
        "0-306-40615-2",
        "0312345678",
        "4155552671",
        "1718092800",
        "1.234.567,89",
        "100-0001",
        "212-555-01234",
        "+12",
        "12(3): 211-227 (2003)",
        "order 212-555-0123",
        "整理券03-1234-5678",
        "3+81312345678",
    ],
)
def test_versions_dates_prices_and_orders_are_none(text: str) -> None:
    assert found(text) == []
