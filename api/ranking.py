"""Train the ranker: from judged sets, and use it only where it is better than fusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.judging import Court, court
from foundation.errors import InvalidInput, Unavailable
from foundation.ids import ChunkId
from knowledge.log import NOW
from retrieval.model import Scope
from retrieval.question import MAX_QUERY_CHARACTERS, Question
from retrieval.ranking.evidence import First
from retrieval.ranking.ranker import rankers, table
from retrieval.ranking.training import Example, JudgedSet, Verdict, judge, passes, train

MOST_QUESTIONS: Final = 500
_DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training.

    Attributes:
        path: where the ranker was written; None where it did not pass.
        verdicts: what each set says of it.
        columns: the features that it was given.
    """

    path: Path | None
    verdicts: Sequence[Verdict]
    columns: Sequence[str]

    @property
    def passed(self) -> bool:
        """Tell whether it is better than fusion on questions that it did not see."""
        return passes(self.verdicts)


def learn_ranker(
    folders: Sequence[Path],
    path: Path,
    *,
    homes: Path | None = None,
    without: Sequence[str] = (),
    on_set: Callable[[str, int], None] = lambda *_: None,
    **settings: Any,
) -> Trained:
    """Train a ranker on judged sets, judge it by cross-validation, and keep it if it passes.

    Args:
        folders: judged sets, each with corpus.jsonl, queries.jsonl and qrels.tsv.
        path: where to write the ranker.
        homes: keep the ingested corpora in this folder, and use what is there.
        without: leave out the features whose names begin like this (to see what they add).
        on_set: called with each set's name and how many questions it gave.
        **settings: override settings by name.

    Raises:
        NotFound, InvalidInput: a folder is no judged set.
        Unavailable: LightGBM is not installed.
    """
    names = [folder.resolve().name for folder in folders]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(f"two judged sets are called {', '.join(twice)}: rename one folder")
    sets, columns, embedder = [], list[str](), ""
    for folder in folders:
        home = homes / folder.resolve().name if homes else None
        with court(folder, home=home, synonym_weight=0.0, **settings) as given:
            found, columns = examples_of(given, without)
            embedder = given.base.platform.parts.rag.embedder
        sets.append(found)
        on_set(found.name, len(found.examples))
    serving = rankers(path.parent)()
    told_for = serving and embedder.startswith(serving.embedder)
    verdicts = judge(sets, columns, serving if told_for else None)
    told = _told(sets, verdicts, embedder)
    kept = passes(verdicts)
    if kept:
        train(sets, columns, told).save(path)
    return Trained(path if kept else None, verdicts, columns)


def _told(
    sets: Sequence[JudgedSet], verdicts: Sequence[Verdict], embedder: str
) -> Mapping[str, Any]:
    questions = {each.name: len(each.examples) for each in sets}
    return {
        "embedder": embedder,
        "questions": questions,
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }


def examples_of(given: Court, without: Sequence[str] = ()) -> tuple[JudgedSet, list[str]]:
    """Work out the features of all judged questions (of very many, some drawn by chance).

    Raises:
        Unavailable: there is no graph to look at.
    """
    parts = given.base.platform.parts
    scope = Scope(documents=given.base.platform.searched())
    qrels = {query: dict(judged) for query, judged in given.judged.qrels.items()}
    examples: list[Example] = []
    columns: list[str] = []
    for query in _drawn(list(given.judged.queries)):
        text = given.judged.queries[query].strip()
        if not 0 < len(text) <= MAX_QUERY_CHARACTERS:
            continue
        ways = parts.retrieval.understanding.query(text, NOW, filtering=False).variations
        first, model = parts.rag.first(Question(text, _DEPTH, scope, NOW, variations=ways))
        if not parts.ranking.ready():
            raise Unavailable("the graph is empty: nothing was ingested, or it is not ready")
        ids, features = parts.ranking.features(first, model)
        columns = [name for name in features if not name.startswith(tuple(without) or ("\0",))]
        documents = documents_of(given, ids.tolist())
        examples.append(
            Example(
                query=query,
                rows=table(features, columns),
                grades=np.array([_grade(qrels[query], names) for names in documents], np.int64),
                documents=documents,
                fused=_places(first, ids),
            )
        )
    asked = {example.query for example in examples}
    kept = {query: judged for query, judged in qrels.items() if query in asked}
    return JudgedSet(given.judged.name, examples, kept), columns


def _drawn(queries: list[str]) -> list[str]:
    if len(queries) <= MOST_QUESTIONS:
        return queries
    drawn = np.random.default_rng(0).permutation(len(queries))[:MOST_QUESTIONS]
    return [queries[number] for number in sorted(drawn.tolist())]


def documents_of(given: Court, ids: Sequence[int]) -> list[Sequence[str]]:
    """Answer the ids that the judgements know each passage's document by."""
    chunks = given.base.platform.parts.reader.chunks([ChunkId(number) for number in ids])
    return [
        given.owners.get(chunks[ChunkId(number)].document_id, ())
        if ChunkId(number) in chunks
        else ()
        for number in ids
    ]


def _grade(judged: Mapping[str, int], names: Sequence[str]) -> int:
    return max((judged.get(name, 0) for name in names), default=0)


def _places(first: First, ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    places = {number: place for place, number in enumerate(first.ids.tolist())}
    return np.array([places.get(number, len(first.ids)) for number in ids.tolist()], np.int64)
