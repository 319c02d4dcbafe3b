"""What scores mean before a guild has outcomes of its own: as `benchmarks.incidents` fits them."""

from __future__ import annotations

from typing import Final

from elders.incidents.calibrate import Calibration
from elders.incidents.predict import Odds

ANOMALY: Final = Calibration(
    (1.0018, 1.1071, 2.0016, 2.633, 14.5743),
    (0.1333, 0.1739, 0.5294, 0.6308, 0.8571),
)
"""From a surprise to the chance that an anomaly is an incident."""

ODDS: Final = Odds((-0.453, -1.165, -1.418, 3.0, 2.65, 1.491, -0.319))
"""Of what a forecast says, in the order of `Forecast.features`."""

CROSSING: Final = Calibration(
    (
        0.0077,
        0.0313,
        0.0535,
        0.1261,
        0.1868,
        0.277,
        0.3691,
        0.5604,
        0.5749,
        0.615,
        0.6496,
        0.6795,
        0.7466,
        0.9233,
    ),
    (
        0.0005,
        0.037,
        0.0884,
        0.1805,
        0.2561,
        0.2863,
        0.4182,
        0.4737,
        0.6,
        0.6724,
        0.7297,
        0.7778,
        0.881,
        0.881,
    ),
)
"""From such a score to the chance that the limit is crossed."""
