"""E-mail addresses (RFC 5322's everyday part) and telephone numbers (libphonenumber's plans)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.matching import Match, NumberTest, compact, rule
from foundation.security.redaction.wording import words

_EMAIL: Final = deferred(
    r"(?<![0-9A-Za-z._%+@-])[0-9A-Za-z_](?:[0-9A-Za-z._%+'-]{0,62}[0-9A-Za-z_+-])?"
    r"@((?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.){1,8})([A-Za-z]{2,24})"
    r"(?![0-9A-Za-z-]|\.[0-9A-Za-z]|:[A-Za-z0-9_~.-]{1,64}/)",
    re.ASCII,
)
_NO_DOMAIN: Final = words(
    "png jpg jpeg gif svg webp ico bmp js mjs ts tsx jsx css scss html htm json xml yaml yml toml"
    " txt log csv pdf zip gz service socket timer mount target"
)
"""What ends file names and units of systemd, and no domain."""

_ADDRESS: Final = deferred(
    r"[a-z][a-z0-9+.-]{1,20}://[^\s/@]{0,130}\Z|://[^\s?#]{1,140}/lists?/\Z", re.IGNORECASE
)
"""What stands before a user in a URL, and before a mailing list in one of an archive."""

_BEFORE: Final = 160


def find_emails(text: str) -> Iterator[Match]:
    """Find e-mail addresses; users of a URL (`ssh://git@host`) are none."""
    if "@" not in text:
        return
    for found in _EMAIL.finditer(text):
        before = text[max(0, found.start() - _BEFORE) : found.start()]
        if found[2].lower() not in _NO_DOMAIN and not _ADDRESS.search(before):
            yield Match(Kind.EMAIL, found.start(), found.end(), "an e-mail address")


_PHONE_LABEL: Final = (
    r"\b(?:tel|telephone|phones?|ph|mobile|mob|cell|fax|call(?:er)?|ring|dial|text|sms|whatsapp)\b"
    r"|phone\b|contact|電話|携帯|ケータイ|連絡先|☎|📞|直通|フリーダイヤル|着信|発信|折り返し|fax|tel"
)
_REGIONS: Final = ("JP", "US", "GB", "DE", "FR", "IN", "AU")
_NEAR: Final = 24
_FEWEST: Final = 9
_MOST: Final = 15

_INTERNATIONAL: Final = (
    r"\+[1-9][0-9]{0,2}[ .-]?(?:\(0?[0-9]{0,4}\)[ .-]?)?[0-9]{1,11}"
    r"(?:[ ./-]?\(?[0-9]{1,5}\)?){0,6}"
)
_JAPAN: Final = (
    r"0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}|\(0[0-9]{1,4}\) ?[0-9]{1,4}-[0-9]{3,4}"
    r"|0[0-9]{1,4} ?\([0-9]{1,4}\) ?[0-9]{3,4}|0[5789]0 [0-9]{4} [0-9]{4}|0[789]0[0-9]{8}"
)
_AMERICA: Final = (
    r"(?:1[ .-]?)?\([2-9][0-9]{2}\) ?[0-9]{3}[ .-][0-9]{4}"
    r"|(?:1([.-]))?[2-9][0-9]{2}([.-])[0-9]{3}\2[0-9]{4}"
)
_BRITAIN: Final = r"0[0-9]{2,4} [0-9]{3,4} [0-9]{3,4}|0[0-9]{4} [0-9]{6}"
_ANY: Final = r"[(]?[0-9][0-9]{0,4}[)]?(?:[ ./()-]{0,2}[0-9]{1,5}){2,6}|[0-9]{9,12}"


def _international(number: str, _named: bool) -> str:  # noqa: FBT001 - as rules call it
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ""
    grouped = not number[1:].isdigit()
    if phonenumbers.is_valid_number(parsed) or (
        grouped and phonenumbers.is_possible_number(parsed)
    ):
        return f"an international number of +{parsed.country_code}"
    return ""


def _of_plan(number: str, region: str, *, valid: bool) -> str:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    test = phonenumbers.is_valid_number if valid else phonenumbers.is_possible_number
    return f"a number of the plan of {region}" if test(parsed) else ""


def _of_any_plan(number: str, _named: bool) -> str:  # noqa: FBT001
    if not _FEWEST <= len(compact(number)) <= _MOST:
        return ""
    found = (_of_plan(number, region, valid=True) for region in _REGIONS)
    return next(filter(None, found), "")


PHONE_TESTS: Final[tuple[NumberTest, ...]] = (
    rule(Kind.PHONE, _INTERNATIONAL, _international, _PHONE_LABEL),
    rule(Kind.PHONE, _JAPAN, lambda n, _: _of_plan(n, "JP", valid=True), _PHONE_LABEL),
    rule(Kind.PHONE, _AMERICA, lambda n, _: _of_plan(n, "US", valid=False), _PHONE_LABEL),
    rule(Kind.PHONE, _BRITAIN, lambda n, named: _of_plan(n, "GB", valid=not named), _PHONE_LABEL),
    rule(Kind.PHONE, _ANY, _of_any_plan, _PHONE_LABEL, label_needed=True, within=_NEAR),
)
"""For numbers of Japan, the US and the UK as they are written, and others by their `+`.

Whatever else is a number of some plan is taken where a label names it.
"""
