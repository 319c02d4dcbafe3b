"""International bank account numbers (ISO 13616), by their check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.matching import Match, compact
from foundation.security.redaction.wording import words

_LENGTHS: Final = dict(
    pair.split(":")
    for pair in words(
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28"
        " CZ:24 DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23"
        " GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32"
        " LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 NL:18"
        " NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 SD:18 SE:24 SI:19"
        " SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30"
    )
)
"""Characters of an IBAN by country (SWIFT's registry)."""

_IBAN: Final = deferred(
    r"(?:(?<![0-9A-Za-z_])|(?<=IBAN))(?:[A-Z]{2}|[a-z]{2})[0-9]{2}(?=[ -]?[0-9A-Za-z])", re.ASCII
)


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
