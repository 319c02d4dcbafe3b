"""Fit what answers are judged by, and say how far it can be trusted.

    python -m benchmarks.answers --homes FOLDER [--write]
    python -m benchmarks.answers --checks [--others]

With `--checks` it judges the checker of written answers instead (`benchmarks.answer_checks`); with
`--others`, too, on 600 sentences of each set behind the 300 that the rules were made on.

Two small logistic regressions: which sentence answers (fitted where answers are known), and
whether anything does. Each set counts the same; of its weight, half is questions with an answer,
a quarter those whose relevant passages are left out, a quarter those of other sets. `by folds` is
5-fold cross-validation over questions, `set left out` is judged on a set that was not seen.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api import KnowledgeBase
from benchmarks import answer_checks
from benchmarks.answer_cases import SETS, Case, answering, cases, opened, questions
from benchmarks.corpora import machine
from benchmarks.duplicate_tables import table
from retrieval.answers.evidence import FEATURES
from retrieval.answers.finding import FIGURES, Finder, Finding
from retrieval.answers.weights import WEIGHTS_FILE, Logistic, Weights

Floats = NDArray[np.float64]
_FOLDS: Final = 5
_THRESHOLD: Final = 0.5
_SHARES: Final = {"own": 0.5, "removed": 0.25, "foreign": 0.25}


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, judged: figures of the whole, and its sentences with which of them answer."""

    case: Case
    finding: Finding
    figures: Mapping[str, float]
    answers: NDArray[np.bool_]


def judge(base: KnowledgeBase, found: Sequence[Case]) -> tuple[list[Judged], list[float]]:
    """Look at cases as an answer does; answer the milliseconds of each, too."""
    finder = Finder(base.platform.parts.answerer.frequencies)
    judged, took = [], []
    for case in found:
        started = time.perf_counter()
        finding = finder.find(case.question.text, case.hits)
        took.append((time.perf_counter() - started) * 1e3)
        marks = [
            case.answerable and answering(case, case.hits[each.hit], each.text)
            for each in finding.evidence.statements
        ]
        judged.append(Judged(case, finding, finding.figures, np.array(marks, bool)))
    return judged, took


def fit(rows: Floats, labels: NDArray[np.bool_], weights: Floats, names: Sequence[str]) -> Logistic:
    """Fit one regression; answer its weights for the figures as they are."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=1.0, max_iter=3000)
    model.fit(scaler.transform(rows), labels, sample_weight=weights)
    plain = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - plain @ scaler.mean_)
    told = {name: round(float(w), 4) for name, w in zip(names, plain, strict=True)}
    return Logistic(told, round(intercept, 4))


def sentence_model(judged: Sequence[Judged]) -> Logistic:
    """Fit which sentence answers, where one does; each set counts the same."""
    use = [each for each in judged if each.answers.any()]
    count = {name: sum(e.case.source == name for e in use) for name in SETS}
    rows = np.vstack([each.finding.evidence.rows for each in use])
    labels = np.concatenate([each.answers for each in use])
    share = [np.full(len(e.answers), 1_000 / count[e.case.source] / len(e.answers)) for e in use]
    return fit(rows, labels, np.concatenate(share), FEATURES)


def weighed(judged: Sequence[Judged]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Lay cases out: figures, whether there is an answer, and weights."""
    count: dict[tuple[str, str], int] = {}
    for each in judged:
        key = (each.case.source, each.case.kind)
        count[key] = count.get(key, 0) + 1
    rows = np.array([[each.figures[name] for name in FIGURES] for each in judged])
    labels = np.array([each.case.answerable for each in judged])
    weights = [
        1_000 * _SHARES[each.case.kind] / count[each.case.source, each.case.kind] for each in judged
    ]
    return rows, labels, np.array(weights)


def folds(judged: Sequence[Judged]) -> list[int]:
    """Put a question into the same fold wherever it is asked."""
    texts = sorted({each.case.question.text for each in judged})
    random.Random(7).shuffle(texts)
    place = {text: number % _FOLDS for number, text in enumerate(texts)}
    return [place[each.case.question.text] for each in judged]


def held_back(judged: Sequence[Judged], groups: Sequence[object]) -> tuple[Floats, list[Floats]]:
    """Judge each group by models fitted on the others: probabilities, and odds of sentences."""
    probability = np.zeros(len(judged))
    odds: list[Floats] = [np.empty(0)] * len(judged)
    for group in dict.fromkeys(groups):
        inside = [number for number, own in enumerate(groups) if own == group]
        others = [each for each, own in zip(judged, groups, strict=True) if own != group]
        found, sentence = fit(*weighed(others), FIGURES), sentence_model(others)
        rows = np.array([[judged[n].figures[name] for name in FIGURES] for n in inside])
        probability[inside] = 1.0 / (1.0 + np.exp(-found.logits(rows, FIGURES)))
        for number in inside:
            odds[number] = sentence.logits(judged[number].finding.evidence.rows, FEATURES)
    return probability, odds


def measures(judged: Sequence[Judged], chance: Floats) -> dict[str, float]:
    """Say how good a decision at the threshold is, and how far its probabilities are off."""
    from sklearn.metrics import roc_auc_score

    _, labels, weights = weighed(judged)
    told = chance >= _THRESHOLD
    kinds = np.array([each.case.kind for each in judged])
    right = float(weights[told & labels].sum())
    return {
        "precision": right / max(float(weights[told].sum()), 1e-9),
        "recall": right / float(weights[labels].sum()),
        "AUC": float(roc_auc_score(labels, chance, sample_weight=weights)),
        "ECE": calibration_error(labels, chance, weights),
        "foreign refused": float(1.0 - told[kinds == "foreign"].mean()),
        "removed refused": float(1.0 - told[kinds == "removed"].mean()),
    }


def calibration_error(labels: NDArray[np.bool_], chance: Floats, weights: Floats) -> float:
    """Average over ten bins how far the probability told is from the share that is true."""
    bins = np.minimum((chance * 10).astype(int), 9)
    off = [
        abs(float((weights[own] * (labels[own] - chance[own])).sum()))
        for own in (bins == number for number in range(10))
    ]
    return sum(off) / float(weights.sum())


def told_in(judged: Sequence[Judged], odds: Sequence[Floats]) -> dict[str, float]:
    """Say how often the answer stands in the best one, two and three sentences."""
    known = [
        (each.answers, score)
        for each, score in zip(judged, odds, strict=True)
        if each.case.answerable and each.case.question.answers
    ]
    return {
        f"in {k}": float(
            np.mean([marks[np.argsort(-s, kind="stable")[:k]].any() for marks, s in known])
        )
        for k in (1, 2, 3)
        if known
    }


def report(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Judge by folds and with each set left out, as a whole and set by set."""
    lines = []
    groupings: dict[str, Callable[[], Sequence[object]]] = {
        "by folds": lambda: folds(judged),
        "set left out": lambda: [each.case.source for each in judged],
    }
    for how, grouping in groupings.items():
        chance, odds = held_back(judged, grouping())
        for name in ("all", *SETS):
            inside = [n for n, e in enumerate(judged) if name in {"all", e.case.source}]
            own = [judged[n] for n in inside]
            told = told_in(own, [odds[n] for n in inside])
            lines.append({"judged": how, "set": name, **measures(own, chance[inside]), **told})
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--homes", type=Path, help="where the sets are kept, made if need be")
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--checks", action="store_true", help="judge the checker of answers")
    parser.add_argument("--others", action="store_true", help="on sentences that no rule is from")
    options = parser.parse_args()
    if options.checks:
        most = answer_checks.MOST
        print(answer_checks.told(2 * most, after=most) if options.others else answer_checks.told())
        return
    with tempfile.TemporaryDirectory(prefix="elders-answers-") as temporary:
        asked = {name: questions(name) for name in SETS}
        judged: list[Judged] = []
        took: list[float] = []
        for name in SETS:
            with opened(options.homes or Path(temporary), name) as base:
                some, spent = judge(base, cases(base, name, asked))
            judged += some
            took += spent
    lines = report(judged)
    if options.write:
        weights = Weights(sentence_model(judged), fit(*weighed(judged), FIGURES))
        WEIGHTS_FILE.write_text(json.dumps(asdict(weights), indent=2) + "\n", "utf-8")
    speed = {"p50": float(np.quantile(took, 0.5)), "p95": float(np.quantile(took, 0.95))}
    if options.json:
        print(json.dumps({"machine": machine(), "milliseconds": speed, "sets": lines}))
        return
    head = list(lines[0])
    rows = [[_written(line.get(column, "")) for column in head] for line in lines]
    print(table(head, rows))
    print(f"judging 10 hits: {speed['p50']:.1f} ms, p95 {speed['p95']:.1f} ms, {machine()}")


def _written(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
