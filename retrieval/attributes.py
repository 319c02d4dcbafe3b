"""Which documents a search may see: filters and collections, now or at any moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foundation.ids import Seq
from foundation.security.policy import Access
from knowledge.log import NOW, AsOf
from knowledge.reading import Reader
from retrieval.filters import Filter, parse_filter
from retrieval.indexes.columns import Columns, no_collection
from retrieval.rights import Rights, both

_KEPT_MOMENTS = 4


@dataclass(frozen=True, slots=True)
class _Moment:
    """The documents at one moment.

    Attributes:
        merged: numbers of merged documents and of those that stand for them, shape (n, 2).
        rights: what readers needed to see them.
        seq: the change up to which all of it is known.
    """

    columns: Columns
    merged: NDArray[np.int64]
    rights: Rights = field(default_factory=Rights)
    seq: Seq = Seq(0)  # noqa: RUF009 - a number

    def united(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Let a document pass, too, where one that was merged into it does.

        It is the canonical document whose passages are searched, so a filter that fits another
        source of the same passage would else find nothing.
        """
        known = self.merged[(self.merged < mask.size).all(axis=1)]
        speakers = known[mask[known[:, 0]], 1]
        if mask[speakers].all():
            return mask
        mask = mask.copy()
        mask[speakers] = True
        mask.flags.writeable = False
        return mask


class Attributes:
    """Documents' fields in columns, brought up to date with the log whenever they are asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._now = _Moment(Columns(), _pairs([]))
        self._past: OrderedDict[tuple[AsOf, Seq], _Moment] = OrderedDict()

    def mask(
        self,
        condition: Filter | None,
        collections: Sequence[str] | None,
        at: AsOf = NOW,
        access: Access = Access.everything,
    ) -> NDArray[np.bool_] | None:
        """Answer which document numbers pass; None where all do.

        A document's metadata is united with that of the documents merged into it: it passes where
        any of them does. Who may not see everything sees what their rights are for now and were
        for then; what they may not see has no part in the answer, errors included.

        Raises:
            InvalidInput: the filter names a field that no document has.
            NotFound: there is no such collection.
        """
        if access != Access.everything:
            return self._seen(condition, collections, at, access)
        if condition is None and collections is None:
            return None
        moment = self._current() if at == NOW else self._at(at)
        mask = moment.columns.mask(condition, collections)
        return mask if mask is None else moment.united(mask)

    def known(self, access: Access = Access.everything) -> frozenset[str]:
        """List the fields that somebody's filter may ask about without being refused."""
        now = self._current()
        if access == Access.everything:
            return now.columns.known()
        return now.columns.known(now.rights.visible(access))

    def visible(self, access: Access) -> NDArray[np.bool_]:
        """Answer which documents somebody may see now: shape (highest number + 1,)."""
        return self._current().rights.visible(access)

    def rights(self, at: AsOf = NOW) -> tuple[Rights, Seq]:
        """Answer what readers needed at a moment, and the change up to which it is known."""
        moment = self._current() if at == NOW else self._at(at)
        return moment.rights, moment.seq

    def counts(self, access: Access) -> dict[str, int]:
        """Count the documents that somebody may see now, by the collections that have any."""
        return self._current().rights.counts(access)

    def _seen(
        self,
        condition: Filter | None,
        collections: Sequence[str] | None,
        at: AsOf,
        access: Access,
    ) -> NDArray[np.bool_]:
        now = self._current()
        visible = now.rights.visible(access)
        if hidden := [name for name in collections or () if not access.sees_collection(name)]:
            raise no_collection(hidden[0])
        moment = now if at == NOW else self._at(at)
        if at != NOW:
            visible = both(visible, moment.rights.visible(access))
        mask = moment.columns.mask(condition, collections, within=visible)
        if mask is None:
            return visible
        return both(moment.united(both(mask, visible)), visible)

    def speaking(self, languages: frozenset[str]) -> NDArray[np.bool_] | None:
        """Answer which documents are in one of these languages, or in none that is known.

        It is their own passages that are asked about, so what was merged into them does not count.
        """
        condition = parse_filter({"language": {"$in": ["", *sorted(languages)]}})
        return self._current().columns.mask(condition, None)

    def _current(self) -> _Moment:
        with self._lock:
            head = self._reader.head()
            before = self._now.seq
            if head != before:
                rows = (
                    self._reader.changed_attribute_rows(before)
                    if before
                    else self._reader.attribute_rows()
                )
                columns = self._now.columns
                columns.update(rows)
                rights = self._now.rights.updated(rows)
                self._now = _Moment(columns, _pairs(self._reader.merged()), rights, head)
            return self._now

    def _at(self, at: AsOf) -> _Moment:
        """Answer a moment; it is read without the lock, so that nobody waits for the past."""
        key = at, self._reader.head()
        with self._lock:
            found = self._past.get(key)
            if found is not None:
                self._past.move_to_end(key)
                return found
        columns, rows = Columns(), self._reader.attribute_rows(at)
        columns.update(rows)
        merged = _pairs(self._reader.merged(at))
        found = _Moment(columns, merged, Rights().updated(rows), key[1])
        with self._lock:
            self._past[key] = found
            while len(self._past) > _KEPT_MOMENTS:
                self._past.popitem(last=False)
        return found


def _pairs(merged: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(merged, np.int64).reshape(-1, 2)
