"""Followers in threads: they catch up, fail without dying, and stop when told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import structlog

from foundation.errors import Unavailable
from foundation.ids import Seq
from knowledge.follower import Feed, Follower
from retrieval.following import (
    PATIENCE,
    Followers,
    Following,
    Lag,
    UpTo,
    step,
)
from tests.contracts.follower import MemoryLog, make_chunk
from tests.knowledge.drafts import draft, words
from tests.retrieval.searching import Home


class Fragile:
    """A follower that remembers what it applied, and fails as often as it is told to."""

    def __init__(self, name: str = "fragile") -> None:
        self.name = name
        self.seq = Seq(0)
        self.failures: list[Exception] = []
        self.tried = 0
        self.gate = threading.Event()
        self.gate.set()

    def position(self) -> Seq:
        return self.seq

    def apply(self, feed: Feed) -> None:
        self.gate.wait()
        self.tried += 1
        if self.failures:
            raise self.failures.pop(0)
        self.seq = feed.upto

    def reset(self) -> None:
        self.seq = Seq(0)


def log_of(changes: int) -> MemoryLog:
    log = MemoryLog()
    for number in range(1, changes + 1):
        log.change(opened=[make_chunk(number)])
    return log


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.002)


def started(follower: Follower, log: MemoryLog) -> Followers:
    followers = Followers([Following(follower, log, step=1)], poll_seconds=0.002)
    followers.start()
    return followers


def test_followers_catch_up_and_go_on_with_what_is_committed_later() -> None:
    log, follower = log_of(3), Fragile()
    followers = started(follower, log)
    try:
        assert followers.wait()
        assert followers.lags() == [Lag("fragile", Seq(3), Seq(3))]
        log.change(opened=[make_chunk(4)])
        followers.notify()
        assert followers.wait(["fragile"], timeout_seconds=5)
        assert follower.position() == 4
    finally:
        followers.stop()


@pytest.mark.parametrize("error", [Unavailable("no disk"), ZeroDivisionError("bug")])
def test_a_failing_follower_is_tried_again_and_waited_for(error: Exception) -> None:
    log, follower = log_of(2), Fragile()
    follower.failures = [error, error]
    with structlog.testing.capture_logs() as events:
        followers = started(follower, log)
        try:
            assert followers.wait()
        finally:
            followers.stop()
    assert follower.position() == 2
    assert [(e["event"], e["follower"]) for e in events] == [("follower.failed", "fragile")]
    assert str(error) in events[0]["reason"]
    assert followers.lags()[0].error == ""


def test_who_cannot_go_on_is_given_up_by_those_who_wait_but_tries_on() -> None:
    log, follower = log_of(1), Fragile()
    follower.failures = [KeyError("lost")] * 9
    with structlog.testing.capture_logs():
        followers = started(follower, log)
        try:
            assert not followers.wait(timeout_seconds=20)
            assert follower.tried >= PATIENCE
            (lag,) = followers.lags()
            assert lag.error == "unexpected KeyError: 'lost'"
            assert lag.behind == 1
            follower.failures = []
            eventually(lambda: follower.position() == 1)
        finally:
            followers.stop()


def test_one_that_fails_does_not_hold_up_the_others() -> None:
    log = log_of(5)
    bad, good = Fragile("bad"), Fragile("good")
    bad.failures = [Unavailable("down")] * 99
    followers = Followers([Following(bad, log), Following(good, log)], poll_seconds=0.002)
    followers.start()
    try:
        with structlog.testing.capture_logs():
            assert followers.wait(["good"])
            assert not followers.wait(timeout_seconds=20)
    finally:
        followers.stop()


def test_waiting_ends_with_its_time_and_tells_the_lag_meanwhile() -> None:
    log, follower = log_of(2), Fragile()
    follower.gate.clear()
    seen: list[int] = []
    followers = started(follower, log)
    try:
        began = time.monotonic()
        assert not followers.wait(
            timeout_seconds=0.1, on_lag=lambda lags: seen.append(lags[0].behind)
        )
        assert 0.1 <= time.monotonic() - began < 5
        assert set(seen) == {2}
    finally:
        follower.gate.set()
        followers.stop()


def test_what_is_committed_while_one_waits_is_not_waited_for() -> None:
    log, follower = log_of(1), Fragile()
    follower.gate.clear()
    followers = started(follower, log)
    try:

        def commit_more(_lags: object) -> None:
            log.change(opened=[make_chunk(log.head() + 1)])
            follower.gate.set()

        assert followers.wait(timeout_seconds=10, on_lag=commit_more)
    finally:
        followers.stop()


def test_waiting_for_followers_that_were_stopped_ends() -> None:
    log, follower = log_of(1), Fragile()
    follower.failures = [Unavailable("down")] * 99
    followers = Followers([Following(follower, log)])
    followers.stop()
    followers.stop()
    assert not followers.wait()


def test_only_the_named_followers_are_started() -> None:
    log = log_of(1)
    one, other = Fragile("one"), Fragile("other")
    followers = Followers([Following(one, log), Following(other, log)], poll_seconds=0.002)
    assert followers.names == ["one", "other"]
    followers.start(["one"])
    try:
        assert followers.wait(["one"])
        assert other.tried == 0
        followers.catch_up(["other"])
        assert other.position() == 1
    finally:
        followers.stop()


def test_a_step_that_got_no_further_is_no_step() -> None:
    class Stuck(Fragile):
        def apply(self, _feed: Feed) -> None:
            self.tried += 1

    stuck, log = Stuck(), log_of(1)
    assert not step(Following(stuck, log))
    Followers([Following(stuck, log)]).catch_up(["fragile"])
    assert stuck.tried == 2


def test_indexes_never_read_beyond_what_is_embedded() -> None:
    log, reached = log_of(5), Seq(3)
    source = UpTo(log, lambda: reached)
    assert source.head() == 3
    assert source.feed(Seq(0), limit=99).upto == 3
    assert source.feed(Seq(0), limit=99, upto=Seq(2)).upto == 2


def test_a_home_is_followed_in_the_background_to_the_end(home: Home) -> None:
    home.followers.start()
    home.sage.add("c", [draft(f"d{n}", words(n)) for n in range(20)])
    home.followers.notify()
    assert home.followers.wait(timeout_seconds=30)
    assert home.search(words(3), k=1).hits[0].citation.source_id == "d3"
    assert home.search(words(3), k=1, mode="dense").hits[0].citation.source_id == "d3"
    assert all(finding.ok for finding in home.doctor().examine())


class Clock:
    """Moves on by as much as a step is to take."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_that_rests_lets_changes_gather_unless_somebody_waits() -> None:
    class Slow(Fragile):
        def apply(self, feed: Feed) -> None:
            clock.now += 0.1
            super().apply(feed)

    clock, log, follower = Clock(), log_of(1), Slow()
    followers = Followers(
        [Following(follower, log, rests=9.0)], poll_seconds=0.002, monotonic=clock
    )
    followers.start()
    try:
        eventually(lambda: follower.position() == 1)
        for number in range(2, 30):  # whatever is said meanwhile, the clock does not move
            log.change(opened=[make_chunk(number)])
            followers.notify()
        assert follower.tried == 1
        assert followers.wait()
        assert follower.position() == 29
        assert follower.tried == 2
        log.change(opened=[make_chunk(30)])
        clock.now += 3.0  # longer than anything rests
        followers.notify()
        eventually(lambda: follower.position() == 30)
    finally:
        followers.stop()
