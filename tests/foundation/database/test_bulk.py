from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, func, select

from foundation.database.bulk import OnConflict
from foundation.database.engine import Database
from foundation.database.schema import (
    bands,
    changes,
    chunks,
    collections,
    documents,
    likenesses,
    vectors,
    verdicts,
)
from foundation.errors import Conflict, InvalidInput

SIZES = [1, 1000, 1001, 5000]
Row = dict[str, Any]


def change(seq: int, **values: Any) -> Row:
    row = {
        "seq": seq, "at": 2**62, "kind": "k", "collection": "c", "document_id": None,
        "subject": f"s{seq}", "actor": "日本語 \\ \t \n '\"%s ?", "details": {"n": seq},
    }  # fmt: skip
    return {**row, **values}


def insert(database: Database, table: Any, rows: list[Row], mode: OnConflict = "error") -> int:
    with database.write() as connection:
        return database.bulk_insert(connection, table, rows, on_conflict=mode)


def stored(database: Database, table: Table) -> list[Row]:
    with database.read() as connection:
        rows = connection.execute(select(table).order_by(*table.primary_key))
        return [dict(row) for row in rows.mappings()]


@pytest.mark.parametrize("size", SIZES)
def test_every_row_arrives_as_it_was(database: Database, size: int) -> None:
    rows = [change(seq) for seq in range(1, size + 1)]
    assert insert(database, changes, rows) == size
    assert stored(database, changes) == rows


@pytest.mark.parametrize("size", SIZES)
def test_rows_that_exist_are_refused_and_nothing_is_written(database: Database, size: int) -> None:
    insert(database, changes, [change(size)])
    with pytest.raises(Conflict):
        insert(database, changes, [change(seq) for seq in range(1, size + 1)])
    assert stored(database, changes) == [change(size)]


@pytest.mark.parametrize("size", SIZES)
def test_rows_that_exist_can_be_kept(database: Database, size: int) -> None:
    old = [change(seq, kind="old") for seq in range(1, size + 1, 3)]
    insert(database, changes, old)
    new = [change(seq, kind="new") for seq in range(1, size + 1)]
    assert insert(database, changes, new, "ignore") == size - len(old)
    kinds = [row["kind"] for row in stored(database, changes)]
    assert kinds == ["old" if seq % 3 == 1 else "new" for seq in range(1, size + 1)]


@pytest.mark.parametrize("size", SIZES)
def test_rows_that_exist_can_be_overwritten(database: Database, size: int) -> None:
    insert(database, changes, [change(seq, kind="old") for seq in range(1, size + 1, 3)])
    new = [change(seq, kind="new", details={"a": [1, None]}) for seq in range(1, size + 1)]
    assert insert(database, changes, new, "update") == size
    assert stored(database, changes) == new


@pytest.mark.parametrize("size", [2, 2000])
def test_an_update_leaves_the_columns_alone_that_are_not_named(
    database: Database, size: int
) -> None:
    rows = [change(seq) for seq in range(1, size + 1)]
    insert(database, changes, rows)
    renamed = [{**row, "kind": "renamed"} for row in rows]
    for row in renamed:
        del row["document_id"]
    insert(database, changes, renamed, "update")
    assert stored(database, changes) == [{**row, "kind": "renamed"} for row in rows]


@pytest.mark.parametrize("size", [3, 1500])
def test_of_rows_with_the_same_key_the_last_one_updates(database: Database, size: int) -> None:
    rows = [change(1, kind=f"k{number}") for number in range(size)]
    assert insert(database, changes, rows, "update") == 1
    assert stored(database, changes)[0]["kind"] == f"k{size - 1}"


@pytest.mark.parametrize("size", [3, 1500])
def test_of_rows_with_the_same_key_the_first_one_is_kept(database: Database, size: int) -> None:
    insert(database, collections, [{"name": "c", "created_seq": 1}])
    rows = [
        {"id": f"d{n}", "number": n, "collection": "c", "source_id": "same", "created_at": 0}
        for n in range(size)
    ]
    assert insert(database, documents, rows, "ignore") == 1
    assert stored(database, documents)[0]["id"] == "d0"


@pytest.mark.parametrize("size", [1, 1500])
def test_rows_that_are_all_key_can_be_updated_too(database: Database, size: int) -> None:
    insert(database, collections, [{"name": "c", "created_seq": 1}])
    document = {"id": "d", "number": 1, "collection": "c", "source_id": "s", "created_at": 0}
    insert(database, documents, [document])
    rows = [{"band": -(2**62) + n, "document_id": "d"} for n in range(size)]
    assert insert(database, bands, rows, "update") == size
    assert insert(database, bands, rows, "update") == 0


@pytest.mark.parametrize("size", [1, 1500])
def test_bytes_booleans_and_numbers_come_back_as_they_were(database: Database, size: int) -> None:
    every_byte = bytes(range(256))
    rows = [{"model": "m", "text_hash": f"{n:05}", "vector": every_byte * 6} for n in range(size)]
    insert(database, vectors, rows)
    assert stored(database, vectors) == rows
    insert(database, collections, [{"name": "c", "created_seq": 1}])
    insert(
        database,
        documents,
        [
            {"id": f"{n:05}", "number": n, "collection": "c", "source_id": f"{n}", "created_at": 0}
            for n in range(size + 1)
        ],
    )
    pairs = [{"first_id": f"{n:05}", "second_id": f"{n + 1:05}"} for n in range(size)]
    judged = [{**pair, "same": n % 2 == 0, "actor": "a", "seq": n} for n, pair in enumerate(pairs)]
    insert(database, verdicts, judged)
    assert stored(database, verdicts) == judged
    likened = [
        {**pair, "kind": "near", "similarity": 0.1 + n / 10_000, "containment": 1}
        for n, pair in enumerate(pairs)
    ]
    insert(database, likenesses, likened)
    assert stored(database, likenesses) == likened


@pytest.mark.parametrize("size", [1, 1500])
def test_the_text_of_an_enumeration_is_stored(database: Database, size: int) -> None:
    class Kind(StrEnum):
        ADDED = "added"

    insert(database, changes, [change(n, kind=Kind.ADDED) for n in range(size)])
    assert stored(database, changes)[0]["kind"] == "added"


def test_more_variables_than_a_statement_takes_are_split(database: Database) -> None:
    insert(database, collections, [{"name": "c", "created_seq": 1}])
    document = {"id": "d", "number": 1, "collection": "c", "source_id": "s", "created_at": 0}
    insert(database, documents, [document])
    rows = [
        {
            "id": n, "document_id": "d", "title": "t", "heading": ["a", "b"], "text": "x" * 50,
            "text_hash": "h", "valid_from": 1, "valid_to": 2**63 - 1, "time_from": 1, "time_to": 2,
        }
        for n in range(4000)
    ]  # fmt: skip
    assert insert(database, chunks, rows) == 4000
    assert stored(database, chunks) == rows


def test_no_rows_are_no_work(database: Database) -> None:
    assert insert(database, changes, []) == 0


def test_several_bulks_of_one_table_fit_into_one_transaction(database: Database) -> None:
    with database.write() as connection:
        for start in (1, 1500, 2500):
            rows = [change(seq) for seq in range(start, start + 1500)]
            database.bulk_insert(connection, changes, rows, on_conflict="update")
        assert connection.scalar(select(func.count()).select_from(changes)) == 3999


FOREIGN = Table("changes", MetaData(), Column("seq", Integer, primary_key=True))


@pytest.mark.parametrize("table", [FOREIGN, "alembic_version", "changes; DROP TABLE changes", ""])
def test_a_table_outside_the_schema_is_refused(database: Database, table: Any) -> None:
    with pytest.raises(InvalidInput, match="no table"):
        insert(database, table, [{"seq": 1}])


def test_a_table_may_be_given_by_name(database: Database) -> None:
    assert insert(database, "changes", [change(1)]) == 1


@pytest.mark.parametrize("name", ["seq) VALUES (1); --", "SEQ", "nonsense"])
def test_a_column_outside_the_schema_is_refused(database: Database, name: str) -> None:
    with pytest.raises(InvalidInput, match="no column"):
        insert(database, changes, [{name: 1}])


def test_rows_that_name_different_columns_are_refused(database: Database) -> None:
    short = change(2)
    del short["kind"]
    with pytest.raises(InvalidInput, match=r"row 1 .*kind"):
        insert(database, changes, [change(1), short])


def test_an_update_without_the_key_is_refused(database: Database) -> None:
    row = change(1)
    del row["seq"]
    with pytest.raises(InvalidInput, match="seq"):
        insert(database, changes, [row], "update")


def test_an_unknown_way_to_settle_conflicts_is_refused(database: Database) -> None:
    with pytest.raises(InvalidInput, match="on_conflict"):
        insert(database, changes, [change(1)], "overwrite")  # type: ignore[arg-type]  # what is tested


WRONG: list[tuple[str, Any, str]] = [
    ("subject", "secret\0text", "NUL"),
    ("details", {"a": ["secret\0"]}, "NUL"),
    ("details", {"secret\0": 1}, "NUL"),
    ("subject", "secret\udc80", "surrogate"),
    ("details", ["secret\ud800"], "surrogate"),
    ("details", {"a": float("inf")}, "finite"),
    ("details", {"a": b"secret"}, "bytes"),
    ("details", {1: "secret"}, "key"),
    ("kind", "secret" * 10, "60 characters"),
    ("subject", None, "NoneType"),
    ("subject", 7, "int"),
    ("seq", "secret", "str"),
    ("seq", True, "bool"),
    ("seq", 2**63, "64 bits"),
]


@pytest.mark.parametrize("size", [1, 1500])
@pytest.mark.parametrize(("column", "value", "reason"), WRONG)
def test_a_value_that_does_not_fit_is_refused_with_its_place_but_not_repeated(
    sqlite_database: Database, size: int, column: str, value: Any, reason: str
) -> None:
    """Checked before anything is sent, hence the same on every engine: one is enough here."""
    rows = [change(seq) for seq in range(size)]
    rows[-1][column] = value
    with pytest.raises(InvalidInput) as caught:
        insert(sqlite_database, changes, rows)
    message = str(caught.value)
    assert f"table changes, row {size - 1}, column {column}" in message
    assert reason in message
    assert "secret" not in message
    assert stored(sqlite_database, changes) == []


def test_json_nested_beyond_reason_is_refused(database: Database) -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidInput, match="nested"):
        insert(database, changes, [change(1, details=deep)])
    while isinstance(deep, list):  # undone by hand: Python would recurse
        deep = deep[0]


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
jsons = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=8,
)


@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    values=st.lists(st.tuples(texts, jsons), min_size=1, max_size=8),
    size=st.sampled_from([0, 1001]),
)
def test_any_text_and_any_json_come_back_as_they_were(
    database: Database, values: list[tuple[str, Any]], size: int
) -> None:
    number = size or len(values)
    rows = [
        change(seq, subject=values[seq % len(values)][0], details=values[seq % len(values)][1])
        for seq in range(number)
    ]
    with database.write() as connection:
        connection.execute(changes.delete())
    insert(database, changes, rows)
    assert stored(database, changes) == rows
