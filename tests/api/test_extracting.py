"""A language model reads passages and tells what communities are about, where one is set."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import KnowledgeBase
from tests.api.doors import Elders
from tests.knowledge.extraction.chat_server import ChatServer, Reply, chat_server

TEXT = "Ada Lovelace wrote to Charles Babbage about the Analytical Engine."


def opened(home: Path, service: ChatServer, extractor: str = "rules") -> KnowledgeBase:
    return KnowledgeBase.open(
        home,
        background=False,
        llm_base_url=service.base_url,
        llm_model="local",
        extractor=extractor,
    )


def test_the_model_is_asked_once_for_each_passage_and_its_answers_are_kept(home: Path) -> None:
    with chat_server() as service, opened(home, service, extractor="chat") as base:
        base.add(TEXT, source_id="a.md")
        asked = len(service.requests)
        assert asked == 1
        assert base.graph["Ada Lovelace"].passages == 1
        base.documents.delete("a.md")
        base.documents.restore("a.md")
        assert base.graph.rebuild() >= 1
        assert len(service.requests) == asked
        estimate = base.estimate()
        assert estimate.passages == estimate.cached > 0
        assert estimate.cost == 0.0


def test_a_model_that_fails_costs_no_document_and_no_name(home: Path) -> None:
    with chat_server() as service:
        service.replies.extend([Reply(400)] * 5)
        with opened(home, service, extractor="chat") as base:
            assert base.add(TEXT, source_id="a.md").outcome == "added"
            assert base.graph["Charles Babbage"].passages == 1


def test_the_model_summarises_a_community(home: Path) -> None:
    with chat_server() as service, opened(home, service) as base:
        base.add(TEXT, source_id="a.md")
        service.replies.append(Reply.saying("Two people and a machine."))
        (found,) = base.graph.communities()
        assert base.graph.community(found.id).summary == "Two people and a machine."


def test_a_dry_run_says_what_reading_would_cost_and_writes_nothing(
    tmp_path: Path, elders: Elders, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text(TEXT)
    with chat_server() as service:
        monkeypatch.setenv("ELDERS_EXTRACTOR", "chat")
        monkeypatch.setenv("ELDERS_LLM_BASE_URL", service.base_url)
        monkeypatch.setenv("ELDERS_LLM_MODEL", "local")
        monkeypatch.setenv("ELDERS_LLM_PROMPT_PRICE", "10")
        answer = elders("ingest", str(tmp_path / "a.md"), "--dry-run", "--json")
        assert service.requests == []
    assert answer.json["passages"] == 1
    assert answer.json["prompt_tokens"] > 100
    assert answer.json["cost"] == answer.json["prompt_tokens"] * 10 / 1_000_000
    assert elders("status", "--json").json["counts"]["documents"] == 0
