from __future__ import annotations

import re

import pytest

from retrieval.answers.aligning import Aligned
from retrieval.answers.exchanging import Followed, exchanged

NAME = re.compile(
    r"(?<!^)[A-Z][a-z]+|Ada|Bob|Paris|Carol|Berlin|Tokyo|Osaka|[ァ-ヺー]{2,}|東京|大阪"
)


def followed(text: str, said: str) -> Followed:
    named = {match.casefold() for each in (text, said) for match in NAME.findall(each)}
    return Followed(Aligned(text, said), named)


def traded(text: str, said: str) -> list[str]:
    found = exchanged(followed(text, said))
    return [thing.key.removeprefix("#") for thing in found] if found else []


@pytest.mark.parametrize(
    ("text", "said", "pair"),
    [
        ("Prices rose from 20 to 10.", "Prices rose from 10 to 20.", ["10", "20"]),
        ("The score was 3-2.", "The score was 2-3.", ["2", "3"]),
        ("Bob told Ada.", "Ada told Bob.", ["ada", "bob"]),
        ("Bob told Ada a lie.", "Ada told Bob a lie.", ["ada", "bob"]),
        ("First blue, second red.", "First red, second blue.", ["red", "blue"]),
        ("Second red, first blue.", "First red, second blue.", ["1", "2"]),
        ("Osaka is larger than Tokyo.", "Tokyo is larger than Osaka.", ["tokyo", "osaka"]),
        (
            "Paris is the capital of Germany and Berlin is the capital of France.",
            "Paris is the capital of France and Berlin is the capital of Germany.",
            ["france", "germany"],
        ),
        ("Sold by Ada to Bob in Cork.", "Sold by Bob to Ada in Cork.", ["bob", "ada"]),
        ("ボブはアリスに話した。", "アリスはボブに話した。", ["アリス", "ボブ"]),
        ("ボブにアリスが話した。", "アリスにボブが話した。", ["アリス", "ボブ"]),
        ("大阪は東京より大きい。", "東京は大阪より大きい。", ["東京", "大阪"]),
        ("ボブのカバンやアリスのクツ", "アリスのカバンやボブのクツ", ["アリス", "ボブ"]),
        ("Ada was told by Bob.", "Ada told Bob.", ["ada", "bob"]),
        (
            "Ada and Bob are 30 and 20 respectively.",
            "Ada and Bob are 20 and 30 respectively.",
            ["20", "30"],
        ),
    ],
)
def test_things_that_take_each_others_part_are_told(text: str, said: str, pair: list[str]) -> None:
    assert traded(text, said) == pair


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Bob and Ada live in Cork.", "Ada and Bob live in Cork."),
        ("Carol, Ada and Bob live in Cork.", "Ada, Bob and Carol live in Cork."),
        ("It costs between 20 and 10 pounds.", "It costs between 10 and 20 pounds."),
        ("He has 20 cows and 10 goats.", "He has 10 goats and 20 cows."),
        ("He saw the red car and the red house.", "He saw the red house and the red car."),
        (
            "The fee is 5 for children and 10 for adults.",
            "The fee is 10 for adults and 5 for children.",
        ),
        (
            "Berlin is the capital of Germany and Paris is the capital of France.",
            "Paris is the capital of France and Berlin is the capital of Germany.",
        ),
        ("In Paris, Ada met Bob.", "Ada met Bob in Paris."),
        ("From Paris Ada went to Cork.", "Ada went to Cork from Paris."),
        ("In Cork, Ada built the mill in 1990.", "In 1990, Ada built the mill in Cork."),
        ("Bob answers if Ada calls.", "If Ada calls, Bob answers."),
        ("Bob was told by Ada.", "Ada told Bob."),
        ("Ada told Bob.", "Bob was told by Ada."),
        ("It was written by Bob and Ada.", "It was written by Ada and Bob."),
        ("ボブとアリスが話した。", "アリスとボブが話した。"),
        ("ボブにアリスは話した。", "アリスはボブに話した。"),
        ("ボブはアリスに殴られた。", "アリスがボブを殴った。"),
        ("日本の首都は東京である。", "東京は日本の首都である。"),
        ("大阪より東京は大きい。", "東京は大阪より大きい。"),
    ],
)
def test_what_moves_with_its_part_says_the_same(text: str, said: str) -> None:
    assert traded(text, said) == []


def test_every_thing_is_followed_to_where_it_stands_now() -> None:
    found = followed("Bob told Ada in 1990.", "In 1990, Ada told Bob.")
    assert found.met == {0: 3, 1: 2, 2: 1, 3: 0}
    assert found.share == 1.0
    assert found.blocks()[0] == (0, 0)
