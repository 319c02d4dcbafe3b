"""Texts that are hard to read names from."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.ingest.texts import FRAGMENTS

NAMED = (
    "Albert Einstein met Charles de Gaulle at the University of Tokyo's gate. ",
    "World Health Organization (WHO) and (WHO) again; HTTP (Hypertext Transfer Protocol). ",
    "**Term**: see `snake_case` and [Some Page](https://example.org/a_(b)). ",
    "`text <https://example.org>`_ and :pep:`8` or ``--flag``. ",
    "On 13-Jun-2000, 2026年11月24日, it took 1.3 ms for $5 million. ",
    "ＷＨＯ（世界保健機関）は２０２６年にサーバー・コンポーネントを東京都で200ドルで買った。",
    "```python\ndef read_all(x): ...\n```\n",
    "::\n\n    indented_code(Foo)\n\n",
    "- **Bold — Thing**: item\n- `code`: what\n",
    "METHODS We used mRNA, iPhone and HSCs. ",
    "ǅ İstanbul ß ﬁ ﷺ ",
    "''' 's’s ''(((",
)

_fragments = st.sampled_from(NAMED + FRAGMENTS)
texts = st.lists(st.one_of(_fragments, st.text(max_size=12)), max_size=12).map("".join)
