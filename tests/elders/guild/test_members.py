"""Signs of life."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from elders.guild.members import MEMBERS, Presences, Queued, members_named
from elders.store import open_store
from foundation.database.database import Database
from foundation.errors import InvalidInput
from tests.elders.transports.buses import Watch


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as found:
        yield found


def test_nobody_named_is_everybody_and_nobody_comes_twice() -> None:
    assert members_named([]) == list(MEMBERS.values())
    assert members_named(["task", "task", "grand-elder"]) == ["task_sage", "grand_elder"]
    with pytest.raises(InvalidInput, match="tailor"):
        members_named(["tailor"])


def test_a_member_is_there_until_three_signs_are_missing(store: Database) -> None:
    watch = Watch()
    presences = Presences(store, watch)
    presences.beat("task_sage", "a:1", beat_seconds=10, queued=Queued(3, 1))
    watch.advance(30)
    (found,) = presences.all()
    assert found.is_there(watch.now)
    assert found.queued == Queued(3, 1)
    watch.advance(1)
    assert not found.is_there(watch.now)
    presences.beat("task_sage", "a:1", beat_seconds=10)
    (again,) = presences.all()
    assert (again.is_there(watch.now), again.queued, again.since) == (True, None, found.since)


def test_two_processes_of_one_member_are_told_apart_and_leave_by_themselves(
    store: Database,
) -> None:
    watch = Watch()
    presences = Presences(store, watch)
    for process in ("a:1", "b:2"):
        presences.beat("task_sage", process, beat_seconds=10)
    presences.leave("task_sage", "a:1")
    assert [each.process for each in presences.all()] == ["b:2"]
    watch.advance(2 * 86_400)
    presences.beat("rag_sage", "c:3", beat_seconds=10)
    assert [each.name for each in presences.all()] == ["rag_sage"]  # the others are forgotten
