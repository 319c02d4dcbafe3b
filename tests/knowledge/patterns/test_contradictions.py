from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import ChunkId
from knowledge.patterns.contradictions import Fact, behaviour_of, find_contradictions
from knowledge.patterns.model import Finding, PatternKind

DAY = 86_400_000_000


def fact(value: str, case: str = "a", **more: Any) -> Fact:
    told = {"subject": "the audit log", "attribute": "Retention", "document_title": case.upper()}
    chunk = ChunkId(sum(map(ord, f"{case}{value}{more.get('version', 1)}")))
    return Fact(**{**told, "value": value, "chunk_id": chunk, "case": case, **more})


def only(*facts: Fact) -> Finding:
    (finding,) = find_contradictions(facts)
    return finding


def test_present_documents_of_one_time_that_differ_contradict_each_other() -> None:
    one, other = fact("30 days", "a"), fact("90 days", "b", time=3600)
    finding = only(one, other)
    assert finding.kind is PatternKind.CONTRADICTION
    assert finding.data["nature"] == "contradiction"
    assert finding.data["holds"] is None
    assert finding.data["outdated"] == []
    assert {told["value"] for told in finding.data["statements"]} == {"30 days", "90 days"}
    assert set(finding.evidence) == {one.chunk_id, other.chunk_id}
    assert finding.support == 2
    assert finding.statement == (
        "The retention of the audit log is “90 days” in B, but “30 days” in A"
    )


@pytest.mark.parametrize(
    ("one", "other"), [("30 days", "720 hours"), ("Final", "final"), ("2024-05", "May 12, 2024")]
)
def test_values_that_mean_the_same_are_no_contradiction(one: str, other: str) -> None:
    assert find_contradictions([fact(one, "a"), fact(other, "b")]) == []


def test_an_older_document_is_outdated_by_a_newer_one() -> None:
    finding = only(fact("90 days", "b", time=40 * DAY), fact("30 days", "a", time=DAY))
    assert finding.data["nature"] == "outdated"
    assert (finding.data["holds"], finding.data["outdated"]) == ("90 days", ["30 days"])
    assert finding.data["why"] == "B is newer"
    assert finding.statement == (
        "The retention of the audit log is “90 days” (B); “30 days” in A is outdated"
    )


def test_an_earlier_version_is_outdated_by_the_present_one() -> None:
    before = fact("30 days", version=1, current=False)
    now = fact("90 days", version=2, time=DAY)
    finding = only(before, now)
    assert finding.data["nature"] == "outdated"
    assert finding.data["holds"] == "90 days"
    assert finding.evidence == [now.chunk_id, before.chunk_id]
    assert finding.statement.endswith("“30 days” in version 1 of A is outdated")
    assert find_contradictions([before]) == []  # nothing is said of it at present


def test_a_copy_of_what_a_document_once_said_is_outdated_for_sure() -> None:
    finding = only(
        fact("30 days", "policy", version=1, time=DAY, current=False),
        fact("90 days", "policy", version=2, time=9 * DAY),
        fact("30 days", "handbook", time=9 * DAY),
    )
    assert finding.data["nature"] == "outdated"
    assert finding.data["why"] == "POLICY itself said so until version 1"
    assert finding.data["outdated"] == ["30 days"]
    assert len(finding.evidence) == 3


def test_what_never_changes_cannot_be_outdated() -> None:
    steady = [
        fact(f"{n} May 2020", f"d{n}", subject=f"subject {n}", version=v, current=v == 2, time=v)
        for n in range(1, 9)
        for v in (1, 2)
    ]
    finding = only(*steady, fact("9 May 2020", "e", subject="subject 1", time=99 * DAY))
    assert finding.data["nature"] == "contradiction"
    assert "hardly ever changes" in finding.data["why"]


def test_an_attribute_of_which_documents_give_several_values_is_left_out() -> None:
    tags = [fact("search", "a", attribute="tags"), fact("index", "b", attribute="tags")]
    assert len(find_contradictions(tags)) == 1
    tags.append(fact("graph", "b", attribute="tags"))
    assert find_contradictions(tags) == []
    authors = [fact("Ann, Bob", "a", attribute="author"), fact("Ann", "b", attribute="author")]
    assert find_contradictions(authors) == []


def test_confidence_grows_with_the_subjects_of_which_one_value_is_told() -> None:
    differing = [fact("30 days", "a"), fact("90 days", "b")]
    alike = [fact("7 days", c, subject=f"log {n}") for n in range(20) for c in "ab"]
    assert only(*differing).confidence < only(*differing, *alike).confidence < 1


def steady(count: int, *, values: int) -> list[Fact]:
    return [
        fact(f"{n % values} days", case, subject=f"log {n}") for n in range(count) for case in "ab"
    ]


def test_an_attribute_passes_its_gate_where_statements_on_a_subject_agree() -> None:
    finding = only(*steady(40, values=20), fact("100 days", "c", subject="log 3"))
    assert finding.gate.passed
    assert finding.gate.score > 0.9
    assert finding.gate.baseline < 0.1


def test_an_attribute_does_not_pass_where_they_differ_as_by_chance() -> None:
    dice = random.Random(5)
    facts = [
        fact(f"{dice.randrange(3)} days", case, subject=f"log {n}")
        for n in range(60)
        for case in "ab"
    ]
    findings = find_contradictions(facts)
    assert findings
    assert not any(finding.gate.passed for finding in findings)
    assert not only(fact("1 day", "a"), fact("2 days", "b")).gate.passed


def test_japanese_documents_are_compared_and_told_of_in_japanese() -> None:
    told = {"subject": "監査ログ", "attribute": "保存期間"}
    finding = only(fact("30日", "規程", **told), fact("90日", "手引", time=40 * DAY, **told))
    assert finding.statement == "監査ログの保存期間は90日（手引）。規程の30日は古い"
    assert find_contradictions([fact("30日", "a", **told), fact("720時間", "b", **told)]) == []


FACTS = st.lists(
    st.builds(
        fact,
        st.sampled_from(["1 day", "24 hours", "2 days", "a, b"]),
        st.sampled_from("abc"),
        version=st.integers(1, 3),
        time=st.integers(0, 3).map(lambda n: n * DAY),
        current=st.booleans(),
        subject=st.sampled_from(["x", "X", "y"]),
    ),
    max_size=12,
)


@given(FACTS, st.integers(0, 99))
def test_the_order_of_facts_and_repeats_do_not_matter(facts: list[Fact], seed: int) -> None:
    shuffled = random.Random(seed).sample([*facts, *facts[:3]], len(facts) + len(facts[:3]))
    assert find_contradictions(facts) == find_contradictions(shuffled)


@given(FACTS)
def test_both_sides_are_always_proved(facts: list[Fact]) -> None:
    for finding in find_contradictions(facts):
        values = [told["value"] for told in finding.data["statements"]]
        assert len(set(values)) > 1
        chunks = {told["chunk"] for told in finding.data["statements"]}
        assert set(finding.evidence) == chunks
        assert 0 < finding.confidence < 1
    assert behaviour_of([]).gate.cases == 0
