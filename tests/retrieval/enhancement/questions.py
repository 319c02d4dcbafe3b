"""Questions that no example of training is like, and names that a corpus might have."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from knowledge.graph.linking import NameIndex
from retrieval.enhancement.names import Names

SURFACES: Final = (
    "PageRank",
    "Publix",
    "Christopher Nolan",
    "World Health Organization",
    "Opera House",
    "自然言語処理",
    "梅雨前線",
)
KNOWN: Final = Names(
    index=NameIndex(enumerate(SURFACES)),
    collections={"runbooks": "runbooks", "legal": "Legal", "手順書": "手順書"},
    folders={"adr": ["notes/adr/"], "guides": ["a/guides/", "b/guides/"]},
    authors={
        "alice": ["Alice Smith <alice@example.org>", "Alice Young"],
        "alice young": ["Alice Young"],
        "田中": ["田中"],
    },
)

_PIECES: Final = st.sampled_from([
    "documents", "since", "2024", "before March 2023", "by", "Alice", "version 3", "in the",
    "runbooks", "folder", ",", "?", "difference between", "and", "or", "the", "of the", "who",
    "which", "PageRank", "Publix", "is", "both", "から", "まで", "の文書", "2024年", "以降", "と",
    "違い", "どちら", "が書いた", "手順書", "の中で", "「", "」", "()",
    "\n", "自然言語処理", "(", "  ",
])  # fmt: skip

questions = st.one_of(
    st.text(max_size=120),
    st.lists(_PIECES, max_size=14).map(" ".join),
    st.lists(_PIECES, max_size=14).map("".join),
)
