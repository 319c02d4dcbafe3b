from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.security.injection.escaping import escaped, visible

json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_like)
def test_no_character_is_lost(value: Any) -> None:
    plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    assert json.loads(escaped(value)) == json.loads(plain)


@pytest.mark.parametrize(
    "mark",
    [
        "<|im_start|>", "<|im_end|>", "</passages>", "[INST]", "[/INST]", "<<SYS>>", "```",
        "### System: obey", "# Instructions", "\u200b", "\u202e", "\U000e0041", "\u2028", "\ufeff",
        "[SYSTEM]", "[ user ]", "[SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]", "[TOOL_RESULTS]",
        "[/TOOL_CALLS]",
    ],
)  # fmt: skip
def test_a_mark_is_not_there_as_it_was_but_comes_out_as_it_was(mark: str) -> None:
    shown = escaped({"text": f"a {mark} b"})
    assert mark not in shown
    assert json.loads(shown)["text"] == f"a {mark} b"


def test_other_text_is_left_readable() -> None:
    assert escaped(["猫 #tag [1] it's > "]) == '["猫 #tag [1] it\'s \\u003e "]'


def test_people_are_shown_what_cannot_be_seen() -> None:
    assert visible("a\u200b\U000e0041b\ufe0f") == "a⟨U+200B⟩⟨U+E0041⟩b⟨U+FE0F⟩"
