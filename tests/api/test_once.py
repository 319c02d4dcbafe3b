"""A request with an Idempotency-Key is carried out once, however often it is sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api import KnowledgeBase
from api.app import create_app
from api.guarding import guarded
from foundation.database.schema import api_keys, idempotency
from foundation.idempotency import Answered, Idempotency
from foundation.security.keyring import Keyring
from foundation.security.pepper import load_pepper
from foundation.security.policy import Role, access
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings
from tests.api.doors import Served

KEY = {"idempotency-key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}
PUSH = {"documents": [{"source_id": "a.md", "text": "A note on zanzibar"}]}
SAID = {"query": "zanzibar", "kind": "useful", "document": "a.md"}


@pytest.fixture
def client(base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]) -> httpx.Client:
    return serve(base).client


def push(client: httpx.Client, body: Any = PUSH, **headers: str) -> httpx.Response:
    return client.post("/v1/documents", json=body, headers={**KEY, **headers})


def outcomes(answer: httpx.Response) -> list[str]:
    return [result["outcome"] for result in answer.json()["results"]]


def test_a_push_that_is_sent_again_is_answered_as_it_was(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    first = push(client)
    head = base.platform.head()
    again = push(client)
    assert (outcomes(first), again.json()) == (["added"], first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert base.platform.head() == head
    bare = {"idempotency-key": KEY["idempotency-key"].strip('"')}
    assert client.post("/v1/documents", json=PUSH, headers=bare).json() == first.json()
    assert outcomes(client.post("/v1/documents", json=PUSH)) == ["unchanged"]


def test_what_was_written_since_is_not_overwritten_by_a_repetition(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    push(client)
    base.add("A newer note", source_id="a.md")
    assert outcomes(push(client)) == ["added"]
    assert base.documents.show("a.md").text == "A newer note"


def test_the_same_key_with_another_request_is_refused(client: httpx.Client) -> None:
    push(client)
    other = push(client, {"documents": [{"source_id": "b.md", "text": "Another"}]})
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]
    said = client.post("/v1/feedback", json=SAID, headers=KEY)
    assert said.status_code == 200  # of another route it is another key


def test_feedback_is_said_once(client: httpx.Client) -> None:
    push(client)
    first, again = (client.post("/v1/feedback", json=SAID, headers=KEY) for _ in range(2))
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"


def test_a_job_that_is_sent_again_is_the_same_job(client: httpx.Client) -> None:
    first, again = (client.post("/v1/jobs", json=PUSH, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    other = client.post("/v1/jobs", json=PUSH, headers={"idempotency-key": '"another"'})
    assert {job["id"] for job in client.get("/v1/jobs").json()["jobs"]} == {
        first.json()["id"],
        other.json()["id"],
    }


def test_files_stores_and_what_is_put_into_them_are_made_once(client: httpx.Client) -> None:
    def twice(path: str, **body: Any) -> Any:
        first, again = (client.post(f"/v1/{path}", headers=KEY, **body) for _ in range(2))
        assert (first.status_code, first.text) == (200, again.text)
        assert again.headers["idempotent-replayed"] == "true"
        return first.json()["id"]

    file: dict[str, Any] = {
        "files": {"file": ("a.md", b"A note on zanzibar")},
        "data": {"purpose": "assistants"},
    }
    kept = twice("files", **file)
    store = twice("vector_stores", json={"name": "notes"})
    twice(f"vector_stores/{store}/file_batches", json={"file_ids": [kept]})
    for path in ("files", "vector_stores"):
        assert len(client.get(f"/v1/{path}").json()["data"]) == 1


def test_a_search_is_answered_anew_whatever_its_key(client: httpx.Client) -> None:
    store = client.post("/v1/vector_stores", json={"name": "notes"}).json()["id"]

    def found() -> int:
        asked: dict[str, Any] = {"json": {"query": "zanzibar"}, "headers": KEY}
        return len(client.post(f"/v1/vector_stores/{store}/search", **asked).json()["data"])

    assert found() == 0
    assert client.post("/v1/documents", json={**PUSH, "collection": store}).status_code == 200
    assert found() == 1


def test_a_form_is_the_same_whatever_its_boundary(client: httpx.Client) -> None:
    answers = []
    for boundary in ("one", "two"):
        kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
        files = [("files", ("a.txt", b"A text of a file", "text/plain"))]
        answers.append(client.post("/v1/documents", files=files, headers={**KEY, **kind}))
    assert outcomes(answers[0]) == ["added"]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert answers[1].json() == answers[0].json()


def test_what_failed_may_be_tried_again_with_the_same_key(client: httpx.Client) -> None:
    missing = client.post("/v1/feedback", json=SAID, headers=KEY)
    assert missing.status_code == 404
    assert push(client, {"documents": []}).status_code == 422
    assert outcomes(push(client)) == ["added"]
    assert client.post("/v1/feedback", json=SAID, headers=KEY).status_code == 200


@pytest.mark.parametrize("key", ["", "a" * 256, 'a"b', "a\\b", '""', "a b", "ä"])
def test_a_key_that_is_none_is_refused(client: httpx.Client, key: str) -> None:
    headers = [(b"idempotency-key", key.encode("latin-1"))]
    refused = client.post("/v1/documents", json=PUSH, headers=headers)
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json()["detail"]


def test_while_the_first_is_at_work_the_second_is_told_so(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    entered, gate = threading.Event(), threading.Event()
    pipeline = base.platform.parts.pipeline
    run = pipeline.run

    def slow(*arguments: Any, **options: Any) -> Any:
        entered.set()
        assert gate.wait(30)
        return run(*arguments, **options)

    pipeline.run = slow  # type: ignore[method-assign]  # held up, not replaced
    answers: list[httpx.Response] = []
    first = threading.Thread(target=lambda: answers.append(push(client)))
    first.start()
    assert entered.wait(30)
    second = push(client)
    gate.set()
    first.join()
    assert (second.status_code, outcomes(answers[0])) == (409, ["added"])
    assert second.headers["retry-after"] == "2"
    assert push(client).json() == answers[0].json()


class Dying(Idempotency):
    """A process that is killed after the work, before its answer is kept."""

    def finish(self, key: str, answer: Answered) -> None:
        raise RuntimeError(f"killed at {key}, {answer}")


def asked(app: Any, keys: Mapping[str, str], body: Any = PUSH) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            return await client.post("/v1/documents", json=body, headers=dict(keys))

    return asyncio.run(ask())


def test_a_restart_keeps_answers(home: Path) -> None:
    with KnowledgeBase.open(home) as base:
        first = asked(create_app(base), KEY)
    with KnowledgeBase.open(home) as base:
        again = asked(create_app(base), KEY)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")


def test_after_a_crash_between_a_repetition_goes_through_anew(home: Path) -> None:
    with KnowledgeBase.open(home) as base:
        app = create_app(base)
        parts = base.platform.parts
        app.state.idempotency = Dying(parts.database, parts.clock, home=home)
        assert asked(app, KEY).status_code == 500
        assert not base.documents.get("a.md").deleted
    with KnowledgeBase.open(home) as base:
        app = create_app(base)
        answer = asked(app, KEY)
        assert outcomes(answer) == ["unchanged"]
        assert asked(app, KEY).json() == answer.json()


def test_anothers_key_is_another_key_and_so_is_ones_own_with_other_rights(
    base: KnowledgeBase, home: Path
) -> None:
    parts = base.platform.parts
    with guarded(base, load_settings(home=home), load_security_settings()) as app:
        keyring = Keyring(parts.database, load_pepper(home), parts.clock)
        tokens = [
            keyring.create(name, Role.WRITER, access(["*"], []), actor="t") for name in ("a", "b")
        ]
        answers = [
            asked(app, {**KEY, "authorization": f"Bearer {issued.text}"})
            for issued in (*tokens, tokens[0])
        ]
        assert [outcomes(answer) for answer in answers] == [["added"], ["unchanged"], ["added"]]
        with parts.database.write() as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == tokens[0].key.id)
                .values(collections=["default"])
            )
        narrowed = asked(app, {**KEY, "authorization": f"Bearer {tokens[0].text}"})
        assert outcomes(narrowed) == ["unchanged"]


def test_no_key_no_body_and_no_purged_name_stands_in_the_database(
    base: KnowledgeBase, client: httpx.Client
) -> None:
    push(client)
    with base.platform.parts.database.read() as connection:
        (row,) = connection.execute(idempotency.select()).all()
    told = repr(row)
    assert KEY["idempotency-key"].strip('"') not in told
    assert "zanzibar" not in told
    base.documents.purge("a.md", reason="told by mistake")
    with base.platform.parts.database.read() as connection:
        (row,) = connection.execute(idempotency.select()).all()
    assert row.body is None
    assert push(client).status_code == 409
