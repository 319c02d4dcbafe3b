"""What askers want: accuracy and calibration on questions that were never trained on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from knowledge.questions import Intent
from retrieval.enhancement.intent import learned_intents
from retrieval.enhancement.training import (
    EXAMPLES,
    Example,
    read_examples,
    read_weights,
    train,
    write_weights,
)
from tests.retrieval.enhancement.questions import questions

HELD_OUT = Path(__file__).with_name("held_out.jsonl")
CLASSIFIER = learned_intents()


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_intent_has_many_examples_in_both_languages_and_none_is_held_out() -> None:
    counts = Counter((row["intent"], row["language"]) for row in rows(EXAMPLES))
    assert set(counts) == {
        (intent.value, language) for intent in Intent for language in ["en", "ja"]
    }
    assert min(counts.values()) >= 25
    texts = [row["text"] for row in rows(EXAMPLES)]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {row["text"] for row in rows(HELD_OUT)}


@pytest.mark.parametrize(("language", "least"), [("en", 0.85), ("ja", 0.82)])
def test_most_held_out_questions_are_understood(language: str, least: float) -> None:
    held = [row for row in rows(HELD_OUT) if row["language"] == language]
    right = [next(iter(CLASSIFIER.classify(row["text"]))) == row["intent"] for row in held]
    assert len(right) == 64
    assert np.mean(right) >= least


def test_confidence_is_about_how_often_it_is_right() -> None:
    best = [
        (next(iter(CLASSIFIER.classify(r["text"]).items())), r["intent"]) for r in rows(HELD_OUT)
    ]
    chances = np.array([chance for (_, chance), _ in best])
    right = np.array([intent == truth for (intent, _), truth in best])
    parts = [(chances >= low) & (chances < low + 0.2) for low in np.arange(0.0, 1.0, 0.2)]
    off = sum(abs(chances[part].sum() - right[part].sum()) for part in parts) / len(right)
    assert off < 0.1
    assert right[chances > 0.9].mean() > right[chances < 0.6].mean() + 0.2


def test_the_weights_that_come_along_are_those_of_the_examples(tmp_path: Path) -> None:
    kept, learned = read_weights(), train(read_examples())
    assert kept.vocabulary == learned.vocabulary
    assert kept.scale == learned.scale
    np.testing.assert_allclose(kept.matrix, learned.matrix, atol=1e-3)
    write_weights(learned, tmp_path / "again.npz")
    np.testing.assert_array_equal(read_weights(tmp_path / "again.npz").matrix, learned.matrix)


def test_feedback_changes_what_is_understood() -> None:
    question = "blue whale protocol"
    before = CLASSIFIER.classify(question)[Intent.TROUBLESHOOTING]
    taught = [Example(f"blue whale protocol {n}", Intent.TROUBLESHOOTING) for n in "abcd"]
    after = learned_intents(taught).classify(question)
    assert after[Intent.TROUBLESHOOTING] > before + 0.2
    assert next(iter(after)) is Intent.TROUBLESHOOTING


def test_what_people_said_of_a_question_goes_before_what_was_learned() -> None:
    said = "How fast is light?"
    taught = learned_intents([Example(said, Intent.FACTUAL)])
    for spelling in (said, "how fast  is LIGHT?"):
        found = taught.classify(spelling)
        assert next(iter(found.items())) == (Intent.FACTUAL, 1.0)
        assert set(found) == set(Intent)
        assert sum(found.values()) == 1.0
    assert taught.classify("fast light", said)[Intent.FACTUAL] == 1.0
    assert taught.classify(said, "how fast is light since 2024?")[Intent.FACTUAL] < 1.0


@given(questions)
def test_any_text_has_chances_that_add_up_to_one_the_likeliest_first(text: str) -> None:
    found = CLASSIFIER.classify(text)
    assert set(found) == set(Intent)
    assert abs(sum(found.values()) - 1.0) < 1e-9
    assert list(found.values()) == sorted(found.values(), reverse=True)
