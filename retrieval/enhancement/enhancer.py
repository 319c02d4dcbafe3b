"""Understands a question: what is wanted, what is named, what else to ask, where to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from knowledge.language import detect_language
from retrieval.enhancement.boosts import boosts
from retrieval.enhancement.entities import link_entities
from retrieval.enhancement.intent import IntentClassifier, learned_intents
from retrieval.enhancement.model import HybridQuery, LinkedEntity
from retrieval.enhancement.names import NOTHING, Names
from retrieval.enhancement.recency import newest_wanted
from retrieval.enhancement.restrictions import Restricted, restrict
from retrieval.enhancement.skip import LONGEST, reason_to_skip
from retrieval.enhancement.variations import variations
from retrieval.vocabulary import Expansion

Expand = Callable[[str], Sequence[Expansion]]
"""Answers the other names of what a text names, without waiting."""


class Enhancer:
    """Makes a `HybridQuery` of a question; no part of it waits for anything."""

    def __init__(self, intents: IntentClassifier | None = None) -> None:
        """Classify as was learned; None means by what comes with the platform."""
        self._intents = intents or learned_intents()

    def enhance(
        self,
        question: str,
        *,
        known: Names | None = None,
        expand: Expand = lambda _: (),
        today: date | None = None,
        filtering: bool = True,
    ) -> HybridQuery:
        """Say what is understood of a question.

        Args:
            question: as it was asked.
            known: the names of entities, collections, folders and authors that there are.
            expand: finds other names of what the question names.
            today: what "the last two weeks" are counted from; None leaves such words alone.
            filtering: whether words may be taken as filters; without, they are searched for.
        """
        names = known or NOTHING
        skipped = reason_to_skip(question)
        if skipped or not filtering:
            restricted = Restricted(question.strip() or question, (), ())
        else:
            restricted = restrict(question, names, today=today)
        query = self._classified(question, restricted, skipped)
        if filtering and not skipped:
            query = replace(query, newest=newest_wanted(query.text))
        if len(question) > LONGEST:
            return query
        entities = [
            entity
            for entity in link_entities(question, names.index)
            if not _inside(entity, restricted.cuts)
        ]
        query = replace(query, entities=entities, expansions=list(expand(query.text)))
        if skipped:
            return query
        asked = variations(query.text, query.intent, entities, query.expansions)
        return replace(query, variations=asked, boosts=boosts(query.intents, query.language))

    def _classified(self, question: str, restricted: Restricted, skipped: str) -> HybridQuery:
        intents = self._intents.classify(restricted.text, question)
        intent, confidence = next(iter(intents.items()))
        return HybridQuery(
            original=question,
            text=restricted.text,
            language=detect_language(question),
            intent=intent,
            confidence=confidence,
            intents=intents,
            filters=restricted.filters,
            skipped=skipped,
        )


def _inside(entity: LinkedEntity, cuts: Sequence[tuple[int, int]]) -> bool:
    return any(entity.start < end and start < entity.end for start, end in cuts)
