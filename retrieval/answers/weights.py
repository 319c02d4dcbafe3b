"""The fitted weights of the two small models behind an answer, and how they are applied."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

WEIGHTS_FILE: Final = Path(__file__).with_name("weights.json")
"""Written by `python -m benchmarks.answers --write`."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over named figures."""

    weights: Mapping[str, float]
    intercept: float

    def logits(self, rows: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
        """Answer the log odds of rows of shape (n, len(names)): shape (n,)."""
        weights = np.array([self.weights[name] for name in names])
        scores: NDArray[np.float64] = rows @ weights + self.intercept
        return scores

    def probability(self, figures: Mapping[str, float]) -> float:
        """Answer the probability for one row of figures."""
        total = self.intercept + sum(w * figures[name] for name, w in self.weights.items())
        return float(1.0 / (1.0 + np.exp(-total)))


@dataclass(frozen=True, slots=True)
class Weights:
    """`sentence`: whether a sentence holds the answer; `found`: whether any passage does."""

    sentence: Logistic
    found: Logistic


@cache
def shipped_weights() -> Weights:
    """Read the weights that come with the package."""
    told: Mapping[str, Any] = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    return Weights(**{name: Logistic(**told[name]) for name in ("sentence", "found")})
