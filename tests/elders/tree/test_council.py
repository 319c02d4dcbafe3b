from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.store import open_store
from elders.tree.council import (
    ASKED,
    FRESH_SECONDS,
    Decision,
    Opinion,
    Opinions,
    check_decision,
)
from foundation.clock import Micros
from foundation.errors import Forbidden, InsufficientAuthority, InvalidInput

NOW = Micros(2_000_000_000_000_000)
PLAIN = Decision("capacity", "Run ten workers from Monday on.", CLAUDE_ELDER)
REQUIRED = (Sage.TASK, Sage.INCIDENT)


def opinion(sage: Sage, decision: Decision = PLAIN) -> Opinion:
    return Opinion(sage, decision.subject, approves=True, reason="it is needed", at=NOW)


SIGNED = {sage: opinion(sage) for sage in REQUIRED}


def check(decision: Decision, now: int = NOW) -> None:
    check_decision(decision, SIGNED, Micros(now))


def test_a_decision_with_the_opinions_required_is_made_even_against_one() -> None:
    against = replace(SIGNED[Sage.TASK], approves=False)
    carried = (against, SIGNED[Sage.INCIDENT])
    check_decision(replace(PLAIN, opinions=carried), {**SIGNED, Sage.TASK: against}, NOW)


def test_a_decision_without_an_opinion_is_refused_and_names_whose() -> None:
    with pytest.raises(Forbidden, match=r"incident_sage's is missing; task_sage's is missing"):
        check(PLAIN)
    with pytest.raises(Forbidden, match=r"lacks opinions: incident_sage's is missing\."):
        check(replace(PLAIN, opinions=(SIGNED[Sage.TASK],)))


def test_opinions_must_be_the_sages_own_fresh_and_about_this_decision() -> None:
    own = SIGNED[Sage.INCIDENT]
    foreign = replace(own, subject=replace(PLAIN, text="Run ninety workers.").subject)
    for carried, fault in (
        (replace(own, reason="made up"), "was not given by that Sage"),
        (foreign, "is of another decision"),
    ):
        with pytest.raises(Forbidden, match=f"incident_sage's {fault}"):
            check(replace(PLAIN, opinions=(SIGNED[Sage.TASK], carried)))
    whole = replace(PLAIN, opinions=tuple(SIGNED.values()))
    check(whole, NOW + FRESH_SECONDS * 1_000_000)
    for then in (NOW + FRESH_SECONDS * 1_000_000 + 1, NOW - 1):
        with pytest.raises(Forbidden, match="task_sage's is too old"):
            check(whole, then)


def test_strategic_decisions_are_for_the_elders() -> None:
    carried = tuple(SIGNED.values())
    check(replace(PLAIN, by=GRAND_ELDER, opinions=carried))
    for name in ("task_sage", "servant.one"):
        with pytest.raises(InsufficientAuthority, match=f"not for {name}"):
            check(replace(PLAIN, by=name, opinions=carried))


def test_an_operation_needs_nobodys_opinion_and_an_unknown_kind_is_told() -> None:
    check(Decision("operation", "Compact the index.", "task_sage"))
    with pytest.raises(InvalidInput, match="'whim' is no kind of decision"):
        check(replace(PLAIN, kind="whim"))


@pytest.fixture
def opinions(tmp_path: Path) -> Iterator[Opinions]:
    with closing(open_store(tmp_path)) as database:
        yield Opinions(database)


def test_each_sage_gives_its_own_opinion_and_may_change_it(opinions: Opinions) -> None:
    first = opinion(Sage.TASK)
    later = replace(first, approves=False, reason="no", at=Micros(NOW + 1))
    for said in (first, later, first):
        opinions.give(said, by="task_sage")
    assert opinions.of(PLAIN.subject) == {Sage.TASK: later}
    assert opinions.of("another") == {}
    with pytest.raises(Forbidden, match="rag_sage can't give the opinion of task_sage"):
        opinions.give(first, by="rag_sage")


def test_requests_for_opinions_are_written_until_each_is_given_and_again_once_it_is_old(
    opinions: Opinions,
) -> None:
    def asked(now: int) -> dict[str, str]:
        return {each.recipient: each.key for each in opinions.lacking(PLAIN, Micros(now))}

    first = asked(NOW)
    assert list(first) == ["incident_sage", "task_sage"]
    assert asked(NOW + 1) == first
    opinions.give(SIGNED[Sage.TASK], by="task_sage")
    assert asked(NOW) == {"incident_sage": first["incident_sage"]}
    later = asked(NOW + FRESH_SECONDS * 1_000_000 + 1)
    assert later["incident_sage"] == first["incident_sage"]
    assert later["task_sage"] != first["task_sage"]
    opinions.give(SIGNED[Sage.INCIDENT], by="incident_sage")
    assert asked(NOW) == {}


def test_opinions_are_asked_for_by_the_claude_elder_of_a_decision_that_elders_may_make(
    opinions: Opinions,
) -> None:
    (one, _) = opinions.lacking(replace(PLAIN, by=GRAND_ELDER), NOW)
    assert (one.sender, one.topic) == (CLAUDE_ELDER, ASKED)
    assert dict(one.body) == {
        "kind": PLAIN.kind, "text": PLAIN.text, "by": GRAND_ELDER, "opinions": ()
    }  # fmt: skip
    assert opinions.lacking(Decision("operation", "Compact.", "task_sage"), NOW) == []
    with pytest.raises(InsufficientAuthority):
        opinions.lacking(replace(PLAIN, by="task_sage"), NOW)
    with pytest.raises(InvalidInput):
        opinions.lacking(replace(PLAIN, kind="whim"), NOW)
