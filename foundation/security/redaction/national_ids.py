"""Numbers that states give to persons, each with its check digits where it has any."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Final

from foundation.security.redaction.findings import Kind
from foundation.security.redaction.matching import NumberTest, compact, rule

_MY_NUMBER_LABEL: Final = (
    r"my\s?number|mynumber|individual\snumber|マイナンバー|個人番号|通知カード"
)
_AADHAAR: Final = r"aadhaar|uidai|アーダール"


def _my_number(number: str, named: bool) -> str:  # noqa: FBT001 - as rules call it
    """Check the 12th digit: ordinance of the Ministry of Internal Affairs 85 of 2014, article 5."""
    digits = compact(number)
    total = sum(
        int(digit) * (place + 1 if place <= 6 else place - 5)
        for place, digit in enumerate(reversed(digits[:11]), start=1)
    )
    rest = total % 11
    right = int(digits[11]) == (0 if rest <= 1 else 11 - rest)
    if not right or len(set(digits)) == 1 or (not named and _is_time(digits)):
        return ""
    return "check digit of a My Number"


def _is_time(digits: str) -> bool:
    """Tell whether 12 digits read as year, month, day, hour and minute."""
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return (
        1900 <= year <= 2100
        and 1 <= month <= 12
        and 1 <= day <= 31
        and int(digits[8:10]) < 24
        and int(digits[10:]) < 60
    )


def _ssn(number: str, named: bool) -> str:  # noqa: FBT001
    digits = compact(number)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if serial == "0000" or group == "00" or area in {"000", "666"} or len(set(digits)) == 1:
        return ""
    if area[0] != "9":
        return "area, group and serial of a US social security number"
    itin = 50 <= int(group) <= 99 and group not in {"89", "93"}
    return "a US taxpayer's number (ITIN)" if itin and (named or area != "900") else ""


def _checked(module: str, name: str) -> Callable[[str, bool], str]:
    def valid(number: str, _named: bool) -> str:  # noqa: FBT001
        checker = importlib.import_module(f"stdnum.{module}")
        return f"check digits of {name}" if checker.is_valid(compact(number)) else ""

    return valid


def _chinese(number: str, _named: bool) -> str:  # noqa: FBT001
    """Check the 18th character (GB 11643), not the place: those change."""
    from stdnum.iso7064 import mod_11_2

    return (
        "check character of a Chinese resident number" if mod_11_2.is_valid(number.upper()) else ""
    )


def _shaped(reason: str) -> Callable[[str, bool], str]:
    return lambda _number, _named: reason


_nino: Final = _shaped("a UK National Insurance number")
_NINO: Final = "(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_NINO_LABEL: Final = r"\bni(?:no)?\b|national\sinsurance|国民保険"
_FOURS: Final = r"(?<![0-9]{4}[ -])[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}(?![ -][0-9]{4}(?![0-9]))"
_SSN_LABEL: Final = r"\bssns?\b|_ssn\b|social\ssecurity|\bitin\b|\btin\b|社会保障番号"

_RULES: Final[tuple[NumberTest, ...]] = (
    rule(Kind.MY_NUMBER, _FOURS, _my_number, _MY_NUMBER_LABEL, others=_AADHAAR),
    rule(Kind.MY_NUMBER, "(?<![=/#?&])[0-9]{12}", _my_number, _MY_NUMBER_LABEL, others=_AADHAAR),
    rule(Kind.MY_NUMBER, "[0-9]{12}", _my_number, _MY_NUMBER_LABEL, label_needed=True),
    rule(Kind.SSN, "[0-9]{3}-[0-9]{2}-[0-9]{4}", _ssn, _SSN_LABEL),
    rule(Kind.SSN, "[0-9]{3} ?[0-9]{2} ?[0-9]{4}", _ssn, _SSN_LABEL, label_needed=True),
    rule(Kind.NATIONAL_ID, f"{_NINO} [0-9]{{2}} [0-9]{{2}} [0-9]{{2}} [A-D]", _nino, _NINO_LABEL),
    rule(Kind.NATIONAL_ID, f"{_NINO}[0-9]{{6}}[A-D]", _nino, _NINO_LABEL, label_needed=True),
    rule(
        Kind.NATIONAL_ID,
        "[1-9][0-9] [0-9]{3} [0-9]{3} [0-9]{3}",
        _checked("de.idnr", "a German tax id"),
        r"steuer|idnr|tax\sid|納税",
    ),
    rule(
        Kind.NATIONAL_ID,
        "[1-9][0-9]{10}",
        _checked("de.idnr", "a German tax id"),
        r"steuer|idnr|tax\s(?:id|number)|納税",
        label_needed=True,
    ),
    rule(
        Kind.NATIONAL_ID,
        "[12]( ?)[0-9]{2}\\1(?:0[1-9]|1[0-2]|[2-9][0-9])\\1(?:[0-9]{2}|2[AB])\\1[0-9]{3}\\1[0-9]{3}"
        " ?[0-9]{2}",
        _checked("fr.nir", "a French social security number"),
        r"\bnir\b|insee|sécu|assuré",
    ),
    rule(
        Kind.NATIONAL_ID,
        "[0-9]{8}[- ]?[A-HJ-NP-TV-Z]",
        _checked("es.dni", "a Spanish DNI"),
        r"\bdni\b|\bnif\b",
    ),
    rule(
        Kind.NATIONAL_ID,
        "[XYZ][- ]?[0-9]{7}[- ]?[A-HJ-NP-TV-Z]",
        _checked("es.nie", "a Spanish NIE"),
        r"\bnie\b",
    ),
    rule(
        Kind.NATIONAL_ID,
        "[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])-[1-8][0-9]{6}",
        _checked("kr.rrn", "a Korean resident number"),
        r"\brrn\b|resident\sregist|住民登録",
    ),
    rule(
        Kind.NATIONAL_ID,
        _FOURS.replace("[0-9]{4}", "[2-9][0-9]{3}", 1),
        _checked("in_.aadhaar", "an Aadhaar number"),
        _AADHAAR,
    ),
    rule(
        Kind.NATIONAL_ID,
        "[2-9][0-9]{11}",
        _checked("in_.aadhaar", "an Aadhaar number"),
        _AADHAAR,
        label_needed=True,
    ),
    rule(
        Kind.NATIONAL_ID,
        "[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]",
        _chinese,
        r"id\scard|身分証|身份证",
    ),
    rule(
        Kind.NATIONAL_ID,
        "[0-9]{3}\\.[0-9]{3}\\.[0-9]{3}-[0-9]{2}",
        _checked("br.cpf", "a Brazilian CPF"),
        r"\bcpf\b",
    ),
    rule(
        Kind.NATIONAL_ID,
        "[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]",
        _checked("it.codicefiscale", "an Italian codice fiscale"),
        r"codice",
    ),
)

_NAMED_ONLY: Final = (
    (r"[0-9]{3}([ -]?)[0-9]{3}\1[0-9]{3}", "ca.sin", "a Canadian SIN", r"\bsin\b|insurance"),
    (r"[0-9]{11}", "pl.pesel", "a Polish PESEL", r"\bpesel\b"),
    (r"[0-9]{9}", "nl.bsn", "a Dutch BSN", r"\bbsn\b|burgerservice"),
    (r"[0-9]{3}([ -]?)[0-9]{3}\1[0-9]{4}", "gb.nhs", "an NHS number", r"\bnhs\b"),
    (r"(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{4}", "se.personnummer", "a Swedish number", r"personnummer"),
    (r"[0-9]{11}", "br.cpf", "a Brazilian CPF", r"\bcpf\b"),
)  # fmt: skip
"""Numbers so short that one in ten has their check digit: only where their name stands before."""

_TITLES: Final = (
    ("[A-Z]{1,2}[0-9]{7,8}|[0-9]{9}", r"passports?\s(?:no|num|number)|旅券番号|パスポート番号"),
    ("[0-9]{12}", r"driv\w+\slicen[cs]e\s(?:no|num|number)|免許証番号|免許証の番号"),
    ("[0-9]{4}-?[0-9]{6}", r"基礎年金番号|年金手帳の番号"),
)

NATIONAL_TESTS: Final[tuple[NumberTest, ...]] = (
    *_RULES,
    *(
        rule(Kind.NATIONAL_ID, shape, _checked(module, name), label, label_needed=True)
        for shape, module, name, label in _NAMED_ONLY
    ),
    *(
        rule(
            Kind.NATIONAL_ID, shape, _shaped("its label names a document"), label, label_needed=True
        )
        for shape, label in _TITLES
    ),
    rule(
        Kind.BANK_ACCOUNT,
        "[0-9]{6,8}",
        _shaped("its label names an account"),
        r"口座番号|(?:普通|当座)(?:預金)?:?\s*\Z|\baccount\s(?:no|number)\b",
        label_needed=True,
    ),
)
"""For what names a person to a state, and for bank accounts that are called so."""
