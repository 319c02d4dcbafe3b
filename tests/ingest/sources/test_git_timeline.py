from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import Micros
from ingest.sources.git_log import Commit, FileChange
from ingest.sources.git_timeline import Event, Kind, Timeline

FILE, LINK, MODULE, GONE = "100644", "120000", "160000", "000000"


def change(path: str, mode: str, blob: int, seconds: int) -> FileChange:
    commit = Commit("c" * 40, Micros(seconds), Micros(0), "Ann", "Why")
    return FileChange(commit, path.encode(), mode, f"{blob:040x}")


def follow(*steps: FileChange) -> list[Event]:
    timeline = Timeline()
    return [event for step in steps for event in timeline.follow(step)]


def kinds(*steps: FileChange) -> list[Kind]:
    return [event.kind for event in follow(*steps)]


def test_content_deletion_and_return_are_told() -> None:
    assert kinds(change("a", FILE, 1, 1), change("a", GONE, 0, 2), change("a", FILE, 1, 3)) == [
        Kind.CONTENT,
        Kind.DELETED,
        Kind.CONTENT,
    ]


def test_what_is_so_already_is_no_news() -> None:
    assert kinds(change("a", FILE, 1, 1), change("a", "100755", 1, 2)) == [Kind.CONTENT]
    assert kinds(change("a", GONE, 0, 1), change("a", GONE, 0, 2)) == [Kind.DELETED]
    assert kinds(change("a", LINK, 1, 1), change("a", LINK, 2, 2)) == [Kind.REFUSED]


def test_a_file_that_becomes_a_link_is_gone() -> None:
    events = follow(
        change("a", FILE, 1, 1),
        change("a", LINK, 2, 2),
        change("a", FILE, 3, 3),
        change("a", MODULE, 4, 4),
        change("a", GONE, 0, 5),
    )
    assert [event.kind for event in events] == [
        Kind.CONTENT,
        Kind.DELETED,
        Kind.REFUSED,
        Kind.CONTENT,
        Kind.DELETED,
        Kind.REFUSED,
    ]
    assert "symbolic link" in events[2].reason
    assert "submodule" in events[5].reason


def test_a_clock_that_went_back_holds_up_its_own_file_only() -> None:
    events = follow(change("a", FILE, 1, 100), change("a", FILE, 2, 50), change("b", FILE, 3, 50))
    assert [event.time for event in events] == [100, 100, 50]


steps = st.lists(
    st.builds(
        change,
        st.sampled_from("ab"),
        st.sampled_from([FILE, FILE, LINK, GONE]),
        st.integers(1, 3),
        st.integers(0, 9),
    )
)


@given(steps)
def test_times_of_a_file_never_go_back(steps: list[FileChange]) -> None:
    events = follow(*steps)
    for path in (b"a", b"b"):
        times = [event.time for event in events if event.change.path == path]
        assert times == sorted(times)


@given(steps)
def test_the_events_lead_to_where_the_changes_led(steps: list[FileChange]) -> None:
    wanted: dict[bytes, str] = {}
    for step in steps:
        wanted[step.path] = step.blob if step.mode == FILE else ""
    reached: dict[bytes, str] = {}
    for event in follow(*steps):
        if event.kind is not Kind.REFUSED:
            reached[event.change.path] = event.change.blob if event.kind is Kind.CONTENT else ""
    assert {path: blob for path, blob in reached.items() if blob} == {
        path: blob for path, blob in wanted.items() if blob
    }
