"""Learns from labelled questions what their askers want, in closed form."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.questions import Intent
from retrieval.enhancement.features import features

EXAMPLES: Final = Path(__file__).with_name("intents.jsonl")
WEIGHTS: Final = Path(__file__).with_name("intents.npz")
INTENTS: Final = tuple(Intent)

_RIDGE: Final = 0.5
_SEEN: Final = 2
"""A feature that only one example has tells nothing of the next question."""

_SCALES: Final = np.linspace(1.0, 25.0, 97)


@dataclass(frozen=True, slots=True)
class Example:
    """A question that somebody labelled."""

    text: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned: `matrix` has shape (features, intents).

    The probabilities of intents are the softmax of `scale` times the weighted sums.
    """

    vocabulary: Mapping[str, int]
    matrix: NDArray[np.float32]
    scale: float


def read_examples(path: Path = EXAMPLES) -> list[Example]:
    """Read labelled questions: a JSON object a line, with `text` and `intent`."""
    rows: Iterable[Any] = map(json.loads, path.read_text("utf-8").splitlines())
    return [Example(row["text"], Intent(row["intent"])) for row in rows]


def train(examples: Sequence[Example]) -> Weights:
    """Fit weights by ridge regression, and their confidence to the examples left out.

    In closed form, so that the answer is always the same, and that the prediction for each example
    by all others is known without training again; the logistic scale is the likeliest for these.
    """
    seen = [features(each.text) for each in examples]
    counts = Counter(name for each in seen for name in each)
    kept = sorted(name for name, count in counts.items() if count >= _SEEN)
    vocabulary = {name: place for place, name in enumerate(kept)}
    rows = np.zeros((len(examples), len(kept)), np.float32)
    for row, own in zip(rows, seen, strict=True):
        known = [name for name in own if name in vocabulary]
        row[[vocabulary[name] for name in known]] = [own[name] for name in known]
    truth = np.array([INTENTS.index(each.intent) for each in examples])
    share = np.bincount(truth, minlength=len(INTENTS)) / len(examples)
    wanted = np.eye(len(INTENTS))[truth] - share
    inverse = np.linalg.inv((rows @ rows.T).astype(np.float64) + _RIDGE * np.eye(len(examples)))
    dual = inverse @ wanted
    left_out = wanted - dual / np.diag(inverse)[:, None]
    scale = min(_SCALES, key=lambda each: _surprise(each * left_out, truth))
    matrix = (rows.T @ dual).astype(np.float16).astype(np.float32)
    # An intent that people correct often is not likelier for that: its share is no part of it.
    return Weights(vocabulary, matrix, float(scale))


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Turn scores into probabilities along the last axis."""
    raised = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    found: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return found


def _surprise(scores: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    chances = softmax(scores)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chances, 1e-9)).mean())


def write_weights(weights: Weights, file: Path | BinaryIO = WEIGHTS, key: str = "") -> None:
    """Keep weights in a file, with a name for what they were learned from."""
    names = "\n".join(weights.vocabulary).encode()
    np.savez_compressed(
        file,
        key=np.array(key),
        names=np.frombuffer(names, np.uint8),
        matrix=weights.matrix.astype(np.float16),
        scale=np.float64(weights.scale),
    )


def read_weights(path: Path = WEIGHTS) -> Weights:
    """Read weights that were kept, in about 2 ms."""
    with np.load(path) as kept:
        names = kept["names"].tobytes().decode().split("\n")
        matrix = kept["matrix"].astype(np.float32)
        scale = float(kept["scale"])
    vocabulary = {name: place for place, name in enumerate(names)}
    return Weights(vocabulary, matrix, scale)


if __name__ == "__main__":  # python -m retrieval.enhancement.training, after a change of examples
    write_weights(train(read_examples()))
