from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.classification.model import Facet
from knowledge.classification.reading import Reading
from knowledge.classification.topics import MOST, topic_labels


def topics(title: str, text: str, *headings: str) -> list[str]:
    return [label.value for label in topic_labels(Reading.of(title, text, headings))]


TEXT = (
    "The pressure valve closes at night. A pressure valve that sticks is replaced; the pump runs "
    "on. Whoever replaces it stops the pump before, and starts the pump again."
)


def test_terms_of_the_title_and_terms_that_repeat_are_topics() -> None:
    found = topics("Care of the pressure valve", TEXT)
    assert found[0] == "pressure valve"
    assert "pump" in found


def test_japanese_terms_need_no_segmentation() -> None:
    text = (
        "圧力弁は夜に閉じる。圧力弁が固着したら交換する。"
        "ポンプを止めてから始めること。ポンプは後で動かす。ポンプの音を聞く。"
    )
    found = topics("圧力弁について", text)
    assert found[:2] == ["圧力弁", "ポンプ"]


def test_headings_count() -> None:
    assert "night shift" not in topics("", TEXT)
    assert "night shift" in topics(
        "", TEXT + " The night shift knows.", "Night shift", "Night shift"
    )


def test_words_that_say_nothing_are_no_topics() -> None:
    assert topics("How to use this and that", "which is what we would do " * 5) == []


def test_two_words_are_a_term_only_where_they_stand_together() -> None:
    found = topics("Valves: pumps", "valves, pumps. " * 4)
    assert set(found) == {"valves", "pumps"}


def test_topics_are_few_sure_first_and_no_parts_of_each_other() -> None:
    words = "alpha beta gamma delta epsilon zeta eta theta " * 3
    labels = topic_labels(Reading.of("Alpha beta", words))
    assert len(labels) == MOST
    assert [label.confidence for label in labels] == sorted(
        (label.confidence for label in labels), reverse=True
    )
    values = [label.value for label in labels]
    assert not any(one != other and one in other for one in values for other in values)


@given(st.text(max_size=60), st.text(max_size=400))
def test_any_text_has_at_most_five_topics_that_stand_in_it(title: str, text: str) -> None:
    reading = Reading.of(title, text)
    labels = topic_labels(reading)
    assert len(labels) <= MOST
    for label in labels:
        assert label.facet == Facet.TOPIC
        assert 0 < label.confidence < 1
        assert label.value in reading.lowered
