from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.openai.attributes import field_of, metadata_of
from api.openai.filters import FilterIn, condition_of, holding

READ: TypeAdapter[Any] = TypeAdapter(FilterIn)

keys = st.sampled_from(["team", "year", "title", "$cost", "nowhere", "attributes.team"])
scalars = st.one_of(st.text(max_size=3), st.integers(-3, 3), st.booleans())
attributes = st.dictionaries(keys.filter(lambda key: key != "nowhere"), scalars, max_size=4)


def comparison(kinds: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"type": st.sampled_from(kinds), "key": keys, "value": values})


filters = st.recursive(
    st.one_of(
        comparison(["eq", "ne"], scalars),
        comparison(["gt", "gte", "lt", "lte"], st.one_of(st.text(max_size=3), st.integers(-3, 3))),
        comparison(["in", "nin"], st.lists(scalars, max_size=3)),
    ),
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["and", "or"]), "filters": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=5,
)

ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
}  # fmt: skip


def kind(value: object) -> str:
    return "text" if isinstance(value, str) else "truth" if isinstance(value, bool) else "number"


def same(one: object, other: object) -> bool:
    return kind(one) == kind(other) and one == other


def says(raw: Mapping[str, Any], file: Mapping[str, Any]) -> bool:
    """What a filter means, in the plainest words."""
    if raw["type"] in {"and", "or"}:
        parts = [says(part, file) for part in raw["filters"]]
        return all(parts) if raw["type"] == "and" else any(parts)
    key, value, there = raw["key"], raw["value"], raw["key"] in file
    match raw["type"]:
        case "eq":
            return there and same(file[key], value)
        case "ne":
            return not (there and same(file[key], value))
        case "in":
            return there and any(same(file[key], each) for each in value)
        case "nin":
            return not (there and any(same(file[key], each) for each in value))
        case name:
            return there and kind(file[key]) == kind(value) and ORDER[name](file[key], value)


@given(filters, st.lists(attributes, min_size=1, max_size=4))
def test_a_filter_holds_where_its_words_do(
    raw: dict[str, Any], files: list[dict[str, Any]]
) -> None:
    documents = [metadata_of("a.md", file) for file in files]
    known = {name for document in documents for name in document} | {"source_id"}
    condition = condition_of(READ.validate_python(raw), known)
    assert holding(condition, documents) == [says(raw, file) for file in files]


@given(st.dictionaries(st.text(max_size=8), scalars, max_size=6))
def test_no_two_attributes_share_a_field(pairs: dict[str, Any]) -> None:
    assert len({field_of(key) for key in pairs}) == len(pairs)


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "and", "filters": [{"type": "contains", "key": "a", "value": "b"}]},
        {"type": "eq", "key": "a", "value": None},
        {"type": "eq", "key": "a", "value": {"b": 1}},
        {"type": "eq", "key": "a", "value": 1, "case": False},
        {"key": "a", "value": 1},
        [],
        "team = ops",
    ],
)
def test_what_is_no_filter_is_refused(raw: object) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(raw)
