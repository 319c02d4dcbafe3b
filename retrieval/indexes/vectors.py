"""Where the dense indexes get their vectors from: the truth, by text hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from foundation.errors import Conflict, InvalidInput, Unavailable
from retrieval.model import Matrix, Vector


class VectorReader(Protocol):
    """The truth's vectors of one embedder."""

    def vectors(self, text_hashes: Sequence[str]) -> dict[str, bytes]:
        """Read float32 vectors (little endian) by text hash; what is unknown is left out."""
        ...


def read_matrix(reader: VectorReader, text_hashes: Sequence[str], dimension: int) -> Matrix:
    """Read the vectors of the texts, one row for each, in their order.

    A vector that is not finite cannot be compared and would poison every ranking: its row is
    zeros, so that dense search never finds it.

    Raises:
        Unavailable: a vector is not in the truth (yet).
        Conflict: a vector has another dimension than the index.
    """
    found = reader.vectors(list(dict.fromkeys(text_hashes)))
    matrix = np.empty((len(text_hashes), dimension), np.float32)
    for row, text_hash in enumerate(text_hashes):
        blob = found.get(text_hash)
        if blob is None:
            raise Unavailable(
                f"the vector of text {text_hash} is not in the truth; "
                "let the embedder catch up, then apply this feed again"
            )
        if len(blob) != 4 * dimension:
            raise Conflict(
                f"the vector of text {text_hash} has {len(blob)} bytes and the index holds "
                f"{dimension} dimensions ({4 * dimension} bytes); open the index of that embedder"
            )
        matrix[row] = np.frombuffer(blob, "<f4")
    matrix[~np.isfinite(matrix).all(axis=1)] = 0.0
    return matrix


def checked(vector: Vector, dimension: int) -> Vector:
    """Answer a query vector as contiguous float32.

    Raises:
        InvalidInput: it has another shape than (dimension,), or is not finite.
    """
    if vector.shape != (dimension,):
        raise InvalidInput(
            f"the query vector has shape {vector.shape}, the index needs ({dimension},); "
            "embed the query with the embedder that made the index"
        )
    if not np.isfinite(vector).all():
        raise InvalidInput("the query vector holds infinite or undefined numbers; embed it again")
    return np.ascontiguousarray(vector, np.float32)
