"""A graph as a few arrays: what every graph algorithm here reads, and nothing ever changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foundation.errors import InvalidInput

Ids = NDArray[np.int32]
"""Numbers of nodes, shape (k,)."""

Edges = tuple[ArrayLike, ArrayLike, ArrayLike]
"""Heads, tails and counts of edges, each of shape (k,); a pair may come more than once."""

NO_EDGES: Final[Edges] = ((), (), ())

_MOST: Final = int(np.iinfo(np.int32).max)


def _no_factors() -> NDArray[np.float32]:
    return np.empty(0, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """A weighted graph over nodes 0 to n - 1 in compressed sparse rows, one entry for each pair.

    Counts are whole numbers, so that contributions can be taken away again without a trace. What
    depends on the whole graph (inverse document frequency …) is a factor of a node: the weight of
    the edge {i, j} is count × factors[i] × factors[j]. The arrays are read-only and may be views
    of a mapped file; threads share them freely.

    Attributes:
        indptr: where each node's row begins and ends, int64 of shape (n + 1,).
        indices: neighbours, ascending within a row, int32 of shape (m,).
        counts: how much supports each entry, at least 1, int32 of shape (m,).
        factors: weights of nodes, float32 of shape (n,); 1 everywhere unless they are given.
        symmetric: every edge stands in the rows of both its ends (a loop stands once).
    """

    indptr: NDArray[np.int64]
    indices: Ids
    counts: NDArray[np.int32]
    factors: NDArray[np.float32] = field(default_factory=_no_factors)
    symmetric: bool = True

    def __post_init__(self) -> None:
        factors = self.factors if len(self.factors) else np.ones(self.n, np.float32)
        if len(factors) != self.n:
            raise InvalidInput(f"{self.n} nodes need as many factors, not {len(factors)}")
        object.__setattr__(self, "indptr", _frozen(self.indptr, np.int64))
        object.__setattr__(self, "indices", _frozen(self.indices, np.int32))
        object.__setattr__(self, "counts", _frozen(self.counts, np.int32))
        object.__setattr__(self, "factors", _frozen(factors, np.float32))

    @classmethod
    def from_edges(
        cls,
        n: int,
        heads: ArrayLike = (),
        tails: ArrayLike = (),
        counts: ArrayLike = (),
        *,
        symmetric: bool = True,
    ) -> Adjacency:
        """Build a graph; the counts of a pair that comes more than once are added up.

        Raises:
            InvalidInput: an end is no node, or a count is not a whole number of at least 1.
        """
        matrix = _matrix(n, (heads, tails, counts), symmetric=symmetric)
        if matrix.nnz and matrix.data.max() > _MOST:
            raise InvalidInput(f"the counts of an edge add up to more than {_MOST}: use less")
        return cls(matrix.indptr, matrix.indices, matrix.data, symmetric=symmetric)

    def changed(
        self, added: Edges = NO_EDGES, removed: Edges = NO_EDGES, n: int | None = None
    ) -> Adjacency:
        """Make the graph that has these counts more and less; where none is left, no edge is.

        It equals the one built from all edges anew, and takes a few copies of the arrays instead.
        Factors are not kept: they are worked out from the new graph, if at all.

        Args:
            n: nodes of the new graph; a node that goes must have no edge left.

        Raises:
            InvalidInput: as `from_edges`, or more is taken away than is there.
        """
        size = max(self.n, self.n if n is None else n)
        delta = _matrix(size, added, symmetric=self.symmetric) - _matrix(
            size, removed, symmetric=self.symmetric
        )
        indptr = np.pad(self.indptr, (0, size - self.n), mode="edge")
        rows = np.repeat(np.arange(size), np.diff(delta.indptr))
        places = _lower_bounds(self.indices, indptr[rows], indptr[rows + 1], delta.indices)
        found = places < indptr[rows + 1]
        found[found] = self.indices[places[found]] == delta.indices[found]
        counts = delta.data.copy()
        counts[found] += self.counts[places[found]]
        _check_counts(counts, rows, delta.indices)
        kept = counts > 0
        indptr[1:] += np.cumsum(
            np.bincount(rows[kept], minlength=size) - np.bincount(rows[found], minlength=size)
        )
        columns, numbers = delta.indices.astype(np.int32), counts.astype(np.int32)
        changed = Adjacency(
            indptr,
            _spliced(self.indices, places, found, kept, columns),
            _spliced(self.counts, places, found, kept, numbers),
            symmetric=self.symmetric,
        )
        return changed if n is None or n == size else _shrunk(changed, n)

    def weighted(self, factors: ArrayLike) -> Adjacency:
        """Take other factors, float of shape (n,); all other arrays are shared."""
        values = np.array(factors, np.float32)
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise InvalidInput("factors must be finite and not below 0")
        return Adjacency(self.indptr, self.indices, self.counts, values, self.symmetric)

    @property
    def n(self) -> int:
        """Nodes."""
        return len(self.indptr) - 1

    @property
    def weights(self) -> NDArray[np.float32]:
        """Work out the weight of each entry, shape (m,)."""
        return self.weights_at(self.heads(), slice(None))

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        arrays = (self.indptr, self.indices, self.counts, self.factors)
        return sum(array.nbytes for array in arrays)

    def degree(self) -> NDArray[np.int64]:
        """Count the neighbours of each node, shape (n,)."""
        return np.diff(self.indptr)

    def row(self, node: int) -> Ids:
        """Answer a node's neighbours, ascending."""
        return self.indices[self.indptr[node] : self.indptr[node + 1]]

    def heads(self) -> Ids:
        """Answer the node in whose row each entry stands, shape (m,)."""
        return np.repeat(np.arange(self.n, dtype=np.int32), self.degree())

    def entries(self, nodes: Ids) -> tuple[Ids, NDArray[np.int64]]:
        """Answer the entries in the rows of these nodes: whose each is, and its place."""
        lengths = self.indptr[nodes + 1] - self.indptr[nodes]
        ends = np.cumsum(lengths)
        shift = np.repeat(self.indptr[nodes] - ends + lengths, lengths)
        return np.repeat(nodes, lengths), np.arange(len(shift)) + shift

    def weights_at(self, heads: Ids, places: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Work out the weights of some entries from whose they are and where they stand."""
        counts = self.counts[places].astype(np.float32)
        counts *= self.factors[heads]
        counts *= self.factors[self.indices[places]]
        return counts

    def strengths(self) -> NDArray[np.float64]:
        """Add up the weights of each node's row, shape (n,)."""
        sums: NDArray[np.float64] = self.matrix(self.counts) @ self.factors.astype(np.float64)
        return sums * self.factors

    def matrix(self, values: NDArray[Any]) -> Any:  # noqa: ANN401 - scipy has no types
        """Lay values, one for each entry, out as a sparse matrix of shape (n, n)."""
        from scipy import sparse

        matrix = sparse.csr_array((values, self.indices, self.indptr), shape=(self.n, self.n))
        matrix.has_canonical_format = True
        return matrix

    def edges(self) -> tuple[Ids, Ids, NDArray[np.int32]]:
        """Answer heads, tails and counts, each edge of a symmetric graph once (head <= tail)."""
        heads = self.heads()
        if not self.symmetric:
            return heads, self.indices, self.counts
        once = heads <= self.indices
        return heads[once], self.indices[once], self.counts[once]

    def transposed(self) -> Adjacency:
        """Turn every edge round."""
        if self.symmetric:
            return self
        turned = Adjacency.from_edges(
            self.n, self.indices, self.heads(), self.counts, symmetric=False
        )
        return turned.weighted(self.factors)

    def within(self, kept: NDArray[np.bool_]) -> Adjacency:
        """Take the edges whose ends are both kept (mask of shape (n,)); numbers stay."""
        heads = self.heads()
        inside = kept[heads] & kept[self.indices]
        indptr = np.r_[0, np.cumsum(np.bincount(heads[inside], minlength=self.n))]
        columns, counts = self.indices[inside], self.counts[inside]
        return Adjacency(indptr, columns, counts, self.factors, self.symmetric)

    def induced(self, nodes: Ids) -> Adjacency:
        """Take the part between some nodes (ascending, distinct), which are numbered anew."""
        heads, places = self.entries(nodes)
        tails = self.indices[places]
        found = np.minimum(np.searchsorted(nodes, tails), max(len(nodes) - 1, 0))
        inside = nodes[found] == tails if len(nodes) else np.zeros(0, np.bool_)
        rows = np.searchsorted(nodes, heads[inside])
        indptr = np.r_[0, np.cumsum(np.bincount(rows, minlength=len(nodes)))]
        columns, kept = found[inside].astype(np.int32), self.counts[places[inside]]
        return Adjacency(indptr, columns, kept, self.factors[nodes], self.symmetric)


def _shrunk(graph: Adjacency, n: int) -> Adjacency:
    """Leave out the nodes from n on."""
    if graph.indptr[n] < len(graph.indices) or graph.indices.max(initial=-1) >= n:
        raise InvalidInput(f"nodes from {n} on still have edges: remove these first")
    return Adjacency(graph.indptr[: n + 1], graph.indices, graph.counts, symmetric=graph.symmetric)


def _frozen(values: ArrayLike, kind: type[np.generic]) -> NDArray[Any]:
    """View values as a read-only array; a mapped file stays mapped."""
    view = np.ascontiguousarray(values, kind).view(np.ndarray)
    view = view[:]
    view.flags.writeable = False
    return view


def _matrix(n: int, edges: Edges, *, symmetric: bool) -> Any:  # noqa: ANN401 - scipy has no types
    """Sum edges to an int64 matrix in canonical compressed rows."""
    from scipy import sparse

    if not 0 <= n <= _MOST:
        raise InvalidInput(f"a graph has between 0 and {_MOST} nodes, not {n}")
    heads, tails, counts = (np.asarray(part) for part in edges)
    if not len(heads) == len(tails) == len(counts):
        raise InvalidInput("edges need as many heads as tails and counts")
    for ends in (heads, tails):
        if len(ends) and not (ends.dtype.kind in "iu" and ends.min() >= 0 and ends.max() < n):
            raise InvalidInput(f"ends of edges must be numbers of nodes, 0 to {n - 1}")
    if len(counts) and not (counts.dtype.kind in "iu" and counts.min() >= 1):
        raise InvalidInput("counts of edges must be whole numbers of at least 1")
    heads, tails, counts = heads.astype(np.int32), tails.astype(np.int32), counts.astype(np.int64)
    if symmetric:
        other = heads != tails
        heads, tails = np.r_[heads, tails[other]], np.r_[tails, heads[other]]
        counts = np.r_[counts, counts[other]]
    matrix = sparse.csr_array((counts, (heads, tails)), shape=(n, n))
    matrix.sum_duplicates()
    return matrix


def _lower_bounds(
    values: Ids, begins: NDArray[np.int64], ends: NDArray[np.int64], wanted: Ids
) -> NDArray[np.int64]:
    """Find where each wanted value stands, or would, within its own ascending slice."""
    low, high = begins.copy(), ends.copy()
    while (open_ := low < high).any():
        middle = (low[open_] + high[open_]) // 2
        below = values[middle] < wanted[open_]
        low[open_] = np.where(below, middle + 1, low[open_])
        high[open_] = np.where(below, high[open_], middle)
    return low


def _check_counts(counts: NDArray[np.int64], heads: NDArray[np.int64], tails: Ids) -> None:
    for wrong, problem in ((counts < 0, "more is taken from"), (counts > _MOST, "too much is on")):
        if wrong.any():
            at = int(wrong.argmax())
            raise InvalidInput(
                f"{problem} the edge {heads[at]} - {tails[at]} (it would have {counts[at]}): "
                "do the changes belong to this graph? If in doubt, build it anew"
            )


def _spliced(
    array: NDArray[np.int32],
    places: NDArray[np.int64],
    found: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    values: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Copy an array, with a value (if it is kept) instead of what was found at its place.

    Whole stretches are copied at once: a boolean mask would take several times as long.
    """
    pieces, start = [], 0
    steps = zip(places.tolist(), (places + found).tolist(), kept.tolist(), strict=True)
    for at, (place, after, keep) in enumerate(steps):
        pieces.append(array[start:place])
        if keep:
            pieces.append(values[at : at + 1])
        start = after
    return np.concatenate([*pieces, array[start:]])
