"""A streaming model of river: how rare a point is among those before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from foundation.errors import Unavailable

if TYPE_CHECKING:
    from river.anomaly import LODA

_PROJECTIONS: Final = 30


class Loda:
    """Histograms of random projections; what was rare in all of them scores high.

    Source: Pevný, Loda: lightweight on-line detector of anomalies, Machine Learning 102, 2016.
    """

    def __init__(self, loda: LODA) -> None:
        self._loda = loda

    def score(self, features: Sequence[float]) -> float:
        """Score a point by its mean negative log-likelihood, 0 or more; then learn it."""
        point = dict(enumerate(features))
        found = max(0.0, float(self._loda.score_one(point)))
        self._loda.learn_one(point)
        return found


def open_model(seed: int = 7) -> Callable[[], Loda]:
    """Answer what makes a model for each series.

    Raises:
        Unavailable: river is not installed.
    """
    try:
        from river.anomaly import LODA
    except ImportError as error:
        raise Unavailable(
            "the streaming model needs river: pip install 'elders-guild[anomaly]'"
        ) from error
    return lambda: Loda(LODA(n_random_cuts=_PROJECTIONS, seed=seed))
