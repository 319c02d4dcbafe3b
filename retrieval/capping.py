"""A cap on the passages of one document: where it leaves an answer short, others are looked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.database.engine import Database
from foundation.ids import ChunkId
from knowledge.reading import highest_document_number, load_document_numbers
from retrieval.model import Ranking, Scope
from retrieval.question import Question, Ranked
from retrieval.retrievers.model import VectorIndex
from retrieval.retrievers.phrases import NAME as PHRASE

ROUNDS: Final = 4
"""Further searches at the most: each leaves out the documents that have reached their cap."""

Again = Callable[[Scope], Ranked]
"""Asks the same question within another scope."""

Numbers = NDArray[np.int64]
"""Of documents, shape (n,); a chunk that is gone has one below 0 for itself."""


class Cap:
    """Looks for passages of other documents while those with their share stand in the way."""

    def __init__(self, database: Database) -> None:
        """Take where documents' numbers are read for chunks without a vector (yet)."""
        self._database = database

    def filled(
        self, question: Question, ranked: Ranked, model: VectorIndex, again: Again
    ) -> Ranked:
        """Put passages of other documents behind the candidates until the answer can be filled.

        Args:
            question: what is asked, with a cap.
            ranked: the candidates, best first.
            model: knows whose most passages are.
            again: asks once more.
        """
        for _ in range(ROUNDS):
            if ranked.complete:
                break
            full = self._full(question, self.documents(ranked.ids, model))
            if not full.size:
                break
            more = again(self._without(question.scope, full))
            ranked, before = behind(ranked, more), len(ranked.ids)
            if len(ranked.ids) == before:
                break
        return ranked

    def documents(self, ids: NDArray[np.int64], model: VectorIndex) -> Numbers:
        """Tell whose passages are."""
        numbers = model.documents(ids).astype(np.int64)
        unknown = np.flatnonzero(numbers < 0)
        if unknown.size:
            chunks = [ChunkId(number) for number in ids[unknown].tolist()]
            with self._database.read() as connection:
                known = load_document_numbers(connection, chunks)
            numbers[unknown] = [known.get(chunk, -1 - chunk) for chunk in chunks]
        return numbers

    def _full(self, question: Question, numbers: Numbers) -> Numbers:
        """List the documents that have reached their cap, where the answer is not full for it."""
        cap = question.diversity.per_source
        if cap is None or int(np.count_nonzero(within(numbers, cap))) >= question.k:
            return np.empty(0, np.int64)
        documents, counts = np.unique(numbers[numbers >= 0], return_counts=True)
        return documents[counts >= cap]

    def _without(self, scope: Scope, full: Numbers) -> Scope:
        if scope.documents is None:
            with self._database.read() as connection:
                passing = np.ones(highest_document_number(connection) + 1, np.bool_)
        else:
            passing = scope.documents.copy()
        passing[full[full < passing.size]] = False
        return replace(scope, documents=passing)


def within(numbers: Numbers, cap: int) -> NDArray[np.bool_]:
    """Tell which candidates, best first, are among the first so many of their document."""
    order = np.argsort(numbers, kind="stable")
    owners = numbers[order]
    begins = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]][: len(owners)])
    place = np.arange(len(owners)) - np.repeat(begins, np.diff(np.r_[begins, len(owners)]))
    kept = np.empty(len(owners), np.bool_)
    kept[order] = place < cap
    return kept


def behind(ranked: Ranked, more: Ranked) -> Ranked:
    """Put those candidates behind the others that are not among them, with scores that fall."""
    new = ~np.isin(more.ids, ranked.ids)
    ids, scores = more.ids[new], more.scores[new]
    floor = float(ranked.scores.min(initial=np.inf))
    scores = scores + min(0.0, floor - float(scores.max(initial=-np.inf)))
    names = dict.fromkeys([*ranked.parts, *more.parts])
    quoted = [each.further.get(PHRASE, Ranking.empty()) for each in (ranked, more)]
    return replace(
        ranked,
        ids=np.concatenate([ranked.ids, ids]),
        scores=np.concatenate([ranked.scores, scores]),
        parts={
            name: np.concatenate([_part(ranked, name), _part(more, name)[new]]) for name in names
        },
        notes=list(dict.fromkeys([*ranked.notes, *more.notes])),
        own=np.concatenate([ranked.own, more.own]),
        further={**ranked.further, PHRASE: _joined(*quoted)},
        complete=more.complete,
    )


def _part(ranked: Ranked, name: str) -> NDArray[np.float32]:
    return ranked.parts.get(name, np.full(len(ranked.ids), np.nan, np.float32))


def _joined(first: Ranking, second: Ranking) -> Ranking:
    new = ~np.isin(second.ids, first.ids)
    return Ranking(
        np.concatenate([first.ids, second.ids[new]]),
        np.concatenate([first.scores, second.scores[new]]),
    )
