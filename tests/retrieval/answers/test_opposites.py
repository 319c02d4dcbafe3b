from __future__ import annotations

import pytest

from retrieval.answers.opposites import LISTED, opposite


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("more", "less"),
        ("increases", "decreases"),
        ("upregulated", "downregulated"),
        ("successful", "unsuccessful"),
        ("possible", "impossible"),
        ("増加", "減少"),
        ("東部", "西部"),
        ("高", "低"),
        ("可能", "不可能"),
        ("十分", "不十分"),
        ("情報公開", "情報非公開"),
        ("完成", "未完成"),
        ("encrypt", "decrypt"),
        ("購入", "売却"),
    ],
)
def test_opposites_are_so_both_ways(first: str, second: str) -> None:
    assert opposite(first, second)
    assert opposite(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("more", "more"),
        ("kept", "stored"),
        ("inter", "intra"),
        ("use", "unuse"),
        ("東京", "西京都"),
        ("増加", "増大"),
        ("高", "高"),
        ("十分", "二十分"),
        ("未", "来"),
    ],
)
def test_other_words_are_none(first: str, second: str) -> None:
    assert not opposite(first, second)
    assert not opposite(second, first)


def test_what_is_listed_is_known_for_others_to_leave_out() -> None:
    assert {"more", "増加", "高"} <= LISTED
    assert "unsuccessful" not in LISTED
