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
"""More would take longer to learn from than the first search of a command waits."""


class IntentClassifier:
    """Classifies a question in about 0.1 ms, by weights that labelled examples gave."""

    def __init__(self, weights: Weights, judged: Sequence[Example] = ()) -> None:
        """Take what was learned.

        Args:
            weights: for questions that nobody judged.
            judged: of these questions people said what they are, in any spelling.
        """
        self._weights = weights
        self._judged = {one_spelling(each.text): each.intent for each in judged}

    def classify(self, text: str, asked: str | None = None) -> Mapping[Intent, float]:
        """Answer the probability of each intent, the likeliest first.

        Args:
            text: what is wanted.
            asked: the whole question, where `text` is only a part of it: what people said of just
                this one goes before what was learned.
        """
        if self._judged:
            said = self._judged.get(one_spelling(text if asked is None else asked))
            if said is not None:
                return {said: 1.0} | {other: 0.0 for other in INTENTS if other is not said}
        places, values = vectors(self._weights.vocabulary, text)
        scores = np.asarray(values, np.float32) @ self._weights.matrix[places]
        chances = softmax(self._weights.scale * scores).tolist()
        ordered = sorted(zip(INTENTS, chances, strict=True), key=lambda pair: -pair[1])
        return dict(ordered)


def learned_intents(judged: Sequence[Example] = ()) -> IntentClassifier:
    """Make the classifier that comes with the platform, in about 2 ms.

    With questions that people judged, it is trained anew on our own examples and the last 500 of
    these, in 0.1 to 0.3 s.
    """
    newest = judged[-MOST_EXAMPLES:]
    weights = train([*read_examples(), *newest]) if newest else read_weights()
    return IntentClassifier(weights, judged)
