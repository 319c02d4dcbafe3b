from __future__ import annotations

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.glance import Glance
from foundation.ids import Seq
from knowledge.log import PURGED, writing
from knowledge.model import INSIGHTS
from knowledge.watermarks import Watermarks


def note(database: Database, *told: tuple[str, str], at: int = 1_000) -> Seq:
    """Write lines of the log: kind and collection of each."""
    with writing(database, lambda: Micros(at), "tester") as ledger:
        for kind, collection in told:
            details = {"chunks": [], "number": 1} if kind == PURGED else {}
            ledger.note(kind, collection=collection, details=details)
        return Seq(ledger.seq)


def followed(database: Database) -> Watermarks:
    return Watermarks(database, Glance(database).head)


def test_each_collection_has_the_mark_of_its_own_last_change(database: Database) -> None:
    watermarks = followed(database)
    assert watermarks.marks().head.seq == 0
    note(database, ("document.added", "a"), ("document.added", "b"), ("document.added", "a"))
    marks = watermarks.marks()
    assert [marks.of([name]).seq for name in "abc"] == [3, 2, 0]
    assert marks.of(["b", "c"]).seq == 2
    note(database, ("document.added", "b"))
    assert [watermarks.marks().of([name]).seq for name in "abc"] == [3, 4, 0]
    assert marks.of(["b"]).seq == 2, "marks never change"


def test_names_decisions_and_purges_touch_every_collection(database: Database) -> None:
    watermarks = followed(database)
    note(database, ("document.added", "a"))
    note(database, ("decision.made", ""))
    assert watermarks.marks().of(["a"]).seq == 2
    note(database, (PURGED, "b"))
    assert watermarks.marks().of(["a"]).seq == 3
    assert watermarks.marks().purged.seq == 3


def test_insights_and_opinions_do_not_touch_ordinary_searches(database: Database) -> None:
    watermarks = followed(database)
    note(database, ("document.added", "a"))
    note(database, ("document.added", INSIGHTS), ("feedback.clicked", "a"))
    marks = watermarks.marks()
    assert (marks.of(None).seq, marks.of(["a"]).seq, marks.of([INSIGHTS]).seq) == (1, 1, 2)
    assert marks.head.seq == 3


def test_a_new_process_takes_what_it_does_not_know_for_touched(database: Database) -> None:
    for number in range(3):
        note(database, ("document.added", f"c{number}"), at=number)
    first, second = followed(database).marks(), followed(database).marks()
    for name in ("c0", "c1", "c2", "absent"):
        assert first.of([name]).seq == second.of([name]).seq
    assert second.of(None).seq == 3


def test_when_a_change_was_recorded_tells_logs_apart(database: Database) -> None:
    note(database, ("document.added", "a"), at=77)
    watermarks = followed(database)
    assert [watermarks.recorded(Seq(n)) for n in (0, 1, 2)] == [0, 77, None]
    assert watermarks.marks().of(["a"]).at == 77


def test_a_glance_sees_what_was_just_committed_and_outlives_a_rewrite(database: Database) -> None:
    glance = Glance(database)
    for expected in range(1, 5):
        note(database, ("document.added", "a"))
        assert glance.head() == expected
    database.reclaim()
    assert glance.head() == 4
    glance.close()
    assert glance.head() == 4
