"""Texts that are hard to cut: what the laws of chunking are tried on."""

from __future__ import annotations

from hypothesis import strategies as st

FRAGMENTS = (
    "The quick brown fox jumps over the lazy dog. ",
    "Dr. Smith met J. R. Jones in the U.S. on Jan. 5. ",
    "See Fig. 3, e.g. the left part; it holds (mostly)!  ",
    "吾輩は猫である。名前はまだ無い。",
    "「今日は雨です。」と彼は言った！？",
    "コンポーネントとﾊﾝｶｸ、々の字ー",
    "안녕하세요. 반갑습니다. ",
    "한글",
    "👨‍👩‍👧‍👦",
    "🇯🇵🇫🇷🇩🇪",
    "👍🏽",
    "e\u0301\u0323",
    "\u0301",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\x00",
    "\ud83d",
    "\u00a0",
    "\u3000",
    "\f",
    "\v",
    "\x1c",
    "\u2028",
    "\r\n",
    "\r",
    "\n",
    "\n\n",
    "\n \t\n",
    "    ",
    "\t",
    "word",
    "a" * 90,
    "." * 40,
    "Repeat me. " * 12,
    "\n# One\n",
    "\n## Two ##\n",
    "\n###### Six {#six}\n",
    "\n#\n",
    "\nTitle\n=====\n",
    "\nタイトル\n--------\n",
    "\n====\nOver\n====\n",
    "\n---\n",
    "\n```python\n# no heading\n",
    "\n```\n",
    "\n~~~~\n",
    "\n    ```\n",
    "\n<!--\n# hidden\n",
    "-->",
    "\n<pre>\n# hidden\n</pre>\n",
    "\n- item one\n\n- item two\n  - nested\n",
    "\n1. first\n2. second\n",
    "\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "\nHere it is::\n\n    code = 1\n\n    more = 2\n\n",
    "\n.. note::\n   Listen.\n",
)

MEDIA_TYPES = (
    "text/markdown",
    "text/x-rst",
    "text/plain",
    "text/x-python",
    "text/html; charset=utf-8",
    "",
)

nasty_texts = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join),
    st.lists(
        st.one_of(st.sampled_from(FRAGMENTS), st.text(st.characters(codec=None), max_size=8)),
        max_size=40,
    ).map("".join),
    st.tuples(st.sampled_from(FRAGMENTS), st.integers(20, 400)).map(lambda pair: pair[0] * pair[1]),
)
media_types = st.sampled_from(MEDIA_TYPES)
