"""Kinds by what a text means: prototypes in an embedding's space; people's labels add to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from foundation.errors import InvalidInput
from knowledge.classification.descriptions import DESCRIPTIONS
from knowledge.classification.kinds import labels_of
from knowledge.classification.model import DocumentKind as Kind
from knowledge.classification.model import Facet, Label, Origin

Matrix = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Matrix]
"""Turns texts into unit vectors, shape (len(texts), d)."""

_KINDS: Final = frozenset(map(str, Kind))

TEMPERATURE: Final = 0.05
"""Divides cosines on their way to confidences."""

WEIGHT: Final = 0.3
"""How much of the prototypes' odds counts beside the features'."""

_DOUBT: Final = 1e-3
_UNSEEN: Final = 0.01
"""The confidence of a kind that got no label: it was not worth one, but is possible."""


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """What documents of each kind are like: descriptions, and documents that people labelled.

    Attributes:
        kinds: of each prototype, length n.
        vectors: unit vectors, shape (n, d).
        described: how many of them, the first ones, are descriptions.
        temperature: divides cosines; less makes confidences bolder.
    """

    kinds: tuple[Kind, ...]
    vectors: Matrix
    described: int
    temperature: float = TEMPERATURE

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.kinds) or not self.kinds:
            raise InvalidInput(
                f"prototypes need one vector for each of their {len(self.kinds)} kinds, at least "
                f"one, but the vectors have shape {self.vectors.shape}"
            )

    @classmethod
    def from_descriptions(cls, embed: Embed) -> Self:
        """Begin with the descriptions alone: nobody has labelled a document yet."""
        kinds = [kind for kind, texts in DESCRIPTIONS.items() for _ in texts]
        texts = [text for texts in DESCRIPTIONS.values() for text in texts]
        return cls(tuple(kinds), embed(texts), described=len(kinds))

    def classify(self, vector: npt.NDArray[np.floating]) -> list[Label]:
        """Answer the kinds that a document may be of, the likeliest first.

        Args:
            vector: of the document, length 1, shape (d,). Leave prototypes out where the embedder
                does not know the document's language: its vector says little.
        """
        cosines = self.vectors @ np.asarray(vector, dtype=np.float32)
        near = np.exp(cosines.astype(np.float64) / self.temperature)
        scores = {}
        for kind in dict.fromkeys(self.kinds):
            of_kind = near[[each is kind for each in self.kinds]]
            scores[kind] = math.log(float(of_kind.sum()) / math.sqrt(len(of_kind)))
        return labels_of(scores, 1.0, Origin.PROTOTYPES)

    def refit(self, examples: Iterable[tuple[npt.NDArray[np.floating], str]]) -> Self:
        """Learn from documents that people have labelled: each becomes a prototype of its kind.

        The descriptions stay. One prototype a kind, the mean of its examples, was much worse:
        documents of one kind lie far apart. A logistic regression over twenty or more examples of
        each kind was better alone, but no better once it was combined with the features.

        Args:
            examples: all that there are, not only new ones: unit vectors of shape (d,) with their
                kinds; labels that are no kinds are left out.
        """
        known = [
            (np.asarray(vector, dtype=np.float32), Kind(kind))
            for vector, kind in examples
            if kind in _KINDS
        ]
        return replace(
            self,
            kinds=(*self.kinds[: self.described], *(kind for _, kind in known)),
            vectors=np.vstack([self.vectors[: self.described], *(vector for vector, _ in known)]),
        )


def combine(
    features: Sequence[Label], prototypes: Sequence[Label], user: Sequence[Label] = ()
) -> list[Label]:
    """Put together what the features, the prototypes and people say of one document.

    People are right: their labels of a kind or a language stand alone in their facet, with
    confidence 1; in other facets they join the machine's, or take the place of the same value.
    The odds of a kind are the features' times the prototypes' to the power of `WEIGHT`; without
    prototypes they are the features'.
    """
    kinds = [label for label in features if label.facet == Facet.KIND]
    rest = [label for label in features if label.facet != Facet.KIND]
    if prototypes:
        kinds = _pooled(kinds, prototypes)
    said = [replace(label, confidence=1.0, origin=Origin.USER) for label in user]
    alone = {label.facet for label in said} & {Facet.KIND, Facet.LANGUAGE}
    values = {(label.facet, label.value) for label in said}
    machine = [
        label
        for label in (*kinds, *rest)
        if label.facet not in alone and (label.facet, label.value) not in values
    ]
    return [*said, *machine]


def _pooled(features: Iterable[Label], prototypes: Iterable[Label]) -> list[Label]:
    seen = {Kind(label.value): label.confidence for label in features}
    meant = {Kind(label.value): label.confidence for label in prototypes}
    scores = {
        kind: math.log(seen.get(kind, _UNSEEN)) + WEIGHT * math.log(meant.get(kind, 0.0) + _DOUBT)
        for kind in {**seen, **meant}
    }
    return labels_of(scores, 1.0, Origin.COMBINED)
