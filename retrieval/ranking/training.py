"""Train a ranker on judged questions, and judge it on those that it did not see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput, Unavailable
from retrieval.evaluation import Qrels, Run, measure
from retrieval.ranking.ranker import Ranker
from retrieval.ranking.trees import forest_of

FOLDS: Final = 5
HARM: Final = 0.005
"""How much worse than fusion a set may be, in nDCG@10, for a ranker to be used all the same."""

_ROUNDS: Final = 200
_PARAMETERS: Final[Mapping[str, Any]] = {
    "objective": "lambdarank",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "label_gain": [0, 1, 3, 7, 15, 31],
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 1,
    "verbose": -1,
}
_MOST_GRADE: Final = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One judged question with its n candidates.

    Attributes:
        query: its id in the set.
        rows: features, shape (n, columns).
        grades: of the candidates, shape (n,).
        documents: the ids that the judgements know each candidate's document by.
        fused: place of each candidate in the fused ranking, larger than all for none, shape (n,).
    """

    query: str
    rows: NDArray[np.float32]
    grades: NDArray[np.int64]
    documents: Sequence[Sequence[str]]
    fused: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Judged questions of one kind, all with the same columns."""

    name: str
    examples: Sequence[Example]
    qrels: Qrels


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a set says of a ranker; each maps a measure to its value.

    Attributes:
        name: of the set.
        fused: by fusion.
        held_back: by rankers that did not see the question (cross-validation).
        apart: by a ranker that saw no question of this set at all; empty with a single set.
        serving: by the ranker that is in use, where it did not learn from this set; empty else.
    """

    name: str
    fused: Mapping[str, float]
    held_back: Mapping[str, float]
    apart: Mapping[str, float]
    serving: Mapping[str, float] = field(default_factory=dict)

    @property
    def gain(self) -> float:
        """What the ranker adds to nDCG@10 on questions that it did not see."""
        return self.held_back["ndcg@10"] - self.fused["ndcg@10"]


def train(
    sets: Sequence[JudgedSet], columns: Sequence[str], told: Mapping[str, Any] | None = None
) -> Ranker:
    """Learn from judged questions; every set counts the same, however large it is.

    Source: Burges, "From RankNet to LambdaRank to LambdaMART", 2010.

    Raises:
        InvalidInput: no question has a relevant candidate.
        Unavailable: LightGBM is not installed.
    """
    examples = [(example, 1.0 / len(each.examples)) for each in sets for example in each.examples]
    if not any(example.grades.any() for example, _ in examples):
        raise InvalidInput("no question has a relevant passage among its candidates: judge more")
    return Ranker(list(columns), forest_of(_boosted(examples)), dict(told or {}))


def _boosted(examples: Sequence[tuple[Example, float]]) -> Mapping[str, Any]:
    try:
        import lightgbm
    except ImportError as error:
        raise Unavailable(
            "training a ranker needs LightGBM: pip install 'elders-guild[learn]'"
        ) from error
    sizes = [len(example.grades) for example, _ in examples]
    data = lightgbm.Dataset(
        np.concatenate([example.rows for example, _ in examples]),
        np.minimum(np.concatenate([example.grades for example, _ in examples]), _MOST_GRADE),
        group=sizes,
        weight=np.repeat([100.0 * weight for _, weight in examples], sizes),
    )
    dumped: Mapping[str, Any] = lightgbm.train(dict(_PARAMETERS), data, _ROUNDS).dump_model()
    return dumped


def judge(
    sets: Sequence[JudgedSet], columns: Sequence[str], serving: Ranker | None = None
) -> list[Verdict]:
    """Compare rankers with fusion, and with the one in use, on questions that none has seen."""
    runs = held_back(sets, columns)
    verdicts = []
    for each in sets:
        others = [other for other in sets if other is not each]
        apart: Mapping[str, float] = {}
        if others:
            apart = _measured(each, _run(train(others, columns), each.examples))
        plain, unseen = _measured(each, fused(each)), _measured(each, runs[each.name])
        verdicts.append(Verdict(each.name, plain, unseen, apart, _served(each, columns, serving)))
    return verdicts


def _served(
    judged: JudgedSet, columns: Sequence[str], serving: Ranker | None
) -> Mapping[str, float]:
    """Measure the ranker in use, where that is fair and can be done."""
    if serving is None or judged.name in serving.told.get("questions", {}):
        return {}
    if not set(serving.columns) <= set(columns):
        return {}
    places = [list(columns).index(name) for name in serving.columns]
    examples = [replace(each, rows=each.rows[:, places]) for each in judged.examples]
    return _measured(judged, _run(serving, examples))


def passes(verdicts: Sequence[Verdict]) -> bool:
    """Tell whether a ranker may be used.

    It must be better than fusion on average, on no set much worse, and nowhere worse than the
    ranker that it would replace.
    """
    gains = [verdict.gain for verdict in verdicts]
    replaces = all(
        verdict.held_back["ndcg@10"] >= verdict.serving["ndcg@10"]
        for verdict in verdicts
        if verdict.serving
    )
    return bool(gains) and float(np.mean(gains)) > 0.0 and min(gains) >= -HARM and replaces


def fused(judged: JudgedSet) -> Run:
    """Answer how fusion ranks a set's questions."""
    return {each.query: _scores(each, -each.fused) for each in judged.examples}


def held_back(sets: Sequence[JudgedSet], columns: Sequence[str]) -> dict[str, Run]:
    """Rank each set's questions by a ranker that did not see them (cross-validation)."""
    runs: dict[str, dict[str, Mapping[str, float]]] = {each.name: {} for each in sets}
    folds = {each.name: _folds(len(each.examples)) for each in sets}
    for fold in range(FOLDS):
        seen = [
            JudgedSet(
                each.name,
                [e for e, f in zip(each.examples, folds[each.name], strict=True) if f != fold],
                each.qrels,
            )
            for each in sets
        ]
        ranker = train([each for each in seen if each.examples], columns)
        for each in sets:
            unseen = [e for e, f in zip(each.examples, folds[each.name], strict=True) if f == fold]
            runs[each.name].update(_run(ranker, unseen))
    return dict(runs)


def _folds(count: int) -> list[int]:
    """Deal questions to folds, at random but always the same."""
    folds = np.arange(count) % FOLDS
    np.random.default_rng(0).shuffle(folds)
    numbers: list[int] = folds.tolist()
    return numbers


def _run(ranker: Ranker, examples: Iterable[Example]) -> dict[str, Mapping[str, float]]:
    return {each.query: _scores(each, ranker.score_rows(each.rows)) for each in examples}


def _scores(example: Example, scores: NDArray[Any]) -> dict[str, float]:
    """Give each document the score of its best passage."""
    best: dict[str, float] = {}
    for names, score in zip(example.documents, scores.tolist(), strict=True):
        for name in names:
            best[name] = max(best.get(name, -np.inf), float(score))
    return best


def _measured(judged: JudgedSet, run: Run) -> dict[str, float]:
    return measure(run, judged.qrels)
