"""What somebody wants who asks, with a probability for each intent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from knowledge.questions import Intent, one_spelling
from retrieval.enhancement.features import vectors
from retrieval.enhancement.training import (
    INTENTS,
    Example,
    Weights,
    read_examples,
    read_weights,
    softmax,
    train,
)

MOST_EXAMPLES: Final = 500
"""Of people's judgements: what is learned from more takes longer than it is worth."""


class IntentClassifier:
    """Classifies a question in about 0.1 ms, by weights that labelled examples gave."""

    def __init__(self, weights: Weights, said: Mapping[str, Intent] | None = None) -> None:
        """Take what was learned.

        Args:
            weights: for questions that nobody judged.
            said: what people said that questions are, by these in their one spelling.
        """
        self.weights = weights
        self._said = said or {}

    def classify(self, text: str, asked: str | None = None) -> Mapping[Intent, float]:
        """Answer the probability of each intent, the likeliest first.

        Args:
            text: what is wanted.
            asked: the whole question, where `text` is only a part of it: what people said of just
                this one goes before what was learned.
        """
        if self._said:
            said = self._said.get(one_spelling(text if asked is None else asked))
            if said is not None:
                return {said: 1.0} | {other: 0.0 for other in INTENTS if other is not said}
        places, values = vectors(self.weights.vocabulary, text)
        scores = np.asarray(values, np.float32) @ self.weights.matrix[places]
        chances = softmax(self.weights.scale * scores).tolist()
        ordered = sorted(zip(INTENTS, chances, strict=True), key=lambda pair: -pair[1])
        return dict(ordered)


def said_of(judged: Sequence[Example]) -> Mapping[str, Intent]:
    """Answer what people said of each question, by its one spelling; the last word holds."""
    return {one_spelling(each.text): each.intent for each in judged}


def learned_weights(judged: Sequence[Example]) -> Weights:
    """Learn anew from our own examples and the last 500 that people judged.

    With 500 that takes half a second to a second, so no search waits for it.
    """
    return train([*read_examples(), *judged[-MOST_EXAMPLES:]])


def learned_intents(judged: Sequence[Example] = ()) -> IntentClassifier:
    """Make the classifier that comes along, in about 2 ms, or learn one from judgements now."""
    weights = learned_weights(judged) if judged else read_weights()
    return IntentClassifier(weights, said_of(judged))
