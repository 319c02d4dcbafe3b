"""What stands on either side of every model: texts made readable, vectors made unit length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.errors import Unavailable
from retrieval.model import Matrix


def readable(text: str, limit: int) -> str:
    """Make a text that no tokeniser stumbles over.

    NULs end a C string early and lone surrogates have no UTF-8 form: both become spaces. The cut
    comes first, so that a text of 100 MB costs no more than one of `limit` characters.
    """
    cut = text[:limit].replace("\0", " ")
    if cut.isascii():
        return cut
    return "".join(" " if "\ud800" <= c <= "\udfff" else c for c in cut)


def unit_rows(rows: NDArray[Any], *, count: int, dimension: int, source: str) -> Matrix:
    """Check foreign vectors and scale each to length 1.

    Args:
        rows: what the model gave, shape (count, dimension) if it did as it should.
        count: how many texts were sent.
        dimension: how many numbers a vector should have.
        source: who gave them, for the message.

    Raises:
        Unavailable: the shape is another, a number is not finite, or a vector is zero.
    """
    if rows.shape != (count, dimension):
        raise Unavailable(
            f"{source} gave vectors of shape {rows.shape} where {(count, dimension)} was "
            "expected; set the dimension of the model in use"
        )
    wide = rows.astype(np.float64)
    peaks = np.abs(wide).max(axis=1, keepdims=True)
    if not (np.isfinite(peaks).all() and (peaks > 0).all()):
        raise Unavailable(
            f"{source} gave a vector that is zero or not finite: such a vector has no direction; "
            "look at the model's own log"
        )
    wide /= peaks  # squares of very large or small numbers would not be finite or not be there
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True), dtype=np.float32)
