"""Kinds of real documents in both languages: features, prototypes, and what people's labels add."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.classification import Score, evaluate, speed, table
from benchmarks.labelled import SETS, Labelled, labelled
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.registry import open_embedder
from tests.acceptance.data import data_set

pytestmark = pytest.mark.slow

MOST = 24
"""Documents of each source and kind: figures move by 0.03 with the sample."""


@pytest.fixture(scope="module")
def documents() -> list[Labelled]:
    for name in SETS:
        data_set(name)
    return labelled(MOST)


@pytest.fixture(scope="module")
def scores(documents: list[Labelled], models_dir: Path) -> Mapping[str, Score]:
    options = EmbedderOptions(models_dir=models_dir)
    embedder = open_embedder("minilm", options)
    try:
        found = evaluate(documents, embedder.embed_documents, train=False)
    finally:
        embedder.close()
    print(f"\n{table(found)}")  # noqa: T201 - the figures are what this test is for
    return found


def test_features_tell_kinds_of_documents_that_nobody_tuned_them_on(
    scores: Mapping[str, Score],
) -> None:
    score = scores["features"]
    assert score.accuracy > 0.82
    assert score.macro_f1 > 0.84
    for kind in ("incident", "log", "table", "concept"):
        assert score.f1[kind] > 0.85, kind
    assert min(score.f1.values()) > 0.45


def test_the_confidence_is_about_how_often_the_label_is_right(scores: Mapping[str, Score]) -> None:
    for name in ("features", "features with descriptions", "features with descriptions and labels"):
        assert scores[name].calibration < 0.1, name


def test_prototypes_do_no_harm_and_learn_from_people(scores: Mapping[str, Score]) -> None:
    alone = scores["descriptions alone, English"]
    taught = scores["descriptions and labels alone, English"]
    assert alone.macro_f1 > 0.5
    assert taught.macro_f1 > alone.macro_f1 + 0.04
    for name in ("features with descriptions", "features with descriptions and labels"):
        assert scores[name].accuracy > scores["features"].accuracy - 0.03, name


def test_classifying_costs_little_beside_a_count_of_words(documents: list[Labelled]) -> None:
    times = speed(documents[::4])
    assert times["classify"] < 15 * times["plain count of words"]
