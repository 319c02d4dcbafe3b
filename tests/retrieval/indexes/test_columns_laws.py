"""A mask is what a filter means, whatever the documents went through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.reading import AttributeRow
from retrieval.filters import parse_filter
from retrieval.indexes.columns import Columns


def _row(number: int, /, *, collection: str = "default", **fields: Any) -> AttributeRow:
    return AttributeRow(number, collection, fields, deleted=False)


def _gone(number: int, *, collection: str = "default") -> AttributeRow:
    return AttributeRow(number, collection, {}, deleted=True)


_SCALARS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        2.5,
        10**20,
        "",
        "0",
        "1",
        "true",
        "a",
        "ab",
        "b",
        "é",
        "2026-01-31",
    ]
)
_NAMES = st.sampled_from(["a", "b", "c"])
_FIELDS = st.dictionaries(_NAMES, _SCALARS | st.lists(_SCALARS, max_size=3), max_size=3)
_COMPARABLE = _SCALARS.filter(lambda v: isinstance(v, str) or type(v) in (int, float))
_OPERATORS = st.one_of(
    st.fixed_dictionaries({"$eq": _SCALARS}),
    st.fixed_dictionaries({"$ne": _SCALARS}),
    st.fixed_dictionaries({"$in": st.lists(_SCALARS, max_size=3)}),
    st.fixed_dictionaries({"$nin": st.lists(_SCALARS, max_size=3)}),
    st.fixed_dictionaries({"$exists": st.booleans()}),
    st.dictionaries(
        st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), _COMPARABLE, min_size=1, max_size=2
    ),
)
_CONDITIONS = st.dictionaries(
    _NAMES,
    _SCALARS | _OPERATORS | st.fixed_dictionaries({"$not": _OPERATORS}),
    min_size=1,
    max_size=2,
)
_FILTERS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _CONDITIONS,
    lambda inner: (
        st.dictionaries(
            st.sampled_from(["$and", "$or", "$nor"]),
            st.lists(inner, min_size=1, max_size=3),
            max_size=2,
        )
        | st.fixed_dictionaries({"$not": inner})
    ),
    max_leaves=6,
)


def _same(one: object, other: object) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _compares(value: object, operator: str, limit: object) -> bool:
    if isinstance(value, bool) or isinstance(value, str) != isinstance(limit, str):
        return False
    outcomes: dict[str, bool] = {
        "$gt": value > limit,  # type: ignore[operator] # both are strings, or both numbers
        "$gte": value >= limit,  # type: ignore[operator]
        "$lt": value < limit,  # type: ignore[operator]
        "$lte": value <= limit,  # type: ignore[operator]
    }
    return outcomes[operator]


def _holds(values: list[object], operator: str, operand: Any) -> bool:
    if operator in {"$ne", "$nin"}:
        return not _holds(values, {"$ne": "$eq", "$nin": "$in"}[operator], operand)
    match operator:
        case "$eq":
            holds = any(_same(v, operand) for v in values) or (operand is None and not values)
        case "$in":
            holds = any(_holds(values, "$eq", one) for one in operand)
        case "$exists":
            holds = bool(values) is operand
        case "$not":
            holds = not all(_holds(values, o, v) for o, v in operand.items())
        case _:
            holds = any(_compares(v, operator, operand) for v in values)
    return holds


def _naive(document: Mapping[str, Any], raw: Mapping[str, Any]) -> bool:
    """Evaluate a filter on one document, straight from its words."""
    for key, operand in raw.items():
        if key == "$and":
            holds = all(_naive(document, part) for part in operand)
        elif key == "$or":
            holds = any(_naive(document, part) for part in operand)
        elif key == "$nor":
            holds = not any(_naive(document, part) for part in operand)
        elif key == "$not":
            holds = not _naive(document, operand)
        else:
            value = document.get(key)
            values = [v for v in (value if isinstance(value, list) else [value]) if v is not None]
            operators = operand if isinstance(operand, Mapping) else {"$eq": operand}
            holds = all(_holds(values, o, v) for o, v in operators.items())
        if not holds:
            return False
    return True


@settings(max_examples=300, deadline=None)
@given(
    history=st.lists(
        st.lists(st.tuples(st.integers(0, 6), _FIELDS, st.booleans()), max_size=5), max_size=4
    ),
    filters=st.lists(_FILTERS, min_size=1, max_size=4),
)
def test_a_mask_is_what_asking_each_document_would_give(
    history: list[list[tuple[int, dict[str, Any], bool]]], filters: list[dict[str, Any]]
) -> None:
    columns = Columns(built_in=["a", "b", "c"])
    documents: dict[int, dict[str, Any]] = {}
    highest = -1
    for batch in history:
        columns.update(
            _gone(number) if gone else _row(number, **fields) for number, fields, gone in batch
        )
        for number, fields, gone in batch:
            highest = max(highest, number)
            documents.pop(number, None)
            if not gone:
                documents[number] = fields
        for raw in filters:
            expected = sorted(n for n, fields in documents.items() if _naive(fields, raw))
            mask = columns.mask(parse_filter(raw), None)
            assert mask is not None
            assert np.flatnonzero(mask).tolist() == expected
            assert mask.shape == (highest + 1,)
