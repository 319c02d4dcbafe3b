from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.errors import InvalidInput, Unavailable
from ingest.jobs.spool import Spool
from ingest.model import Record

ANY = st.text(st.characters(exclude_categories=()), max_size=20)
RECORDS = st.builds(
    Record,
    ANY,
    data=st.none() | st.binary(max_size=50),
    text=st.none() | ANY,
    title=ANY,
    metadata=st.dictionaries(ANY, st.none() | st.booleans() | st.integers() | ANY, max_size=3),
    time=st.none() | st.integers(0, 2**50).map(Micros),
    deleted=st.booleans(),
    error=ANY,
)


@given(st.lists(RECORDS, max_size=5))
def test_records_come_back_as_they_were(records: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "jobs")
        spooled = spool.write("a", records)
        assert [name for name, _ in spooled.starts] == [record.source_id for record in records]
        assert list(spool.read("a", (start for _, start in spooled.starts))) == records


def test_what_was_taken_in_is_overwritten_and_the_rest_can_be_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    records = [Record(f"{n}", text=f"secret {n} é") for n in range(3)]
    starts = [start for _, start in spool.write("a", records).starts]
    spool.blank("a", [(starts[0], starts[1]), (starts[2], None)])
    content = (tmp_path / "a.job").read_bytes()
    assert (b"secret 0" in content, b"secret 1" in content, b"secret 2" in content) == (0, 1, 0)
    assert list(spool.read("a", [starts[1]])) == [records[1]]
    with pytest.raises(Unavailable, match="upload it again"):
        list(spool.read("a", [starts[0]]))


def test_files_that_nobody_knows_are_swept_but_not_those_on_their_way(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for name in ("kept", "lost", "arriving"):
        spool.write(name, [Record("a", text="b")])
    spool.settled("kept")
    spool.settled("lost")
    spool.sweep(lambda: ["kept"])
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["arriving", "kept"]


@pytest.mark.parametrize("written", ["before", "meanwhile"])
def test_what_is_settled_while_it_is_swept_is_kept(tmp_path: Path, written: str) -> None:
    spool = Spool(tmp_path)
    records = [Record("a", text="b")]
    if written == "before":
        spool.write("new", records)

    def known() -> list[str]:
        """Answer what was known before another thread accepts a job."""
        if written == "meanwhile":
            spool.write("new", records)
        spool.settled("new")
        return []

    spool.sweep(known)
    assert spool.holds("new")


def test_what_is_no_json_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(InvalidInput, match="metadata is no JSON"):
        spool.write("a", [Record("a", text="b"), Record("c", metadata={"x": object()})])
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_may_read_what_waits(tmp_path: Path) -> None:
    Spool(tmp_path / "jobs").write("a", [Record("a", text="b")])
    assert (tmp_path / "jobs" / "a.job").stat().st_mode & 0o077 == 0
    assert (tmp_path / "jobs").stat().st_mode & 0o077 == 0
