"""The real path: LangChain's client of the OpenAI protocol, and a server that speaks it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from foundation.errors import InvalidInput
from knowledge.extraction.cache import MemoryCache
from knowledge.extraction.chat import ChatExtractor, open_chat_model
from knowledge.extraction.model import Excerpt
from tests.knowledge.extraction.chat_server import USAGE, ChatServer, Reply, chat_server

pytestmark = pytest.mark.skipif(find_spec("langchain_openai") is None, reason="needs the extra llm")

MakeExtractor = Callable[..., ChatExtractor]
TOWNS = [
    Excerpt("", (), f"{town} lies near the Lee. {town} borders on Kerry.")
    for town in ("Cork", "Macroom", "Ballincollig", "Inchigeelagh", "Gougane", "Blarney")
]
_WITHOUT_LANGCHAIN_OPENAI = """
import sys
sys.modules["langchain_openai"] = None  # what import finds where the package is not installed
from foundation.errors import Unavailable
from knowledge.extraction.chat import open_chat_model
try:
    open_chat_model("http://127.0.0.1:9/v1", "", "local", 1.0)
except Unavailable as error:
    print(error)
"""


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


@pytest.fixture
def make(server: ChatServer) -> MakeExtractor:
    def make_extractor(*, key: str = "", timeout: float = 5.0, **changes: Any) -> ChatExtractor:
        model = open_chat_model(server.base_url, key, "local", timeout, retries=0)
        return ChatExtractor(model, model_name="local", cache=MemoryCache(), **changes)

    return make_extractor


def test_passages_are_read_side_by_side_and_come_back_in_order(
    server: ChatServer, make: MakeExtractor
) -> None:
    chat = make(concurrency=3)
    found = chat.extract(TOWNS)
    for excerpt, extract in zip(TOWNS, found, strict=True):
        town = excerpt.text.split()[0]
        assert {each.surface for each in extract.mentions} == {town, "Lee", "Kerry"}
        assert [(c.subject, c.predicate, c.object) for c in extract.claims] == [
            (town, "lies near the", "Lee"),
            (town, "borders on", "Kerry"),
        ]
    assert 1 <= server.most_at_once <= 3
    assert chat.report.read == len(TOWNS)
    assert chat.report.prompt_tokens == len(TOWNS) * USAGE["prompt_tokens"]
    assert chat.report.completion_tokens == len(TOWNS) * USAGE["completion_tokens"]


def test_the_request_asks_for_no_chance_and_offers_no_tools(
    server: ChatServer, make: MakeExtractor
) -> None:
    make(key="sk-secret").extract(TOWNS[:1])
    (request,) = server.requests
    assert (request["path"], request["model"]) == ("/v1/chat/completions", "local")
    assert request["temperature"] == 0
    assert request["authorization"] == "Bearer sk-secret"
    assert "tools" not in request
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert json.loads(request["messages"][1]["content"])["passage"] == TOWNS[0].text


def test_the_key_of_the_environment_is_not_sent_where_none_is_set(
    server: ChatServer, make: MakeExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    make().extract(TOWNS[:1])
    assert server.requests[0]["authorization"] == "Bearer none"


def test_a_malformed_answer_is_mended_in_the_same_conversation(
    server: ChatServer, make: MakeExtractor
) -> None:
    server.replies.append(Reply.saying("Sure! Which passage?"))
    chat = make()
    (extract,) = chat.extract(TOWNS[:1])
    assert extract.claims
    roles = [message["role"] for message in server.requests[1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert (chat.report.read, chat.report.retries) == (1, 1)


@pytest.mark.parametrize("status", [0, 400, 401, 404, 429, 500, 503])
def test_an_error_of_the_service_leaves_the_passage_to_the_rules(
    server: ChatServer, make: MakeExtractor, status: int
) -> None:
    server.replies.append(Reply(status))
    chat = make(concurrency=1)
    found = chat.extract(TOWNS[:2])
    assert [bool(extract.mentions) for extract in found] == [False, True]
    assert (chat.report.failed, chat.report.read) == (1, 1)


def test_passages_that_the_service_turns_down_do_not_make_it_look_down(
    server: ChatServer, make: MakeExtractor
) -> None:
    server.replies.extend([Reply(400)] * 5)
    chat = make(concurrency=1)
    chat.extract(TOWNS)
    assert (chat.report.failed, chat.report.read) == (5, 1)


def test_a_service_that_refuses_the_key_is_soon_left_alone(
    server: ChatServer, make: MakeExtractor
) -> None:
    server.replies.extend([Reply(401)] * 6)
    chat = make(concurrency=1)
    chat.extract(TOWNS)
    assert (chat.report.failed, len(server.requests)) == (6, 5)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b'{"choices": []}'])
def test_an_answer_that_is_none_leaves_the_passage_to_the_rules(
    server: ChatServer, make: MakeExtractor, body: bytes
) -> None:
    server.replies.append(Reply(200, body))
    chat = make(concurrency=1)
    assert [bool(extract.mentions) for extract in chat.extract(TOWNS[:2])] == [False, True]
    assert (chat.report.failed, chat.report.read) == (1, 1)


def test_a_service_that_keeps_silent_is_left_after_the_time_limit(
    server: ChatServer, make: MakeExtractor
) -> None:
    server.replies.append(Reply(-1))
    chat = make(timeout=0.2, concurrency=1)
    chat.extract(TOWNS[:1])
    assert chat.report.failed == 1


def test_a_refusal_is_counted_as_unusable(server: ChatServer, make: MakeExtractor) -> None:
    server.replies.append(Reply.saying(None, refusal="I must not read this."))
    chat = make()
    chat.extract(TOWNS[:1])
    assert (chat.report.unusable, len(server.requests)) == (1, 1)


@pytest.mark.parametrize(("base_url", "model"), [("", "local"), ("http://127.0.0.1:9/v1", "")])
def test_service_and_model_must_be_named(base_url: str, model: str) -> None:
    with pytest.raises(InvalidInput, match=r"ELDERS_LLM_BASE_URL.+ELDERS_LLM_MODEL"):
        open_chat_model(base_url, "", model, 1.0)


def test_a_missing_package_names_the_extra_to_install() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _WITHOUT_LANGCHAIN_OPENAI],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "pip install -e '.[llm]'" in found.stdout
