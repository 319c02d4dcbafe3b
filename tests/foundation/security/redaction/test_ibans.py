from __future__ import annotations

import pytest

from foundation.security.redaction.detecting import find
from foundation.security.redaction.findings import Kind


def ibans(text: str) -> list[str]:
    return [text[f.start : f.end] for f in find(text) if f.kind is Kind.IBAN]


@pytest.mark.parametrize(
    "written",
    [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "gb29nwbk60161331926819",
        "ＤＥ８９３７０４００４４０５３２０１３０００",
        "NL91-ABNA-0417-1643-00",
        "NO9386011117947",
    ],
)
def test_an_iban_is_found_however_it_is_written(written: str) -> None:
    assert ibans(f"pay {written} AND thanks") == [written]


@pytest.mark.parametrize(
    "text",
    [
        "DE88 3704 0044 0532 0130 00",
        "XX89 3704 0044 0532 0130 00",
        "DE89 3704 0044 0532 0130",
        "DE89 3704 0044 0532 0130 001",
        "aDE89370400440532013000",
        "DE89  3704 0044 0532 0130 00",
    ],
)
def test_what_does_not_come_out_is_none(text: str) -> None:
    assert ibans(text) == []


def test_two_beside_each_other_are_two() -> None:
    assert len(ibans("DE89 3704 0044 0532 0130 00 GB29 NWBK 6016 1331 9268 19")) == 2
