from __future__ import annotations

import pytest

from retrieval.answers.aligning import Aligned
from retrieval.answers.parts import Sentence
from retrieval.answers.voices import voice

NAMES = ("ada", "bob", "アリス", "ボブ")


def same(text: str, said: str) -> bool | None:
    aligned = Aligned(text, said)
    first, second = (
        Sentence(each, words, frozenset(NAMES))
        for each, words in zip(aligned.texts, aligned.words, strict=True)
    )
    pairs = [
        {thing.key: thing for thing in each.things if thing.key in NAMES}
        for each in (first, second)
    ]
    one, other = sorted(pairs[0])
    return voice(
        first, (pairs[0][one], pairs[0][other]), second, (pairs[1][one], pairs[1][other])
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said", "is_same"),
    [
        ("Bob was told by Ada.", "Ada told Bob.", True),
        ("Ada told Bob.", "Bob was told by Ada.", True),
        ("Ada was told by Bob.", "Ada told Bob.", False),
        ("Bob told Ada.", "Bob was told by Ada.", False),
        ("Bob told Ada.", "Ada told Bob.", None),
        ("Ada was told by Bob.", "Bob was told by Ada.", None),
        ("It was told by Ada and Bob.", "It was told by Bob and Ada.", None),
        ("ボブはアリスに殴られた。", "アリスがボブを殴った。", True),
        ("アリスはボブに殴られた。", "アリスがボブを殴った。", False),
        ("アリスはボブに話した。", "ボブはアリスに話した。", None),
    ],
)
def test_a_passive_is_compared_by_who_does_it(
    text: str, said: str, is_same: bool | None  # noqa: FBT001
) -> None:  # fmt: skip
    assert same(text, said) is is_same
