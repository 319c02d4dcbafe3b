"""Rows of vectors and their intervals as arrays: which rows a scope lets pass, where an id is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.ids import FOREVER, Seq
from retrieval.model import Matrix, Scope

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

BLOCK: Final = 4096
"""Rows whose columns lie together: a file of such blocks grows without moving anything."""

UNKNOWN: Final = -1


class Field(IntEnum):
    """The columns of a row. A purged row keeps its id; all else is zero, so no scope holds it."""

    ID = 0
    DOCUMENT = 1
    VALID_FROM = 2
    VALID_TO = 3
    TIME_FROM = 4
    TIME_TO = 5


WIDTH: Final = len(Field)


@dataclass(frozen=True, slots=True)
class State:
    """What is committed: so many rows of that generation hold all changes up to `seq`."""

    generation: int
    dimension: int
    rows: int = 0
    seq: Seq = Seq(0)  # noqa: RUF009 - a NewType of int, immutable


class Rows:
    """A fixed number of mapped rows; what is closed or purged later shows through."""

    def __init__(self, state: State, vectors: Matrix, columns: Integers) -> None:
        """Wrap mappings of shape (capacity, dimension) and (blocks, WIDTH, BLOCK)."""
        self.state = state
        self.vectors = vectors[: state.rows]
        self._columns = columns[: -(-state.rows // BLOCK)]

    @classmethod
    def none(cls, dimension: int) -> Rows:
        """Make no rows at seq 0."""
        return cls(
            State(0, dimension),
            np.empty((0, dimension), np.float32),
            np.empty((0, WIDTH, BLOCK), np.int64),
        )

    def __len__(self) -> int:
        """Count the rows, purged ones included."""
        return self.state.rows

    def column(self, field: Field) -> Integers:
        """Copy a column, shape (rows,)."""
        return self._columns[:, field, :].reshape(-1)[: len(self)]

    def at(self, field: Field, places: Integers) -> Integers:
        """Read a column at some rows, shape (n,)."""
        values: Integers = self._columns[places // BLOCK, field, places % BLOCK]
        return values

    def mask(self, scope: Scope) -> Mask:
        """Tell which rows the scope lets pass, shape (rows,)."""
        columns = self._columns
        passing = np.ones((len(columns), BLOCK), np.bool_)
        if scope.current:
            passing &= columns[:, Field.VALID_TO] == FOREVER
        if scope.seq is not None:
            passing &= columns[:, Field.VALID_FROM] <= scope.seq
            passing &= columns[:, Field.VALID_TO] > scope.seq
        if scope.time is not None:
            passing &= columns[:, Field.TIME_FROM] <= scope.time
            passing &= columns[:, Field.TIME_TO] > scope.time
        if scope.documents is not None:
            # One False behind the end stands for all numbers beyond it.
            allowed = np.append(scope.documents, np.False_)
            passing &= np.take(allowed, columns[:, Field.DOCUMENT], mode="clip")
        return passing.reshape(-1)[: len(self)]

    @property
    def current(self) -> int:
        """Count the rows that hold now."""
        return int(np.count_nonzero(self.mask(Scope())))

    def find(self, ids: Integers) -> Integers:
        """Look up the rows of chunk ids; UNKNOWN for those that were never here."""
        ordered, order = self._by_id
        if not len(ordered):
            return np.full(len(ids), UNKNOWN, np.int64)
        place = np.minimum(np.searchsorted(ordered, ids), len(ordered) - 1)
        row = place if order is None else order[place]
        return np.where(ordered[place] == ids, row, UNKNOWN)

    def sound(self) -> bool:
        """Tell whether the ids can be what was written: positive, and each once."""
        ids, _ = self._by_id
        return not len(ids) or bool(ids[0] > 0 and np.all(ids[1:] > ids[:-1]))

    @cached_property
    def _by_id(self) -> tuple[Integers, Integers | None]:
        ids = self.column(Field.ID)
        if np.all(ids[1:] > ids[:-1]):
            return ids, None  # the common case: chunks are numbered in the order of commits
        order = np.argsort(ids, kind="stable")
        return ids[order], order
