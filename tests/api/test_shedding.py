"""Under too much load some are refused at once, none waits long."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import wait
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from api.knowledge_base import KnowledgeBase
from api.patience import Searching
from api.security.calls import call_of
from api.security.operations import Match, RouteTable
from api.shedding import Places, Shedding, TurningAway
from foundation.security.policy import Operation
from retrieval.model import SearchResult
from retrieval.question import Question
from tests.api.doors import notes, served


@dataclass
class Slow:
    """Answers when it is let."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    most: int = 0
    running: int = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        await self.go.wait()
        self.running -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


def matched(app: ASGIApp) -> httpx.ASGITransport:
    """Stand for the layers: they find the route."""
    routes = RouteTable()

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        call = call_of(scope)
        found = routes.find(call.method, call.path)
        call.match = found if isinstance(found, Match) else None
        await app({**scope, "state": {"call": call}}, receive, send)

    return httpx.ASGITransport(outer)


def test_beyond_the_queue_a_request_is_refused_at_once_and_others_are_answered() -> None:
    async def run() -> None:
        slow, shed = Slow(), Counter[str]()
        app = Shedding(slow, places=Places(running=2, waiting=3), shed=lambda o: shed.update([o]))
        async with httpx.AsyncClient(transport=matched(app), base_url="http://t") as client:
            tasks = [asyncio.create_task(client.post("/v1/search")) for _ in range(9)]
            refused, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            while len(refused) < 4:
                more, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
                refused |= more
            assert {task.result().status_code for task in refused} == {503}
            assert {task.result().headers["retry-after"] for task in refused} == {"1"}
            read = asyncio.create_task(client.get("/v1/patterns"))  # has a queue of its own
            follow = asyncio.create_task(client.get("/internal/v1/changes"))
            slow.go.set()
            answers = await asyncio.gather(*left, read, follow)
            assert [answer.status_code for answer in answers] == [200] * 7
            assert slow.most <= 2 + 2
            assert shed == {"search": 4}
            assert (await client.post("/v1/search")).status_code == 200

    asyncio.run(run())


def test_nobody_waits_longer_than_his_patience_where_nothing_ends() -> None:
    async def run() -> None:
        slow, shed = Slow(), Counter[str]()
        places = Places(running=1, waiting=9, patience_seconds=0.05)
        app = Shedding(slow, places=places, shed=lambda o: shed.update([o]))
        async with httpx.AsyncClient(transport=matched(app), base_url="http://t") as client:
            first = asyncio.create_task(client.post("/v1/search"))
            refused = await asyncio.gather(*(client.post("/v1/search") for _ in range(5)))
            assert {answer.status_code for answer in refused} == {503}
            assert {answer.headers["retry-after"] for answer in refused} == {"1"}
            assert shed == {"search": 5}
            slow.go.set()
            assert (await first).status_code == 200
            assert (await client.post("/v1/search")).status_code == 200

    asyncio.run(run())


class Paced(Slow):
    """Answers one after another, each after so many seconds of a clock of its own."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.now = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)
        self.now += self.seconds


class Arriving:
    """Counts what comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.arrived = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.arrived += 1
        await self._app(scope, receive, send)


@pytest.mark.parametrize(("seconds", "most"), [(0.1, 1 + 10 + 1), (0.01, 1 + 90)])
def test_who_would_wait_too_long_is_refused_as_fast_as_it_goes(seconds: float, most: int) -> None:
    async def run() -> None:
        paced = Paced(seconds)
        places = Places(running=1, waiting=90, patience_seconds=1.0)
        app = Arriving(Shedding(paced, places=places, monotonic=lambda: paced.now))
        async with httpx.AsyncClient(transport=matched(app), base_url="http://t") as client:
            learned = [asyncio.create_task(client.post("/v1/search")) for _ in range(10)]
            while app.arrived < len(learned):  # all but the first wait
                await asyncio.wait(learned, timeout=0.001)
            paced.go.set()
            await asyncio.gather(*learned)
            paced.go.clear()
            tasks = [asyncio.create_task(client.post("/v1/search")) for _ in range(100)]
            refused: set[asyncio.Task[httpx.Response]] = set()
            while len(refused) < 100 - most:
                refused, _ = await asyncio.wait(tasks, timeout=0.001)
            assert {task.result().status_code for task in refused} == {503}
            paced.go.set()
            told = Counter(answer.status_code for answer in await asyncio.gather(*tasks))
            assert told == {200: most, 503: 100 - most}

    asyncio.run(run())


def test_one_operation_may_have_places_of_its_own() -> None:
    async def run() -> None:
        slow = Slow()
        few = {Operation.SEARCH: Places(running=1, waiting=0)}
        app = Shedding(slow, places=Places(running=2, waiting=0), other=few)
        async with httpx.AsyncClient(transport=matched(app), base_url="http://t") as client:
            tasks = [asyncio.create_task(client.post("/v1/search")) for _ in range(2)]
            tasks += [asyncio.create_task(client.get("/v1/patterns")) for _ in range(2)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            slow.go.set()
            answers = await asyncio.gather(*tasks)
            assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 503]

    asyncio.run(run())


def test_who_would_be_refused_is_told_before_the_layers_spend_anything() -> None:
    async def run() -> None:
        slow, shed, asked = Slow(), Counter[str](), Counter[str]()
        shedding = Shedding(
            slow, places=Places(running=1, waiting=0), shed=lambda o: shed.update([o])
        )
        within = matched(shedding).app

        async def layers(scope: Scope, receive: Receive, send: Send) -> None:
            asked.update([scope["path"]])
            await within(scope, receive, send)

        outer = httpx.ASGITransport(TurningAway(layers, shedding=shedding))
        async with httpx.AsyncClient(transport=outer, base_url="http://t") as client:
            first = asyncio.create_task(client.post("/v1/search"))
            await asyncio.wait([first], timeout=0)
            while not slow.running:
                await asyncio.wait([first], timeout=0.001)
            refused = await client.post("/v1/search")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            slow.go.set()
            assert (await first).status_code == 200
            assert (await client.get("/nowhere")).status_code == 200  # the app's to answer
        assert asked == {"/v1/search": 1, "/nowhere": 1}
        assert shed == {"search": 1}

    asyncio.run(run())


def test_followers_of_jobs_hold_no_place_nor_does_who_asks_how_it_goes() -> None:
    async def run() -> None:
        slow = Slow()
        app = Shedding(slow, places=Places(running=1, waiting=1))
        async with httpx.AsyncClient(transport=matched(app), base_url="http://t") as client:
            apart = [f"/v1/jobs/{number}/events" for number in range(8)] + ["/ready", "/metrics"]
            tasks = [asyncio.create_task(client.get(path)) for path in apart]
            done, _ = await asyncio.wait(tasks, timeout=0)
            while slow.running < len(tasks) and not done:
                done, _ = await asyncio.wait(tasks, timeout=0.001)
            read = asyncio.create_task(client.get("/v1/jobs/1"))
            slow.go.set()
            answers = await asyncio.gather(*tasks, read)
            assert [answer.status_code for answer in answers] == [200] * 11

    asyncio.run(run())


class Gate:
    """Lets searches that are more than words wait until it opens; tells which came."""

    def __init__(self, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
        self.came: list[str] = []
        self.opened = threading.Event()
        rag = base.platform.parts.retrieval.rag
        search = rag.search

        def slow(question: Question) -> SearchResult:
            if question.mode != "lexical":
                self.came.append(question.text)
                assert self.opened.wait(60)
            return search(question)

        monkeypatch.setattr(rag, "search", slow)


@pytest.fixture
def gate(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> Gate:
    base.ingest(notes(3), wait=True)
    base.search("weather1word1")  # now all is read that an answer's validity hangs on
    assert set(base.platform.parts.retrieval.positions()) == {base.platform.head()}
    return Gate(base, monkeypatch)


def test_a_search_that_takes_too_long_is_answered_by_words_and_says_so(
    base: KnowledgeBase, gate: Gate
) -> None:
    async def run() -> None:
        app = create_app(base, searching=Searching(patience_seconds=0.2))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://t"
        ) as client:
            asked = {"query": "weather1word1 please"}
            first = (await client.post("/v1/search", json=asked)).json()
            assert first["mode"] == "lexical"
            assert any("ranked by words alone" in note for note in first["notes"])
            assert first["hits"]
            gate.opened.set()
            await asyncio.to_thread(
                wait, app.state.base.platform.patience.begun
            )  # what was begun goes on
            known = await client.post("/v1/search", json=asked)
            assert "hit" in known.headers["cache-status"]
            assert known.json()["mode"] == "default"

    asyncio.run(run())


def test_slow_searches_keep_no_thread_from_others_and_no_more_than_a_few_begin(
    base: KnowledgeBase, gate: Gate
) -> None:
    queries = [f"weather1word1 number {number}" for number in range(60)]

    async def run() -> None:
        app = create_app(base, searching=Searching(patience_seconds=0.2))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://t", timeout=None
        ) as client:
            try:
                async with asyncio.timeout(50):  # before the gate gives up
                    told = await asyncio.gather(
                        *(client.post("/v1/search", json={"query": each}) for each in queries)
                    )
                    assert (await client.get("/v1/collections")).status_code == 200
            finally:
                gate.opened.set()
            assert {answer.json()["mode"] for answer in told} == {"lexical"}
            await asyncio.to_thread(wait, app.state.base.platform.patience.begun)
            ran = set(gate.came)
            assert 0 < len(ran) == len(gate.came) < 40
            for each in queries:  # what had a thread is known, what waited for one was dropped
                answer = await client.post("/v1/search", json={"query": each})
                assert ("hit" in answer.headers["cache-status"]) == (each in ran)

    asyncio.run(run())


def test_answers_stores_and_tools_are_as_patient_as_a_search(
    base: KnowledgeBase, gate: Gate
) -> None:
    asked = "what of weather1word1?"
    wanted = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    wanted |= {"params": {"name": "search", "arguments": {"query": f"{asked} by tool"}}}
    end = served(base, app=create_app(base, searching=Searching(patience_seconds=0.2)))
    try:
        store = end.client.post("/v1/vector_stores", json={"name": "w"}).json()["id"]
        base.ingest(notes(2), collection=store)
        path = f"/v1/vector_stores/{store}/search"
        told = end.client.post("/v1/answer", json={"question": asked, "method": "extract"})
        in_store = end.client.post(path, json={"query": f"{asked} in a store"})
        kinds = {"accept": "application/json, text/event-stream"}
        by_tool = end.client.post("/mcp", json=wanted, headers=kinds)
        assert len(gate.came) == 3  # each was begun, and none has ended
        assert any("ranked by words alone" in note for note in told.json()["notes"])
        assert told.json()["citations"]
        assert in_store.json()["data"]
        assert "ranked by words alone" in by_tool.text
    finally:
        gate.opened.set()
        end.stop()
