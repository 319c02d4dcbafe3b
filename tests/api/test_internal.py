"""The internal API: nothing that was learned is missed, and who waits costs nothing."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from blockbuster import blockbuster_ctx
from fastapi import FastAPI

from api import KnowledgeBase
from api.app import create_app
from api.routes.watching import Watch
from foundation.ids import Seq
from tests.api.doors import Served, served
from tests.api.teaching import DOOR, opened

PATTERNS = "/internal/v1/patterns"


@pytest.fixture
def base(learned_template: Path, tmp_path: Path) -> Iterator[KnowledgeBase]:
    with opened(shutil.copytree(learned_template, tmp_path / "taught")) as base:
        yield base


@pytest.fixture
def running(base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]) -> Served:
    return serve(base)


@pytest.fixture
def client(running: Served) -> httpx.Client:
    return running.client


def ask(client: httpx.Client, path: str = PATTERNS, **params: Any) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def everything(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = []
    cursor = 0
    while (page := ask(client, since=cursor, **params))["patterns"]:
        read += page["patterns"]
        cursor = page["next"]
    assert page["next"] == cursor
    return read


@contextmanager
def soon(act: Callable[[], object], *, seconds: float = 0.5) -> Iterator[None]:
    """Do something while the block waits for it."""
    timer = threading.Timer(seconds, act)
    timer.start()
    yield
    timer.join()


def watching(running: Served, watch: Watch) -> None:
    cast("FastAPI", running.server.config.app).state.watch = watch


@pytest.mark.parametrize("limit", [1, 3, 1_000])
def test_every_pattern_comes_once_and_in_order(
    limit: int, base: KnowledgeBase, client: httpx.Client
) -> None:
    read = everything(client, limit=limit)
    assert [p["seq"] for p in read] == sorted({p["seq"] for p in read})
    known = {p.key: p for p in base.patterns.list(state=None, limit=None)}
    assert {p["key"] for p in read} == known.keys()
    door = next(p for p in read if p["key"] == DOOR)
    assert door["state"] == "active"
    assert door["data"]["template"] == "door <*> opens"
    assert door["figures"]["gate"]["passed"] is True
    assert door["figures"]["support"] == known[DOOR].support
    assert door["evidence"] == list(known[DOOR].evidence)


def test_kinds_are_chosen(client: httpx.Client) -> None:
    some = everything(client, kind=["log template", "task"])
    assert {pattern["kind"] for pattern in some} == {"log template"}


def test_what_is_rejected_or_retired_comes_as_a_change(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    cursor = everything(client)[-1]["seq"]
    base.patterns.reject(DOOR)
    (rejected,) = ask(client, since=cursor)["patterns"]
    assert (rejected["key"], rejected["state"]) == (DOOR, "rejected")
    for document in list(base.documents):
        base.documents.delete(document.id)
    base.patterns.learn()
    gone = ask(client, since=rejected["seq"])["patterns"]
    assert {pattern["state"] for pattern in gone} == {"retired"}
    assert {"log template: pump <*> starts", DOOR} <= {pattern["key"] for pattern in gone}


def test_a_question_waits_until_something_changes(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    cursor = everything(client)[-1]["seq"]
    began = time.monotonic()
    with soon(lambda: base.patterns.reject(DOOR)):
        found = ask(client, since=cursor, wait=30)
    assert [pattern["state"] for pattern in found["patterns"]] == ["rejected"]
    assert time.monotonic() - began < 15


def test_a_question_waits_no_longer_than_asked(base: KnowledgeBase, client: httpx.Client) -> None:
    cursor = everything(client)[-1]["seq"]
    began = time.monotonic()
    with soon(lambda: base.add("No pattern.", source_id="note.md"), seconds=0.2):
        assert ask(client, since=cursor, wait=1.5) == {"patterns": [], "next": cursor, "purged": 0}
    assert 1.4 < time.monotonic() - began < 10


def test_a_purge_is_told_since_its_patterns_are_gone_without_a_trace(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    cursor = everything(client)[-1]["seq"]
    for document in list(base.documents):
        if document.source_id.startswith("plant/"):
            base.documents.purge(document.id, reason="asked to")
    purged = ask(client, since=cursor)["purged"]
    assert purged > cursor
    assert everything(client) == []


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"{PATTERNS}?since=99999", 409, "begin again at 0"),
        ("/internal/v1/changes?since=99999", 409, "begin again at 0"),
        (f"{PATTERNS}?since=-1", 422, "query.since"),
        (f"{PATTERNS}?wait=61", 422, "query.wait"),
        (f"{PATTERNS}?wait=nan", 422, "query.wait"),
        (f"{PATTERNS}?limit=0", 422, "query.limit"),
        (f"{PATTERNS}?kind=weather", 422, "'log template'"),
    ],
)
def test_wrong_questions_are_problems(
    path: str, status: int, told: str, client: httpx.Client
) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]


def test_the_change_log_is_followed_without_texts(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    found = ask(client, "/internal/v1/changes", limit=1)
    assert [line["seq"] for line in found["changes"]] == [1]
    assert found["next"] == 1
    seq = base.curation.keep_apart("Pump", "Heat").seq
    (last,) = ask(client, "/internal/v1/changes", since=seq - 1)["changes"]
    assert (last["kind"], last["subject"]) == ("entities.different", "heat")
    assert set(last) == {"seq", "at", "kind", "collection", "document_id", "subject"}
    with soon(lambda: base.add("Something new.", source_id="new.md")):
        (line, *_) = ask(client, "/internal/v1/changes", since=seq, wait=30)["changes"]
    assert line["seq"] == seq + 1


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            event[name or "comment"] = value
        else:
            yield event
            event = {}


def test_a_stream_goes_on_with_what_comes(base: KnowledgeBase, client: httpx.Client) -> None:
    known = everything(client)
    accept = {"accept": "text/event-stream"}
    with client.stream("GET", PATTERNS, params={"limit": 2}, headers=accept) as stream:
        told = events(stream.iter_lines())
        assert next(told) == {"event": "purged", "data": '{"purged": 0}'}
        read = [json.loads(next(told)["data"]) for _ in known]
        assert read == known
        with soon(lambda: base.patterns.reject(DOOR), seconds=0.2):
            event = next(told)
    again = {**accept, "last-event-id": str(known[-1]["seq"])}
    with client.stream("GET", PATTERNS, headers=again) as stream:
        told = events(stream.iter_lines())
        next(told)
        assert next(told) == event
    assert json.loads(event["data"])["state"] == "rejected"
    assert event["id"] == str(json.loads(event["data"])["seq"])
    wrong = client.get(PATTERNS, headers={**accept, "last-event-id": "x"})
    assert wrong.status_code == 422
    assert client.get(PATTERNS, params={"since": 9_999}, headers=accept).status_code == 409


def test_a_silent_stream_shows_that_it_is_there_and_ends_when_the_client_goes(
    base: KnowledgeBase, running: Served
) -> None:
    head = base.platform.head
    watching(running, Watch(head, interval_seconds=0.02, heartbeat_seconds=0.1))
    params = {"since": everything(running.client)[-1]["seq"]}
    with running.client.stream(
        "GET", PATTERNS, params=params, headers={"accept": "text/event-stream"}
    ) as stream:
        told = events(stream.iter_lines())
        assert [next(told).get("comment") for _ in range(4)] == [None, *["still here"] * 3]
        assert running.server.server_state.tasks
    deadline = time.monotonic() + 5
    while running.server.server_state.tasks and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running.server.server_state.tasks


def test_a_server_that_ends_lets_those_go_who_wait(base: KnowledgeBase) -> None:
    running = served(base)
    cursor = everything(running.client)[-1]["seq"]
    url = running.client.base_url.join(PATTERNS)
    answers: list[httpx.Response] = []

    def wait(accept: str) -> None:
        answers.append(
            httpx.get(url, params={"since": cursor, "wait": 60}, headers={"accept": accept})
        )

    kinds = ("application/json", "text/event-stream")
    waiting = [threading.Thread(target=wait, args=[kind]) for kind in kinds]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    running.stop()
    for thread in waiting:
        thread.join()
    assert time.monotonic() - began < 8
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_hundred_wait_without_keeping_others_from_work(
    base: KnowledgeBase, running: Served
) -> None:
    looks: list[float] = []

    def head() -> Seq:
        looks.append(time.monotonic())
        return base.platform.head()

    watching(running, Watch(head, interval_seconds=0.25))
    cursor = everything(running.client)[-1]["seq"]

    async def talk() -> tuple[list[httpx.Response], float]:
        limits = httpx.Limits(max_connections=200)
        url = str(running.client.base_url)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as http:
            params = {"since": cursor, "wait": 50}
            waiting = [asyncio.ensure_future(http.get(PATTERNS, params=params)) for _ in range(100)]
            await asyncio.sleep(3)
            assert not any(answer.done() for answer in waiting)
            began = time.monotonic()
            await http.get("/v1/patterns")
            took = time.monotonic() - began
            await http.post(f"/v1/patterns/{DOOR}/reject")
            return list(await asyncio.gather(*waiting)), took

    answers, took = asyncio.run(talk())
    states = {p["state"] for answer in answers for p in answer.json()["patterns"]}
    assert (len(answers), states) == (100, {"rejected"})
    assert took < 2
    assert max(looks) - min(looks) > 2
    assert len(looks) <= 2 + (max(looks) - min(looks)) / 0.25


def test_nothing_blocks_the_event_loop(base: KnowledgeBase) -> None:
    head = base.platform.head()

    async def talk() -> list[int]:
        transport = httpx.ASGITransport(create_app(base))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            page = (await http.get(PATTERNS)).json()
            answers = [
                await http.get(PATTERNS, params={"since": page["next"], "wait": 0.6}),
                await http.get(PATTERNS, params={"since": 99_999}),
                await http.get("/internal/v1/changes"),
                await http.get("/internal/v1/changes", params={"since": head, "wait": 0.3}),
            ]
        return [answer.status_code for answer in answers]

    with blockbuster_ctx():
        assert asyncio.run(talk()) == [200, 409, 200, 200]
