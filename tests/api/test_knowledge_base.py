from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from api import KnowledgeBase
from foundation.errors import Conflict, InvalidInput, NotFound
from ingest.model import Record
from knowledge.model import Outcome, Result
from retrieval.embedders.langchain import LangChainEmbedder
from tests.api.doors import notes


def test_a_search_right_after_ingestion_finds_the_documents(base: KnowledgeBase) -> None:
    for number in range(5):
        base.add(f"the zanzibar{number} report", source_id=f"r{number}")
        assert base.search(f"zanzibar{number}", k=1)[0].citation.source_id == f"r{number}"


def test_waiting_leaves_nothing_behind_and_finds_by_meaning(base: KnowledgeBase) -> None:
    report = base.ingest(notes(20), wait=True)
    assert report.counts["added"] == 20
    assert {lag.name: lag.behind for lag in base.lags()} == dict.fromkeys(
        ("lexical", "embedder", "exact", "chroma", "words", "graph", "learner"), 0
    )
    found = base.search("weather7word3", mode="dense", k=3)
    assert found[0].citation.source_id == "weather/7.md"
    assert found.result.dense_coverage == 1.0


def test_a_reranker_that_does_not_exist_is_refused_when_the_home_is_opened(home: Path) -> None:
    with pytest.raises(InvalidInput, match="no reranker 'magic'"):
        KnowledgeBase.open(home, reranker="magic")


@pytest.mark.slow
def test_the_reranker_of_the_settings_has_the_last_word(home: Path) -> None:
    with KnowledgeBase.open(home, reranker="maxsim", rerank_depth=2) as base:
        base.add("Cats sleep for most of the day.", source_id="cats")
        base.add("The committee approved the budget.", source_id="budget")
        base.add("The sleep of the budget committee.", source_id="third")
        base.wait()
        hits = base.search("how long do felines sleep?", k=3)
        read = [hit for hit in hits if any(name.startswith("maxsim") for name in hit.parts)]
        assert len(read) == 2
        assert hits[0].citation.source_id == "cats"
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_without_background_a_wait_does_the_work_itself(home: Path) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        base.ingest(notes(5))
        assert base.search("weather3word1", k=1)[0].citation.source_id == "weather/3.md"
        behind = {lag.name: lag.behind for lag in base.lags()}
        assert behind["lexical"] == 0
        assert behind["embedder"] > 0
        assert base.wait()
        assert all(lag.behind == 0 for lag in base.lags())


def test_a_citation_names_the_very_characters(base: KnowledgeBase) -> None:
    text = "# Guide\n\nFirst part about apples.\n\n## Pears\n\nSecond part about pears."
    base.add(text, source_id="guide")
    hit = base.search("pears", k=1)[0]
    version = base.documents.show("guide")
    assert version.text[hit.citation.start : hit.citation.end] == hit.text


def test_a_reader_sees_what_another_instance_writes(home: Path, base: KnowledgeBase) -> None:
    base.ingest(notes(3), wait=True)
    with KnowledgeBase.open(home, read_only=True) as reader:
        base.add("a later quagga sighting", source_id="later")
        assert reader.search("quagga", k=1)[0].citation.source_id == "later"
        status = reader.status()
        names = [lag.name for lag in status.followers]
        assert names == ["lexical", "embedder", "exact", "chroma", "words", "learner"]
        assert f"process {os.getpid()}" in status.held_by
        for change in (
            lambda: reader.add("x", source_id="x"),
            lambda: reader.documents.delete("later"),
            lambda: reader.documents.purge("later", reason="no"),
            lambda: reader.duplicates.merge("later", "weather/0.md"),
            reader.wait,
            reader.doctor,
        ):
            with pytest.raises(Conflict, match="read-only"):
                change()
    assert base.documents["later"].version == 1


def test_a_reader_shows_the_lag_of_followers_that_another_process_runs(home: Path) -> None:
    with KnowledgeBase.open(home, background=["lexical"]) as base:
        base.ingest(notes(4))
        with KnowledgeBase.open(home, read_only=True) as reader:
            behind = {lag.name: lag.behind for lag in reader.lags()}
    assert behind["lexical"] == 0
    assert min(behind[name] for name in ("embedder", "exact", "chroma")) > 0


def test_a_reader_makes_no_home(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no knowledge base"):
        KnowledgeBase.open(tmp_path / "typo", read_only=True)
    with pytest.raises(NotFound, match="no knowledge base"):
        KnowledgeBase.open(tmp_path / "typo", create=False)
    assert not (tmp_path / "typo").exists()


def test_a_home_that_is_held_says_by_whom(home: Path, base: KnowledgeBase) -> None:
    base.add("held", source_id="held")
    with pytest.raises(Conflict, match=f"process {os.getpid()}"):
        KnowledgeBase.open(home, patience_seconds=0.05)


def test_wrong_settings_are_named(home: Path) -> None:
    with pytest.raises(InvalidInput, match="ELDERS_DENSE_WEIGHT"):
        KnowledgeBase.open(home, dense_weight=7)
    with pytest.raises(InvalidInput, match="no embedder"):
        KnowledgeBase.open(home, embedder="word2vec")


def test_an_embedder_object_of_langchain_serves(home: Path) -> None:
    class Letters:
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [self.embed_query(text) for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, *(float(text.lower().count(chr(97 + i))) for i in range(26))]

    embedder = LangChainEmbedder(Letters(), name="letters")  # type: ignore[arg-type]  # duck-typed
    with KnowledgeBase.open(home, embedder=embedder) as base:
        base.add("zzz zzz zzz", source_id="z")
        base.add("aaa aaa aaa", source_id="a")
        base.wait()
        assert base.search("zz", mode="dense", k=1)[0].citation.source_id == "z"


def test_one_bad_record_costs_only_itself(base: KnowledgeBase) -> None:
    results: list[Result] = []
    base.ingest(
        [
            Record("first", text="a good text about one thing"),
            Record("half\ud800", text="bad name"),
            Record("", text="no name"),
            Record("nan", text="bad number", metadata={"x": float("nan")}),
            Record("object", text="bad value", metadata={"x": object()}),
            Record("empty", text=" "),
            Record("last", text="another text, on something else", metadata={"a": {"b": 1}}),
        ],
        on_result=results.append,
    )
    assert [result.outcome for result in results] == [
        Outcome.ADDED, *[Outcome.FAILED] * 5, Outcome.ADDED,
    ]  # fmt: skip
    assert all(result.reason for result in results[1:-1])
    assert base.search("something", filter={"a.b": 1})[0].citation.source_id == "last"


def test_what_is_no_record_is_refused_with_its_kind(base: KnowledgeBase) -> None:
    with pytest.raises(InvalidInput, match="a dict can't be ingested"):
        base.ingest([{"_id": "x"}])  # type: ignore[list-item]  # that is the test
    with pytest.raises(InvalidInput, match="take no option"):
        base.ingest([], include=["*.md"])


@pytest.mark.parametrize("name", ["", "a/b", "x" * 201, "line\nbreak", "half\ud800"])
def test_collections_have_names(base: KnowledgeBase, name: str) -> None:
    with pytest.raises(InvalidInput, match="is no name"):
        base.ingest(notes(1), collection=name)


def test_the_settings_bound_what_is_read(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("word " * 300)
    with KnowledgeBase.open(home, max_document_bytes=1_000) as base:
        report = base.ingest(path)
        assert report.counts["failed"] == 1
        assert "1,000" in report.failures[0][1]


def test_documents_look_well_in_a_notebook(base: KnowledgeBase) -> None:
    pd = pytest.importorskip("pandas")
    base.ingest([Record("a<b", text="escape <script>alert(1)</script> me", title="<i>t</i>")])
    view = base.search("escape")
    for html in (view._repr_html_(), base.documents._repr_html_(), base._repr_html_()):
        assert "<script>" not in html
        assert "<table>" in html
    assert isinstance(view.to_frame(), pd.DataFrame)
    assert list(base.documents.to_frame()["source_id"]) == ["a<b"]
    assert "passages for 'escape'" in repr(view)
    assert str(base.platform.parts.home.path) in repr(base)


def test_vectors_in_the_truth_have_length_one(base: KnowledgeBase) -> None:
    base.ingest(notes(3), wait=True)
    from sqlalchemy import select

    from foundation.database.schema import vectors

    with base.platform.parts.database.read() as connection:
        rows = [
            np.frombuffer(row, "<f4")
            for row in connection.execute(select(vectors.c.vector)).scalars()
        ]
    assert len(rows) == 3
    assert np.allclose([np.linalg.norm(row) for row in rows], 1.0, atol=1e-5)


def test_it_works_on_postgresql(home: Path, postgres_url: str) -> None:
    with KnowledgeBase.open(home, database_url=postgres_url) as base:
        base.ingest(notes(4), wait=True)
        assert base.search("weather2word5", k=1)[0].citation.source_id == "weather/2.md"
        assert base.documents.delete("weather/2.md").outcome is Outcome.DELETED
        assert not [
            h for h in base.search("weather2word5") if h.citation.source_id == "weather/2.md"
        ]
        assert all(finding.ok for finding in base.doctor())
        assert not (home / "truth.db").exists()
