"""What is understood of a question: one `HybridQuery`, shown part by part and never hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from knowledge.questions import Intent
from retrieval.vocabulary import Expansion

MOST_VARIATIONS: Final = 5


@dataclass(frozen=True, slots=True)
class LinkedEntity:
    """A thing that a question speaks of: `original[start:end] == surface`.

    Attributes:
        names: ids of the known names that it may mean, the surest first; several are either
            spellings of one thing or things that share a name.
        confidence: of the surest, 0 to 1.
        how: exact, spelling, qualifier, acronym or typo.
    """

    surface: str
    start: int
    end: int
    names: Sequence[int]
    confidence: float
    how: str


@dataclass(frozen=True, slots=True)
class Variation:
    """Another way to ask, or a part of what is asked.

    `kind` is sub-question, entity, keywords or translation.
    """

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class DerivedFilter:
    """A restriction that the words ask for: `words` as they are written, `filter` as a filter."""

    words: str
    filter: Mapping[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class HybridQuery:
    """A question and what is understood of it.

    Attributes:
        original: as it was asked.
        text: what is searched once the words of filters are out; never empty.
        language: ISO 639-1, "" when unsure.
        confidence: how likely the intent is the right one.
        intents: probabilities of all intents, which add up to 1.
        boosts: words that pages for this intent have, with weights that add up to the confidence;
            they are shown, and used by no ranking.
        newest: the words that ask for the newest; "" for none.
        skipped: why neither filters, variations nor boosts were looked for; "" if they were.
    """

    original: str
    text: str
    language: str
    intent: Intent
    confidence: float
    intents: Mapping[Intent, float]
    entities: Sequence[LinkedEntity] = ()
    expansions: Sequence[Expansion] = ()
    variations: Sequence[Variation] = ()
    filters: Sequence[DerivedFilter] = ()
    boosts: Mapping[str, float] = field(default_factory=dict)
    newest: str = ""
    skipped: str = ""
