"""Measures against figures worked out by hand, and judged sets in every form."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from foundation.errors import InvalidInput, NotFound
from retrieval.evaluation import load_judged, measure, percentile

QRELS = {"q1": {"a": 1, "b": 1}, "q2": {"c": 2, "d": 1, "x": 0}, "q3": {"e": 1}}
RUN = {"q1": {"a": 0.9, "x": 0.8, "b": 0.7}, "q2": {"d": 2.0, "c": 1.0, "x": 3.0}}


def test_each_measure_is_as_worked_out_by_hand() -> None:
    found = measure(RUN, QRELS)
    second, third, fourth = (1 / math.log2(rank + 1) for rank in (2, 3, 4))
    ndcg_1 = (1 + third) / (1 + second)
    ndcg_2 = (1 * second + 2 * third) / (2 + 1 * second)
    assert fourth < third
    assert found["ndcg@10"] == pytest.approx((ndcg_1 + ndcg_2 + 0) / 3)
    assert found["mrr@10"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found["recall@2"] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert found["recall@5"] == pytest.approx((1 + 1 + 0) / 3)
    assert [found["all@5"], found["all@8"]] == pytest.approx([2 / 3, 2 / 3])
    assert set(found) == {
        "ndcg@10", "recall@2", "recall@5", "recall@10", "recall@100", "mrr@10", "all@5", "all@8",
    }  # fmt: skip


def test_all_at_k_counts_queries_whose_relevant_documents_are_all_there() -> None:
    run = {"q": {f"d{n}": 100.0 - n for n in range(10)}}
    found = measure(run, {"q": {"d0": 1, "d5": 1}}, more_k=[1])
    assert (found["all@5"], found["all@8"]) == (0.0, 1.0)
    assert (found["recall@1"], found["ndcg@1"]) == (0.5, 1.0)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5) == 3.0
    assert percentile([float(n) for n in range(1, 11)], 0.5) == 5.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert percentile([1.0, 2.0], 1.0) == 2.0
    assert percentile([1.0], 0.0) == 1.0


def write_set(folder: Path, qrels: str, *, queries: str | None = None) -> Path:
    (folder / "corpus.jsonl").write_text("{}\n")
    lines = queries or '{"_id": "q1", "text": "one"}\n\n{"_id": 2, "text": "two"}\n'
    (folder / "queries.jsonl").write_text(lines)
    (folder / "qrels.tsv").write_bytes(qrels.encode())
    return folder


@pytest.mark.parametrize("header", ["", "query-id\tcorpus-id\tscore\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_judgements_are_read_with_or_without_a_header(
    tmp_path: Path, header: str, end: str
) -> None:
    text = (header + "q1\ta\t1\nq1\tb\t0\n2\tc\t2.0\nq9\td\t1\n\n").replace("\n", end)
    found = load_judged(write_set(tmp_path, text))
    assert found.qrels == {"q1": {"a": 1, "b": 0}, "2": {"c": 2}}
    assert found.queries == {"q1": "one", "2": "two"}
    assert found.name == tmp_path.name


@pytest.mark.parametrize(
    "bad", ["q1\ta\n", "q1 a 1\n", "q1\ta\tinf\n", "q1\ta\tnan\n", "q1\ta\t.5\n"]
)
def test_a_line_that_is_no_judgement_is_named(tmp_path: Path, bad: str) -> None:
    with pytest.raises(InvalidInput, match=r"qrels.tsv:2: a judgement is"):
        load_judged(write_set(tmp_path, f"q1\ta\t1\n{bad}\n"))


@pytest.mark.parametrize("bad", ["no json", '{"_id": "q"}', "[1]"])
def test_a_line_that_is_no_query_is_named(tmp_path: Path, bad: str) -> None:
    with pytest.raises(InvalidInput, match=r"queries.jsonl:1: a query is"):
        load_judged(write_set(tmp_path, "q1\ta\t1\n", queries=bad))


def test_a_set_without_a_file_or_without_an_answer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"has no corpus.jsonl"):
        load_judged(tmp_path)
    write_set(tmp_path, "q1\ta\t0\n")
    with pytest.raises(InvalidInput, match="no query"):
        load_judged(tmp_path)
    (tmp_path / "qrels.tsv").write_bytes(b"q1\t\xff\t1\n")
    with pytest.raises(InvalidInput, match="is not UTF-8"):
        load_judged(tmp_path)
    (tmp_path / "qrels.tsv").unlink()
    with pytest.raises(NotFound, match=r"has no qrels.tsv"):
        load_judged(tmp_path)
