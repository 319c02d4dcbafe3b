from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from foundation.errors import InvalidInput, NotFound
from knowledge.reading import AttributeRow
from retrieval.filters import parse_filter
from retrieval.indexes.column import Column, Mask
from retrieval.indexes.columns import Columns


def _row(number: int, /, *, collection: str = "default", **fields: Any) -> AttributeRow:
    return AttributeRow(number, collection, fields, deleted=False)


def _gone(number: int, *, collection: str = "default") -> AttributeRow:
    return AttributeRow(number, collection, {}, deleted=True)


def _columns(*rows: AttributeRow) -> Columns:
    columns = Columns()
    columns.update(rows)
    return columns


def _passing(
    columns: Columns, raw: Mapping[str, Any] | None, collections: list[str] | None = None
) -> list[int]:
    mask = columns.mask(None if raw is None else parse_filter(raw), collections)
    assert mask is not None
    assert mask.dtype == np.bool_
    numbers: list[int] = np.flatnonzero(mask).tolist()
    return numbers


LIBRARY = (
    _row(1, year=2020, tags=["red", "blue"], title="Cats", reviewed=True),
    _row(2, year=2021.5, tags="red", title="Dogs", reviewed=False),
    _row(3, year="2021", tags=[], title="Eels", reviewed=1),
    _row(5, collection="notes", year=[2019, "n/a", 2030], title="Ants", tags=None),
    _row(6, collection="notes"),
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, [1, 2, 3, 5, 6]),
        ({"year": 2020}, [1]),
        ({"year": "2021"}, [3]),
        ({"year": 2021}, []),
        ({"year": {"$gte": 2020}}, [1, 2, 5]),
        ({"year": {"$gt": 2020, "$lt": 2022}}, [2, 5]),
        ({"year": {"$gt": 2020.5, "$lt": 2022}, "title": "Dogs"}, [2]),
        ({"year": {"$lt": 2020}}, [5]),
        ({"year": {"$gt": 2025, "$lt": 2020}}, [5]),
        ({"year": {"$lte": "m"}}, [3]),
        ({"year": {"$not": {"$gte": 2020}}}, [3, 6]),
        ({"tags": "red"}, [1, 2]),
        ({"tags": {"$ne": "red"}}, [3, 5, 6]),
        ({"tags": {"$in": ["blue", "green"]}}, [1]),
        ({"tags": {"$nin": ["blue", "green"]}}, [2, 3, 5, 6]),
        ({"tags": {"$in": []}}, []),
        ({"tags": None}, [3, 5, 6]),
        ({"tags": {"$in": [None, "blue"]}}, [1, 3, 5, 6]),
        ({"tags": {"$exists": True}}, [1, 2]),
        ({"tags": {"$exists": False}}, [3, 5, 6]),
        ({"reviewed": True}, [1]),
        ({"reviewed": 1}, [3]),
        ({"reviewed": {"$lt": "z"}}, []),
        ({"title": {"$gte": "Cats", "$lt": "Eels"}}, [1, 2]),
        ({"title": {"$gt": "Cats", "$lte": "Eels"}}, [2, 3]),
        ({"title": {"$gt": "Zebra"}}, []),
        ({"collection": "notes"}, [5, 6]),
        ({"$or": [{"year": 2020}, {"title": "Ants"}]}, [1, 5]),
        ({"$nor": [{"year": 2020}, {"title": "Ants"}]}, [2, 3, 6]),
        ({"$not": {"tags": "red", "year": 2020}}, [2, 3, 5, 6]),
        ({"$and": [{"tags": "red"}, {"reviewed": False}]}, [2]),
        ({"uri": "x"}, []),
        ({"uri": {"$ne": "x"}}, [1, 2, 3, 5, 6]),
    ],
)
def test_filters_pass_the_documents_that_they_should(
    raw: dict[str, Any], expected: list[int]
) -> None:
    assert _passing(_columns(*LIBRARY), raw) == expected


def test_without_filter_and_collections_everything_is_allowed() -> None:
    assert _columns(*LIBRARY).mask(None, None) is None
    assert Columns().mask(None, None) is None


def test_collections_and_filters_hold_together() -> None:
    columns = _columns(*LIBRARY)
    assert _passing(columns, None, ["notes"]) == [5, 6]
    assert _passing(columns, None, ["notes", "default"]) == [1, 2, 3, 5, 6]
    assert _passing(columns, {"title": {"$exists": True}}, ["notes"]) == [5]
    assert _passing(columns, None, []) == []


def test_an_unknown_field_is_named_with_what_may_have_been_meant() -> None:
    columns = _columns(*LIBRARY)
    with pytest.raises(InvalidInput, match="no document has a field 'yaer'; did you mean 'year'"):
        columns.mask(parse_filter({"$not": {"yaer": 1}}), None)
    with pytest.raises(InvalidInput, match=r"known are 'author', 'collection', .*'year'"):
        columns.mask(parse_filter({"zzz": 1}), None)
    with pytest.raises(InvalidInput) as caught:
        columns.mask(parse_filter({"z" * 4096: 1}), None)
    assert len(str(caught.value)) < 1000


def test_the_fields_that_a_filter_may_ask_about_are_those_that_may_be_seen() -> None:
    columns = _columns(_row(0, year=2020), _row(1, team="ops"))
    assert {"year", "team"} <= columns.known()
    assert columns.known() - columns.known(np.array([True, False])) == {"team"}
    assert "title" in Columns().known()


def test_for_who_sees_a_part_only_the_fields_of_the_filter_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = AttributeRow(0, "default", {"year": 2020, **dict.fromkeys("abcdefgh")}, deleted=False)
    columns = _columns(many, _row(1, team="ops"))
    exists, looked_at = Column.exists, []

    def counted(column: Column, size: int) -> Mask:
        looked_at.append(1)
        return exists(column, size)

    monkeypatch.setattr(Column, "exists", counted)
    within = np.array([True, False])
    for _ in range(2):
        columns.mask(parse_filter({"year": 2020, "title": {"$ne": "x"}}), None, within=within)
    assert len(looked_at) == 2
    with pytest.raises(InvalidInput, match="no document has a field 'team'; known are"):
        columns.mask(parse_filter({"team": "ops"}), None, within=within)


def test_an_unknown_collection_is_named_with_the_known_ones() -> None:
    columns = _columns(*LIBRARY)
    with pytest.raises(NotFound, match="no collection 'note'; did you mean 'notes'"):
        columns.mask(None, ["default", "note"])
    with pytest.raises(NotFound, match="no collection 'xyz'; known are 'default', 'notes'"):
        columns.mask(None, ["xyz"])
    with pytest.raises(NotFound, match="there is none yet"):
        Columns().mask(None, ["default"])


def test_updates_replace_all_fields_of_a_document_and_of_no_other() -> None:
    columns = _columns(*LIBRARY)
    before = columns.mask(parse_filter({"tags": "red"}), None)
    columns.update([_row(1, year=[7, 8], title="Cows"), _row(9, tags=["red", "red", "new"])])
    assert before is not None
    assert np.flatnonzero(before).tolist() == [1, 2]
    assert _passing(columns, {"tags": "red"}) == [2, 9]
    assert _passing(columns, {"tags": "blue"}) == []
    assert _passing(columns, {"year": 8}) == [1]
    assert _passing(columns, {"year": 2020}) == []
    assert _passing(columns, {"year": 2030}) == [5]
    columns.update([_row(1, collection="notes"), _row(1, collection="moved")])
    assert _passing(columns, None, ["moved"]) == [1]


def test_deleted_documents_pass_no_mask_until_they_come_back() -> None:
    columns = _columns(*LIBRARY)
    columns.update([_gone(1), _gone(77)])
    assert _passing(columns, {}) == [2, 3, 5, 6]
    assert _passing(columns, {"tags": {"$ne": "x"}}) == [2, 3, 5, 6]
    assert _passing(columns, None, ["default"]) == [2, 3]
    columns.update([_row(1, tags="red")])
    assert _passing(columns, {"tags": "red"}) == [1, 2]
    assert _passing(columns, {"year": 2020}) == []


def test_values_that_cannot_be_compared_are_passed_over() -> None:
    columns = _columns(
        _row(1, f={"a": 1}),
        _row(2, f=[[1], {"b": 2}, 3]),
        _row(3, f=float("nan")),
        _row(4, f=10**400),
    )
    assert _passing(columns, {"f": {"$exists": True}}) == [2]
    assert _passing(columns, {"f": 3}) == [2]


def test_masks_are_cached_until_the_next_update_and_cannot_be_written() -> None:
    columns = _columns(*LIBRARY)
    first = columns.mask(parse_filter({"year": 2020}), ["notes", "default"])
    assert columns.mask(parse_filter({"year": 2020.0}), ["default", "notes"]) is first
    assert first is not None
    with pytest.raises(ValueError, match="read-only"):
        first[0] = True
    columns.update([_row(8, year=2020)])
    assert _passing(columns, {"year": 2020}) == [1, 8]
    one, true = (columns.mask(parse_filter({"reviewed": v}), None) for v in (1, True))
    assert one is not None
    assert true is not None
    assert one.tolist() != true.tolist()


def test_many_different_filters_do_not_pile_up() -> None:
    columns = _columns(*LIBRARY)
    for number in range(500):
        columns.mask(parse_filter({"year": number}), None)
    assert len(columns._state.masks) <= 32


def test_texts_that_nobody_has_any_more_are_forgotten() -> None:
    columns = Columns()
    for moment in range(60):
        columns.update([_row(n, updated=f"{moment}-{n}", tags=["x", f"{n}"]) for n in range(100)])
    assert len(columns._state.columns["updated"].vocabulary) < 2000
    assert _passing(columns, {"updated": "59-7"}) == [7]
    assert _passing(columns, {"updated": "58-7"}) == []
    assert _passing(columns, {"updated": {"$gte": "59-98"}}) == [98, 99]
    assert _passing(columns, {"tags": {"$in": ["7", "99"]}}) == [7, 99]


def test_masks_are_consistent_while_updates_run() -> None:
    columns = Columns()
    columns.update(_row(n, generation="g0", rank=0) for n in range(500))
    done = threading.Event()
    problems: list[str] = []

    def ask() -> None:
        generation = 0
        while not done.is_set():
            generation += 1
            mask = columns.mask(
                parse_filter({"$or": [{"rank": {"$gte": 0}}, {"generation": f"x{generation}"}]}),
                None,
            )
            if mask is None or mask.sum() != 500:
                problems.append(f"{mask}")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for generation in range(1, 60):
        columns.update(_row(n, generation=f"g{generation}", rank=generation) for n in range(500))
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []
