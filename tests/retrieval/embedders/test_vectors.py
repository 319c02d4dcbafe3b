from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Unavailable
from retrieval.embedders.vectors import readable, unit_rows
from tests.retrieval.embedders.contract import assert_unit


@given(st.text(st.characters(), max_size=60), st.integers(0, 50))
def test_a_readable_text_is_short_and_has_a_utf8_form_without_nuls(text: str, limit: int) -> None:
    clean = readable(text, limit)
    assert len(clean) == min(len(text), limit)
    assert b"\0" not in clean.encode()


@given(st.text(max_size=60))
def test_a_text_that_is_readable_already_stays_as_it_is(text: str) -> None:
    assert readable(text, 60) == text.replace("\0", " ")


def test_foreign_vectors_are_scaled_to_length_one() -> None:
    rows = unit_rows(
        np.array([[3.0, 4.0], [1e-300, 0.0], [1e200, 1e200]]), count=3, dimension=2, source="x"
    )
    assert_unit(rows)
    assert rows[0].tolist() == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize(
    "rows",
    [
        np.ones((2, 3)),
        np.ones((1, 2)),
        np.ones(4),
        np.array([[1.0, np.nan], [1.0, 1.0]]),
        np.array([[1.0, np.inf], [1.0, 1.0]]),
        np.array([[0.0, 0.0], [1.0, 1.0]]),
    ],
)
def test_vectors_without_direction_or_of_another_shape_are_refused(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    with pytest.raises(Unavailable, match="the service at example"):
        unit_rows(rows, count=2, dimension=2, source="the service at example")
