from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.graph.summaries import summarise, title

ENGLISH = [
    "Thank you for coming so early on a Monday.",
    "The harbour pump failed because its pressure valve was stuck.",
    "Lunch was served in the yard.",
    "A stuck pressure valve had stopped the harbour pump before.",
    "The crew will replace every pressure valve of the harbour pump in spring.",
    "Somebody has lost a green umbrella.",
]

JAPANESE = [
    "本日は早朝からお集まりいただきありがとうございます。",
    "圧力弁が固着したため、港の排水ポンプが停止した。",
    "昼食は中庭で出された。",
    "排水ポンプの圧力弁は以前にも固着し、停止の原因となった。",
    "春には排水ポンプの圧力弁をすべて交換する。",
    "緑色の傘の忘れ物があった。",
]


@pytest.mark.parametrize(("sentences", "chosen"), [(ENGLISH, [1, 3, 4]), (JAPANESE, [1, 4])])
def test_what_several_sentences_speak_of_is_chosen_in_the_order_of_the_text(
    sentences: list[str], chosen: list[int]
) -> None:
    assert summarise(sentences, most=1) == [1]
    assert summarise(sentences, most=3) == chosen


def test_what_was_said_is_not_said_again() -> None:
    again = [*ENGLISH, ENGLISH[1].upper(), "The pump failed because its pressure valve was stuck!"]
    chosen = summarise(again, most=4)
    assert len({1, 6, 7} & set(chosen)) == 1


def test_fragments_are_chosen_only_where_there_is_nothing_else() -> None:
    assert summarise(["Pump.", "Valve.", ENGLISH[1], ENGLISH[5], "Pump."], most=2) == [2, 3]
    assert summarise(["Pump.", "", "…"], most=2) == [0, 1]
    assert summarise([]) == []
    assert summarise(ENGLISH, most=0) == []


@given(
    st.lists(st.text("ab c東ア京の。", max_size=30), max_size=12),
    st.integers(min_value=0, max_value=5),
)
def test_places_are_ascending_distinct_and_no_more_than_asked_for(
    sentences: list[str], most: int
) -> None:
    found = summarise(sentences, most=most)
    assert found == sorted(set(found))
    assert len(found) <= most
    assert all(0 <= place < len(sentences) for place in found)
    assert found == summarise(sentences, most=most)


def test_thousands_of_sentences_are_summed_up_in_seconds() -> None:
    rng = random.Random(0)
    words = [f"{one}{two}{one}" for one in "bdfgklmnprst" for two in "aeiou"]
    sentences = [" ".join(rng.choices(words, k=12)) for _ in range(5000)]
    start = time.process_time()
    assert len(summarise(sentences)) == 3
    assert time.process_time() - start < 10


def test_a_title_names_the_most_central_entities_once() -> None:
    assert title(["Vue Router", "router", "Vue", "Pinia", "Vite", "Rollup"]) == (
        "Vue Router · Pinia · Vite"
    )
    assert title(["  Harbour \n pump ", ""]) == "Harbour pump"
    assert title(["圧力弁", "排水ポンプ", "ポンプ"], most=2) == "圧力弁 · 排水ポンプ"
    assert title([]) == ""


def test_a_title_is_no_longer_than_asked_for() -> None:
    assert title(["a" * 50, "b" * 50, "c"], longest=60) == "a" * 50 + " · c"
    assert title(["a" * 100], longest=10) == "a" * 9 + "…"
