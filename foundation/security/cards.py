"""Payment cards and bank accounts: Luhn (ISO/IEC 7812) with issuers' ranges, IBAN (ISO 13616)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from foundation.patterns import deferred
from foundation.security.findings import Kind
from foundation.security.labels import label_pattern, labelled
from foundation.security.matching import END, Match, NumberTest, compact, rule

_ISSUERS: Final = (
    ("Visa", r"4[0-9]{12}(?:[0-9]{3})?(?:[0-9]{3})?"),
    ("Mastercard", r"(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"),
    ("American Express", r"3[47][0-9]{13}"),
    ("JCB", r"35(?:2[89]|[3-8][0-9])[0-9]{12}"),
    ("Diners Club", r"3(?:0[0-5]|09|[689][0-9])[0-9]{11}"),
    ("Discover", r"(?:6011|64[4-9][0-9]|65[0-9]{2})[0-9]{12}"),
    ("UnionPay", r"62[0-9]{14,17}"),
    ("Maestro", r"(?:5018|5020|5038|5893|6304|6759|676[1-3])[0-9]{12}"),
)  # fmt: skip
_ISSUER: Final = deferred("|".join(f"({pattern})" for _, pattern in _ISSUERS))
_LABELS: Final = (
    r"\b(?:cards?|visa|master\s?card|amex|american\sexpress|jcb|diners|discover|unionpay|maestro"
    r"|pan|cc)\b|カード|銀聯|ダイナース"
)
_CARD_LABEL: Final = label_pattern(_LABELS)
_EAN_LENGTH: Final = 13
_USUAL_LENGTH: Final = 16
_GROUPS: Final = deferred(
    rf"(?<![0-9] )[0-9]{{4}}([ -])[0-9]{{4}}(?:\1[0-9]{{4}}){{1,14}}(?:\1[0-9]{{3}})?{END}",
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

_LENGTHS: Final = dict(
    pair.split(":")
    for pair in (
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28"
        " CZ:24 DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23"
        " GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32"
        " LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 NL:18"
        " NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 SD:18 SE:24 SI:19"
        " SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30"
    ).split()
)
"""Characters of an IBAN by country (SWIFT's registry)."""

_IBAN: Final = deferred(r"(?<![0-9A-Za-z_])(?:[A-Z]{2}|[a-z]{2})[0-9]{2}(?=[ -]?[0-9A-Za-z])", re.ASCII)


def find_ibans(text: str) -> Iterator[Match]:
    """Find IBANs, solid or in groups, whatever words stand behind them."""
    for found in _IBAN.finditer(text):
        length = int(_LENGTHS.get(found.group()[:2].upper(), 0))
        end = _end_of(text, found.start(), length) if length else 0
        number = compact(text[found.start() : end]).upper()
        if not end or int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 != 1:
            continue
        from stdnum import iban

        if iban.is_valid(number, check_country=False):
            yield Match(Kind.IBAN, found.start(), end, f"check digits of an IBAN of {number[:2]}")


def _end_of(text: str, start: int, length: int) -> int:
    """Go so many letters and digits on, to the end of a word; 0 where that does not come out."""
    count = 0
    for index in range(start, min(len(text), start + 2 * length)):
        if text[index] in _WORD:
            count += 1
        elif text[index] not in " -" or text[index - 1] not in _WORD:
            return 0
        if count == length:
            ends = index + 1 == len(text) or text[index + 1] not in _WORD
            return index + 1 if ends else 0
    return 0


_WORD: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
