"""Answers by every door: extracted, refused, and written by a service on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import KnowledgeBase
from foundation.errors import InvalidInput, NotFound, Unavailable
from retrieval.answers.model import Answer, Context, Method, Sentence
from tests.api.doors import Elders, Served, served
from tests.knowledge.extraction.chat_server import ChatServer, Reply, chat_server

TEXTS = {
    "retention.md": "# Retention\n\nBackups are kept for ninety days. Logs are kept for a week.",
    "keys.md": "# Keys\n\nThe keys of the vault are held by Ada Lovelace. The vault is in Cork.",
    "ja.md": "# 運用\n\n障害の報告は四十分以内に行います。鍵は金庫に保管されています。",
}
QUESTION = "How long are backups kept?"
FOREIGN = "Who painted the ceiling of the Sistine Chapel?"
SAID = "Backups are kept for ninety days"


def fill(base: KnowledgeBase) -> None:
    for source_id, text in TEXTS.items():
        base.add(text, source_id=source_id)


def saying(*deltas: str) -> Reply:
    """Answer as a stream does, a delta in each event."""
    head: dict[str, Any] = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "local",
    }
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": {"content": text}, "finish_reason": None} for text in deltas
    ]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    events = [f"data: {json.dumps({**head, 'choices': [choice]})}\n\n" for choice in choices]
    return Reply(200, "".join([*events, "data: [DONE]\n\n"]).encode())


@pytest.fixture
def filled(home: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(home, background=False) as base:
        fill(base)
        yield base


@pytest.fixture
def service() -> Iterator[ChatServer]:
    with chat_server() as service:
        yield service


@pytest.fixture
def writing(home: Path, service: ChatServer) -> Iterator[KnowledgeBase]:
    address = service.base_url
    with KnowledgeBase.open(
        home, background=False, llm_base_url=address, llm_model="local"
    ) as base:
        fill(base)
        yield base


def test_an_answer_is_quoted_with_where_it_stands(filled: KnowledgeBase) -> None:
    view = filled.answer(QUESTION)
    assert view.found
    assert view.answer.method is Method.EXTRACTED
    assert view.text.startswith(f"{SAID}. [1]")
    (quote,) = view.sentences[0].quotes
    cited = view.citations[0].citation
    assert (cited.source_id, cited.version) == ("retention.md", 1)
    assert TEXTS["retention.md"][quote.start : quote.end] == view.sentences[0].text
    assert "retention.md, version 1, characters" in repr(view)
    assert "retention.md" in view._repr_html_()
    assert "<script" not in filled.answer("<script>backups kept?")._repr_html_()


def test_japanese_is_answered_alike(filled: KnowledgeBase) -> None:
    view = filled.answer("障害の報告は何分以内に行いますか？")
    assert view.found
    assert "四十分以内" in view.text


def test_what_is_not_known_is_not_answered(filled: KnowledgeBase) -> None:
    view = filled.answer(FOREIGN)
    assert (view.found, view.text, view.sentences) == (False, "", [])
    assert view.confidence < 0.5
    assert "not found" in repr(view)


def test_an_empty_home_and_the_past_are_asked_too(home: Path) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        assert not base.answer(QUESTION).found
        base.add(TEXTS["retention.md"], source_id="r")
        before = base.platform.head()
        base.documents.delete("r")
        assert not base.answer(QUESTION).found
        assert base.answer(QUESTION, as_of=before).found


def test_wrong_wishes_are_refused(filled: KnowledgeBase) -> None:
    for options, said in (
        ({"method": "magic"}, "it can be auto, extract, generate"),
        ({"method": "generate"}, "ELDERS_LLM_BASE_URL"),
        ({"tokens": 1}, "allow 64 or more"),
        ({"tokens": 10**9}, "at most 32,000"),
        ({"k": 0}, "k is 0"),
    ):
        with pytest.raises(InvalidInput, match=said):
            filled.answer(QUESTION, **options)
    with pytest.raises(NotFound):
        filled.answer.stream(QUESTION, collections=["nosuch"])


def test_a_model_writes_and_what_is_not_borne_out_is_left_out(
    writing: KnowledgeBase, service: ChatServer
) -> None:
    service.replies.append(
        saying("Backups are ", "kept for ninety days", " [1]. They are made", " by 7 dwarfs. [1]")
    )
    view = writing.answer(QUESTION)
    assert view.answer.method is Method.GENERATED
    assert view.text == f"{SAID}. [1]"
    assert view.answer.unsupported == 1
    assert [each.supported for each in view.sentences] == [True, False]
    assert view.sentences[1].why == "7 does not stand there"
    assert [each.citation.source_id for each in view.citations] == ["retention.md"]
    asked = json.loads(service.requests[-1]["messages"][1]["content"])
    assert asked["question"] == QUESTION
    assert SAID in asked["passages"][0]["text"]


def test_the_model_is_not_asked_where_the_evidence_is_weak(
    writing: KnowledgeBase, service: ChatServer
) -> None:
    assert not writing.answer(FOREIGN).found
    assert service.requests == []


def test_the_model_may_say_that_nothing_is_found(
    writing: KnowledgeBase, service: ChatServer
) -> None:
    service.replies.append(saying("NOT FOUND"))
    view = writing.answer(QUESTION)
    assert (view.found, view.answer.method, view.text) == (False, Method.GENERATED, "")


def test_what_the_model_can_not_say_is_extracted_unless_it_was_asked_for(
    writing: KnowledgeBase, service: ChatServer
) -> None:
    service.replies.extend([Reply(400), saying("I think so."), Reply(400), saying("I think so.")])
    failed = writing.answer(QUESTION)
    assert (failed.answer.method, failed.found) == (Method.EXTRACTED, True)
    assert "extracted instead" in failed.answer.notes[-1]
    unsupported = writing.answer(QUESTION)
    assert (unsupported.answer.method, unsupported.answer.unsupported) == (Method.EXTRACTED, 1)
    with pytest.raises(Unavailable):
        writing.answer(QUESTION, method="generate")
    assert not writing.answer(QUESTION, method="generate").found
    assert writing.answer(QUESTION, method="extract").found
    assert len(service.requests) == 4


def test_a_model_that_keeps_failing_is_left_alone_and_the_metrics_say_so(
    writing: KnowledgeBase, service: ChatServer
) -> None:
    service.replies.extend([Reply(400)] * 6 + [Reply(401)] * 5)
    methods = [writing.answer(QUESTION).answer.method for _ in range(13)]
    assert methods == [Method.EXTRACTED] * 13
    assert len(service.requests) == 11
    running = served(writing)
    try:
        told = running.client.get("/metrics").text
    finally:
        running.stop()
    model = 'dependency="language model local"'
    assert f"elders_breaker_phase{{{model}}} 2.0" in told
    assert f'elders_breaker_calls_total{{{model},outcome="refused"}} 2.0' in told
    assert f'elders_breaker_calls_total{{{model},outcome="failed"}} 5.0' in told
    assert f"elders_breaker_opened_total{{{model}}} 1.0" in told


def test_a_stream_brings_the_context_each_sentence_and_the_whole(
    writing: KnowledgeBase, service: ChatServer
) -> None:
    service.replies.append(saying(f"{SAID} [1]. ", "Logs are kept for a week [1]."))
    events = list(writing.answer.stream(QUESTION))
    assert [type(each) for each in events] == [Context, Sentence, Sentence, Answer]


def test_the_command_prints_the_answer_and_where_it_stands(
    filled: KnowledgeBase, elders: Elders
) -> None:
    filled.close()
    answer = elders("ask", QUESTION)
    assert answer.status == 0
    assert answer.out.startswith(f"{SAID}. [1]\n")
    assert "retention.md, version 1, characters" in answer.out
    shown = elders("ask", QUESTION, "--extract", "--json").json
    assert (shown["found"], shown["method"]) == (True, "extracted")
    assert shown["citations"][0]["citation"]["source_id"] == "retention.md"
    missing = elders("ask", FOREIGN)
    assert (missing.status, missing.out[:9]) == (0, "not found")
    refused = elders("ask", QUESTION, "--generate")
    assert (refused.status, refused.out) == (2, "")
    assert "ELDERS_LLM_MODEL" in refused.err
    assert elders("ask", "").status == 2


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Read server-sent events."""
    pairs = [block.split("\n", 1) for block in text.strip().split("\n\n")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in pairs
    ]


def test_http_answers_whole_or_as_events(
    filled: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]
) -> None:
    client = serve(filled).client
    whole = client.post("/v1/answer", json={"question": QUESTION, "k": 5})
    assert whole.status_code == 200
    assert whole.json()["text"].startswith(SAID)
    for body, headers in (
        ({"stream": True}, {}),
        ({}, {"accept": "text/event-stream"}),
    ):
        answer = client.post("/v1/answer", json={"question": QUESTION, **body}, headers=headers)
        assert answer.headers["content-type"].startswith("text/event-stream")
        names = [name for name, _ in events_of(answer.text)]
        assert names[0] == "citations"
        assert set(names[1:-1]) == {"sentence"}
        last = events_of(answer.text)[-1]
        assert last[0] == "done"
        assert last[1]["text"] == whole.json()["text"]
    missing = client.post("/v1/answer", json={"question": FOREIGN, "stream": True})
    assert [name for name, _ in events_of(missing.text)] == ["citations", "done"]


WRONG: dict[str, tuple[dict[str, Any], int]] = {
    "no question": ({}, 422),
    "empty": ({"question": ""}, 422),
    "blank": ({"question": " \n"}, 422),
    "no such method": ({"question": "x", "method": "magic"}, 422),
    "no model": ({"question": "x", "method": "generate"}, 422),
    "too few tokens": ({"question": "x", "tokens": 3}, 422),
    "too many tokens": ({"question": "x", "tokens": 10**9}, 422),
    "too many passages": ({"question": "x", "k": 101}, 422),
    "no such mode": ({"question": "x", "mode": "magic"}, 422),
    "no such collection": ({"question": "x", "collections": ["nosuch"]}, 404),
    "unknown option": ({"question": "x", "limit": 3}, 422),
    "a stream of text": ({"question": "x", "stream": "yes"}, 422),
}


def test_wrong_requests_are_problems_streamed_or_not(
    filled: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]
) -> None:
    client = serve(filled).client
    for name, (body, status) in WRONG.items():
        for headers in ({}, {"accept": "text/event-stream"}):
            answer = client.post("/v1/answer", json=body, headers=headers)
            assert answer.status_code == status, (name, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


def test_a_model_that_breaks_off_ends_the_stream_with_a_problem(
    writing: KnowledgeBase, service: ChatServer, serve: Callable[[KnowledgeBase], Served]
) -> None:
    client: httpx.Client = serve(writing).client
    service.replies.append(Reply(400))
    body = {"question": QUESTION, "method": "generate", "stream": True}
    answer = client.post("/v1/answer", json=body)
    names = [name for name, _ in events_of(answer.text)]
    assert names == ["citations", "error"]
    assert events_of(answer.text)[-1][1]["status"] == 503
    service.replies.append(Reply(400))
    plain = client.post("/v1/answer", json={**body, "stream": False})
    assert plain.status_code == 503
    assert plain.headers["content-type"] == "application/problem+json"
