from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.classification.classifier import Classifier
from knowledge.classification.features import read_features
from knowledge.classification.model import Facet, Label, Origin
from knowledge.classification.reading import WHOLE, Reading, sampled
from tests.knowledge.classification.texts import TEXTS


def languages(text: str) -> list[tuple[str, float]]:
    labels = Classifier().classify("", text)
    return [(each.value, each.confidence) for each in labels if each.facet == Facet.LANGUAGE]


def test_the_language_is_told_with_a_confidence_that_grows_with_the_text() -> None:
    (short,), (long,) = languages("the valve is open"), languages("the valve is open. " * 20)
    assert short[0] == long[0] == "en"
    assert 0.5 < short[1] < long[1] <= 1
    assert languages(TEXTS["concept, Japanese"][2])[0][0] == "ja"
    assert languages("createApp()") == []


def test_a_text_in_two_languages_is_less_sure_of_either() -> None:
    english, japanese = TEXTS["concept"][2], TEXTS["concept, Japanese"][2]
    assert languages(f"{english}\n{japanese}")[0][1] < languages(english)[0][1]


def test_a_language_that_is_known_already_is_taken() -> None:
    labels = Classifier().classify("", "zzz qqq", language="en")
    assert [each.value for each in labels if each.facet == Facet.LANGUAGE] == ["en"]


def test_quality_can_be_asked_for_alone() -> None:
    found = Classifier().quality("", TEXTS["concept"][2])
    assert found.readability is not None
    assert Classifier().quality("", TEXTS["table"][2]).readability is None


@given(
    st.text(max_size=80),
    st.one_of(
        st.text(max_size=600),
        st.lists(st.sampled_from(["- [ ] x", "a: b", "|a|b|", "```", "# h", "1. a", ""])).map(
            "\n".join
        ),
    ),
    st.dictionaries(st.text(max_size=9), st.none() | st.text(max_size=9), max_size=3),
    st.lists(st.text(max_size=20), max_size=3),
)
def test_any_document_is_labelled_alike_each_time(
    title: str, text: str, metadata: dict[str, str | None], headings: list[str]
) -> None:
    classifier = Classifier()
    labels = classifier.classify(title, text, "text/plain", metadata, headings)
    assert labels == classifier.classify(title, text, "text/plain", metadata, headings)
    assert labels[0].facet == Facet.KIND
    assert all(0 <= label.confidence <= 1 for label in labels)
    features = read_features(Reading.of(title, text, headings), metadata)
    assert all(0 < value <= 1 for value in features.values())


@given(st.text(min_size=1, max_size=40), st.integers(WHOLE + 1, 4 * WHOLE))
def test_samples_of_a_long_text_are_no_longer_than_what_is_read_whole(
    unit: str, length: int
) -> None:
    text = (unit * length)[:length]
    sample = sampled(text)
    assert len(sample) <= WHOLE + 2
    assert all(piece in text for piece in sample.split("\n"))


@pytest.mark.parametrize(
    "unit", ["a", "- ", "1.", ". A ", "　", "x = ", "(((", "\n", "[", "> ", "あ"]
)
def test_a_text_of_megabytes_takes_no_longer_than_its_samples(unit: str) -> None:
    text = unit * (2_000_000 // len(unit))
    started = time.process_time()
    Classifier().classify(text, text, headings=[text] * 50)
    assert time.process_time() - started < 1


def test_a_label_without_a_sound_confidence_or_a_value_is_refused() -> None:
    for confidence in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidInput, match="from 0 to 1"):
            Label(Facet.KIND, "log", confidence, Origin.USER)
    with pytest.raises(InvalidInput, match="needs a facet and a value"):
        Label(Facet.TOPIC, "", 1.0, Origin.USER)
