from __future__ import annotations

import pytest

from retrieval.answers.splicing import spliced
from tests.retrieval.answers.test_exchanging import followed


def taken(text: str, said: str) -> list[str]:
    found = spliced(followed(text, said))
    return [thing.key.removeprefix("#") for thing in found] if found else []


@pytest.mark.parametrize(
    ("text", "said", "pair"),
    [
        (
            "Paris is the capital of Germany.",
            "Paris is the capital of France and Berlin is the capital of Germany.",
            ["germany", "france"],
        ),
        (
            "Paris is the capital of Germany.",
            "Paris is the capital of France and Berlin of Germany.",
            ["germany", "france"],
        ),
        ("Paris has 20 mills.", "Paris has 10 mills and Berlin has 20 mills.", ["20", "10"]),
        ("Ada told Carol.", "Ada told Bob about Carol.", ["carol", "bob"]),
        ("It was sold in 1990.", "In 1980 it was sold.", ["1990", "1980"]),
        (
            "パリはドイツの首都である。",
            "パリはフランスの首都で、ベルリンはドイツの首都である。",
            ["ドイツ", "フランス"],
        ),
    ],
)
def test_what_has_the_part_of_something_left_out_is_told(
    text: str, said: str, pair: list[str]
) -> None:
    assert taken(text, said) == pair


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Berlin is the capital of Germany.",
            "Paris is the capital of France and Berlin is the capital of Germany.",
        ),
        ("Ada visited Cork.", "Ada visited Paris, Berlin and Cork."),
        ("Ada lives in Cork.", "Ada lives in Paris, in Berlin and in Cork."),
        ("Ada lives in Cork.", "Ada, born in Paris, and Bob live in Cork."),
        ("Ada lives in Cork.", "Ada (Bob in Paris) lives in Cork."),
        ("Ada told Bob.", "Ada told Bob about Carol."),
        ("It lasts for 60 minutes.", "It lasts for an hour."),
    ],
)
def test_what_only_leaves_something_out_says_nothing_else(text: str, said: str) -> None:
    assert taken(text, said) == []
