"""Which kind a document is of: a sum of named features, so that a label can say why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from knowledge.classification.model import DocumentKind as Kind
from knowledge.classification.model import Evidence, Facet, Label, Origin

WEIGHTS: Final[Mapping[Kind, Mapping[str, float]]] = {
    Kind.HOW_TO: {
        "guide heading": 1.9, "guide words": 2.1, "instructions": 2.1, "numbered steps": 1.6,
        "code blocks": 1.6, "literal names": 1.1, "incident heading": -0.5, "years": -1.0,
        "code title": -0.2, "code lines": -1.7, "past tense": -1.1, "reference heading": -1.2,
        "concept heading": -0.5, "news words": -0.5,
    },
    Kind.REFERENCE: {
        "reference heading": 3.0, "reference words": 1.6, "signatures": 0.8, "option lines": 1.0,
        "modals": 1.5, "literal names": 0.8, "code title": 1.7, "code blocks": 0.5,
        "table rows": 0.5, "data file": 0.5, "code lines": -1.9, "past tense": -1.0,
        "concept heading": -0.6, "guide heading": -0.5, "indented lines": -0.5,
    },
    Kind.CONCEPT: {
        "concept heading": 2.3, "concept words": 2.0, "opening definition": 1.1, "definitions": 1.0,
        "years": 1.0, "study words": 2.6, "prose": 1.7, "past tense": 0.7, "code lines": -2.4,
        "instructions": -0.6, "incident words": -1.1, "news words": -1.0, "code title": -0.7,
        "indented lines": -0.5,
    },
    Kind.INCIDENT: {
        "incident heading": 2.2, "incident words": 3.7, "prose": 0.5, "past tense": 1.1,
        "instructions": -1.0, "code lines": -2.6, "news words": -0.5, "code title": -0.5,
        "guide words": -0.6, "signatures": -0.6, "concept words": -0.6,
    },
    Kind.TASK: {
        "task heading": 2.0, "task words": 2.0, "task fields": 3.0, "task metadata": 4.0,
        "check boxes": 3.5, "prose": -0.6,
    },
    Kind.LOG: {
        "log lines": 5.1, "log levels": 3.0, "log heading": 1.0, "log file": 3.0, "digits": 0.6,
        "prose": -1.5,
    },
    Kind.CODE: {
        "code file": 5.0, "data file": 2.5, "code lines": 4.8, "indented lines": 1.8,
        "signatures": 0.7, "prose": -1.4, "literal names": -0.7, "code blocks": -0.8,
    },
    Kind.TABLE: {
        "table file": 5.0, "table rows": 5.0, "delimited lines": 3.5, "digits": 1.5,
        "log lines": -2.0, "code lines": -1.5, "prose": -1.5,
    },
    Kind.CONVERSATION: {
        "mail file": 4.0, "talk heading": 2.0, "talk words": 2.9, "speaker turns": 4.4,
        "mail headers": 3.0, "quoted lines": 2.0, "questions": 1.0, "code blocks": -0.5,
    },
    Kind.NEWS: {
        "news heading": 1.0, "news words": 4.6, "prose": 0.4, "literal names": -1.0,
        "code blocks": -0.5,
    },
    Kind.OTHER: {},
}  # fmt: skip
"""What each feature, from 0 to 1, adds to a kind's score.

Set by hand, then moved by a logistic regression on the training half of `benchmarks.labelled` that
was penalised for leaving these values and might change no sign; kinds without real documents there
(tasks, conversations) kept the hand's.
"""

BASE: Final[Mapping[Kind, float]] = dict.fromkeys(Kind, 0.0) | {
    Kind.OTHER: 1.0,
    Kind.HOW_TO: 0.4,
    Kind.REFERENCE: 0.2,
    Kind.CONCEPT: 0.4,
    Kind.INCIDENT: -0.3,
    Kind.CODE: -0.1,
    Kind.TABLE: -0.1,
    Kind.NEWS: -0.2,
}
"""Scores of a document without any feature: such a one is of no particular kind."""

TEMPERATURE: Final = 0.6
"""Divides the scores on their way to confidences: so that these are right as often as they say."""

_SHOWN: Final = 0.02
"""Kinds with less confidence are not worth a label."""


def evidence(features: Mapping[str, float]) -> list[Evidence]:
    """List what speaks for and against each kind, the strongest first."""
    found = [
        Evidence(kind, name, features[name], weight)
        for kind, weights in WEIGHTS.items()
        for name, weight in weights.items()
        if name in features
    ]
    return sorted(found, key=lambda item: -abs(item.points))


def scores(features: Mapping[str, float]) -> dict[Kind, float]:
    """Add up, for each kind, what its features are worth."""
    return {
        kind: BASE[kind]
        + sum(weight * features[name] for name, weight in weights.items() if name in features)
        for kind, weights in WEIGHTS.items()
    }


def kind_labels(features: Mapping[str, float], temperature: float = TEMPERATURE) -> list[Label]:
    """Answer the kinds that a document may be of, the likeliest first; confidences add up to 1."""
    return labels_of(scores(features), temperature, Origin.FEATURES)


def labels_of(scores: Mapping[Kind, float], temperature: float, origin: Origin) -> list[Label]:
    """Turn scores into labels by the softmax; what is hardly possible is left out."""
    highest = max(scores.values())
    odds = {kind: math.exp((score - highest) / temperature) for kind, score in scores.items()}
    total = sum(odds.values())
    return sorted(
        (
            Label(Facet.KIND, kind, share / total, origin)
            for kind, share in odds.items()
            if share >= _SHOWN * total
        ),
        key=lambda label: -label.confidence,
    )
