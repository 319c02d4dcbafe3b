from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from retrieval.filters import (
    MAX_DEPTH,
    MAX_PARTS,
    MAX_VALUES,
    AllOf,
    AnyOf,
    Bound,
    Exists,
    Kind,
    Not,
    OneOf,
    Range,
    Value,
    fields,
    parse_filter,
)


def _number(content: float) -> Value:
    return Value(Kind.NUMBER, content)


def _string(content: str) -> Value:
    return Value(Kind.STRING, content)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, AllOf(())),
        ({"a": "x"}, OneOf("a", (_string("x"),))),
        ({"a": {"$eq": 3}}, OneOf("a", (_number(3.0),))),
        ({"a": {"$ne": None}}, Not(OneOf("a", (Value(Kind.NULL, None),)))),
        ({"a": {"$in": ["x", 2, True]}}, parse_filter({"a": {"$in": ("x", 2.0, True)}})),
        ({"a": {"$nin": []}}, Not(OneOf("a", ()))),
        ({"a": {"$gte": "2026-01-31"}}, Range("a", Bound.GTE, _string("2026-01-31"))),
        (
            {"a": {"$gt": 1, "$lte": 5}},
            AllOf((Range("a", Bound.GT, _number(1.0)), Range("a", Bound.LTE, _number(5.0)))),
        ),
        ({"a": {"$exists": True}}, Exists("a")),
        ({"a": {"$exists": False}}, Not(Exists("a"))),
        ({"a": {"$not": {"$lt": 5}}}, Not(Range("a", Bound.LT, _number(5.0)))),
        ({"a": 1, "b": 2}, AllOf((OneOf("a", (_number(1.0),)), OneOf("b", (_number(2.0),))))),
        (
            {"$or": [{"a": 1}, {"$not": {"b": 2}}]},
            AnyOf((OneOf("a", (_number(1.0),)), Not(OneOf("b", (_number(2.0),))))),
        ),
        ({"$nor": [{"a": 1}]}, Not(AnyOf((OneOf("a", (_number(1.0),)),)))),
        ({"$and": [{"a.b": 1}]}, AllOf((OneOf("a.b", (_number(1.0),)),))),
    ],
)
def test_filters_are_read(raw: object, expected: object) -> None:
    assert parse_filter(raw) == expected


def test_true_one_and_one_as_text_are_different_filters() -> None:
    filters = {parse_filter({"a": value}) for value in (True, 1, "1", "true", False, 0, None)}
    assert len(filters) == 7
    assert parse_filter({"a": 1}) == parse_filter({"a": 1.0})
    assert hash(parse_filter({"a": 1})) == hash(parse_filter({"a": 1.0}))


@pytest.mark.parametrize(
    ("raw", "place", "hint"),
    [
        ([], "filter:", "not a list"),
        ("x", "filter:", "not 'x'"),
        (None, "filter:", "not None"),
        ({1: 2}, "filter:", "names are strings, not 1"),
        ({"$where": "x"}, "filter.$where:", "no such operator"),
        ({"$gt": 5}, "filter.$gt:", "write it within a field"),
        ({"a": {"$like": 5}}, "filter.a.$like:", "$eq, $ne, $in, $nin, $gt, $gte, $lt, $lte"),
        ({"a": {"b": 5}}, "filter.a.b:", "unknown operator"),
        ({"a": {}}, "filter.a:", "no operator"),
        ({"a": [1, 2]}, "filter.a:", "write $in"),
        ({"a": {"$in": 3}}, "filter.a.$in:", "takes a list, not 3"),
        ({"a": {"$in": "abc"}}, "filter.a.$in:", "takes a list, not 'abc'"),
        ({"a": {"$in": [1, {}]}}, "filter.a.$in[1]:", "not an object"),
        ({"a": {"$gt": True}}, "filter.a.$gt:", "a number or a string, not True"),
        ({"a": {"$lt": None}}, "filter.a.$lt:", "a number or a string, not None"),
        ({"a": {"$exists": 1}}, "filter.a.$exists:", "true or false, not 1"),
        ({"a": {"$not": 1}}, "filter.a.$not:", "use $ne"),
        ({"$and": []}, "filter.$and:", "empty"),
        ({"$and": {"a": 1}}, "filter.$and:", "takes a list, not an object"),
        ({"$not": [{"a": 1}]}, "filter.$not:", "not a list"),
        ({"$and": [{}, {}, {"year": {"$x": 1}}]}, "filter.$and[2].year.$x:", "unknown operator"),
        ({"$or": [{"$and": [{"b": 1}, 7]}]}, "filter.$or[0].$and[1]:", "not 7"),
        ({"a": math.nan}, "filter.a:", "finite number"),
        ({"a": 10**400}, "filter.a:", "too large"),
        ({"a": {"$gte": -math.inf}}, "filter.a.$gte:", "too large"),
        ({"a": b"x"}, "filter.a:", "not bytes"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(raw: object, place: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_filter(raw)
    assert str(caught.value).startswith(place)
    assert hint in str(caught.value)


def _nested(key: str, depth: int) -> object:
    raw: object = {"a": 1}
    for _ in range(depth):
        raw = {key: raw if key == "$not" else [raw]}
    return raw


@pytest.mark.parametrize("key", ["$not", "$and", "$or", "$nor"])
def test_nesting_is_limited_with_a_clear_error(key: str) -> None:
    assert fields(parse_filter(_nested(key, MAX_DEPTH - 1))) == {"a"}
    for depth in (MAX_DEPTH, 10_000):
        with pytest.raises(InvalidInput, match=rf"^filter\.\{key}.*32 levels deep") as caught:
            parse_filter(_nested(key, depth))
        assert len(str(caught.value)) < 500


def test_a_field_negated_ten_thousand_times_and_lists_in_lists_are_refused() -> None:
    raw: object = {"$lt": 5}
    listed: object = []
    for _ in range(10_000):
        raw, listed = {"$not": raw}, [listed]
    with pytest.raises(InvalidInput, match="32 levels deep"):
        parse_filter({"a": raw})
    for wrong in ({"a": listed}, {"$and": listed}, {"a": {"$in": listed}}):
        with pytest.raises(InvalidInput):
            parse_filter(wrong)


def test_breadth_is_limited_with_a_clear_error() -> None:
    assert fields(parse_filter({"a": {"$in": list(range(MAX_VALUES))}})) == {"a"}
    broad: list[dict[str, object]] = [
        {"a": {"$in": list(range(MAX_VALUES + 1))}},
        {f"f{n}": 1 for n in range(MAX_PARTS)},
        {"$and": [{}] * MAX_PARTS},
        {"$or": [{"a": {"$in": [1] * 200}}] * 51},
    ]
    for raw in broad:
        with pytest.raises(InvalidInput, match=r"at most (10,000 values|2,000 parts)"):
            parse_filter(raw)


def test_long_and_strange_names_do_not_flood_the_message() -> None:
    name = "\u202e" + "名" * 4096
    assert fields(parse_filter({name: 1})) == {name}
    with pytest.raises(InvalidInput) as caught:
        parse_filter({name: {name: name}})
    assert len(str(caught.value)) < 500


def test_fields_are_collected_from_everywhere() -> None:
    raw = {"a": 1, "$or": [{"b": {"$gt": 1, "$lt": 3}}, {"$not": {"c": {"$exists": True}}}]}
    assert fields(parse_filter(raw)) == {"a", "b", "c"}
    assert fields(parse_filter({})) == set()


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$and", "$or", "$not", "$nor", "$in", "$gt", "$exists", "a", "$", ""]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_read_or_refused_and_nothing_else(raw: object) -> None:
    try:
        condition = parse_filter(raw)
    except InvalidInput as error:
        assert str(error).startswith("filter")  # noqa: PT017 - either outcome is right
    else:
        assert condition == parse_filter(json.loads(json.dumps(raw)))
        assert hash(condition) == hash(parse_filter(raw))
