"""Payment cards: Luhn's check digit and the issuers' ranges (ISO/IEC 7812)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.matching import END, Match, NumberTest, compact, rule
from foundation.security.redaction.number_labels import label_pattern, labelled

_ISSUERS: Final = (
    ("Visa", "4[0-9]{12}(?:[0-9]{3})?(?:[0-9]{3})?"),
    ("Mastercard", "5[1-5][0-9]{14}"),
    ("Mastercard", "(?:222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"),
    ("American Express", "3[47][0-9]{13}"),
    ("JCB", "35(?:2[89]|[3-8][0-9])[0-9]{12}"),
    ("Diners Club", "3(?:0[0-5]|09|[689][0-9])[0-9]{11}"),
    ("Discover", "(?:6011|64[4-9][0-9]|65[0-9]{2})[0-9]{12}"),
    ("UnionPay", "62[0-9]{14,17}"),
    ("Maestro", "(?:5018|5020|5038|5893|6304|6759|676[1-3])[0-9]{12}"),
)
_ISSUER: Final = deferred("|".join(f"({pattern})" for _, pattern in _ISSUERS))
_LABELS: Final = (
    r"\b(?:cards?|visa|master\s?card|amex|american\sexpress|jcb|diners|discover|unionpay|maestro"
    r"|pan|cc)\b|カード|銀聯|ダイナース"
)
_CARD_LABEL: Final = label_pattern(_LABELS)
_EAN_LENGTH: Final = 13
_USUAL_LENGTH: Final = 16
_GROUPS: Final = deferred(
    rf"(?<![0-9]{{4}} )[0-9]{{4}}([ -])[0-9]{{4}}(?:\1[0-9]{{4}})+(?:\1[0-9]{{3}})?{END}",
    re.ASCII,
)
_GROUPS_OF_A_CARD: Final = 4
_LAST_OF_19: Final = 3


def card_issuer(digits: str) -> str:
    """Name the issuer of a valid card number, or answer nothing."""
    from stdnum import luhn

    found = _ISSUER.fullmatch(digits)
    if found is None or found.lastindex is None or not luhn.is_valid(digits):
        return ""
    return _ISSUERS[found.lastindex - 1][0]


def _card(number: str, named: bool) -> str:  # noqa: FBT001 - as rules call it
    digits = compact(number)
    issuer = card_issuer(digits)
    if not issuer:
        return ""
    if not named and (
        len(digits) > _USUAL_LENGTH or (len(digits) == _EAN_LENGTH and _is_ean(digits))
    ):
        return ""  # an identifier of 64 bits, or an article
    return f"Luhn check digit and a range of {issuer}"


def _is_ean(digits: str) -> bool:
    from stdnum import ean

    return ean.is_valid(digits)


_SOLID: Final = rule(Kind.CARD, r"[2-6][0-9]{12,18}", _card, _LABELS)
_FOUR_SIX: Final = rule(Kind.CARD, r"3[0-9]{3}([ -])[0-9]{6}\1[0-9]{4,5}", _card, _LABELS)


def _in_groups(text: str, start: int) -> Iterator[Match]:
    """Take runs of groups of four that are cards throughout, but for one group.

    A table of numbers with four digits has a card here and there, by chance.
    """
    run = _GROUPS.match(text, start)
    if run is None or labelled(text, start, _CARD_LABEL) is False:
        return
    groups = run.group().split(run[1])
    found = list(_cards_among(groups))
    covered = sum(end - begin for begin, end, _ in found)
    if len(groups) - covered <= 1:
        for first, last, issuer in found:
            begin = start + 5 * first
            end = begin + len(run[1].join(groups[first:last]))
            yield Match(Kind.CARD, begin, end, f"Luhn check digit and a range of {issuer}")


def _cards_among(groups: list[str]) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at + _GROUPS_OF_A_CARD <= len(groups):
        for end in (at + _GROUPS_OF_A_CARD + 1, at + _GROUPS_OF_A_CARD):
            if end > len(groups) or (
                end - at > _GROUPS_OF_A_CARD and len(groups[end - 1]) > _LAST_OF_19
            ):
                continue
            issuer = card_issuer("".join(groups[at:end]))
            if issuer:
                yield at, end, issuer
                at = end - 1
                break
        at += 1


CARD_TESTS: Final[tuple[NumberTest, ...]] = (_SOLID, _FOUR_SIX, _in_groups)
"""For card numbers, solid or in groups."""
