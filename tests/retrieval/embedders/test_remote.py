from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import structlog

from foundation.breaker import Breakers
from foundation.clock import Micros, parse_moment
from foundation.errors import CircuitOpen, GuildError, InvalidInput, Unavailable
from retrieval.embedders.hashing import HashingEmbedder
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.remote import RemoteEmbedder
from tests.retrieval.embedders.contract import TEXTS, EmbedderContract, assert_same
from tests.retrieval.embedders.embeddings_server import EmbeddingsServer, Reply, embeddings_server

KEY = "sk-not-for-any-log"
NOW = parse_moment("2026-01-31T09:30:00Z")
MakeEmbedder = Callable[..., RemoteEmbedder]


@pytest.fixture(scope="module")
def embedder() -> Iterator[RemoteEmbedder]:
    with embeddings_server() as server:
        yield RemoteEmbedder(base_url=server.base_url, model="hash", dimension=32, batch_size=8)


class TestRemoteEmbedder(EmbedderContract):
    pass


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with embeddings_server() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def make(server: EmbeddingsServer, waits: list[float]) -> Iterator[MakeEmbedder]:
    made = []

    def make_embedder(**changes: object) -> RemoteEmbedder:
        arguments: dict[str, object] = {
            "base_url": server.base_url,
            "model": "hash",
            "dimension": 32,
            "key": KEY,
            "sleep": waits.append,
            "rng": Random(7),
            "clock": lambda: Micros(NOW),
            **changes,
        }
        made.append(RemoteEmbedder(**arguments))  # type: ignore[arg-type] # a test's shorthand
        return made[-1]

    yield make_embedder
    for each in made:
        each.close()


def test_documents_go_in_batches_and_come_back_in_order(
    server: EmbeddingsServer, make: MakeEmbedder
) -> None:
    rows = make(batch_size=3).embed_documents(TEXTS)
    assert_same(rows, HashingEmbedder(32).embed_documents(TEXTS))
    assert [len(request["input"]) for request in server.requests] == [3, 3, 1]
    assert {request["model"] for request in server.requests} == {"hash"}
    assert {request["authorization"] for request in server.requests} == {f"Bearer {KEY}"}


def test_without_a_key_none_is_sent(server: EmbeddingsServer, make: MakeEmbedder) -> None:
    make(key="").embed_query("rain")
    assert server.requests[0]["authorization"] is None


def test_prefixes_are_put_before_texts(server: EmbeddingsServer, make: MakeEmbedder) -> None:
    embedder = make(query_prefix="query: ", document_prefix="passage: ")
    embedder.embed_query("rain")
    embedder.embed_documents(["", "snow"])
    assert [request["input"] for request in server.requests] == [
        ["query: rain"],
        ["passage: .", "passage: snow"],
    ]


@pytest.mark.parametrize("status", [0, 408, 429, 500, 502, 503, 504])
def test_troubles_that_pass_are_waited_out(
    server: EmbeddingsServer, make: MakeEmbedder, waits: list[float], status: int
) -> None:
    server.replies.extend([Reply(status), Reply(status)])
    assert len(make().embed_documents(["rain"])) == 1
    assert len(server.requests) == 3
    assert len(waits) == 2
    assert all(0 <= wait <= 1 for wait in waits)


@pytest.mark.parametrize("asked", ["7", "Sat, 31 Jan 2026 09:30:07 GMT"])
def test_the_pause_that_the_service_asks_for_is_kept(
    server: EmbeddingsServer, make: MakeEmbedder, waits: list[float], asked: str
) -> None:
    server.replies.append(Reply(429, headers={"Retry-After": asked}))
    make().embed_documents(["rain"])
    assert waits == [7.0]


@pytest.mark.parametrize("asked", ["soon", "-5", "Sat, 31 Jan 2026 09:00:00 GMT", "²"])
def test_a_pause_that_means_nothing_is_ignored(
    server: EmbeddingsServer, make: MakeEmbedder, waits: list[float], asked: str
) -> None:
    server.replies.append(Reply(503, headers={"Retry-After": asked}))
    make().embed_documents(["rain"])
    assert waits[0] <= 0.5


def test_a_pause_that_is_too_long_is_not_waited_for(
    server: EmbeddingsServer, make: MakeEmbedder, waits: list[float]
) -> None:
    server.replies.append(Reply(429, headers={"Retry-After": "3600"}))
    with pytest.raises(Unavailable, match="status 429"):
        make().embed_documents(["rain"])
    assert waits == []


def test_a_query_is_given_up_sooner_than_documents(
    server: EmbeddingsServer, make: MakeEmbedder
) -> None:
    embedder = make()
    server.replies.extend([Reply(500)] * 2)
    with pytest.raises(Unavailable, match="status 500"):
        embedder.embed_query("rain")
    server.replies.extend([Reply(500)] * 5)
    embedder.embed_documents(["rain"])
    assert len(server.requests) == 2 + 6


def test_a_service_that_keeps_failing_is_left_alone_and_then_tried_by_one_call(
    server: EmbeddingsServer, make: MakeEmbedder
) -> None:
    seconds = [0.0]
    embedder = make(breakers=Breakers(monotonic=lambda: seconds[0]))
    server.replies.extend([Reply(500)] * 10)
    for _ in range(5):
        with pytest.raises(Unavailable, match="status 500"):
            embedder.embed_query("rain")
    with pytest.raises(CircuitOpen, match=r"127\.0\.0\.1:\d+/v1 .*left alone"):
        embedder.embed_documents(["rain"])
    seconds[0] = 60.0
    embedder.embed_query("rain")
    assert len(server.requests) == 11


def test_a_silent_service_is_a_trouble_that_passes(
    server: EmbeddingsServer, make: MakeEmbedder, waits: list[float]
) -> None:
    server.replies.append(Reply(-1))
    make(timeout_seconds=0.2).embed_query("rain")
    assert len(waits) == 1


def test_a_service_that_is_not_there_is_told_with_its_place(make: MakeEmbedder) -> None:
    with embeddings_server() as gone:
        base_url = gone.base_url
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:\d+/v1 cannot be reached \(ConnectError"):
        make(base_url=base_url).embed_query("rain")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, Unavailable, "check the base URL"),
        (403, Unavailable, "check the base URL"),
        (404, Unavailable, "check the base URL"),
        (302, Unavailable, "check the base URL"),
        (400, InvalidInput, "refuses the texts"),
        (413, InvalidInput, "refuses the texts"),
        (422, InvalidInput, "refuses the texts"),
    ],
)
def test_a_refusal_is_told_at_once_with_its_code(
    server: EmbeddingsServer,
    make: MakeEmbedder,
    waits: list[float],
    status: int,
    error: type[GuildError],
    words: str,
) -> None:
    server.replies.append(Reply(status))
    with pytest.raises(error, match=rf"status {status} \(some_code\).*{words}|{words}.*some_code"):
        make().embed_documents(["rain"])
    assert waits == []


def _data(*rows: tuple[int, list[float]]) -> bytes:
    return json.dumps({"data": [{"index": i, "embedding": v} for i, v in rows]}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>welcome</html>",
        b"[]",
        b'{"data": null}',
        b'{"data": [{"index": 0, "embedding": "text"}]}',
        _data(),
        _data((0, [1.0] * 32)),
        _data((0, [1.0] * 32), (0, [1.0] * 32)),
        _data((1, [1.0] * 32), (2, [1.0] * 32)),
        _data((0, [1.0] * 32), (1, [1.0] * 31)),
        _data((0, [1.0] * 31), (1, [1.0] * 31)),
        _data((0, [0.0] * 32), (1, [1.0] * 32)),
        b'{"data": [{"index": 0, "embedding": [1e999]}, {"index": 1, "embedding": [1]}]}',
    ],
)
def test_an_answer_that_is_not_one_vector_for_each_text_is_refused(
    server: EmbeddingsServer, make: MakeEmbedder, body: bytes
) -> None:
    server.replies.append(Reply(200, body))
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:\d+/v1"):
        make().embed_documents(["rain", "snow"])


def test_neither_texts_nor_the_key_reach_logs_or_messages(
    server: EmbeddingsServer, make: MakeEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "the merger is on friday"
    echo = json.dumps({"error": {"message": f"bad {KEY} {secret}", "code": f"{KEY} {secret}"}})
    embedder = make()
    told = [repr(embedder), embedder.name]
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs:
        for status in (500, 200, 400, 401):
            server.replies.extend([Reply(status, echo.encode())] * 2)
            with pytest.raises(GuildError) as raised:
                embedder.embed_query(secret)
            told.append(str(raised.value))
            server.replies.clear()
    told += [caplog.text, str(logs)]
    assert len(logs) == 1
    assert not any(word in "".join(told) for word in (KEY, secret, "sk-", "merger"))


@pytest.mark.parametrize(
    "base_url", ["", "host/v1", "ftp://host/v1", "http://", "http://host:x/v1"]
)
def test_an_address_that_is_none_is_refused(make: MakeEmbedder, base_url: str) -> None:
    with pytest.raises(InvalidInput, match="base URL"):
        make(base_url=base_url)


def test_the_name_tells_models_services_dimensions_and_prefixes_apart(make: MakeEmbedder) -> None:
    names = [
        make().name,
        make(model="other").name,
        make(base_url="http://127.0.0.1:1/v1").name,
        make(base_url="http://127.0.0.1/v2").name,
        make(dimension=16).name,
        make(query_prefix="a").name,
        make(document_prefix="a").name,
        make(model="org/model: v2 " + "x" * 300).name,
    ]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 200
    assert make().name == names[0]


def test_a_password_in_the_address_is_told_nowhere(make: MakeEmbedder) -> None:
    embedder = make(base_url="http://user:secret@127.0.0.1:9/v1?token=secret")
    with pytest.raises(Unavailable) as raised:
        embedder.embed_query("rain")
    assert "secret" not in f"{raised.value}{embedder.name}"


def test_the_dimension_is_asked_for_once_and_kept(server: EmbeddingsServer, tmp_path: Path) -> None:
    options = EmbedderOptions(models_dir=tmp_path / "models", base_url=server.base_url, key=KEY)
    first = RemoteEmbedder.from_options("hash", options)
    again = RemoteEmbedder.from_options("hash", options)
    assert (first.dimension, again.dimension, len(server.requests)) == (32, 32, 1)
    assert first.name == again.name
    assert KEY not in repr(options)
    first.close()
    again.close()


@pytest.mark.parametrize(("model", "base_url"), [("", "http://127.0.0.1/v1"), ("hash", "")])
def test_a_missing_model_or_address_is_asked_for(tmp_path: Path, model: str, base_url: str) -> None:
    options = EmbedderOptions(models_dir=tmp_path, base_url=base_url)
    with pytest.raises(InvalidInput, match="openai:MODEL"):
        RemoteEmbedder.from_options(model, options)
