"""How likely a score means what it warns of: learned from scores whose outcome is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from foundation.errors import InvalidInput

_BINS: Final = 10
_STEP: Final = 0.03
_CAUTION: Final = 2
"""Outcomes of either kind that are imagined at each end, so few real ones make no certainty."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising curve from scores to chances, straight between its points, level beyond them.

    Attributes:
        scores: of the points, rising.
        chances: of the points, 0 to 1, never falling.
    """

    scores: tuple[float, ...]
    chances: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is no such curve.

        Raises:
            InvalidInput: it falls, is empty, or no chance.
        """
        rising = all(a <= b for a, b in zip(self.chances, self.chances[1:], strict=False))
        ordered = all(a < b for a, b in zip(self.scores, self.scores[1:], strict=False))
        bounded = all(0 <= each <= 1 for each in self.chances)
        if not (self.scores and len(self.scores) == len(self.chances)):
            raise InvalidInput("a calibration needs as many chances as scores, one at the least")
        if not (rising and ordered and bounded):
            raise InvalidInput("a calibration's chances rise with its scores, from 0 to 1")

    def __call__(self, score: float) -> float:
        """Answer the chance that a score means."""
        return float(np.interp(score, self.scores, self.chances))

    @classmethod
    def fit(cls, scores: Sequence[float], outcomes: Sequence[bool]) -> Self:
        """Fit by isotonic regression, with a few imagined outcomes of both kinds at the ends.

        Source: Zadrozny & Elkan, KDD 2002.

        Args:
            scores: finite numbers.
            outcomes: whether what each warned of came; as many.

        Raises:
            InvalidInput: there is nothing to learn from.
        """
        if not scores or len(scores) != len(outcomes):
            raise InvalidInput("a calibration is learned from scores with their outcomes")
        from sklearn.isotonic import IsotonicRegression

        ends = (min(scores), max(scores))
        imagined = [(end, came) for end in ends for came in (0.0, 1.0)] * _CAUTION
        xs = [*scores, *(each for each, _ in imagined)]
        ys = [*(float(each) for each in outcomes), *(each for _, each in imagined)]
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(xs, ys)
        knots = zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)
        points = _thinned({round(float(x), 4): round(float(y), 4) for x, y in knots})
        return cls(tuple(points), tuple(points.values()))


def _thinned(points: dict[float, float]) -> dict[float, float]:
    """Leave out points that hardly rise above the one before; the ends stay."""
    kept: dict[float, float] = {}
    last = max(points)
    for score, chance in points.items():
        if not kept or score == last or chance - max(kept.values()) >= _STEP:
            kept[score] = chance
    return kept


def calibration_error(chances: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Answer how far chances are from frequencies: the mean over ten bins, by how many are in each.

    Source: expected calibration error; Naeini et al., AAAI 2015.
    """
    told, came = np.asarray(chances, float), np.asarray(outcomes, float)
    if not len(told):
        return 0.0
    bins = np.minimum((told * _BINS).astype(int), _BINS - 1)
    gaps = [
        (bins == each).sum() * abs(told[bins == each].mean() - came[bins == each].mean())
        for each in np.unique(bins)
    ]
    return float(sum(gaps) / len(told))
