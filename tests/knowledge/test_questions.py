from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.questions import LONGEST_QUESTION, checked_question, one_spelling


@given(st.text())
def test_the_one_spelling_does_not_depend_on_space_and_case(text: str) -> None:
    assert one_spelling(f" \n{text}　") == one_spelling(text)
    assert "  " not in one_spelling(text)


def test_width_case_and_space_make_no_other_question() -> None:
    assert one_spelling("Ｗｈｙ\tis ｶﾞｽ  HOT?") == one_spelling("why is ガス hot?")


@pytest.mark.parametrize("question", ["", " \u3000", "x" * (LONGEST_QUESTION + 1)])
def test_what_is_empty_or_too_long_is_no_question_to_judge(question: str) -> None:
    with pytest.raises(InvalidInput, match="question"):
        checked_question(question)
