from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from api.results import read_results, write_results
from foundation.errors import InvalidInput, NotFound
from retrieval.question import MODES
from tests.api.doors import Elders

MEASURES = [
    "ndcg@10", "recall@2", "recall@5", "recall@10", "recall@100", "mrr@10", "all@5", "all@8",
]  # fmt: skip


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    animals = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"]
    corpus = [
        {"_id": f"d-{name}", "title": name, "text": f"All there is to say about the {name} itself."}
        for name in animals
    ]
    corpus += [
        {"_id": "d-twin", "title": "ant", "text": "All there is to say about the ant itself."},
        {"_id": "d-empty", "title": "nothing", "text": ""},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    queries = [{"_id": f"q-{name}", "text": f"what about the {name}?"} for name in animals]
    queries += [{"_id": "q-unjudged", "text": "nobody judged this"}]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    lines = [
        "query-id\tcorpus-id\tscore",
        *(f"q-{n}\td-{n}\t1" for n in animals),
        "q-ant\td-twin\t1",
    ]
    (folder / "qrels.tsv").write_text("\n".join(lines))
    return folder


def test_the_figures_have_the_agreed_names(judged: Path, elders: Elders, home: Path) -> None:
    answer = elders("eval", str(judged), "--json")
    assert answer.status == 0, answer.err
    found = answer.json
    assert list(found) == [
        "dataset", "documents", "queries", "modes", "latency_ms", "passages_per_second",
    ]  # fmt: skip
    assert (found["dataset"], found["queries"]) == ("tiny", 8)
    assert set(found["modes"]) == set(MODES)
    assert list(found["modes"])[-1] == "default"
    assert all(list(figures) == MEASURES for figures in found["modes"].values())
    assert found["modes"]["lexical"]["ndcg@10"] == pytest.approx(1.0, abs=0.05)
    assert found["modes"]["lexical"]["all@5"] == 1.0  # the merged twin counts as found
    assert found["latency_ms"]["p50"] <= found["latency_ms"]["p95"]
    assert found["passages_per_second"] > 0
    assert "could not be taken in" in answer.err or found["documents"] == 10
    assert not home.exists()


def test_without_a_header_more_cut_offs_and_settings(judged: Path, elders: Elders) -> None:
    qrels = judged / "qrels.tsv"
    qrels.write_text("\n".join(qrels.read_text().splitlines()[1:]))
    shown = elders("eval", str(judged), "--k", "3", "--set", "dense_weight=0", "--json")
    figures = shown.json["modes"]["default"]
    assert figures["ndcg@3"] == pytest.approx(figures["ndcg@10"], abs=0.2)
    assert "recall@3" in figures
    assert "ms a query" in elders("eval", str(judged)).out


def test_a_kept_home_is_used_again(judged: Path, elders: Elders, tmp_path: Path) -> None:
    kept = ["--keep", str(tmp_path / "kept")]
    first = elders("eval", str(judged), *kept, "--json").json
    again = elders("eval", str(judged), *kept, "--json").json
    assert first["modes"] == again["modes"]
    assert first["passages_per_second"] > 0
    assert again["passages_per_second"] is None
    assert elders("status", "--home", str(tmp_path / "kept")).status == 0


def test_a_query_that_is_too_long_counts_as_not_found(judged: Path, elders: Elders) -> None:
    with (judged / "queries.jsonl").open("a") as queries:
        queries.write("\n" + json.dumps({"_id": "q-long", "text": "ant " * 20_000}))
    with (judged / "qrels.tsv").open("a") as qrels:
        qrels.write("\nq-long\td-ant\t1")
    found = elders("eval", str(judged), "--json").json
    assert found["queries"] == 9
    assert found["modes"]["lexical"]["recall@10"] == pytest.approx(8 / 9)


def test_the_users_own_database_is_left_alone(
    judged: Path, elders: Elders, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELDERS_DATABASE_URL", postgres_url)
    assert elders("eval", str(judged), "--json").status == 0
    assert elders("status", "--json").json["seq"] == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("queries.jsonl", b"not json"),
        ("queries.jsonl", b"\xff\xfe\x00"),
        ("queries.jsonl", b'{"_id": "other", "text": "x"}'),
        ("qrels.tsv", b"one\ttwo\n"),
        ("qrels.tsv", b"q-ant\td-ant\tinf\nq\td\tinf\n"),
        ("qrels.tsv", b""),
        ("corpus.jsonl", None),
        ("qrels.tsv", None),
    ],
)
def test_a_set_that_is_none_is_refused(
    name: str, content: bytes | None, judged: Path, elders: Elders
) -> None:
    (judged / name).unlink()
    if content is not None:
        (judged / name).write_bytes(content)
    answer = elders("eval", str(judged))
    assert answer.status in (1, 2)
    assert answer.err.startswith("elders: ")
    assert "fault of this program" not in answer.err


def test_a_packed_corpus_is_read(judged: Path, elders: Elders) -> None:
    corpus = judged / "corpus.jsonl"
    (judged / "corpus.jsonl.gz").write_bytes(gzip.compress(corpus.read_bytes()))
    corpus.unlink()
    assert elders("eval", str(judged), "--json").json["documents"] >= 9


@pytest.fixture
def hard(judged: Path) -> Path:
    """The set with a query that its words mislead."""
    with (judged / "queries.jsonl").open("a") as queries:
        queries.write("\n" + json.dumps({"_id": "q-hard", "text": "what about the bee?"}))
    with (judged / "qrels.tsv").open("a") as qrels:
        qrels.write("\nq-hard\td-hen\t2")
    return judged


def test_ways_to_search_are_compared_and_losses_explained(hard: Path, elders: Elders) -> None:
    options = ["--compare", "mode=lexical", "--explain-losses", "1", "--json"]
    found = elders("eval", str(hard), *options).json
    contrast = found["contrast"]
    assert contrast["settings"] == {"mode": "lexical"}
    assert [each["measure"] for each in contrast["measures"]] == MEASURES
    for each in contrast["measures"]:
        assert each["first"] == pytest.approx(found["modes"]["default"][each["measure"]])
        assert each["second"] == pytest.approx(found["modes"]["lexical"][each["measure"]])
        assert each["low"] <= each["difference"] <= each["high"]
        assert each["wins"] + each["losses"] + each["ties"] == found["queries"]
        assert 0 < each["p_value"] <= 1
    (loss,) = found["losses"]
    assert (loss["query"], loss["score"] < 1.0) == ("q-hard", True)
    (wanted,) = loss["relevant"]
    assert (wanted["document"], wanted["title"], wanted["grade"]) == ("d-hen", "hen", 2)
    assert set(wanted["ranks"]) == set(MODES)
    assert loss["ahead"][0]["document"] == "d-bee"


def test_people_see_the_comparison_the_stages_and_the_losses(hard: Path, elders: Elders) -> None:
    options = ["--compare", "dense_weight=0", "--stages", "--explain-losses", "1"]
    shown = elders("eval", str(hard), *options).out
    assert "Default search with dense_weight=0" in shown
    assert "Where the time goes with dense_weight=0 (ms)" in shown
    assert "wanted (2): hen (d-hen) at " in shown
    assert "in its place: bee (d-bee)" in shown


def test_settings_of_ingestion_are_compared_in_a_home_of_their_own(
    judged: Path, elders: Elders, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    options = ["--keep", str(kept), "--compare", "max_document_bytes=60", "--json"]
    contrast = elders("eval", str(judged), *options).json["contrast"]
    (recall,) = [each for each in contrast["measures"] if each["measure"] == "recall@100"]
    assert recall["second"] < recall["first"]
    assert elders("status", "--home", str(kept), "--json").json["counts"]["documents"] >= 9


@pytest.mark.parametrize("wrong", ["mode=guess", "colour=red", "mode", "dense_weight=2"])
def test_what_cannot_be_compared_is_refused(wrong: str, judged: Path, elders: Elders) -> None:
    answer = elders("eval", str(judged), "--compare", wrong)
    assert answer.status == 2
    assert answer.err.startswith("elders: ")


def test_a_results_file_says_what_a_figure_needs_to_be_believed(
    judged: Path, elders: Elders, tmp_path: Path
) -> None:
    out = tmp_path / "results" / "tiny.json"
    secret = ["--set", "openai_api_key=hush", "--set", "dense_weight=0.25"]
    shown = elders("eval", str(judged), *secret, "--out", str(out), "--stages", "--json").json
    written = read_results(out)
    assert {"format", "date", "versions", "machine", "settings"} <= set(written)
    assert written["settings"] == {"dense_weight": 0.25, "embedder": "hashing"}
    assert "hush" not in out.read_text()
    assert written["modes"]["default"]["ndcg@10"] == pytest.approx(
        shown["modes"]["default"]["ndcg@10"], abs=1e-6
    )
    assert set(written["stages_ms"]) == set(shown["stages_ms"]) >= {"total"}
    write_results(out, written)  # over the one before
    assert read_results(out) == written
    out.write_text("{}")
    with pytest.raises(InvalidInput, match="no results file"):
        read_results(out)
    with pytest.raises(NotFound):
        read_results(tmp_path / "nothing")
