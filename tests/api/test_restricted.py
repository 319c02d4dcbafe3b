"""What somebody sees who may see only a part: as if the rest did not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api import KnowledgeBase
from api.restricted import seen_by
from api.targets import source_of
from foundation.breaker import Breakers
from foundation.errors import Forbidden, InvalidInput, NotFound
from foundation.security.policy import Access, access
from ingest.model import Record, Source


def _one(record: Record) -> Source:
    return source_of([record], {}, max_bytes=1_000_000, hosts=Breakers())


SECRET = "zanzibar"
OPEN = "The office plan says that the door opens at nine"
HIDDEN = f"The {SECRET} plan says that the door of the vault opens at noon"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    home = tmp_path_factory.mktemp("restricted")
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as found:
        labels = {"access": ["board"], "vault": SECRET}
        found.ingest([Record("open.md", text=OPEN, metadata={"floor": 1})], collection="house")
        found.ingest([Record("hidden.md", text=HIDDEN, metadata=labels)], collection="house")
        found.ingest([Record("pay.md", text=f"{SECRET} pays well")], collection="pay", wait=True)
        yield found


@pytest.fixture
def reader(base: KnowledgeBase) -> KnowledgeBase:
    return seen_by(base, access(["house"], []))


@pytest.mark.parametrize("mode", ["default", "fusion", "graph", "dense", "lexical"])
def test_a_search_finds_what_may_be_seen_and_nothing_else(
    base: KnowledgeBase, reader: KnowledgeBase, mode: str
) -> None:
    every = base.search(f"{SECRET} plan door", mode=mode)
    assert {hit.citation.source_id for hit in every} == {"open.md", "hidden.md", "pay.md"}
    found = reader.search(f"{SECRET} plan door", mode=mode)
    assert [hit.citation.source_id for hit in found] == ["open.md"]
    board = seen_by(base, access(["house"], ["board"])).search(f"{SECRET} plan door", mode=mode)
    assert {hit.citation.source_id for hit in board} == {"open.md", "hidden.md"}


def test_what_was_answered_to_one_is_not_answered_to_another(
    base: KnowledgeBase, reader: KnowledgeBase
) -> None:
    for _ in range(2):
        assert len(base.search(SECRET, mode="lexical")) == 2
        assert len(reader.search(SECRET, mode="lexical")) == 0
        assert len(seen_by(base, access(["pay"], [])).search(SECRET, mode="lexical")) == 1


def test_an_answer_is_made_of_what_may_be_seen(reader: KnowledgeBase) -> None:
    answer = reader.answer(f"When does the door of the {SECRET} vault open?")
    assert "noon" not in repr(answer)


def test_errors_speak_of_nothing_that_is_hidden(reader: KnowledgeBase) -> None:
    def told(call: Callable[[], object]) -> str:
        with pytest.raises((InvalidInput, NotFound)) as caught:
            call()
        return str(caught.value)

    gone = told(lambda: reader.search("door", collections=["nowhere"]))
    hidden = told(lambda: reader.search("door", collections=["pay"]))
    assert hidden.replace("pay", "nowhere") == gone
    strange = told(lambda: reader.search("door", filter={"vualt": 1}))
    known = told(lambda: reader.search("door", filter={"vault": 1}))
    assert known.replace("vault", "vualt") == strange
    assert "vault" not in strange
    missing = told(lambda: reader.documents.get("nowhere.md"))
    assert told(lambda: reader.documents.get("hidden.md")).replace("hidden", "nowhere") == missing


def test_a_document_is_read_and_changed_by_who_may_see_it(
    base: KnowledgeBase, reader: KnowledgeBase
) -> None:
    assert reader.documents.get("open.md").source_id == "open.md"
    hidden = base.documents.get("hidden.md").id
    for call in (
        reader.documents.get, reader.documents.show, reader.documents.history,
        reader.documents.delete, reader.documents.restore,
    ):  # fmt: skip
        with pytest.raises(NotFound):
            call(hidden)
    with pytest.raises(NotFound):
        reader.feedback("door", document=hidden)
    chunk = base.search(SECRET, mode="lexical", collections=["house"])[0].chunk_id
    with pytest.raises(NotFound):
        reader.feedback("door", chunk)
    assert not base.documents.get("hidden.md").deleted


def test_how_sure_an_answer_is_says_nothing_of_hidden_words(reader: KnowledgeBase) -> None:
    known, unknown = (
        reader.answer(f"Who keeps the keys of the {word}?").confidence
        for word in (SECRET, "qwertzuiop")
    )
    assert known == unknown


def test_what_was_secret_once_stays_hidden_in_the_history(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, embedder="hashing", background=False) as base:
        base.ingest([Record("plan", text=HIDDEN, metadata={"access": "board"})], wait=True)
        before = base.platform.head()
        base.ingest([Record("plan", text=OPEN)], wait=True)
        reader = seen_by(base, access(["*"], []))
        assert reader.documents.show("plan").text == OPEN
        assert [version.number for version in reader.documents.history("plan")] == [2]
        with pytest.raises(NotFound):
            reader.documents.show("plan", version=1)
        with pytest.raises(NotFound):
            reader.documents.show("plan", as_of=before)
        with pytest.raises(NotFound):
            reader.documents.get("plan", as_of=before)
        with pytest.raises(NotFound):
            reader.documents.diff("plan", 1, 2)
        assert len(reader.search("plan", as_of=before, mode="lexical")) == 0
        assert len(seen_by(base, access(["*"], ["board"])).search("plan", as_of=before)) == 1


def test_a_state_that_is_behind_is_shown_only_to_who_might_see_it_then(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, embedder="hashing", background=False) as base:
        base.ingest([Record("plan", text=HIDDEN, metadata={"access": "board"})], wait=True)
        parts = base.platform.parts
        parts.pipeline.run(_one(Record("plan", text=OPEN)), "default")  # no index knows it yet
        assert parts.retrieval.indexed() < base.platform.head()
        assert len(base.search("plan door", mode="lexical")) == 1
        assert len(seen_by(base, access(["*"], [])).search("plan door", mode="lexical")) == 0


def test_for_a_state_that_is_behind_only_what_was_touched_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with KnowledgeBase.open(tmp_path, embedder="hashing", background=False) as base:
        known = [Record(f"plan {n}", text=f"plan {n}: {OPEN}") for n in range(9)]
        base.ingest([*known, Record("plan", text=HIDDEN, metadata={"access": "board"})], wait=True)
        parts, reader = base.platform.parts, seen_by(base, access(["*"], []))
        reader.search("plan door", k=20, mode="lexical")
        read: list[int] = []
        for name in ("attribute_rows", "changed_attribute_rows", "attribute_rows_before"):
            whole = getattr(parts.reader, name)

            def counted(*asked: object, whole: Callable[..., list[object]] = whole) -> object:
                rows = whole(*asked)
                read.append(len(rows))
                return rows

            monkeypatch.setattr(parts.reader, name, counted)
        for text in (OPEN, f"{OPEN} sharp"):
            parts.pipeline.run(_one(Record("plan", text=text)), "default")  # no index knows it yet
            assert len(reader.search("plan door", k=20, mode="lexical")) == 9
        assert read
        assert max(read) == 1


@pytest.mark.parametrize(
    "name",
    [
        "graph.communities", "patterns.list", "curation.decisions",
        "documents.log", "feedback.list", "feedback.judgements", "feedback.intents",
    ],
)  # fmt: skip
def test_what_is_made_of_all_documents_is_withheld(reader: KnowledgeBase, name: str) -> None:
    part, _, method = name.partition(".")
    with pytest.raises(Forbidden, match="all collections and labels"):
        getattr(getattr(reader, part), method)()
    with pytest.raises(Forbidden):
        reader.feedback.intent("is acme to be bought", "undo")
    for call in (reader.status, reader.lags, reader.doctor, reader.estimate, reader.close):
        with pytest.raises(Forbidden):
            call()
    with pytest.raises(Forbidden):
        reader.graph.rebuild()
    with pytest.raises(Forbidden):
        reader.graph.community(0)
    with pytest.raises(Forbidden):
        reader.graph.load("graph.json")


def test_who_sees_everything_is_given_the_same_door(base: KnowledgeBase) -> None:
    assert seen_by(base, Access.everything) is base


def test_a_writer_reaches_what_they_see(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, embedder="hashing", background=False) as base:
        base.ingest([Record("plan", text=HIDDEN, metadata={"access": "board"})], collection="house")
        writer = seen_by(base, access(["house"], ["hr"]))

        def outcome(record: Record, collection: str = "house") -> str:
            report = writer.ingest([record], collection=collection)
            return report.failures[0][1] if report.failures else next(iter(report.counts))

        assert outcome(Record("mine", text=OPEN)) == "added"
        assert outcome(Record("ours", text="Pay day", metadata={"access": ["hr"]})) == "added"
        for refused in (
            Record("theirs", text="Board only", metadata={"access": ["board"]}),
            Record("plan", text="Overwritten"),
            Record("plan", deleted=True),
        ):
            assert "rights do not reach" in outcome(refused)
        with pytest.raises(NotFound, match="may write to"):
            outcome(Record("x", text="X"), "pay")
        writer.documents.delete("mine")
        assert outcome(Record("mine", text=OPEN)) == "added"
        assert base.documents.show("plan").text == HIDDEN
        assert base.documents.get("plan").version == 1
