"""Both clients against a real server: each method once, errors, streams, further attempts."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, assert_type

import httpx
import pytest

from api import KnowledgeBase
from api.client import AsyncClient, Client, Purged
from api.client.calls import Operation, Streaming
from api.client.operations import Operations
from api.schemas import NewDocument, SearchOut
from api.schemas_answers import AnswerOut, ContextOut, SentenceOut
from api.schemas_learning import MergeIn, PatternChangeOut
from foundation.errors import Conflict, Forbidden, GuildError, InvalidInput, NotFound, Unavailable
from tests.api.doors import served
from tests.api.teaching import DOOR, opened, teach, tell

Ask = Callable[..., Any]
"""Calls a method by its name; a stream's events come as a list, at most `most` of them."""

ALL = {n for n, each in vars(Operations).items() if isinstance(each, Operation | Streaming)}


def waiting(address: str, **options: Any) -> Ask:
    """Ask by the client that waits."""

    def ask(name: str, /, *args: Any, most: int = 1_000, **kwargs: Any) -> Any:
        with Client(address, **options) as client:
            found = getattr(client, name)(*args, **kwargs)
            if not isinstance(found, Iterator):
                return found
            events = [event for event, _ in zip(found, range(most), strict=False)]
            found.close()  # type: ignore[attr-defined] # a generator is an iterator that closes
            return events

    return ask


def awaiting(address: str, **options: Any) -> Ask:
    """Ask by the client that awaits."""

    async def asked(name: str, *args: Any, most: int = 1_000, **kwargs: Any) -> Any:
        async with AsyncClient(address, **options) as client:
            found = getattr(client, name)(*args, **kwargs)
            if not isinstance(found, AsyncIterator):
                return await found
            events: list[Any] = []
            async with aclosing(found) as stream:  # type: ignore[type-var] # as above
                async for event in stream:
                    events.append(event)
                    if len(events) == most:
                        break
            return events

    return lambda name, /, *args, **kwargs: asyncio.run(asked(name, *args, **kwargs))


class Losing(httpx.HTTPTransport):
    """Loses the first answer, after something else was done."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then: Callable[[], object] | None = then

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        then, self._then = self._then, None
        if then is None:
            return answer
        answer.read()
        then()
        raise httpx.ReadError("cut off", request=request)


class AsyncLosing(httpx.AsyncHTTPTransport):
    """The same, to be awaited."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then: Callable[[], object] | None = then

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        then, self._then = self._then, None
        if then is None:
            return answer
        await answer.aread()
        then()
        raise httpx.ReadError("cut off", request=request)


COLOURS = pytest.mark.parametrize("colour", [waiting, awaiting])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with opened(tmp_path_factory.mktemp("client")) as base:
        tell(base)
        teach(base)
        base.patterns.learn()
        yield base


@pytest.fixture(scope="module")
def address(base: KnowledgeBase) -> Iterator[str]:
    running = served(base)
    yield str(running.client.base_url)
    running.stop()


@COLOURS
def test_each_method_is_answered(address: str, colour: Callable[[str], Ask]) -> None:
    asked: set[str] = set()
    plain = colour(address)

    def ask(name: str, *args: Any, **kwargs: Any) -> Any:
        asked.add(name)
        return plain(name, *args, **kwargs)

    assert ask("health").status == "ok"
    _documents(ask)
    _questions(ask)
    _graph(ask)
    _learned(ask)
    _listed(ask)
    _queued(ask)
    assert ask("ready").followers
    assert "elders_head_seq" in ask("metrics")
    assert ask("cache").entries >= 0
    assert len(ask("full_health").layers) == 5
    assert ask("resize_cache", 5_000_000).most_bytes == 5_000_000
    assert ask("clear_cache").entries == 0
    assert ask("restrict", rate_factor=0.5, reason="a storm").now.reason == "a storm"
    assert ask("restrictions").rate_factor == 0.5
    assert ask("restrict", rate_factor=0.2, automatic="throttle").before.rate_factor == 1.0
    assert ask("restrictions", automatic="throttle").rate_factor == 0.2
    assert ask("lift_restrictions", automatic="throttle").now.rate_factor == 1.0
    assert ask("lift_restrictions").before.rate_factor == 0.5
    assert asked == ALL


def _documents(ask: Ask) -> None:
    new = NewDocument(source_id="a.md", text="The okapi sleeps standing", metadata={"year": 2026})
    pushed = ask("push", [new, {"source_id": "b.md", "text": ""}], collection="zoo").results
    assert [each.outcome in {"added", "unchanged"} for each in pushed] == [True, False]
    files = {"gnu.html": b"<p>The gnu runs</p>", "日本.txt": "日本語の文書です。".encode()}
    sent = ask("upload", files, collection="zoo", metadata={"year": 2025}).results
    assert [each.source_id for each in sent] == ["gnu.html", "日本.txt"]
    known = pushed[0].document_id
    assert ask("document", known).text == "The okapi sleeps standing"
    assert ask("versions", known).versions[0].number == 1
    assert ask("labels", known).quality.words > 0
    assert ask("delete", sent[0].document_id).outcome == "deleted"
    with pytest.raises(Conflict):
        ask("delete", sent[0].document_id)
    assert ask("push", [{"source_id": "gnu.html", "text": "The gnu runs"}], collection="zoo")


def _listed(ask: Ask) -> None:
    assert [each.source_id for each in ask("documents", collection="zoo").documents]
    assert "zoo" in {each.name for each in ask("collections").collections}
    twins = {"one.md": b"The tapir sleeps", "two.md": b"The tapir sleeps"}
    ask("upload", twins, collection="twins")
    (group,) = ask("duplicates", collection="twins").groups
    assert group.decision == "merged"
    assert ask("split_document", group.id, "two.md").groups[0].decision == "kept"
    assert ask("duplicates", decision="kept", limit=1).groups
    merged = ask("merge_documents", ["one.md", "two.md"], collection="twins").groups
    assert [each.decision for each in merged] == ["merged"]
    assert ask("held").held == []
    for name in ("release_held", "discard_held"):
        with pytest.raises(NotFound):
            ask(name, "0123456789abcdef" * 2)


def _queued(ask: Ask) -> None:
    made = ask("submit", [{"source_id": "later.md", "text": "Later."}], collection="zoo")
    assert made.state == "queued"  # this server starts no jobs
    assert made.id in {each.id for each in ask("jobs").jobs}
    assert ask("job", made.id).total == 1
    assert ask("cancel_job", made.id).state == "cancelled"
    assert ask("follow_job", made.id)[-1].state == "cancelled"
    assert ask("job_errors", made.id).errors == []
    assert ask("retry_job", made.id).state == "queued"
    assert ask("cancel_job", made.id).state == "cancelled"


def _questions(ask: Ask) -> None:
    options = {"k": 1, "collections": ["zoo"], "filter": {"year": 2026}, "fresh": True}
    (hit,) = ask("search", "okapi", **options).hits
    assert hit.citation.source_id == "a.md"
    answer = ask("answer", "How does the okapi sleep?", method="extract", collections=["zoo"])
    assert isinstance(answer, AnswerOut)
    parts = ask("answer_parts", "How does the okapi sleep?", collections=["zoo"])
    assert isinstance(parts[0], ContextOut)
    assert isinstance(parts[-1], AnswerOut)
    assert all(isinstance(part, SentenceOut) for part in parts[1:-1])
    said = ask("give_feedback", "okapi", "useful", chunk_id=hit.chunk_id, rank=1, user="ada")
    assert said.feedback[0].kind == "useful"
    assert ask("feedback", query="okapi", limit=10).feedback
    assert ask("give_intent", "the page hangs", "troubleshooting", user="ada").intents
    assert ask("intents", current=True).intents
    assert ask("judgements", by="document").judgements


def _graph(ask: Ask) -> None:
    assert ask("entities", "gateway").entities
    assert ask("entity", "TCP/IP").label == "TCP/IP"
    with pytest.raises(NotFound):
        ask("entity", "..")
    assert ask("relations", "TCP/IP", predicate=["depends on"]).relations
    assert ask("neighbours", "BGP", limit=3).neighbours
    assert ask("passages", "東京タワー").passages
    assert ask("paths", "Vint Cerf", "Cisco", every=True).paths
    assert ask("related", ["BGP", "Cisco"], kind="passage").passages
    assert ask("related", "BGP").entities
    assert ask("central", "degree", limit=2).entities
    communities = ask("communities", level=0).communities
    assert ask("community", communities[0].id).title == communities[0].title
    assert ask("subgraph", ["TCP/IP"], hops=1).nodes
    assert json.loads(ask("export_graph"))["nodes"]
    assert ask("export_graph", "graphml").startswith(b"<?xml")


def _learned(ask: Ask) -> None:
    assert DOOR in [each.key for each in ask("patterns", kind="log template").patterns]
    assert ask("pattern", DOOR).history
    rejected = ask("reject_pattern", DOOR)
    assert ask("accept_pattern", DOOR).seq > rejected.seq
    assert ask("learn").insights >= 0
    (made,) = ask("decide", MergeIn(kind="merge", first="BGP", second="Vint Cerf")).decisions
    assert ask("decisions", kind=made.kind).decisions
    log = ask("decision_log")
    assert ask("undo", made.seq).seq == made.seq
    assert ask("replay", log).waiting == 0
    ask("undo", ask("decisions", kind=made.kind).decisions[-1].seq)
    assert ask("todo", limit=5).orphans is not None
    changed = ask("changed_patterns", 0, kind=["log template"], wait=1.0)
    first, second = ask("follow_patterns", 0, kind=["log template"], most=2)
    assert first == Purged(changed.purged)
    assert isinstance(second, PatternChangeOut)
    assert second == changed.patterns[0]
    assert ask("changes", 0, limit=2).next == 2


def test_types_are_those_of_the_answers(address: str) -> None:
    async def awaited() -> SearchOut:
        async with AsyncClient(address) as client:
            return assert_type(await client.search("okapi", k=1), SearchOut)

    with Client(address) as client:
        found = assert_type(client.search("okapi", k=1), SearchOut)
        assert_type(client.answer_parts("okapi"), Iterator[ContextOut | SentenceOut | AnswerOut])
    assert asyncio.run(awaited()).hits == found.hits


@COLOURS
@pytest.mark.parametrize(
    ("name", "args", "kind", "told"),
    [
        ("document", ["nowhere"], NotFound, "no document"),
        ("search", [""], InvalidInput, "body.query"),
        ("answer_parts", [""], InvalidInput, "question"),
        ("push", [[]], InvalidInput, "documents"),
        ("changed_patterns", [10**9], Conflict, "cursor"),
    ],
)
def test_errors_are_those_of_the_tree(
    address: str, colour: Callable[[str], Ask], name: str, args: list[Any], kind: Any, told: str
) -> None:
    with pytest.raises(kind, match=told):
        colour(address)(name, *args)


Answer = tuple[int, dict[str, str], bytes]
"""A status, headers and a body."""


class Scripted(ThreadingHTTPServer):
    """Answers as it is told, one answer after the other, and keeps what it was asked."""

    def __init__(self, *answers: Answer | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def _answer(self) -> None:
        size = int(self.headers.get("content-length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((f"{self.command} {self.path}", headers, self.rfile.read(size)))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, more, body = answer
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names that its parent looks for

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    servers: list[Scripted] = []

    def start(*answers: Any) -> Scripted:
        servers.append(Scripted(*answers))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


HEALTHY: Answer = (200, {}, b'{"status": "ok"}')
FOUND = json.dumps(
    {
        "query": "x", "hits": [], "seq": 1, "mode": "default", "dense_coverage": 1.0, "notes": [],
        "timings_ms": {}, "understood": [],
    }
).encode()  # fmt: skip


def slept(colour: Callable[..., Ask], address: str, **options: Any) -> tuple[Ask, list[float]]:
    """Make a client whose waits are kept, and take no time."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    sleep = waits.append if colour is waiting else wait
    return colour(address, rng=Random(1), sleep=sleep, **options), waits


@COLOURS
def test_what_fails_in_passing_is_tried_again(
    scripted: Callable[..., Scripted], colour: Callable[..., Ask]
) -> None:
    server = scripted(None, (503, {"retry-after": "3"}, b""), (200, {}, FOUND))
    ask, waits = slept(colour, server.address)
    assert ask("search", "x").query == "x"
    assert len({body for _, _, body in server.asked}) == 1
    assert len(server.asked) == 3
    assert 0.0 <= waits[0] <= 0.2
    assert waits[1] == 3.0


@COLOURS
def test_what_should_not_be_done_twice_is_not_tried_again(
    scripted: Callable[..., Scripted], colour: Callable[..., Ask]
) -> None:
    server = scripted(None, HEALTHY)
    ask, waits = slept(colour, server.address)
    with pytest.raises(Unavailable, match="does not answer"):
        ask("delete", "x")
    assert (len(server.asked), waits) == (1, [])


@COLOURS
def test_it_gives_up_after_as_many_attempts_as_it_was_told(
    scripted: Callable[..., Scripted], colour: Callable[..., Ask]
) -> None:
    problem = json.dumps({"detail": "the disk is full"}).encode()
    server = scripted(*[(503, {}, problem)] * 3)
    ask, waits = slept(colour, server.address, retries=2)
    with pytest.raises(Unavailable, match="the disk is full"):
        ask("search", "x")
    assert (len(server.asked), len(waits)) == (3, 2)


@COLOURS
def test_the_key_is_sent_and_no_redirect_takes_it_elsewhere(
    scripted: Callable[..., Scripted], colour: Callable[..., Ask]
) -> None:
    other = scripted(HEALTHY)
    server = scripted(HEALTHY, (307, {"location": f"{other.address}/health"}, b""))
    ask = colour(server.address, key="secret-key")
    assert ask("health").status == "ok"
    assert server.asked[0][1]["authorization"] == "Bearer secret-key"
    assert server.asked[0][1]["user-agent"].startswith("elders-guild/")
    with pytest.raises(GuildError, match="307"):
        ask("health")
    assert other.asked == []


@COLOURS
def test_what_is_no_answer_of_this_platform_says_so(
    scripted: Callable[..., Scripted], colour: Callable[..., Ask]
) -> None:
    page = (200, {"content-type": "text/html"}, b"<h1>Log in</h1>")
    events = (200, {"content-type": "text/event-stream"}, b"event: done\ndata: {}\n\n")
    ask = colour(scripted(page, events).address)
    with pytest.raises(GuildError, match="is the address right"):
        ask("health")
    with pytest.raises(GuildError, match="is the address right"):
        ask("answer_parts", "x")


@COLOURS
def test_a_stream_that_breaks_or_ends_in_a_problem_is_an_error(
    scripted: Callable[..., Scripted], colour: Callable[..., Ask]
) -> None:
    context = b'event: citations\ndata: {"passages": [], "tokens": 0, "left_out": 0}\n\n'
    problem = b'event: error\ndata: {"status": 503, "detail": "the model is away"}\n\n'
    cut = {"content-length": "1000"}
    ask = colour(scripted((200, {}, context + problem), (200, cut, context)).address)
    with pytest.raises(Unavailable, match="the model is away"):
        ask("answer_parts", "x")
    with pytest.raises(Unavailable, match="does not answer"):
        ask("answer_parts", "x")


@COLOURS
def test_names_and_prefixes_of_addresses_stay_whole(
    scripted: Callable[..., Scripted], colour: Callable[..., Ask]
) -> None:
    server = scripted(*[(404, {}, b"")] * 3)
    ask = colour(f"{server.address}/behind/a/proxy/")
    for name in ("a/b?c#d%", "..", "東京"):
        with pytest.raises(NotFound):
            ask("entity", name)
    assert [asked.partition(" ")[2] for asked, _, _ in server.asked] == [
        "/behind/a/proxy/v1/graph/entities/a%2Fb%3Fc%23d%25",
        "/behind/a/proxy/v1/graph/entities/%2E%2E",
        "/behind/a/proxy/v1/graph/entities/%E6%9D%B1%E4%BA%AC",
    ]


@pytest.mark.parametrize("make", [Client, AsyncClient])
@pytest.mark.parametrize("address", ["", "127.0.0.1:8000", "ftp://x", "http://", "http://x\0"])
def test_an_address_that_is_none_is_told(make: Any, address: str) -> None:
    with pytest.raises(InvalidInput, match="is no address"):
        make(address)


@pytest.mark.parametrize("key", ["", "zebra\n7", " zebra", "ключ"])
def test_a_key_that_fits_no_header_is_told_without_it(key: str) -> None:
    with pytest.raises(InvalidInput, match="the key") as caught:
        Client("http://127.0.0.1:1", key=key)
    assert "zebra" not in str(caught.value)


def test_a_server_that_is_not_there_is_named() -> None:
    with (
        Client("http://127.0.0.1:1", retries=0) as client,
        pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:1/health does not answer"),
    ):
        client.health()


def test_rights_are_told_as_such(scripted: Callable[..., Scripted]) -> None:
    server = scripted(*[(status, {}, b'{"detail": "no"}') for status in (401, 403)])
    with Client(server.address) as client:
        for _ in range(2):
            with pytest.raises(Forbidden, match="no"):
                client.search("x")


@pytest.mark.parametrize(("colour", "losing"), [(waiting, Losing), (awaiting, AsyncLosing)])
def test_a_push_whose_answer_was_lost_overwrites_nothing_when_it_is_sent_again(
    colour: Callable[..., Ask],
    losing: Callable[[Callable[[], object]], Any],
    base: KnowledgeBase,
    address: str,
) -> None:
    name = f"lost-{losing.__name__}.md"
    mine, newer = [{"source_id": name, "text": "mine"}], [{"source_id": name, "text": "newer"}]
    transport = losing(lambda: waiting(address)("push", newer, collection="lost"))
    ask = colour(address, transport=transport, rng=Random(1))
    (pushed,) = ask("push", mine, collection="lost").results
    assert (pushed.outcome, pushed.version) == ("added", 1)
    assert base.documents.show(pushed.document_id).text == "newer"


@pytest.mark.parametrize(("colour", "losing"), [(waiting, Losing), (awaiting, AsyncLosing)])
def test_a_job_whose_answer_was_lost_is_one_job(
    colour: Callable[..., Ask], losing: Callable[[Callable[[], object]], Any], address: str
) -> None:
    plain = waiting(address)
    before = len(plain("jobs").jobs)
    ask = colour(address, transport=losing(lambda: None), rng=Random(1))
    for number in (1, 2):
        ask("submit", [{"source_id": "job.md", "text": "the same"}])
        assert len(plain("jobs").jobs) == before + number
