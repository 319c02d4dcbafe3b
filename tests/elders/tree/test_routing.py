from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.levels import CLAUDE_ELDER, Sage
from elders.tree.hierarchy import may_send
from elders.tree.routing import Complexity, Request, Rule, route
from elders.tree.vocabulary import KINDS
from foundation.errors import InvalidInput

SERVANTS = ("servant.one", "servant.two", "servant.three")


@pytest.mark.parametrize("kind", KINDS)
def test_a_stated_kind_goes_to_its_sage_for_certain(kind: str) -> None:
    chosen = route(Request("whatever the words: search the error log", kind=kind))
    assert (chosen.recipient, chosen.rule, chosen.confidence) == (KINDS[kind], Rule.KIND, 1.0)


@pytest.mark.parametrize(
    ("text", "sage"),
    [
        ("Analyse what we learned from last month's migrations and document it", Sage.KNOWLEDGE),
        ("Write a glossary of our terms for new colleagues", Sage.KNOWLEDGE),
        ("先月の移行から得た教訓を知識としてまとめる", Sage.KNOWLEDGE),
        ("このAPIのドキュメントを要約して手引にする", Sage.KNOWLEDGE),
        ("Schedule the reindexing so that it ends before Friday's deadline", Sage.TASK),
        ("Which worker should the nightly batch be assigned to?", Sage.TASK),
        ("来週のリリースの計画を立てて担当を割り当てる", Sage.TASK),
        ("期限に間に合うようにタスクの優先順位を見直す", Sage.TASK),
        ("The importer crashes with an exception after the upgrade", Sage.INCIDENT),
        ("Investigate the failed login attempts of last night", Sage.INCIDENT),
        ("認証サーバーでエラーが続いている原因を調査する", Sage.INCIDENT),
        ("不正アクセスの疑いがあるので確認と復旧を頼む", Sage.INCIDENT),
        ("Find passages similar to this one, with citations", Sage.RAG),
        ("Why do searches rank older pages first?", Sage.RAG),
        ("類似した文章を検索して引用付きで示す", Sage.RAG),
        ("関連する索引をどこから探すか", Sage.RAG),
    ],
)
def test_words_find_the_sage_in_both_languages(text: str, sage: Sage) -> None:
    chosen = route(Request(text, complexity=Complexity.COMPLEX), SERVANTS)
    assert (chosen.recipient, chosen.rule, chosen.through) == (sage, Rule.WORDS, CLAUDE_ELDER)
    assert 0.25 < chosen.confidence < 1


def test_words_of_one_sage_alone_are_surer_than_mixed_ones() -> None:
    plain = route(Request("an incident: errors, then a crash"))
    mixed = route(Request("an incident while we learned to search"))
    assert plain.confidence > 0.7 > mixed.confidence


def test_what_says_nothing_is_the_task_sages() -> None:
    chosen = route(Request("hm, well"))
    assert (chosen.recipient, chosen.rule, chosen.confidence) == ("task_sage", Rule.DEFAULT, 0.25)


@pytest.mark.parametrize("text", ["show the status of the index", "索引の件数を表示"])
def test_simple_requests_go_to_a_servant_through_the_sage_of_the_matter(text: str) -> None:
    chosen = route(Request(text), SERVANTS)
    assert (chosen.recipient in SERVANTS, chosen.through) == (True, "rag_sage")
    assert chosen.rule is Rule.SIMPLE
    assert route(Request(text), tuple(reversed(SERVANTS))) == chosen


def test_simple_requests_are_spread_over_the_servants() -> None:
    chosen = {route(Request(f"show {n}"), SERVANTS).recipient for n in range(50)}
    assert chosen == set(SERVANTS)


def test_without_servants_a_sage_does_what_is_simple() -> None:
    assert route(Request("list the tasks", complexity=Complexity.SIMPLE)).recipient == "task_sage"


@pytest.mark.parametrize(
    "text",
    [
        "Data loss in production",
        "Ransomware on the file server",
        "本番が全停止",
        "緊急: 個人情報の漏洩",
    ],
)
def test_critical_words_go_to_the_claude_elder(text: str) -> None:
    chosen = route(Request(text), SERVANTS)
    assert (chosen.recipient, chosen.rule) == (CLAUDE_ELDER, Rule.CRITICAL_WORDS)
    assert 0.75 < chosen.confidence < 1


def test_what_is_stated_critical_is_so_whatever_its_words_are() -> None:
    chosen = route(Request("list", kind="search", critical=True), SERVANTS)
    assert (chosen.recipient, chosen.confidence) == (CLAUDE_ELDER, 1.0)
    assert route(Request("write a page on the outage of May")).recipient != CLAUDE_ELDER


@given(text=st.text(), kind=st.none() | st.sampled_from(sorted(KINDS)), critical=st.booleans())
def test_every_request_finds_somebody_within_reach(
    text: str,
    kind: str | None,
    critical: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    chosen = route(Request(text, kind=kind, critical=critical), SERVANTS)
    assert may_send(chosen.through, chosen.recipient)
    assert 0 <= chosen.confidence <= 1


def test_an_unknown_kind_and_a_servant_who_is_none_are_told() -> None:
    with pytest.raises(InvalidInput, match="'weather' is no kind of request"):
        route(Request("x", kind="weather"))
    with pytest.raises(InvalidInput, match="task_sage is no servant"):
        route(Request("show"), ["task_sage"])
