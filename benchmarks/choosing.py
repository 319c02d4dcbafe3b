"""Chooses what tells kinds of logs, and by which views a detector judges: on what is not judged.

    ELDERS_DATA=… python -m benchmarks.choosing [--part kinds|views]

Kinds: `elders learn cycle` judges two splits: every third window of a log held back, and the last
third of each log. Here are only windows that neither of them holds back. Recipes are compared by
cross-validation over these (windows parted at random into five, twice), and by a split in time
(the last third of them); the mean of the two accuracies decides.
Views: `elders learn cycle` holds every second series back. Here are only the others. Each mean of
some views is judged on each series by the threshold that is best on the rest, and the score of the
Numenta Anomaly Benchmark over all of these decides.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from benchmarks.anomalies import Labelled, judge, read_labelled
from benchmarks.corpora import machine
from benchmarks.incidents import SURPRISES, alarms, halves, times
from elders.incidents.detect import Detector
from elders.incidents.logs import CHOSEN, LogKinds, Recipe
from elders.incidents.streaming import open_model
from elders.judging.reading import Window, data_folder, read_logs
from elders.judging.scoring import chosen_from

PARTS = 5
TIMES = 2
SEED = 7

Split = tuple[Sequence[int], Sequence[int]]
"""Numbers of windows: what is learned from, and what is judged."""


def recipes() -> Iterator[Recipe]:
    """Answer what is compared: sixteen."""
    features = ((True, False, False), (False, True, False), (True, True, False), (True, True, True))
    for templates, words, suspects in features:
        for counts in (False, True):
            for trees in (False, True):
                yield Recipe(templates, words, suspects, counts, trees)


def kinds() -> dict[str, Any]:
    """Compare recipes."""
    logs = {system: chosen_from(each) for system, each in read_logs(data_folder()).items()}
    windows = [each for log in logs.values() for each in log]
    late = [number >= len(log) * 2 // 3 for log in logs.values() for number in range(len(log))]
    numbers = range(len(windows))
    in_time = ([n for n in numbers if not late[n]], [n for n in numbers if late[n]])
    rows: dict[str, dict[str, float]] = {}
    for recipe in recipes():
        crossed = accuracy(windows, list(crossing(len(windows))), recipe)
        timed = accuracy(windows, [in_time], recipe)
        row = {"crossed": crossed, "in_time": timed, "mean": round((crossed + timed) / 2, 4)}
        rows[told(recipe)] = row
        sys.stderr.write(f"{told(recipe)}: {row}\n")
    best = max(rows, key=lambda name: rows[name]["mean"])
    kept = told(CHOSEN)
    return {"windows": len(windows), "recipes": rows, "best": best, "in the program": kept}


def told(recipe: Recipe) -> str:
    """Name a recipe."""
    names = [name for name in ("templates", "words", "suspects") if getattr(recipe, name)]
    counted = "counts" if recipe.counts else "TF-IDF"
    return f"{' + '.join(names)}; {counted}; {'trees' if recipe.trees else 'linear'}"


def crossing(count: int) -> Iterator[Split]:
    """Part windows at random, again and again; the same each time it is asked."""
    rng = np.random.default_rng(SEED)
    for _ in range(TIMES):
        order = rng.permutation(count)
        for part in range(PARTS):
            asked = order[part::PARTS]
            yield [int(each) for each in np.setdiff1d(order, asked)], [int(each) for each in asked]


def accuracy(windows: Sequence[Window], splits: Sequence[Split], recipe: Recipe) -> float:
    """Answer the share of windows whose kind was told."""
    right = total = 0
    for known, asked in splits:
        learned = LogKinds.learn(
            [windows[each].lines for each in known],
            [windows[each].kind for each in known],
            recipe=recipe,
        )
        found = learned.name([windows[each].lines for each in asked])
        right += sum(one.kind == windows[each].kind for one, each in zip(found, asked, strict=True))
        total += len(asked)
    return round(right / total, 4)


def views() -> dict[str, Any]:
    """Compare means of views."""
    series, _ = halves(read_labelled())
    seen = {each.name: viewed(each) for each in series}
    names = sorted(next(iter(seen.values()))[0])
    rows: dict[str, float] = {}
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            name = " + ".join(some)
            rows[name] = apart(series, seen, some)
            sys.stderr.write(f"{name}: {rows[name]}\n")
    kept = " + ".join(sorted(Detector().score(0.0, 0.0).views))
    best = max(rows, key=lambda name: rows[name])
    return {"series": len(series), "views": rows, "best": best, "in the program": kept}


def viewed(series: Labelled) -> list[Mapping[str, float]]:
    """Answer what each view says of each value."""
    detector = Detector(open_model())
    pairs = zip(series.seconds, series.values, strict=True)
    return [detector.score(at, value).views for at, value in pairs]


def apart(
    series: Sequence[Labelled],
    seen: Mapping[str, Sequence[Mapping[str, float]]],
    some: Collection[str],
) -> float:
    """Judge each series by the threshold that is best on the others."""
    scores = {
        name: [sum(each[view] for view in some) / len(some) for each in values]
        for name, values in seen.items()
    }
    by_threshold = {each: times(alarms(series, scores, each)) for each in SURPRISES}
    alarmed: dict[str, Sequence[float]] = {}
    for one in series:
        rest = [each for each in series if each.name != one.name]
        best = max(SURPRISES, key=lambda each: judge(rest, by_threshold[each]).nab)
        alarmed[one.name] = by_threshold[best][one.name]
    return judge(series, alarmed).nab


def main(arguments: Sequence[str] | None = None) -> int:
    """Choose, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("kinds", "views"), action="append")
    parts = parser.parse_args(arguments).part or ["kinds", "views"]
    found: dict[str, Any] = {"machine": machine()}
    if "kinds" in parts:
        found["kinds"] = kinds()
    if "views" in parts:
        found["views"] = views()
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
