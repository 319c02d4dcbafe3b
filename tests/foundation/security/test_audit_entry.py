from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from foundation.security.audit_entry import (
    GENESIS,
    Caller,
    Entry,
    Result,
    chain_hash,
    prepare,
    result_of,
)
from foundation.security.audit_metadata import LONGEST_METADATA, bounded, clean, without_secrets
from foundation.security.audit_reading import AuditLog
from tests.foundation.security.audits import entry, trail, verdict

anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=2_000)
    | st.binary()
    | st.dates()
    | st.uuids(),
    lambda inner: (
        st.lists(inner, max_size=60)
        | st.dictionaries(st.text(st.characters(), max_size=200), inner, max_size=60)
        | st.sets(st.integers())
    ),
    max_leaves=40,
)
texts = st.text(st.characters(), max_size=700)
entries = st.builds(
    Entry,
    id=texts,
    at=st.integers().map(Micros),
    operation=texts,
    action=texts,
    resource=texts,
    result=texts,
    caller=st.builds(Caller, texts, texts, texts, texts),
    duration_micros=st.integers(),
    metadata=st.dictionaries(texts, anything, max_size=60),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(given=st.lists(entries, min_size=1, max_size=5))
def test_whatever_a_caller_says_is_taken_and_can_be_verified(
    given: list[Entry], database: Database, tmp_path: Path
) -> None:
    before = verdict(database, tmp_path).entries
    with trail(database, tmp_path) as opened:
        for each in given:
            opened.record(each)
        opened.record(entry(), critical=True)
        assert opened.state().problem == ""
    found = verdict(database, tmp_path)
    assert (found.entries, found.problem) == (before + len(given) + 1, None)


def test_an_entry_comes_back_as_it_was(database: Database, tmp_path: Path) -> None:
    said = entry(
        "documents.purge",
        resource="文書-7",
        result=Result.DENIED,
        metadata={"tags": ["a", "b"], "share": 0.25, "none": None, "deep": {"yes": True}},
    )
    with trail(database, tmp_path) as opened:
        opened.record(said)
    (found,) = AuditLog(database).search().entries
    assert found.entry == said
    assert (found.seq, found.previous) == (1, GENESIS)


def test_the_hash_covers_place_and_content() -> None:
    content = prepare(entry(), without_secrets).canonical
    hashes = {
        chain_hash(GENESIS, 1, content),
        chain_hash(GENESIS, 2, content),
        chain_hash("1" * 64, 1, content),
        chain_hash(GENESIS, 1, content + b" "),
    }
    assert len(hashes) == 4


def test_texts_are_cut_to_what_their_column_holds() -> None:
    row = prepare(entry(resource="x" * 600, operation="y" * 100), without_secrets).row
    assert row["resource"] == "x" * 499 + "…"
    assert row["operation"] == "y" * 100
    assert clean("a\0b\ud800c", 10) == "a\ufffdb\ufffdc"


def test_values_under_the_names_of_secrets_are_removed_at_any_depth() -> None:
    given: Mapping[str, object] = {
        "Password": "a",
        "api_key": "b",
        "headers": [{"Authorization": "c", "accept": "d"}],
        "pin": 1234,
        "prompt_tokens": 5,
    }
    assert without_secrets(given) == {
        "Password": "[removed]",
        "api_key": "[removed]",
        "headers": [{"Authorization": "[removed]", "accept": "d"}],
        "pin": "[removed]",
        "prompt_tokens": 5,
    }


def test_the_sanitiser_sees_resource_and_metadata(database: Database, tmp_path: Path) -> None:
    def redact(given: Mapping[str, object]) -> Mapping[str, object]:
        return {"resource": str(given["resource"]).replace("hunter2", "***"), "metadata": {"n": 1}}

    with trail(database, tmp_path, sanitise=redact) as opened:
        opened.record(entry(resource="https://ada:hunter2@example.org/", metadata={"x": "hunter2"}))
    (found,) = AuditLog(database).search().entries
    assert found.entry.resource == "https://ada:***@example.org/"
    assert found.entry.metadata == {"n": 1}


def test_a_sanitiser_that_fails_costs_what_it_should_have_cleaned_but_not_the_entry() -> None:
    def fail(_given: Mapping[str, object]) -> Mapping[str, object]:
        raise LookupError("hunter2")

    row = prepare(entry("users.login", metadata={"password": "hunter2"}), fail).row
    assert row["operation"] == "users.login"
    assert row["resource"] == "[removed]"
    assert json.loads(row["metadata"]) == {"metadata": "[removed]", "sanitiser": "LookupError"}
    for odd in (dict, lambda _: {}, lambda _: {"metadata": "no mapping", "resource": "r"}):
        assert prepare(entry(), odd).row["operation"] == "documents.show"


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(max_size=20), anything, max_size=80))
def test_metadata_is_bounded_valid_json(metadata: Mapping[str, object]) -> None:
    text = bounded(metadata)
    assert len(text.encode()) <= LONGEST_METADATA
    assert isinstance(json.loads(text), dict)
    assert "\0" not in text


def test_what_is_left_out_of_metadata_is_said() -> None:
    many = json.loads(bounded({str(number): number for number in range(60)}))
    assert many["…"] == "10 more"
    large = json.loads(bounded({str(number): "x" * 900 for number in range(20)}))
    assert large["…"] == "12 values were too large"
    assert len(large) == 9
    deep: Any = {}
    for _ in range(9):
        deep = {"below": deep}
    assert '"[dict]"' in bounded(deep)
    assert json.loads(bounded({"list": list(range(70))}))["list"][-1] == "… 20 more"


def test_values_that_are_no_json_are_written_down_without_showing_what_they_hold() -> None:
    given = {
        "bytes": b"hunter2",
        "path": Path("/srv"),
        "day": date(2026, 1, 2),
        "id": UUID(int=1),
        "large": 1 << 80,
        "nan": float("nan"),
        "set": {2, 1},
        "object": object(),
    }
    assert json.loads(bounded(given)) == {
        "bytes": "[bytes]",
        "path": "/srv",
        "day": "2026-01-02",
        "id": "00000000-0000-0000-0000-000000000001",
        "large": "[81 bits]",
        "nan": "nan",
        "set": [1, 2],
        "object": "[object]",
    }


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Forbidden("no"), Result.DENIED),
        (InvalidInput("what"), Result.REFUSED),
        (NotFound("where"), Result.REFUSED),
        (Conflict("when"), Result.REFUSED),
        (Unavailable("why"), Result.FAILED),
        (ValueError("how"), Result.FAILED),
        (KeyboardInterrupt(), Result.STOPPED),
    ],
)
def test_an_error_says_how_the_operation_ended(error: BaseException, result: Result) -> None:
    assert result_of(error) is result
