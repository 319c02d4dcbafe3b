from __future__ import annotations

import pytest

from retrieval.answers.negation import denials


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Backups are kept.", 0),
        ("Backups are not kept.", 1),
        ("They aren't kept, and never were.", 2),
        ("It cannot be done without a key.", 2),
        ("Neither Ada nor Bob knows.", 1),
        ("Not only Ada knows.", 0),
        ("It takes no more than a day; see no. 5.", 0),
        ("送られます。", 0),
        ("送られません。", 1),
        ("誕生しなかった。", 1),
        ("鍵がない場合は開かない。", 2),
        ("送らなければならない。", 2),
        ("一つしかない。しかし、たしかにある。", 2),
        ("一時的に読み込まずに書き込む。", 1),
        ("人が少ない。少なくとも十人。", 0),
        ("英語だけでなく日本語も使える。", 0),
        ("まもなく終わるかもしれない。", 0),
    ],
)
def test_what_negates_is_counted_and_what_only_looks_so_is_not(text: str, count: int) -> None:
    assert denials(text) == count
