"""Feedback through every door, and the judged set that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import KnowledgeBase
from api.backup import export_truth
from api.restoring import import_truth
from foundation.clock import system_clock
from foundation.errors import Conflict, InvalidInput, NotFound
from retrieval.evaluation import load_judged
from tests.api.doors import Elders, notes, served

ASKED = "weather1word3 weather1word5"
ALONE = "weather3word3 weather3word5"  # no other collection has this one


@pytest.fixture
def filled(home: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(home, background=False) as base:
        base.ingest(notes(4))
        base.ingest(notes(2), collection="other")
        yield base


@pytest.fixture
def client(filled: KnowledgeBase) -> Iterator[httpx.Client]:
    running = served(filled)
    yield running.client
    running.stop()


def test_a_hit_is_found_useful_from_python(filled: KnowledgeBase) -> None:
    hit = filled.search(ASKED, k=1)[0]
    (said,) = filled.feedback(ASKED, hit.chunk_id, "useful", rank=1, actor="ann")
    assert filled.feedback.list() == [said]
    assert (said.document_id, said.actor) == (hit.citation.document_id, "ann")
    assert filled.feedback.judgements() == {ASKED: {hit.chunk_id: 2}}
    assert filled.feedback.judgements(by="document") == {ASKED: {said.document_id: 2}}
    assert filled.feedback.judgements(as_of=said.seq - 1) == {}
    assert "weather1word3" in filled.feedback._repr_html_()
    assert filled.feedback(ASKED, hit.chunk_id, "undo", actor="ann")[0].seq == said.seq
    assert filled.feedback.list() == []


def test_a_document_is_named_by_its_source_id_and_if_need_be_its_collection(
    filled: KnowledgeBase,
) -> None:
    with pytest.raises(InvalidInput, match="several collections"):
        filled.feedback(ASKED, document="weather/1.md", kind="wrong")
    (said,) = filled.feedback(ASKED, document="weather/1.md", collection="other", kind="wrong")
    assert (said.collection, said.chunk_id) == ("other", None)
    for wrong in ({}, {"chunk_id": 1, "document": "weather/3.md"}):
        with pytest.raises(InvalidInput, match="name one of them"):
            filled.feedback(ASKED, **wrong)  # type: ignore[arg-type]  # what is not to be given
    with pytest.raises(NotFound):
        filled.feedback(ASKED, 999)


def test_feedback_moves_the_log_and_every_follower_keeps_up(filled: KnowledgeBase) -> None:
    filled.wait()
    (said,) = filled.feedback(ASKED, 1)
    assert filled.wait()
    assert all(lag.position == said.seq for lag in filled.lags())
    assert all(finding.ok for finding in filled.doctor())


def test_who_only_reads_gives_none(filled: KnowledgeBase, home: Path) -> None:
    with (
        KnowledgeBase.open(home, read_only=True) as base,
        pytest.raises(Conflict, match="read-only"),
    ):
        base.feedback(ASKED, 1)
    assert filled.feedback.list() == []


def test_feedback_is_in_a_backup(filled: KnowledgeBase, tmp_path: Path) -> None:
    filled.feedback(ASKED, 2, "clicked", rank=3)
    filled.feedback(ASKED, 1, "wrong")
    filled.feedback(ASKED, 1, "undo")
    export_truth(filled.platform.parts.database, tmp_path / "backup", system_clock)
    with KnowledgeBase.open(tmp_path / "new", background=False) as base:
        import_truth(tmp_path / "backup", base.platform.parts.database)
        assert base.feedback.list(current=False) == filled.feedback.list(current=False)
        assert base.feedback.judgements() == {ASKED: {2: 1}}


ODD = "glacier ledger ping"


def understood(base: KnowledgeBase, query: str, **options: object) -> str:
    """Answer what a search says of the intent, once all that was said is known."""
    base.platform.parts.retrieval.understanding.refresh()
    return base.search(query, **options).result.understood[0]  # type: ignore[arg-type]  # a shorthand


def test_an_intent_is_said_of_a_query_and_learned_from_but_not_by_the_past(
    filled: KnowledgeBase,
) -> None:
    shipped = understood(filled, ODD)
    before = filled.status().seq
    said = filled.feedback.intent(ODD.upper(), "navigational", actor="ann")
    assert understood(filled, ODD) == "intent: navigational (100%)"
    assert understood(filled, ODD, as_of=before) == shipped
    assert understood(filled, ODD, as_of=said.seq) == shipped
    filled.feedback.intent(ODD, "performance", actor="ben")
    assert [(each.object, each.actor) for each in filled.feedback.intents()] == [
        ("performance", "ben")
    ]
    assert len(filled.feedback.intents(query=ODD, current=False)) == 2
    assert filled.feedback.intents(after=said.seq, current=False)[0].object == "performance"
    assert filled.feedback.intents(query="another") == []
    assert understood(filled, ODD) == "intent: performance (100%)"
    assert filled.feedback.intent(ODD, "undo").object == "performance"
    assert understood(filled, ODD) == "intent: navigational (100%)"
    filled.feedback.intent(ODD, "undo")
    assert understood(filled, ODD) == shipped
    with pytest.raises(NotFound):
        filled.feedback.intent(ODD, "undo")
    with pytest.raises(InvalidInput, match="no intent"):
        filled.feedback.intent(ODD, "curiosity")


def test_an_intent_is_in_a_backup_and_outlives_a_purge(
    filled: KnowledgeBase, tmp_path: Path
) -> None:
    filled.feedback.intent(ODD, "factual")
    filled.feedback.intent(ODD, "navigational")
    filled.documents.purge("weather/3.md", reason="test")
    export_truth(filled.platform.parts.database, tmp_path / "backup", system_clock)
    with KnowledgeBase.open(tmp_path / "new", background=False) as base:
        import_truth(tmp_path / "backup", base.platform.parts.database)
        assert base.feedback.intents(current=False) == filled.feedback.intents(current=False)
        assert understood(base, ODD) == "intent: navigational (100%)"


def test_over_http_an_intent_is_said_listed_and_taken_back(client: httpx.Client) -> None:
    said = {"query": ODD, "intent": "multi-hop", "user": "ada"}
    answer = client.post("/v1/feedback/intents", json=said)
    assert answer.status_code == 200, answer.text
    (given,) = answer.json()["intents"]
    assert (given["actor"], given["intent"], given["valid_to"]) == ("http:ada", "multi-hop", None)
    listed = client.get("/v1/feedback/intents", params={"query": ODD.upper()}).json()
    assert listed == {"intents": [given]}
    assert client.get("/v1/feedback/intents", params={"since": given["seq"]}).json() == {
        "intents": []
    }
    undone = client.post("/v1/feedback/intents", json={**said, "intent": "undo"})
    assert undone.json() == {"intents": [given]}
    assert client.get("/v1/feedback/intents").json() == {"intents": []}
    (ended,) = client.get("/v1/feedback/intents", params={"current": False}).json()["intents"]
    assert ended["valid_to"] > ended["seq"]
    for wrong, status in (
        ({"intent": "undo"}, 404),
        ({"intent": "curiosity"}, 422),
        ({"query": " "}, 422),
        ({"query": "x" * 601}, 422),
        ({"more": 1}, 422),
    ):
        refused = client.post("/v1/feedback/intents", json={**said, **wrong})
        assert refused.status_code == status, refused.text
        assert refused.headers["content-type"] == "application/problem+json"


def test_over_http_it_is_given_listed_and_taken_back(client: httpx.Client) -> None:
    said = {"query": ASKED, "kind": "useful", "chunk_id": 2, "rank": 2}
    answer = client.post("/v1/feedback", json={**said, "user": "ada"})
    assert answer.status_code == 200, answer.text
    (given,) = answer.json()["feedback"]
    assert (given["actor"], given["kind"], given["chunk_id"]) == ("http:ada", "useful", 2)
    assert given["valid_to"] is None
    again = client.post("/v1/feedback", json={**said, "user": "ada"}).json()["feedback"]
    assert again == [given]
    client.post("/v1/feedback", json=said)
    listed = client.get("/v1/feedback", params={"query": ASKED.upper()}).json()["feedback"]
    assert [each["actor"] for each in listed] == ["http:ada", "http"]
    page = client.get("/v1/feedback", params={"since": given["seq"]}).json()["feedback"]
    assert page == listed[1:]
    graded = client.get("/v1/feedback/judgements").json()["judgements"]
    assert graded == [{"query": ASKED, "id": 2, "grade": 2}]
    undone = client.post("/v1/feedback", json={**said, "kind": "undo"}).json()["feedback"]
    assert undone[0]["valid_to"] > undone[0]["seq"]
    assert client.post("/v1/feedback", json={**said, "kind": "undo"}).status_code == 404


WRONG: list[tuple[dict[str, object], int]] = [
    ({"chunk_id": 999}, 404),
    ({"document": "nobody"}, 404),
    ({"kind": "liked", "chunk_id": 1}, 422),
    ({"query": "  ", "chunk_id": 1}, 422),
    ({}, 422),
    ({"chunk_id": 1, "document": "x"}, 422),
    ({"chunk_id": 2**63}, 422),
    ({"chunk_id": True}, 422),
    ({"chunk_id": 1, "rank": 0}, 422),
    ({"chunk_id": 1, "user": "a\nb"}, 422),
    ({"chunk_id": 1, "more": 1}, 422),
]


def test_wrong_feedback_is_a_problem_and_leaves_nothing(client: httpx.Client) -> None:
    for body, status in WRONG:
        answer = client.post("/v1/feedback", json={"query": ASKED, "kind": "useful", **body})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/feedback").json() == {"feedback": []}


def test_commands_give_list_grade_and_export_what_eval_then_measures(
    filled: KnowledgeBase, tmp_path: Path, elders: Elders
) -> None:
    filled.close()
    given = elders("feedback", "give", ALONE, "useful", "--chunk", "4", "--rank", "1", "--json")
    assert given.json["feedback"][0]["kind"] == "useful"
    assert "noted" in elders("feedback", "give", "snow?", "clicked", "--chunk", "1").out
    assert ALONE in elders("feedback", "list").out
    assert len(elders("feedback", "list", "--json").json["feedback"]) == 2
    assert elders("feedback", "list", "--query", "SNOW?", "--json").json["feedback"]
    grades = elders("feedback", "judgements", "--json").json["judgements"]
    assert grades == [{"query": ALONE, "id": 4, "grade": 2}]
    assert ALONE in elders("feedback", "judgements", "--by", "document").out
    folder = tmp_path / "judged"
    exported = elders("feedback", "export", str(folder), "--json").json
    assert exported == {"folder": str(folder), "queries": 1}
    assert load_judged(folder).queries == {"q1": ALONE}
    assert elders("eval", str(folder), "--json").json["modes"]["lexical"]["mrr@10"] == 1.0
    assert elders("feedback", "export", str(folder)).status == 1
    assert "taken back: useful" in elders("feedback", "give", ALONE, "undo", "--chunk", "4").out
    assert elders("feedback", "export", str(tmp_path / "none")).status == 2
    assert elders("feedback", "give", ALONE, "useful", "--chunk", "77").status == 1


def test_commands_say_and_list_intents_that_the_curation_log_has_too(
    filled: KnowledgeBase, elders: Elders
) -> None:
    filled.close()
    assert "nobody said" in elders("feedback", "intents").out
    given = elders("feedback", "intent", ODD, "factual", "--json").json["intents"]
    assert given[0]["intent"] == "factual"
    assert f"“{ODD}” is navigational" in elders("feedback", "intent", ODD, "navigational").out
    assert ODD in elders("feedback", "intents").out
    assert len(elders("feedback", "intents", "--all", "--json").json["intents"]) == 2
    assert f"“{ODD}” is navigational" in elders("curation", "list").out
    assert "questions.intended" in elders("curation", "export", "-").out
    assert "taken back" in elders("feedback", "intent", ODD, "undo").out
    assert elders("feedback", "intents", "--json").json["intents"] == given
    assert elders("feedback", "intent", ODD, "curiosity").status == 2
