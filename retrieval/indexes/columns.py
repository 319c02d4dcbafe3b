"""Documents' fields in columns, so that a filter over 100,000 of them takes a millisecond."""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import numpy as np

from foundation.errors import InvalidInput, NotFound
from knowledge.reading import AttributeRow
from retrieval.filters import AllOf, AnyOf, Exists, Filter, Kind, Not, OneOf, Range, Value, fields
from retrieval.indexes.column import Column, Mask

COLLECTION: Final = "collection"
BUILT_IN: Final = (
    COLLECTION,
    "author",
    "created",
    "language",
    "media_type",
    "source_id",
    "title",
    "updated",
    "uri",
    "version",
)
"""Fields that every document has: never unknown, even while there is no document."""

_KEPT_MASKS: Final = 32
_NAMED: Final = 20

_Key = tuple[Filter | None, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class _State:
    """All documents at one moment; replaced as a whole, never changed.

    Attributes:
        present: which numbers are documents that are not deleted, shape (highest number + 1,).
        masks: what was asked of this state, the least recently asked first.
    """

    present: Mask
    columns: dict[str, Column]
    collections: frozenset[str]
    masks: OrderedDict[_Key, Mask] = field(default_factory=OrderedDict)


class Columns:
    """The fields of every document as they are at one moment, held in memory.

    Updates replace the state, so searches in other threads go on with the one they began with.
    Values are strings, numbers, booleans, null and lists of these; whatever else stands in a field
    (objects, nested lists, numbers that are not finite) is passed over.
    """

    def __init__(self, *, built_in: Collection[str] = BUILT_IN) -> None:
        self._built_in = frozenset(built_in)
        self._state = _State(np.zeros(0, np.bool_), {}, frozenset())
        self._writing = Lock()
        self._caching = Lock()

    def update(self, rows: Iterable[AttributeRow]) -> None:
        """Set documents' fields to those of the rows; a deleted document loses all of them.

        Fields that a row does not name are taken from its document. Of several rows of one
        document the last holds.
        """
        latest = {row.document_number: row for row in rows}
        if not latest:
            return
        with self._writing:
            before = self._state
            numbers = np.fromiter(latest, np.int64, len(latest))
            size = max(len(before.present), int(numbers.max()) + 1)
            present = np.zeros(size, np.bool_)
            present[: len(before.present)] = before.present
            present[numbers] = [not row.deleted for row in latest.values()]
            values: dict[str, dict[int, object]] = {}
            for number, row in latest.items():
                if not row.deleted:
                    for name, value in {**row.fields, COLLECTION: row.collection}.items():
                        values.setdefault(name, {})[number] = value
            columns = dict(before.columns)
            for name in {*columns, *values}:
                columns[name] = _column(columns, name).replaced(numbers, values.get(name, {}))
            collections = before.collections | {row.collection for row in latest.values()}
            self._state = _State(present, columns, collections)

    def mask(
        self,
        condition: Filter | None,
        collections: Sequence[str] | None,
        *,
        within: Mask | None = None,
    ) -> Mask | None:
        """Tell which documents pass, by document number; None where all may.

        Args:
            condition: a filter, or None for none.
            collections: names of collections, any of which will do; None for all.
            within: the documents that the asker may know of; errors speak of these alone.

        Returns:
            Shape (highest number + 1,), not to be written to. Deleted documents do not pass.

        Raises:
            InvalidInput: the filter asks about a field that no document ever had.
            NotFound: there is no document in a collection of that name.
        """
        if condition is None and collections is None:
            return None
        state = self._state
        key = condition, None if collections is None else frozenset(collections)
        if within is not None:
            self._check_seen(state, condition, collections, within)
        with self._caching:
            if key in state.masks:
                state.masks.move_to_end(key)
                return state.masks[key]
        if within is None:
            self._check(state, condition, collections)
        mask = state.present.copy()
        if collections is not None:
            wanted = [Value(Kind.STRING, name) for name in collections]
            mask &= _column(state.columns, COLLECTION).one_of(wanted, len(mask))
        if condition is not None:
            mask &= _evaluate(state.columns, condition, len(mask))
        mask.flags.writeable = False
        with self._caching:
            state.masks[key] = mask
            if len(state.masks) > _KEPT_MASKS:
                state.masks.popitem(last=False)
        return mask

    def known(self, within: Mask | None = None) -> frozenset[str]:
        """List the fields that a filter may ask about: those that some document ever had.

        Args:
            within: the documents that the asker may know of; only theirs are listed then.
        """
        state = self._state
        if within is None:
            return self._built_in | state.columns.keys()
        return self._built_in | _had(state, state.columns, within)

    def _check(
        self, state: _State, condition: Filter | None, collections: Sequence[str] | None
    ) -> None:
        unknown = sorted(set(collections or ()) - state.collections)
        if unknown:
            known_names = _nearest(unknown[0], state.collections)
            raise NotFound(f"there is no collection {_quoted(unknown[:1])}; {known_names}")
        _check_fields(condition, self._built_in | state.columns.keys())

    def _check_seen(
        self,
        state: _State,
        condition: Filter | None,
        collections: Sequence[str] | None,
        within: Mask,
    ) -> None:
        """Refuse what no document that may be seen has, as if the others did not exist."""
        if unknown := sorted(set(collections or ()) - state.collections):
            raise no_collection(unknown[0])
        wanted = fields(condition) - self._built_in if condition is not None else frozenset()
        if wanted - _had(state, wanted, within):  # all names are looked at for the message alone
            _check_fields(condition, self._built_in | _had(state, state.columns, within))


def no_collection(name: str) -> NotFound:
    """Say that there is no such collection, to somebody who may not know of others."""
    return NotFound(f"there is no collection {_quoted([name])} that you may see")


def _check_fields(condition: Filter | None, known: Collection[str]) -> None:
    strange = sorted(fields(condition) - set(known)) if condition is not None else []
    if strange:
        raise InvalidInput(
            f"no document has a field {_quoted(strange[:1])}; {_nearest(strange[0], known)}"
        )


def _had(state: _State, names: Iterable[str], within: Mask) -> frozenset[str]:
    """Tell which fields some document has, of those that may be known of."""
    size, seen = max(len(within), len(state.present)), np.flatnonzero(within)
    own = (name for name in names if name in state.columns)
    return frozenset(name for name in own if state.columns[name].exists(size)[seen].any())


def _column(columns: Mapping[str, Column], name: str) -> Column:
    return columns.get(name) or Column.empty()


def _nearest(name: str, known: Collection[str]) -> str:
    """Say what may have been meant, or else what there is."""
    close = difflib.get_close_matches(name[:200], sorted(known), n=3)
    if close:
        return f"did you mean {_quoted(close)}?"
    if not known:
        return "there is none yet"
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"known are {_quoted(sorted(known)[:_NAMED])}{more}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name if len(name) <= 80 else name[:79] + "…") for name in names)


def _evaluate(columns: Mapping[str, Column], condition: Filter, size: int) -> Mask:
    """Tell where a condition holds, shape (size,), a fresh array."""
    match condition:
        case AllOf(parts):
            mask = np.ones(size, np.bool_)
            for part in parts:
                mask &= _evaluate(columns, part, size)
            return mask
        case AnyOf(parts):
            mask = np.zeros(size, np.bool_)
            for part in parts:
                mask |= _evaluate(columns, part, size)
            return mask
        case Not(part):
            return ~_evaluate(columns, part, size)
        case OneOf(name, values):
            return _column(columns, name).one_of(values, size)
        case Range(name, bound, limit):
            return _column(columns, name).in_range(bound, limit, size)
        case Exists(name):
            return _column(columns, name).exists(size)
