"""The guild's consumer against the real server: at least once, in order, through every trouble."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from api import KnowledgeBase
from elders.learned import Batch, Cursor, FileCursor, LearnedPattern, PatternFeed
from foundation.errors import InvalidInput, NotFound, Unavailable
from tests.api.doors import Served, served
from tests.api.teaching import DOOR, log, opened


class Consumer:
    """Keeps what it is handed, as a Sage does; it may be told to fail."""

    def __init__(self) -> None:
        self.known: dict[str, LearnedPattern] = {}
        self.batches: list[Batch] = []
        self.failing = False

    def __call__(self, batch: Batch) -> None:
        self.batches.append(batch)
        if self.failing:
            raise LookupError("the consumer's own trouble")
        if batch.fresh:
            self.known = {}
        self.known |= {pattern.key: pattern for pattern in batch.patterns}


@pytest.fixture
def base(learned_template: Path, tmp_path: Path) -> Iterator[KnowledgeBase]:
    with opened(shutil.copytree(learned_template, tmp_path / "home")) as base:
        yield base


@pytest.fixture
def server(base: KnowledgeBase) -> Iterator[Served]:
    running = served(base)
    yield running
    running.stop()


@pytest.fixture
def cursor(tmp_path: Path) -> FileCursor:
    return FileCursor(tmp_path / "cursor.json")


def address(server: Served) -> str:
    return str(server.client.base_url)


def drain(feed: PatternFeed, consumer: Consumer) -> None:
    while feed.pull(consumer):
        continue


def truth(base: KnowledgeBase) -> dict[str, tuple[str, int]]:
    patterns = base.patterns.list(state=None, limit=None)
    return {pattern.key: (pattern.state.value, pattern.valid_from) for pattern in patterns}


def learned(consumer: Consumer) -> dict[str, tuple[str, int]]:
    return {key: (pattern.state, pattern.seq) for key, pattern in consumer.known.items()}


def eventually(holds: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert holds()


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_all_that_was_learned_arrives_in_order(
    limit: int, base: KnowledgeBase, server: Served, cursor: FileCursor
) -> None:
    consumer = Consumer()
    with PatternFeed(address(server), cursor, limit=limit) as feed:
        drain(feed, consumer)
    assert learned(consumer) == truth(base)
    assert [batch.fresh for batch in consumer.batches] == [
        True, *[False] * (len(consumer.batches) - 1),
    ]  # fmt: skip
    seqs = [pattern.seq for batch in consumer.batches for pattern in batch.patterns]
    assert seqs == sorted(seqs)
    door = consumer.known[DOOR]
    assert door.kind == "log template"
    assert door.figures.gate.passed
    assert door.evidence == list(base.patterns.history(DOOR)[-1].evidence)


def test_a_batch_that_failed_comes_again(
    base: KnowledgeBase, server: Served, cursor: FileCursor
) -> None:
    consumer = Consumer()
    with PatternFeed(address(server), cursor, limit=3) as feed:
        feed.pull(consumer)
        consumer.failing = True
        for _ in range(2):
            with pytest.raises(LookupError):
                feed.pull(consumer)
        consumer.failing = False
        drain(feed, consumer)
    failed, again, handled = consumer.batches[1:4]
    assert failed == again == handled
    assert learned(consumer) == truth(base)


def test_a_first_batch_that_failed_is_a_beginning_again(server: Served, cursor: FileCursor) -> None:
    consumer = Consumer()
    consumer.failing = True
    with PatternFeed(address(server), cursor) as feed:
        with pytest.raises(LookupError):
            feed.pull(consumer)
        consumer.failing = False
        feed.pull(consumer)
    assert [batch.fresh for batch in consumer.batches] == [True, True]


def test_a_new_consumer_goes_on_where_the_last_one_ended(
    base: KnowledgeBase, server: Served, cursor: FileCursor, tmp_path: Path
) -> None:
    first, second = Consumer(), Consumer()
    with PatternFeed(address(server), cursor) as feed:
        drain(feed, first)
    base.patterns.reject(DOOR)
    with PatternFeed(address(server), FileCursor(tmp_path / "cursor.json")) as feed:
        drain(feed, second)
    assert learned(second) == {DOOR: ("rejected", truth(base)[DOOR][1])}
    assert not second.batches[0].fresh


def test_only_some_kinds_are_followed(server: Served, cursor: FileCursor) -> None:
    consumer = Consumer()
    with PatternFeed(address(server), cursor, kinds=["log sequence", "task"]) as feed:
        drain(feed, consumer)
    assert {pattern.kind for pattern in consumer.known.values()} == {"log sequence"}


def test_a_purge_makes_the_consumer_begin_anew(
    base: KnowledgeBase, server: Served, cursor: FileCursor
) -> None:
    consumer = Consumer()
    with PatternFeed(address(server), cursor, limit=2) as feed:
        drain(feed, consumer)
        assert consumer.known
        for document in list(base.documents):
            if document.source_id.startswith("plant/"):
                base.documents.purge(document.id, reason="asked to")
        drain(feed, consumer)
        assert consumer.known == {}
        base.add(log(3), source_id="plant/3.log")
        base.patterns.learn()
        drain(feed, consumer)
    assert learned(consumer) == truth(base)
    assert [batch.fresh for batch in consumer.batches].count(True) == 2


def test_an_older_state_makes_the_consumer_begin_anew(
    base: KnowledgeBase, server: Served, cursor: FileCursor
) -> None:
    cursor.store(Cursor(99_999, 0))
    consumer = Consumer()
    with PatternFeed(address(server), cursor) as feed:
        drain(feed, consumer)
    assert consumer.batches[0].fresh
    assert learned(consumer) == truth(base)


@pytest.mark.slow
def test_a_server_that_restarts_is_waited_for(
    learned_template: Path, tmp_path: Path, cursor: FileCursor
) -> None:
    consumer, stopped = Consumer(), threading.Event()
    with opened(shutil.copytree(learned_template, tmp_path / "home")) as base:
        running = served(base)
        port = running.client.base_url.port or 0
        feed = PatternFeed(address(running), cursor, wait_seconds=5, pause_seconds=0.2)
        following = threading.Thread(target=feed.follow, args=(consumer, stopped))
        following.start()
        eventually(lambda: learned(consumer) == truth(base))
        running.stop()
        base.patterns.reject(DOOR)
    time.sleep(1)
    with opened(tmp_path / "home") as base:
        running = served(base, port=port)
        eventually(lambda: consumer.known[DOOR].state == "rejected")
        base.patterns.accept(DOOR)
        eventually(lambda: learned(consumer) == truth(base))
        stopped.set()
        following.join(timeout=20)
        running.stop()
    feed.close()
    assert not following.is_alive()
    assert consumer.known[DOOR].state == "active"
    assert [batch.fresh for batch in consumer.batches].count(True) == 1


@pytest.mark.slow
def test_what_is_learned_in_the_background_arrives_by_itself(
    tmp_path: Path, cursor: FileCursor
) -> None:
    consumer, stopped = Consumer(), threading.Event()
    with opened(tmp_path / "home", background=True) as base:
        running = served(base)
        with PatternFeed(address(running), cursor, wait_seconds=5) as feed:
            following = threading.Thread(target=feed.follow, args=(consumer, stopped))
            following.start()
            lines = [{"source_id": f"plant/{seed}.log", "text": log(seed)} for seed in (1, 2)]
            running.client.post("/v1/documents", json={"documents": lines})
            eventually(lambda: DOOR in consumer.known)
            stopped.set()
            following.join(timeout=20)
        running.stop()


def test_who_can_not_be_reached_is_named_after_some_tries(cursor: FileCursor) -> None:
    slept: list[float] = []
    feed = PatternFeed("http://127.0.0.1:9", cursor, rng=Random(1), sleep=slept.append)
    with feed, pytest.raises(Unavailable, match=r"127\.0\.0\.1:9 can't be reached"):
        feed.pull(Consumer())
    assert len(slept) == 4
    assert cursor.load() is None


def test_wrong_questions_and_addresses_are_told(server: Served, cursor: FileCursor) -> None:
    for url in ("", "ftp://host", "http://", "http://host:port", "nowhere"):
        with pytest.raises(InvalidInput, match="address"):
            PatternFeed(url, cursor)
    with (
        PatternFeed(address(server), cursor, kinds=["weather"]) as feed,
        pytest.raises(InvalidInput, match="log template"),
    ):
        feed.pull(Consumer())
    with (
        PatternFeed(f"{address(server)}/v1", cursor) as feed,
        pytest.raises(NotFound, match="status 404"),
    ):
        feed.pull(Consumer())


def test_a_cursor_is_kept_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cursor.json"
    cursor = FileCursor(path)
    assert cursor.load() is None
    cursor.store(Cursor(7, 3))
    assert FileCursor(path).load() == Cursor(7, 3)
    for damaged in ("", "{", "[]", "{}", '{"seq": "x", "purged": 0}'):
        path.write_text(damaged)
        assert cursor.load() is None
