"""One field of all documents as arrays: a code for each string or boolean, a float for a number."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.filters import Bound, Kind, Value, as_value

Mask = NDArray[np.bool_]
Documents = NDArray[np.int64]
T = TypeVar("T", np.int32, np.float64)

_MOST_UNUSED: Final = 1024


class Vocabulary:
    """Numbers the distinct strings and booleans of a field; only ever added to.

    So the states of different moments share one: none holds a code that was added later.
    """

    def __init__(self, contents: Iterable[str | bool] = ()) -> None:
        self._contents = list(contents)
        self._codes = {content: code for code, content in enumerate(self._contents)}
        self._sorted: tuple[int, NDArray[np.int32]] = (0, np.empty(0, np.int32))

    def __len__(self) -> int:
        """Count the codes."""
        return len(self._contents)

    def add(self, content: str | bool) -> int:  # noqa: FBT001 - it is data, no switch
        """Answer the content's code, a new one if need be; for the one writer."""
        code = self._codes.get(content)
        if code is None:
            code = self._codes[content] = len(self._contents)
            self._contents.append(content)
        return code

    def codes(self, values: Iterable[Value]) -> list[int]:
        """Look up those of the strings and booleans that have a code."""
        found = [
            self._codes.get(value.content)
            for value in values
            if isinstance(value.content, str | bool)
        ]
        return [code for code in found if code is not None]

    def only(self, used: NDArray[np.int32]) -> Vocabulary:
        """Make one of these codes alone, numbered anew in their order."""
        return Vocabulary(self._contents[code] for code in used)

    def table(self, codes: Sequence[int] | NDArray[np.int32]) -> Mask:
        """Mark codes: shape (codes + 1,); the last place is where -1, no code, looks."""
        table = np.zeros(len(self) + 1, np.bool_)
        table[codes] = True
        return table

    def between(self, bound: Bound, limit: str) -> NDArray[np.int32]:
        """List the codes of the strings on the right side of a limit."""
        ordered = self._ordered()
        side = bisect_right if bound in {Bound.GT, Bound.LTE} else bisect_left
        place = side(ordered, limit, key=self._content)
        return ordered[place:] if bound in {Bound.GT, Bound.GTE} else ordered[:place]

    def _ordered(self) -> NDArray[np.int32]:
        """Sort the strings' codes; what was sorted before is a run that costs little to merge."""
        upto, ordered = self._sorted
        size = len(self)
        if upto < size:
            added = [code for code in range(upto, size) if isinstance(self._contents[code], str)]
            merged = sorted([*ordered.tolist(), *added], key=self._content)
            ordered = np.array(merged, np.int32)
            self._sorted = size, ordered
        return ordered

    def _content(self, code: int) -> str:
        return str(self._contents[code])


@dataclass(frozen=True, slots=True)
class Lane(Generic[T]):
    """Values of one type: the first of each document, and further ones where it has a list.

    Attributes:
        first: shape (up to the number of documents,); -1 or nan where there is none.
        documents, more: the further values and whose they are, both shape (n,).
    """

    first: NDArray[T]
    documents: Documents
    more: NDArray[T]

    def given(self) -> Mask:
        """Tell which documents have any value, shape of `first`."""
        return ~np.isnan(self.first) if self.first.dtype.kind == "f" else self.first >= 0

    def where(self, test: Callable[[NDArray[T]], Mask], size: int) -> Mask:
        """Tell which documents have a value that passes the test, shape (size,)."""
        mask = np.zeros(size, np.bool_)
        mask[: len(self.first)] = test(self.first)
        if len(self.more):
            mask[self.documents[test(self.more)]] = True
        return mask

    def replaced(self, rows: Documents, documents: Documents, values: NDArray[T]) -> Lane[T]:
        """Forget the values of some documents and take others in.

        Args:
            rows: whose values to forget.
            documents, values: what to take in, all values of a document together.
        """
        held = rows[rows < len(self.first)]
        held = held[self.given()[held]]
        if not len(held) and not len(documents):
            return self
        size = max(len(self.first), int(documents.max(initial=-1)) + 1)
        absent = np.nan if self.first.dtype.kind == "f" else -1
        first = np.full(size, absent, self.first.dtype)
        first[: len(self.first)] = self.first
        first[held] = absent
        leaders, places = np.unique(documents, return_index=True)
        first[leaders] = values[places]
        rest = np.ones(len(documents), np.bool_)
        rest[places] = False
        kept = ~np.isin(self.documents, held)
        return Lane(
            first,
            np.concatenate([self.documents[kept], documents[rest]]),
            np.concatenate([self.more[kept], values[rest]]),
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A field of all documents; documents beyond an array's end have no value."""

    vocabulary: Vocabulary
    labels: Lane[np.int32]
    numbers: Lane[np.float64]

    @classmethod
    def empty(cls) -> Column:
        """Make a column without any value."""
        nobody = np.empty(0, np.int64)
        codes, numbers = np.empty(0, np.int32), np.empty(0, np.float64)
        return cls(Vocabulary(), Lane(codes, nobody, codes), Lane(numbers, nobody, numbers))

    def replaced(self, rows: Documents, values: Mapping[int, object]) -> Column:
        """Forget the values of some documents and take in new ones, by document number."""
        labels: list[tuple[int, int]] = []
        numbers: list[tuple[int, float]] = []
        for document, raw in values.items():
            for item in raw if isinstance(raw, list | tuple) else (raw,):
                if isinstance(item, str | bool):
                    labels.append((document, self.vocabulary.add(item)))
                elif (value := as_value(item)) and isinstance(value.content, float):
                    numbers.append((document, value.content))
        return Column(
            self.vocabulary,
            self.labels.replaced(rows, *_arrays(labels, np.dtype(np.int32))),
            self.numbers.replaced(rows, *_arrays(numbers, np.dtype(np.float64))),
        ).compacted()

    def compacted(self) -> Column:
        """Number the strings anew when most of them are no longer any document's."""
        lane = self.labels
        held = int(lane.given().sum()) + len(lane.more)
        if len(self.vocabulary) <= 2 * held + _MOST_UNUSED:
            return self
        used = np.unique(np.concatenate([lane.first[lane.given()], lane.more]))
        renumbered = np.full(len(self.vocabulary) + 1, -1, np.int32)
        renumbered[used] = np.arange(len(used))
        labels = Lane(renumbered[lane.first], lane.documents, renumbered[lane.more])
        return Column(self.vocabulary.only(used), labels, self.numbers)

    def exists(self, size: int) -> Mask:
        """Tell which documents have any value, shape (size,)."""
        mask = np.zeros(size, np.bool_)
        for given in (self.labels.given(), self.numbers.given()):
            mask[: len(given)] |= given
        return mask

    def one_of(self, values: Sequence[Value], size: int) -> Mask:
        """Tell which documents have one of the values, shape (size,); null: no value at all."""
        mask = np.zeros(size, np.bool_)
        if codes := self.vocabulary.codes(values):
            mask |= self.labels.where(_picking(codes, self.vocabulary), size)
        if numbers := [value.content for value in values if value.kind is Kind.NUMBER]:
            wanted = np.array(numbers, np.float64)
            mask |= self.numbers.where(lambda held: np.isin(held, wanted), size)
        if any(value.kind is Kind.NULL for value in values):
            mask |= ~self.exists(size)
        return mask

    def in_range(self, bound: Bound, limit: Value, size: int) -> Mask:
        """Tell which documents have a value on the right side of the limit, shape (size,)."""
        if isinstance(limit.content, str):
            table = self.vocabulary.table(self.vocabulary.between(bound, limit.content))
            return self.labels.where(lambda held: table[held], size)
        if not isinstance(limit.content, float):
            return np.zeros(size, np.bool_)
        compare, number = _COMPARISONS[bound], limit.content
        return self.numbers.where(lambda held: compare(held, number), size)


_COMPARISONS: Final = {
    Bound.GT: np.greater,
    Bound.GTE: np.greater_equal,
    Bound.LT: np.less,
    Bound.LTE: np.less_equal,
}


def _picking(codes: Sequence[int], vocabulary: Vocabulary) -> Callable[[NDArray[np.int32]], Mask]:
    if len(codes) == 1:
        return lambda held: held == codes[0]
    table = vocabulary.table(codes)
    return lambda held: table[held]


def _arrays(pairs: Sequence[tuple[int, float]], dtype: np.dtype[T]) -> tuple[Documents, NDArray[T]]:
    documents = np.fromiter((document for document, _ in pairs), np.int64, len(pairs))
    return documents, np.fromiter((value for _, value in pairs), dtype, len(pairs))
