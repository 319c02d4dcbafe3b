from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from foundation.errors import InvalidInput
from knowledge.classification.descriptions import DESCRIPTIONS
from knowledge.classification.model import DocumentKind as Kind
from knowledge.classification.model import Facet, Label, Origin
from knowledge.classification.prototypes import Matrix, Prototypes, combine

KINDS = (Kind.LOG, Kind.CODE, Kind.NEWS)


def unit(*numbers: float) -> Matrix:
    vector = np.array(numbers, dtype=np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@pytest.fixture
def prototypes() -> Prototypes:
    return Prototypes(KINDS, np.eye(3, 4, dtype=np.float32), described=3)


def kind(value: str, confidence: float, origin: str = Origin.FEATURES) -> Label:
    return Label(Facet.KIND, value, confidence, origin)


def test_a_vector_is_of_the_kind_whose_prototype_is_nearest(prototypes: Prototypes) -> None:
    first, *rest = prototypes.classify(unit(0.2, 0.9, 0.1, 0.3))
    assert (first.value, first.origin) == (Kind.CODE, Origin.PROTOTYPES)
    assert all(label.confidence < first.confidence for label in rest)


def test_a_vector_far_from_all_is_of_each_kind_alike(prototypes: Prototypes) -> None:
    labels = prototypes.classify(unit(0, 0, 0, 1))
    assert [label.confidence for label in labels] == pytest.approx([1 / 3] * 3)


def test_descriptions_make_the_first_prototypes() -> None:
    def embed(texts: Sequence[str]) -> Matrix:
        return np.stack([unit(len(text), 1) for text in texts])

    made = Prototypes.from_descriptions(embed)
    assert len(made.kinds) == made.described == sum(map(len, DESCRIPTIONS.values()))
    assert set(made.kinds) == set(Kind) - {Kind.OTHER}


def test_every_kind_is_described_in_english_and_all_of_prose_in_japanese() -> None:
    for each in set(Kind) - {Kind.OTHER}:
        assert any(text.isascii() for text in DESCRIPTIONS[each])
    for each in set(Kind) - {Kind.OTHER, Kind.LOG, Kind.CODE, Kind.TABLE}:
        assert any(not text.isascii() for text in DESCRIPTIONS[each])


def test_labels_of_people_teach_a_kind(prototypes: Prototypes) -> None:
    vector = unit(0.5, 0, 0.1, 0.9)
    assert prototypes.classify(vector)[0].value == Kind.LOG
    taught = prototypes.refit([(unit(0.4, 0, 0, 0.9), "task"), (unit(0.5, 0, 0.2, 0.9), "task")])
    assert taught.classify(vector)[0].value == Kind.TASK
    assert taught.classify(unit(1, 0, 0, 0))[0].value == Kind.LOG


def test_teaching_begins_anew_each_time(prototypes: Prototypes) -> None:
    examples = [(unit(0, 0, 0, 1), "task")]
    once = prototypes.refit(examples)
    twice = once.refit(examples)
    assert once.kinds == twice.kinds == (*KINDS, Kind.TASK)
    assert np.array_equal(once.vectors, twice.vectors)
    assert twice.refit([]).kinds == KINDS


def test_a_label_that_is_no_kind_teaches_nothing(prototypes: Prototypes) -> None:
    assert prototypes.refit([(unit(0, 0, 0, 1), "urgent")]).kinds == KINDS


def test_many_examples_of_one_kind_do_not_take_all(prototypes: Prototypes) -> None:
    taught = prototypes.refit([(unit(0, 0.1, 0.1, 1), "task")] * 100)
    assert taught.classify(unit(0, 0.9, 0, 0.3))[0].value == Kind.CODE


def test_vectors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidInput, match="one vector for each of their 2 kinds"):
        Prototypes((Kind.LOG, Kind.CODE), np.eye(3, dtype=np.float32), described=2)


def test_what_both_say_is_surer_than_what_one_says() -> None:
    seen = [kind("log", 0.6), kind("code", 0.4)]
    agree = combine(seen, [kind("log", 0.8, Origin.PROTOTYPES), kind("code", 0.2)])
    differ = combine(seen, [kind("code", 0.8, Origin.PROTOTYPES), kind("log", 0.2)])
    assert agree[0].value == "log"
    assert agree[0].confidence > 0.6
    assert agree[0].origin == Origin.COMBINED
    assert next(label for label in differ if label.value == "log").confidence < 0.6
    assert sum(label.confidence for label in differ) == pytest.approx(1)


def test_without_prototypes_the_features_have_the_word() -> None:
    seen = [kind("log", 0.6), Label(Facet.TOPIC, "pump", 0.5, Origin.FEATURES)]
    assert combine(seen, []) == seen


def test_people_are_right_about_the_kind_and_the_language() -> None:
    seen = [
        kind("log", 0.6),
        Label(Facet.LANGUAGE, "en", 0.7, Origin.FEATURES),
        Label(Facet.TOPIC, "pump", 0.5, Origin.FEATURES),
    ]
    said = [kind("task", 0.3, "user"), Label(Facet.LANGUAGE, "ja", 1.0, "user")]
    assert combine(seen, [kind("log", 0.9, Origin.PROTOTYPES)], said) == [
        kind("task", 1.0, Origin.USER),
        Label(Facet.LANGUAGE, "ja", 1.0, Origin.USER),
        seen[2],
    ]


def test_topics_of_people_join_those_of_the_machine() -> None:
    seen = [kind("log", 0.6), *(Label(Facet.TOPIC, t, 0.5, Origin.FEATURES) for t in "ab")]
    said = [Label(Facet.TOPIC, value, 1.0, Origin.USER) for value in "bc"]
    assert combine(seen, [], said) == [*said, seen[0], seen[1]]
