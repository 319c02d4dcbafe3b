"""What a detector says of a text: which kind of value stands where, and why it is taken for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a sensitive value is; the first ones win where two are found in one place."""

    PRIVATE_KEY = "private_key"
    TOKEN = "token"  # noqa: S105 - a name, not a token
    SECRET = "secret"  # noqa: S105
    IBAN = "iban"
    CARD = "card"
    MY_NUMBER = "my_number"
    SSN = "ssn"
    NATIONAL_ID = "national_id"
    BANK_ACCOUNT = "bank_account"
    EMAIL = "email"
    PHONE = "phone"


CREDENTIALS: Final = frozenset({Kind.PRIVATE_KEY, Kind.TOKEN, Kind.SECRET})
"""What opens something, whoever has it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sensitive value: never the value itself, so that it can be logged and audited.

    Attributes:
        start, end: where it stands in the text (code points); 0 and 0 where a whole value was
            taken for the name of its key.
        reason: what gave it away.
        path: where the text stands in its data, as a JSON Pointer (RFC 6901); empty for the root.
    """

    kind: Kind
    start: int
    end: int
    reason: str
    path: str = ""


def counted(findings: Iterable[Finding]) -> Counter[str]:
    """Count findings by kind."""
    return Counter(finding.kind.value for finding in findings)
