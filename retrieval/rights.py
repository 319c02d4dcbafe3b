"""Who may see which documents: their collections and labels, held in memory by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foundation.security.policy import Access, labels_of
from knowledge.reading import AttributeRow

Kind = tuple[str, frozenset[str]]
"""A collection, with the labels that a reader must hold."""


def _nobody() -> NDArray[np.int32]:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Rights:
    """What readers need to see each document; replaced as a whole, never changed.

    Attributes:
        kinds: what is needed, each once: documents are many, their kinds few.
        of: the kind of each document by its number, -1 for none (deleted, or never there), shape
            (highest number + 1,).
    """

    kinds: Sequence[Kind] = ()
    of: NDArray[np.int32] = field(default_factory=_nobody)

    def updated(self, rows: Iterable[AttributeRow]) -> Rights:
        """Take over what documents need now; of several rows of one document the last holds."""
        latest = {row.document_number: row for row in rows}
        if not latest:
            return self
        places = {kind: place for place, kind in enumerate(self.kinds)}
        of = np.full(max(len(self.of), max(latest) + 1), -1, np.int32)
        of[: len(self.of)] = self.of
        for number, row in latest.items():
            if row.deleted:
                of[number] = -1
                continue
            kind = row.collection, labels_of(row.fields)
            of[number] = places.setdefault(kind, len(places))
        return Rights(list(places), of)

    def visible(self, access: Access) -> NDArray[np.bool_]:
        """Tell which documents somebody may see: shape (highest number + 1,)."""
        seen = [access.sees(collection, labels) for collection, labels in self.kinds]
        return np.array([*seen, False], np.bool_)[self.of]  # -1 is the last

    def counts(self, access: Access) -> dict[str, int]:
        """Count the documents that somebody may see, by the collections that have any."""
        each = np.bincount(self.of[self.visible(access)], minlength=len(self.kinds))
        found: Counter[str] = Counter()
        for (collection, _), count in zip(self.kinds, each.tolist(), strict=True):
            found[collection] += count
        return dict(+found)


def both(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell what two masks let pass; what lies beyond the end of one does not."""
    size = min(one.size, other.size)
    result: NDArray[np.bool_] = one[:size] & other[:size]
    return result


def seen_before(
    mask: NDArray[np.bool_], rows: Sequence[AttributeRow], access: Access
) -> NDArray[np.bool_]:
    """Leave out what somebody might not see at a moment before; a fresh mask.

    Args:
        mask: what they may see now, by document number.
        rows: the documents that anything happened to since, as they were then.
        access: what they may see.
    """
    then = Rights().updated(rows).visible(access)
    touched = np.array([row.document_number for row in rows], np.int64)
    touched = touched[touched < mask.size]
    found = mask.copy()
    found[touched] &= then[touched]
    return found
