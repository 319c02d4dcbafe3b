from __future__ import annotations

import pytest

from retrieval.answers.checking import Checker
from retrieval.answers.model import Sentence
from retrieval.indexes.analysis import Analyser
from tests.retrieval.answers.texts import passage

PASSAGES = [
    passage(1, "Backups are kept for ninety days. They are never sent abroad.", title="Vault"),
    passage(2, "Ada Lovelace keeps the keys of the archive in Cork. It holds 1,200 boxes."),
    passage(
        3, "バックアップは九十日間保存されます。鍵は田中が管理しており、国外には送られません。"
    ),
    passage(
        4,
        "The mill was built in 1850, but never sold. It ground two sacks a day for Tom Hale. The"
        " smaller one, of 1870, ground five for Ann Lee.",
    ),
    passage(
        5,
        "工場は東京で昭和に建てられ、大阪には移されなかった。生産は増加したが、利益は少なかった。",
    ),
]


def checked(text: str, *numbers: int) -> Sentence:
    return Checker(Analyser()).check(Sentence(text, numbers), PASSAGES)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Backups are kept for 90 days.", 1),
        ("The Vault keeps backups for ninety days.", 1),
        ("Ada Lovelace keeps the archive's keys.", 2),
        ("The archive holds 1200 boxes.", 2),
        ("Backups are not sent abroad.", 1),
        ("バックアップは90日間保存されます。", 3),
        ("鍵は田中が管理しています。", 3),
        ("The mill was built in 1850, but it wasn't sold.", 4),
        ("It ground 2 sacks a day for Tom Hale.", 4),
        ("工場は東京都で建てられた。", 5),
        ("生産は増加しましたが、利益は少なかったです。", 5),
    ],
)
def test_what_the_passage_says_is_supported(text: str, number: int) -> None:
    found = checked(text, number)
    assert (found.supported, found.why) == (True, "")
    (quote,) = found.quotes
    assert 0 <= quote.start < quote.end <= len(PASSAGES[number - 1].text)


@pytest.mark.parametrize(
    ("text", "numbers", "why"),
    [
        ("Backups are kept for ninety days.", (), "it cites nothing"),
        ("Backups are kept for ninety days.", (9,), "it cites [9], which is not there"),
        ("Backups are kept for ninety days.", (1, 9), "it cites [9], which is not there"),
        ("Backups are kept for 30 days.", (1,), "30 does not stand there"),
        ("Grace Hopper keeps the keys of the archive.", (2,), "“Grace Hopper” does not stand"),
        ("Things are kept for very long days.", (2,), "only"),
        ("Backups are not kept for ninety days.", (1,), "one of the two negates"),
        ("Backups are sent abroad.", (1,), "one of the two negates"),
        ("バックアップは30日間保存されます。", (3,), "30 does not stand there"),
        ("鍵は国外には送られます。", (3,), "one of the two negates"),
        ("The mill was built in 1870, but never sold.", (4,), "1870 stands for 1850"),
        ("The mill was built in 1850, but sold.", (4,), "one of the two negates"),
        ("It ground five sacks a day for Tom Hale.", (4,), "5 stands for 2"),
        ("It ground two sacks a day for Ann Lee.", (4,), "“Ann Lee” stands for “Tom Hale”"),
        ("The larger one, of 1870, ground five for Ann Lee.", (4,), "“larger” stands for"),
        (
            "The smaller one, of 1870, ground five for Ann Lee and fed cattle near rivers.",
            (4,),
            "several words on end",
        ),
        ("工場は仙台で昭和に建てられた。", (5,), "“仙台” does not stand there"),
        ("生産は減少したが、利益は少なかった。", (5,), "“減少” stands for “増加”"),
        ("工場は東京で昭和に建てられ、大阪に移された。", (5,), "one of the two negates"),
    ],
)
def test_what_it_does_not_say_is_not(text: str, numbers: tuple[int, ...], why: str) -> None:
    found = checked(text, *numbers)
    assert not found.supported
    assert found.why.startswith(why)
    assert not found.quotes


def test_several_passages_may_bear_a_sentence_out_together() -> None:
    text = "Backups are kept for ninety days, and Ada Lovelace keeps the keys."
    assert not checked(text, 1).supported
    assert checked(text, 1, 2).supported


def against(text: str, said: str) -> Sentence:
    return Checker(Analyser()).check(Sentence(text, [1]), [passage(1, said)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Backups are kept for ninety weeks.", "Backups are kept for ninety days."),
        ("The city spent 5 billion on schools.", "The city spent 5 million on schools."),
        ("The tower is 5 miles from the harbour.", "The tower is 5 km from the harbour."),
        ("Sales in the north fell by a third.", "Sales in the north fell by half."),
        ("The cellar is kept at 5 degrees.", "The cellar is kept at -5 degrees."),
        ("The fee is €5 for each of them.", "The fee is $5 for each of them."),
        ("It ground two sacks a week for him.", "It ground two sacks a day for him."),
        ("バックアップは90週間保存されます。", "バックアップは90日間保存されます。"),
        ("このデータは十分である。", "このデータは不十分である。"),
        ("このデータは不十分である。", "このデータは十分である。"),
        ("この情報は情報非公開の対象です。", "この情報は情報公開の対象です。"),
        ("一酸化炭素が部屋に発生した。", "二酸化炭素が部屋に発生した。"),
        ("Prices rose from 20 to 10 in a year.", "Prices rose from 10 to 20 in a year."),
        ("Bob told Alice.", "Alice told Bob."),
        ("Alice was told by Bob.", "Alice told Bob."),
        ("The second lamp is red, the first blue.", "The first lamp is red, the second blue."),
        ("The first lamp is blue, the second red.", "The first lamp is red, the second blue."),
        (
            "Paris is the capital of Germany.",
            "Paris is the capital of France and Berlin is the capital of Germany.",
        ),
        ("ボブはアリスに話した。", "アリスはボブに話した。"),
        ("The rs2 genotype had no effect.", "The rs198389 genotype had no effect."),
        ("It is found in 5 per billion of them.", "It is found in 5 per million of them."),
        ("It opened in the same month.", "It opened in the same year."),
        (
            "Grace keeps the key of the old red mill.",
            "Ada (born in Cork of a family of old millers) keeps the key of the old red mill.",
        ),
    ],
)
def test_another_amount_denial_or_order_is_not_what_it_says(text: str, said: str) -> None:
    assert not against(text, said).supported
    assert against(said, said).supported


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("人口は350人である。", "人口は三百五十人である。"),
        ("観客は2000人だった。", "観客は二千人だった。"),
        ("The hall has twenty-five seats.", "The hall has 25 seats."),
        ("The hall has two hundred seats.", "The hall has 200 seats."),
        ("The hall has 200 seats.", "The hall has two hundred seats."),
        ("The city spent 5,000,000 on schools.", "The city spent 5 million on schools."),
        ("The journey takes 60 minutes by train.", "The journey takes 1 hour by train."),
        ("文盲率は25パーセントだった。", "文盲率は25%だった。"),
        ("Half of the boxes were sold.", "50% of the boxes were sold."),
        ("Bob was told by Alice.", "Alice told Bob."),
        ("Bob and Alice live in Cork.", "Alice and Bob live in Cork."),
        ("In Paris, Alice met Bob.", "Alice met Bob in Paris."),
        ("このデータは十分ではない。", "このデータは不十分である。"),
        ("一般に一部の人が使います。", "一般に一部の人が使う。"),
        ("Bdf1 and Gcn5 hold it together.", "Gcn5 (an enzyme) and Bdf1 hold it together."),
        ("Cry2 and Cry1 are found in the liver.", "Cry1 and Cry2 are found in the liver."),
        (
            "They are states of New Jersey and New York.",
            "They are states of New York and New Jersey.",
        ),
    ],
)
def test_the_same_amount_and_the_same_in_another_order_is_what_it_says(
    text: str, said: str
) -> None:
    found = against(text, said)
    assert (found.supported, found.why) == (True, "")
