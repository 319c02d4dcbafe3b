"""How often documents get the right kind, how honest the confidence is, and what it costs.

    ELDERS_DATA=… python -m benchmarks.classification [--most N] [--side train|test] [--json]

Kinds: features alone, prototypes alone, both combined, and both after people have labelled ten
documents of each kind. The packaged embedder knows English: other documents have no vector, and
what is said of prototypes alone is said of English documents. Speed stands beside a plain count of
words by a regular expression, in the same run.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.corpora import machine
from benchmarks.labelled import Labelled, labelled
from knowledge.classification.classifier import Classifier
from knowledge.classification.model import Facet, Label
from knowledge.classification.prototypes import Embed, Matrix, Prototypes, combine
from knowledge.language import detect_language
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.registry import open_embedder

BINS = 10
EXAMPLES = 10
"""Documents of each kind that people have labelled."""

BEGINNING = 1_200
"""Characters of a document that are embedded, as its first passage would be."""

Answers = Sequence[Sequence[Label]]


@dataclass(frozen=True, slots=True)
class Score:
    """How well kinds were told.

    Attributes:
        documents: how many were judged.
        calibration: expected calibration error of the first label's confidence, ten bins.
        f1: of each kind.
    """

    documents: int
    accuracy: float
    macro_f1: float
    calibration: float
    f1: Mapping[str, float]


def judge(documents: Sequence[Labelled], answers: Answers) -> Score:
    """Compare the first label of each document with its kind."""
    first = [next(label for label in labels if label.facet == Facet.KIND) for labels in answers]
    told = [label.value for label in first]
    true = [document.kind.value for document in documents]
    right = np.array([one == other for one, other in zip(told, true, strict=True)])
    hits, found, there = Counter(np.array(true)[right].tolist()), Counter(told), Counter(true)
    f1 = {kind: 2 * hits[kind] / (found[kind] + there[kind]) for kind in sorted(there)}
    confidence = np.array([label.confidence for label in first])
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(confidence[bins == at].mean() - right[bins == at].mean()) * (bins == at).mean()
        for at in np.unique(bins)
    ]
    return Score(
        len(documents),
        float(right.mean()),
        sum(f1.values()) / len(f1),
        float(sum(gaps)),
        f1,
    )


def seen(documents: Sequence[Labelled]) -> Answers:
    """Label by features."""
    classifier = Classifier()
    return [
        classifier.classify(each.title, each.text, each.media_type, name=each.name)
        for each in documents
    ]


def embedded(documents: Sequence[Labelled], embed: Embed) -> Matrix:
    """Embed the beginnings of documents; shape (len(documents), d)."""
    return embed([f"{each.title}\n{each.text[:BEGINNING]}" for each in documents])


def evaluate(documents: Sequence[Labelled], embed: Embed, *, train: bool) -> dict[str, Score]:
    """Judge one half of the documents in every way; people's examples come from the other."""
    judged = [each for each in documents if each.train == train]
    features = seen(judged)
    english = [at for at, each in enumerate(judged) if detect_language(each.text) != "ja"]
    vectors = dict(zip(english, embedded([judged[at] for at in english], embed), strict=True))
    described = Prototypes.from_descriptions(embed)
    taught = described.refit(_examples([e for e in documents if e.train != train], embed))
    scores = {"features": judge(judged, features)}
    scores["features, English"] = judge(
        [judged[at] for at in english], [features[at] for at in english]
    )
    for name, prototypes in (("descriptions", described), ("descriptions and labels", taught)):
        meant = {at: prototypes.classify(vector) for at, vector in vectors.items()}
        both = [combine(labels, meant.get(at, ())) for at, labels in enumerate(features)]
        scores[f"{name} alone, English"] = judge(
            [judged[at] for at in english], [meant[at] for at in english]
        )
        scores[f"features with {name}, English"] = judge(
            [judged[at] for at in english], [both[at] for at in english]
        )
        scores[f"features with {name}"] = judge(judged, both)
    return scores


def _examples(documents: Sequence[Labelled], embed: Embed) -> list[tuple[Matrix, str]]:
    """Take ten English documents of each kind, as if people had labelled them."""
    taken: Counter[str] = Counter()
    examples = []
    for each in documents:
        if taken[each.kind] < EXAMPLES and detect_language(each.text) != "ja":
            taken[each.kind] += 1
            examples.append(each)
    kinds = [each.kind.value for each in examples]
    return list(zip(embedded(examples, embed), kinds, strict=True))


def microseconds(documents: Sequence[Labelled], path: Callable[[Labelled], object]) -> float:
    """Answer the processor's time for a thousand characters, the best of three rounds."""
    rounds = []
    for _ in range(3):
        start = time.process_time()
        for document in documents:
            path(document)
        rounds.append(time.process_time() - start)
    return min(rounds) / sum(len(document.text) for document in documents) * 1e9


def speed(documents: Sequence[Labelled]) -> dict[str, float]:
    """Measure on documents whose language is known, as ingestion hands them over."""
    classifier = Classifier()
    languages = {document.id: detect_language(document.text) for document in documents}
    word = re.compile(r"\w+")
    return {
        "plain count of words": microseconds(documents, lambda one: len(word.findall(one.text))),
        "classify": microseconds(
            documents,
            lambda one: classifier.classify(
                one.title, one.text, one.media_type, name=one.name, language=languages[one.id]
            ),
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=80, help="documents of each source and kind")
    parser.add_argument("--side", choices=("train", "test"), default="test")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    documents = labelled(options.most)
    with tempfile.TemporaryDirectory(prefix="elders-bench-") as models:
        embedder = open_embedder("minilm", EmbedderOptions(models_dir=Path(models)))
        scores = evaluate(documents, embedder.embed_documents, train=options.side == "train")
        embedder.close()
    times = speed(documents)
    if options.json:
        print(json.dumps({"kinds": {k: asdict(v) for k, v in scores.items()}, "speed": times}))
        return
    print(table(scores))
    length = sum(len(each.text) for each in documents) / len(documents)
    print(f"\nµs per 1,000 characters, documents of {length:,.0f} characters, {machine()}:")
    for name, value in times.items():
        print(f"  {name}: {value:.0f}")


def table(scores: Mapping[str, Score]) -> str:
    """Write the scores, one way of telling a line."""
    lines = [f"{'':44} documents accuracy macro-F1  ECE  F1 of each kind"]
    for name, score in scores.items():
        kinds = " ".join(f"{kind} {value:.2f}" for kind, value in score.f1.items())
        lines.append(
            f"{name:44} {score.documents:9} {score.accuracy:8.3f} {score.macro_f1:8.3f} "
            f"{score.calibration:.3f}  {kinds}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
