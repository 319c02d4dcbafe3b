"""How well the Incident Sage finds anomalies, foretells crossed limits, and knows kinds of logs.

    ELDERS_DATA=… python -m benchmarks.incidents [--part anomalies|forecasts|logs]

Anomalies: every second series (by name) is for tuning: thresholds and calibrations are chosen
there alone, for the best score, and the others are judged. The baseline is the robust z-score,
tuned in the same way. Alarms within 288 values of the last one are not given.
Forecasts: whether the series rises above a limit (the 0.98 quantile of its first third) within
12 values; made series that rise to a limit, or stop before it, are learned from and judged beside.
Logs: as `elders learn cycle` judges them, and for BGL alone.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.anomalies import Labelled, judge, read_labelled
from benchmarks.corpora import machine
from elders.incidents.calibrate import Calibration, calibration_error
from elders.incidents.detect import Detector, RobustZ
from elders.incidents.predict import Forecast, Odds, forecast
from elders.incidents.streaming import open_model
from elders.incidents.watch import ACTS, WARNS
from elders.judging.reading import data_folder, read_logs
from elders.judging.scoring import judge_kinds

QUIET = 288
HORIZON = 12
EVERY = 6
QUANTILE = 0.98
KEPT = 576
LEAK_LIMIT = 90.0
SURPRISES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0)
ZS = (3.5, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0, 50.0)


def halves(series: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Part series: what is tuned on, and what is judged."""
    return list(series[::2]), list(series[1::2])


def surprises(
    series: Sequence[Labelled], make: Callable[[], Detector | RobustZ]
) -> dict[str, list[float]]:
    """Score every value of every series, from its own past alone."""
    found = {}
    for each in series:
        detector = make()
        pairs = zip(each.seconds, each.values, strict=True)
        found[each.name] = [detector.score(at, value).surprise for at, value in pairs]
    return found


def alarms(
    series: Sequence[Labelled], scores: Mapping[str, Sequence[float]], threshold: float
) -> dict[str, list[tuple[float, float]]]:
    """Answer when there would be alarms, with their scores."""
    found: dict[str, list[tuple[float, float]]] = {}
    for each in series:
        told: list[tuple[float, float]] = []
        last = -QUIET
        for number, score in enumerate(scores[each.name]):
            if score >= threshold and number - last >= QUIET:
                last = number
                told.append((each.seconds[number], score))
        found[each.name] = told
    return found


def times(told: Mapping[str, Sequence[tuple[float, float]]]) -> dict[str, list[float]]:
    """Leave out the scores."""
    return {name: [at for at, _ in each] for name, each in told.items()}


def outcomes(
    series: Sequence[Labelled], told: Mapping[str, Sequence[tuple[float, float]]]
) -> list[tuple[float, bool]]:
    """Answer the score of each alarm, and whether it was right."""
    return [
        (score, any(begin <= at <= end for begin, end in each.windows))
        for each in series
        for at, score in told[each.name]
        if at >= each.judged_from
    ]


def anomalies(series: Sequence[Labelled]) -> dict[str, Any]:
    """Compare detectors; each is tuned on one half and judged on the other."""
    tuned, held = halves(series)
    ways: dict[str, tuple[Callable[[], Detector | RobustZ], Sequence[float]]] = {
        "robust z-score": (RobustZ, ZS),
        "shift and season": (Detector, SURPRISES),
        "with a streaming model": (lambda: Detector(open_model()), SURPRISES),
    }
    found: dict[str, Any] = {"tuned on": [each.name for each in tuned]}
    for name, (make, thresholds) in ways.items():
        scores = surprises(series, make)
        best = max(
            thresholds, key=lambda each: judge(tuned, times(alarms(tuned, scores, each))).nab
        )
        told = {
            part: judge(of, times(alarms(of, scores, best))).told()
            for part, of in (("tuned", tuned), ("held back", held))
        }
        found[name] = {"threshold": best, **told}
        if make is not RobustZ:
            found[name] |= calibrated(tuned, held, scores)
    return found


def calibrated(
    tuned: Sequence[Labelled], held: Sequence[Labelled], scores: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Fit what a surprise means on alarms of all thresholds, and judge it on the other half."""
    known = [pair for each in SURPRISES for pair in outcomes(tuned, alarms(tuned, scores, each))]
    asked = [pair for each in SURPRISES for pair in outcomes(held, alarms(held, scores, each))]
    fitted = Calibration.fit([score for score, _ in known], [came for _, came in known])
    chances = [fitted(score) for score, _ in asked]
    error = calibration_error(chances, [came for _, came in asked])
    return {"calibration": [fitted.scores, fitted.chances], "calibration_error": round(error, 4)}


def questions(series: Sequence[Labelled]) -> list[tuple[Forecast, bool]]:
    """Ask of each series, now and then, whether it will rise above its limit; with what came."""
    found = []
    for each in series:
        begin = len(each.values) // 3
        limit = float(np.quantile(each.values[:begin], QUANTILE))
        for at in range(begin, len(each.values) - HORIZON, EVERY):
            if each.values[at] > limit or not limit:
                continue
            told = asked_at(each, at, limit)
            if told is not None:
                came = max(each.values[at + 1 : at + HORIZON + 1]) > limit
                found.append((told, came))
    return found


def leaks(seed: int, count: int = 120, length: int = 500) -> list[tuple[Forecast, bool]]:
    """Ask the same of made series that rise steadily to a limit, of which half stop before it."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        slope, noise = rng.uniform(0.12, 0.6), rng.uniform(0.1, 2.0)
        rising = 40 + slope * np.arange(length)
        top = rng.uniform(60, 89) if rng.random() < 0.5 else math.inf
        values = np.minimum(rising, top) + rng.normal(0, noise, length)
        each = Labelled("leak", [10.0 * n for n in range(length)], list(map(float, values)), [])
        for at in range(60, length - HORIZON, 2):
            if rising[at] > LEAK_LIMIT + 5:
                break
            told = asked_at(each, at, LEAK_LIMIT)
            if told is not None and values[at] <= LEAK_LIMIT < rising[at] + 40:
                found.append((told, bool(values[at + 1 : at + HORIZON + 1].max() > LEAK_LIMIT)))
    return found


def asked_at(series: Labelled, at: int, limit: float) -> Forecast | None:
    """Foretell a series at one of its values."""
    begin = max(0, at - KEPT + 1)
    return forecast(
        series.seconds[begin : at + 1],
        series.values[begin : at + 1],
        limit=limit,
        horizon_seconds=series.seconds[at + HORIZON] - series.seconds[at],
    )


def forecasts(series: Sequence[Labelled]) -> dict[str, Any]:
    """Fit what forecasts mean on one half, with made leaks, and judge it on the other."""
    from sklearn.linear_model import LogisticRegression

    tuned, held = (questions(each) for each in halves(series))
    known = [*tuned, *leaks(1)]
    came = [each for _, each in known]
    features = np.array([told.features for told, _ in known])
    fitted = LogisticRegression(fit_intercept=False).fit(features, came)
    odds = Odds(tuple(round(float(each), 3) for each in fitted.coef_[0]))
    curve = Calibration.fit([odds(told.features) for told, _ in known], came)
    rate = float(np.mean([each for _, each in tuned]))
    return {
        "odds": odds.weights,
        "calibration": [curve.scores, curve.chances],
        "held back": foretold(held, odds, curve, rate),
        "made leaks": foretold(leaks(2), odds, curve, rate),
    }


def foretold(
    asked: Sequence[tuple[Forecast, bool]], odds: Odds, curve: Calibration, rate: float
) -> dict[str, Any]:
    """Judge chances by what came."""
    came = np.array([each for _, each in asked], float)
    chances = np.array([curve(odds(told.features)) for told, _ in asked])
    told: dict[str, Any] = {
        "questions": len(asked),
        "crossed": round(float(came.mean()), 4),
        "brier": round(float(np.mean((chances - came) ** 2)), 4),
        "brier_of_the_rate": round(float(np.mean((rate - came) ** 2)), 4),
        "calibration_error": round(calibration_error(list(chances), list(came > 0)), 4),
    }
    for name, least in (("warned", WARNS), ("acted", ACTS)):
        above = chances > least
        share = round(float(came[above].mean()), 4) if above.any() else None
        told[name] = {"questions": int(above.sum()), "came": share}
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("anomalies", "forecasts", "logs"), action="append")
    asked = parser.parse_args(arguments)
    parts = asked.part or ["anomalies", "forecasts", "logs"]
    series = read_labelled()
    told: dict[str, Any] = {"machine": machine()}
    if "anomalies" in parts:
        told["anomalies"] = anomalies(series)
    if "forecasts" in parts:
        told["forecasts"] = forecasts(series)
    if "logs" in parts:
        logs = read_logs(data_folder())
        told["logs"] = {name: asdict(each) for name, each in judge_kinds(logs).items()}
        alone = judge_kinds({"BGL": logs["BGL"]})
        told["BGL alone"] = asdict(alone["held_back"])
    print(json.dumps(told, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
