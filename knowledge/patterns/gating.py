"""Decides whether a pattern beats not using it by more than luck, on held-back cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from knowledge.patterns.model import Gate

_ENUMERATED: Final = 12
"""Differences whose signs are flipped exactly, 2 ** 12 combinations; smaller ones as a normal."""

_RELATIVE_ERROR: Final = 1e-9
"""Sums that differ by less, in units of the total, are equal: they came in another order."""


def gate(
    metric: str,
    with_pattern: Sequence[float],
    without: Sequence[float],
    *,
    least_cases: int = 5,
    level: float = 0.05,
) -> Gate:
    """Compare paired scores, so that what made a case hard counts for neither side.

    It is passed if there are enough cases, the mean with the pattern is larger, and so large a
    gain would come by chance in at most `level` of all such trials (see `chance_of_gain`). A
    miner that tests many patterns at once gives a smaller level.

    Args:
        metric: what the scores measure.
        with_pattern: a score for each held-back case, larger is better.
        without: the baseline's scores of the same cases, in the same order.
        least_cases: with fewer nothing passes.
        level: 0 to 1.

    Raises:
        InvalidInput: the scores are not paired, or not finite.
    """
    ours, theirs = np.asarray(with_pattern, np.float64), np.asarray(without, np.float64)
    if ours.shape != theirs.shape or ours.ndim != 1:
        raise InvalidInput(f"scores must be paired, but are {ours.shape} and {theirs.shape}")
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise InvalidInput(f"scores of {metric!r} must be finite")
    if not len(ours):
        return Gate(metric, 0.0, 0.0, 0, passed=False)
    gains = ours - theirs
    passed = len(gains) >= least_cases and gains.mean() > 0 and chance_of_gain(gains) <= level
    return Gate(metric, _mean(ours), _mean(theirs), len(gains), passed=bool(passed))


def chance_of_gain(gains: NDArray[np.float64]) -> float:
    """Tell how often chance alone would make a mean gain as large as this one.

    The paired randomisation test: were the pattern of no use, each gain were as likely a loss,
    so all ways to flip the signs are equally likely. For gains of one size that is the exact sign
    test. Otherwise the largest gains, on which it hangs, are flipped exactly, and the sum of the
    others, each of them small beside these, is taken for normal.

    Args:
        gains: score minus baseline, shape (n,); zeros tell nothing.

    Source: Fisher, The Design of Experiments, 1935; Edgington & Onghena, Randomization Tests.
    """
    from scipy.special import bdtrc, ndtr

    sizes = np.sort(np.abs(gains[gains != 0]))[::-1]
    if not len(sizes):
        return 1.0
    slack = _RELATIVE_ERROR * float(sizes.sum())
    if sizes[0] - sizes[-1] <= slack / len(sizes):
        wins = int((gains > 0).sum())
        return float(bdtrc(wins - 1, len(sizes), 0.5)) if wins else 1.0
    observed = float(gains.sum())
    sums = np.zeros(1)
    for size in sizes[:_ENUMERATED]:
        sums = np.concatenate([sums - size, sums + size])
    spread = float(np.sqrt((sizes[_ENUMERATED:] ** 2).sum()))
    if spread <= slack:
        return float((sums >= observed - slack).mean())
    return float(ndtr((sums - observed) / spread).mean())


def _mean(scores: NDArray[np.float64]) -> float:
    return float(np.sort(scores).mean())
