"""Whatever somebody does to the log afterwards is seen, and the first bad entry is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import audit_checkpoints, audit_entries, audit_head
from foundation.errors import NotFound
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_entry import GENESIS, canonical, chain_hash
from foundation.security.audit_keys import Keyring
from foundation.security.audit_proof import Reason
from foundation.security.audit_signing import Checkpoint, Signer, new_private_pem, read_signer
from foundation.security.audit_verifying import Verdict, verify
from tests.foundation.security.audits import (
    TABLES,
    Rows,
    entry,
    fill,
    operations,
    problem,
    put,
    saved,
    trail,
    verdict,
)

LAST = 12
EVERY = 5
LAWS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)

numbers = st.integers(1, LAST)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
columns = st.sampled_from([column.name for column in audit_entries.columns if column.name != "seq"])


@pytest.fixture
def rows(database: Database, tmp_path: Path) -> Rows:
    """A log of twelve entries, with checkpoints at 5, 10 and 12, as it stands in the tables."""
    fill(database, tmp_path, LAST, every=EVERY)
    found = saved(database)
    assert [row["seq"] for row in found["audit_checkpoints"]] == [5, 10, 12]
    assert verdict(database, tmp_path, file(tmp_path)).problem is None
    return found


def file(home: Path) -> Path:
    return home / "audit.checkpoints"


def tampered(rows: Rows, change: Callable[[list[dict[str, Any]]], object]) -> Rows:
    """Change a copy of the entries."""
    found = copy.deepcopy(rows)
    change(found["audit_entries"])
    return found


def rehash(entries: list[dict[str, Any]], first: int, last: int) -> None:
    """Make entries fit together again, as everybody can who has no key."""
    for number in range(first, last + 1):
        before = entries[number - 2]["hash"] if number > 1 else GENESIS
        row = entries[number - 1]
        row["previous"] = before
        row["hash"] = chain_hash(before, row["seq"], canonical(row))


def checked(database: Database, home: Path, rows: Rows) -> tuple[int, Reason]:
    put(database, rows)
    found = problem(database, home)
    return found.first_bad, found.reason


@LAWS
@given(number=numbers, column=columns, data=st.data())
def test_an_edit_of_any_field_is_named(
    number: int, column: str, data: st.DataObject, database: Database, tmp_path: Path, rows: Rows
) -> None:
    old = rows["audit_entries"][number - 1][column]
    limit = getattr(audit_entries.columns[column].type, "length", None) or 30
    new: Any = data.draw(st.integers(0, 2**63 - 1) if isinstance(old, int) else texts)
    assume(new != old and (isinstance(new, int) or len(new) <= limit))
    wrong = tampered(rows, lambda entries: entries[number - 1].update({column: new}))
    assert checked(database, tmp_path, wrong) == (number, Reason.EDITED)


@LAWS
@given(gone=st.sets(numbers, min_size=1, max_size=LAST - 1))
def test_entries_that_were_deleted_are_missed(
    gone: set[int], database: Database, tmp_path: Path, rows: Rows
) -> None:
    wrong = copy.deepcopy(rows)
    wrong["audit_entries"] = [e for e in rows["audit_entries"] if e["seq"] not in gone]
    first = min(gone)
    cut = gone == set(range(first, LAST + 1))
    assert checked(database, tmp_path, wrong) == (first, Reason.CUT if cut else Reason.MISSING)


@LAWS
@given(gone=st.integers(1, LAST - 1))
def test_entries_that_were_deleted_and_closed_up_are_missed(
    gone: int, database: Database, tmp_path: Path, rows: Rows
) -> None:
    wrong = copy.deepcopy(rows)
    entries = [e for e in wrong["audit_entries"] if e["seq"] != gone]
    for number, row in enumerate(entries, start=1):
        row["seq"] = number
    wrong["audit_entries"] = entries
    assert checked(database, tmp_path, wrong) == (gone, Reason.REORDERED)


@LAWS
@given(order=st.permutations(range(1, LAST + 1)))
def test_entries_in_another_order_are_seen(
    order: list[int], database: Database, tmp_path: Path, rows: Rows
) -> None:
    moved = [place for place, number in enumerate(order, start=1) if place != number]
    assume(moved)

    def renumber(entries: list[dict[str, Any]]) -> None:
        for place, number in enumerate(order, start=1):
            entries[number - 1]["seq"] = place

    found = checked(database, tmp_path, tampered(rows, renumber))
    assert found == (moved[0], Reason.REORDERED)


@LAWS
@given(first=numbers, second=numbers)
def test_contents_that_changed_places_are_seen(
    first: int, second: int, database: Database, tmp_path: Path, rows: Rows
) -> None:
    assume(first < second)

    def swap(entries: list[dict[str, Any]]) -> None:
        a, b = entries[first - 1], entries[second - 1]
        for name in set(a) - {"seq", "previous", "hash"}:
            a[name], b[name] = b[name], a[name]

    assert checked(database, tmp_path, tampered(rows, swap)) == (first, Reason.EDITED)


@LAWS
@given(number=numbers, upto=numbers)
def test_an_edit_whose_hashes_were_made_to_fit_is_found_between_two_checkpoints(
    number: int, upto: int, database: Database, tmp_path: Path, rows: Rows
) -> None:
    assume(number <= upto)

    def rewrite(entries: list[dict[str, Any]]) -> None:
        entries[number - 1]["user"] = "eve"
        rehash(entries, number, upto)

    first, reason = checked(database, tmp_path, tampered(rows, rewrite))
    vouched = max((seq for seq in (0, 5, 10) if seq < number), default=0)
    assert vouched < first <= upto
    if number == upto and number not in (5, 10, 12):
        assert (first, reason) == (number, Reason.EDITED)
    assert reason in {Reason.EDITED, Reason.REWRITTEN}


@LAWS
@given(left=st.integers(0, LAST - 1), cut=st.frozensets(st.sampled_from(["checkpoints", "head"])))
def test_a_cut_is_seen_whatever_else_is_cut_with_it(
    left: int, cut: frozenset[str], database: Database, tmp_path: Path, rows: Rows
) -> None:
    wrong = copy.deepcopy(rows)
    wrong["audit_entries"] = rows["audit_entries"][:left]
    if "checkpoints" in cut:
        kept = [c for c in rows["audit_checkpoints"] if c["seq"] <= left]
        wrong["audit_checkpoints"] = kept
    if "head" in cut:
        wrong["audit_head"] = []
    put(database, wrong)
    if left == 0 and len(cut) == 2:  # nothing is left that could tell: but for the file
        assert verdict(database, tmp_path).problem is None
    else:
        found = problem(database, tmp_path)
        assert found.first_bad <= left + 1
        if "head" not in cut:
            assert (found.first_bad, found.reason) == (left + 1, Reason.CUT)
    outside = problem(database, tmp_path, file(tmp_path))
    assert outside.first_bad <= left + 1


@LAWS
@given(after=st.integers(0, LAST), source=numbers)
def test_an_entry_that_was_put_in_is_seen(
    after: int, source: int, database: Database, tmp_path: Path, rows: Rows
) -> None:
    wrong = copy.deepcopy(rows)
    entries = wrong["audit_entries"]
    forged = copy.deepcopy(entries[source - 1]) | {"user": "eve"}
    entries.insert(after, forged)
    for number, row in enumerate(entries, start=1):
        row["seq"] = number
    rehash(entries, after + 1, after + 1)
    first, _ = checked(database, tmp_path, wrong)
    assert max((seq for seq in (0, 5, 10) if seq <= after), default=0) < first <= after + 2


def test_an_unsigned_entry_at_the_end_is_seen(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    wrong = copy.deepcopy(rows)
    wrong["audit_entries"].append(copy.deepcopy(wrong["audit_entries"][0]) | {"seq": LAST + 1})
    rehash(wrong["audit_entries"], LAST + 1, LAST + 1)
    assert checked(database, tmp_path, wrong) == (LAST + 1, Reason.INSERTED)
    before = tampered(rows, lambda entries: entries.append({**entries[0], "seq": 0}))
    assert checked(database, tmp_path, before) == (0, Reason.INSERTED)


def test_the_log_cannot_be_signed_anew_with_another_key(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    mine = read_signer(new_private_pem(), "a test")
    wrong = tampered(rows, lambda entries: entries[2].update(user="eve"))
    rehash(wrong["audit_entries"], 3, LAST)
    resign(wrong, mine)
    first, reason = checked(database, tmp_path, wrong)
    assert (first, reason) == (5, Reason.UNKNOWN_KEY)
    wrong["audit_checkpoints"] = []
    first, reason = checked(database, tmp_path, wrong)
    assert (first, reason) == (LAST, Reason.UNKNOWN_KEY)


def resign(rows: Rows, signer: Signer) -> None:
    """Sign the head and all checkpoints of a log, as who has the key can."""
    hashes = {row["seq"]: row["hash"] for row in rows["audit_entries"]}
    for table, kind in (("audit_checkpoints", "checkpoint"), ("audit_head", "head")):
        for row in rows[table]:
            signed = signer.sign(kind, row["seq"], hashes[row["seq"]], Micros(row["at"]))  # type: ignore[arg-type] # one of two
            row |= {name: getattr(signed, name) for name in Checkpoint.__slots__}


def test_who_has_the_key_can_rewrite_the_log_but_not_a_file_out_of_reach(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    wrong = tampered(rows, lambda entries: entries[6].update(user="eve"))
    rehash(wrong["audit_entries"], 7, LAST)
    resign(wrong, Keyring(tmp_path).signer())
    put(database, wrong)
    assert verdict(database, tmp_path).problem is None
    found = problem(database, tmp_path, file(tmp_path))
    assert (found.first_bad, found.reason) == (6, Reason.REWRITTEN)
    assert found.detail == "entries 6 to 10 are not those of a checkpoint kept outside"


def test_an_earlier_state_of_the_whole_database_is_seen_by_a_file_alone(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    with trail(database, tmp_path) as opened:
        opened.record(entry("later"))
    put(database, rows)
    assert verdict(database, tmp_path).problem is None
    found = problem(database, tmp_path, file(tmp_path))
    assert (found.first_bad, found.reason) == (LAST + 1, Reason.CUT)


@pytest.mark.parametrize("table", TABLES[1:], ids=lambda table: table.name)
@pytest.mark.parametrize("column", ["seq", "hash", "at", "signature", "public_key"])
def test_a_statement_that_was_changed_is_seen(
    table: Any, column: str, database: Database, tmp_path: Path, rows: Rows
) -> None:
    wrong = copy.deepcopy(rows)
    row = wrong[table.name][-1]
    row[column] = row[column] - 1 if isinstance(row[column], int) else row[column][::-1]
    first, reason = checked(database, tmp_path, wrong)
    assert reason is Reason.SIGNATURE
    assert 10 < first <= LAST


def test_a_head_that_is_gone_is_missed(database: Database, tmp_path: Path, rows: Rows) -> None:
    rows["audit_head"] = []
    assert checked(database, tmp_path, rows) == (LAST, Reason.HEAD)
    rows["audit_checkpoints"] = []
    assert checked(database, tmp_path, rows) == (1, Reason.HEAD)


def test_a_checkpoint_does_not_pass_for_a_head(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    """Else the log could be cut after any of them."""
    wrong = copy.deepcopy(rows)
    wrong["audit_entries"] = rows["audit_entries"][:10]
    wrong["audit_checkpoints"] = rows["audit_checkpoints"][:2]
    wrong["audit_head"] = [{"id": 1, **rows["audit_checkpoints"][1]}]
    assert checked(database, tmp_path, wrong) == (10, Reason.SIGNATURE)


def test_only_keys_that_are_trusted_count(database: Database, tmp_path: Path, rows: Rows) -> None:
    found = verify(database, frozenset())
    assert found.problem is not None
    assert (found.problem.first_bad, found.problem.reason) == (5, Reason.UNKNOWN_KEY)
    assert verify(database, Keyring(tmp_path).trusted()).problem is None


def test_what_no_driver_can_read_is_an_edit(sqlite_database: Database, tmp_path: Path) -> None:
    fill(sqlite_database, tmp_path, LAST)
    for number, wrong in (
        (9, "metadata = CAST(x'ff' AS TEXT)"),
        (7, "metadata = x'00ff'"),
        (5, "at = 'yesterday'"),
        (4, "hash = 'none'"),
        (3, "previous = 7"),
        (2, "at = at + 0.5"),
    ):
        with sqlite_database.write() as connection:
            connection.exec_driver_sql(f"UPDATE audit_entries SET {wrong} WHERE seq = {number}")
        found = problem(sqlite_database, tmp_path)
        assert (found.first_bad, found.reason) == (number, Reason.EDITED), wrong


def test_a_head_that_no_driver_can_read_counts_for_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    fill(sqlite_database, tmp_path, LAST)
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("UPDATE audit_head SET hash = CAST(x'ff' AS TEXT)")
    found = problem(sqlite_database, tmp_path)
    assert (found.first_bad, found.reason) == (LAST, Reason.SIGNATURE)


def test_a_number_that_is_none_is_seen(sqlite_database: Database, tmp_path: Path) -> None:
    fill(sqlite_database, tmp_path, LAST)
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("UPDATE audit_entries SET seq = 'x' WHERE seq = 12")
    found = problem(sqlite_database, tmp_path)
    assert (found.first_bad, found.reason) == (12, Reason.CUT)
    with trail(sqlite_database, tmp_path) as opened:
        opened.record(entry("later"), critical=True)
    assert problem(sqlite_database, tmp_path).first_bad == 12


# What a writer finds when it goes on.


def test_a_writer_does_not_vouch_for_what_others_changed(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    """It goes on, but leaves an entry about it, so that a new head hides nothing."""
    cut = copy.deepcopy(rows)
    cut["audit_entries"] = rows["audit_entries"][:11]
    cut["audit_checkpoints"] = rows["audit_checkpoints"][:2]
    forged = copy.deepcopy(cut)
    forged["audit_head"] = [{**rows["audit_head"][0], "seq": 11}]
    gone = copy.deepcopy(cut)
    gone["audit_head"] = []
    edited = tampered(rows, lambda entries: entries[11].update(user="eve"))
    rehash(edited["audit_entries"], 12, 12)
    for wrong, first in ((cut, 12), (forged, 11), (gone, 11), (edited, 12)):
        put(database, wrong)
        with trail(database, tmp_path) as opened:
            opened.record(entry("later"), critical=True)
        assert operations(database)[-2:] == ["audit.tampered", "later"]
        found = problem(database, tmp_path)
        assert found.first_bad in {first, 11}


def test_a_writer_that_saw_more_notices_an_earlier_state(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    with trail(database, tmp_path) as opened:
        opened.record(entry("seen"), critical=True)
        put(database, rows)
        opened.record(entry("later"), critical=True)
    assert operations(database)[-2:] == ["audit.tampered", "later"]
    found = problem(database, tmp_path)
    assert (found.first_bad, found.reason) == (LAST + 1, Reason.MISSING)


def test_a_writer_with_another_key_says_so_once_and_trust_settles_it(
    database: Database, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for home in (first, second):
        home.mkdir()
    fill(database, first, 3)
    with trail(database, second) as opened:
        opened.record(entry("a"), critical=True)
        with trail(database, first) as another:
            another.record(entry("b"), critical=True)
        opened.record(entry("c"), critical=True)
    assert operations(database)[3:] == ["audit.tampered", "a", "audit.tampered", "b", "c"]
    assert problem(database, second).reason is Reason.UNKNOWN_KEY
    Keyring(second).trust([Keyring(first).signer().public_key])
    Keyring(first).trust([Keyring(second).signer().public_key])
    for home in (first, second):
        found = verdict(database, home)
        assert (found.entries, found.problem) == (8, None)
    with trail(database, first) as opened:
        opened.record(entry("d"), critical=True)
    assert operations(database)[-1] == "d"
    assert len(operations(database)) == 9


# Files of checkpoints.


def test_lines_that_are_torn_are_counted_and_the_next_one_is_whole(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    path = file(tmp_path)
    whole = path.read_text()
    path.write_text(whole[:-40])
    with trail(database, tmp_path) as opened:
        opened.record(entry("later"))
    found = verdict(database, tmp_path, path)
    assert (found.problem, found.unread, found.vouched) == (None, 1, LAST + 1)
    path.write_text(whole + "garbage\n" * 3 + '{"seq": 1}\n' + "x" * 5_000 + "\n")
    assert verdict(database, tmp_path, path).unread > 3


def test_a_line_that_was_changed_is_seen(database: Database, tmp_path: Path, rows: Rows) -> None:
    lines = file(tmp_path).read_text().splitlines()
    second = json.loads(lines[1])
    lines[1] = json.dumps(second | {"hash": "0" * 64})
    file(tmp_path).write_text("\n".join(lines))
    found = problem(database, tmp_path, file(tmp_path))
    assert (found.first_bad, found.reason) == (10, Reason.SIGNATURE)


def test_the_order_of_lines_does_not_matter(database: Database, tmp_path: Path, rows: Rows) -> None:
    lines = file(tmp_path).read_text().splitlines()
    file(tmp_path).write_text("\n".join(reversed(lines)))
    assert verdict(database, tmp_path, file(tmp_path)).checkpoints == 7
    rows["audit_entries"] = rows["audit_entries"][:10]
    rows["audit_checkpoints"] = rows["audit_head"] = []
    put(database, rows)
    found = problem(database, tmp_path, file(tmp_path))
    assert found.first_bad == 1  # nothing but the file vouches for anything
    assert found.reason is Reason.HEAD


def test_a_file_that_is_not_there_is_said(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        verify(database, [], files=[CheckpointFile(tmp_path / "nowhere")])


def test_entries_that_come_while_one_verifies_are_left_to_the_next_time(
    database: Database, tmp_path: Path, rows: Rows
) -> None:
    """The lines are read after the look at the log's end."""
    with trail(database, tmp_path) as opened:

        class Late(CheckpointFile):
            def read(self) -> Any:
                opened.record(entry("meanwhile"))
                opened.checkpoint()
                return super().read()

        found: Verdict = verify(database, Keyring(tmp_path).trusted(), files=[Late(file(tmp_path))])
    assert (found.entries, found.vouched, found.problem) == (LAST, LAST, None)


def test_tables_hold_what_was_signed_and_no_more(rows: Rows) -> None:
    assert {table.name for table in TABLES} == {
        audit_entries.name, audit_head.name, audit_checkpoints.name,
    }  # fmt: skip
    assert len(rows["audit_head"]) == 1
