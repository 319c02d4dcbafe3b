"""What an alert may join is found without a look at every composite, and nothing is missed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from types import CodeType

from hypothesis import given
from hypothesis import strategies as st

from elders.alerts.book import Book
from elders.alerts.correlating import joins
from elders.alerts.model import Alert
from elders.alerts.policy import Policy
from elders.alerts.topology import Topology
from elders.severity import Severity
from foundation.clock import Micros
from tests.elders.alerts.conftest import alert
from tests.elders.conftest import START

POLICY = Policy(
    topology=Topology({"web": ["api"], "api": ["db", "dns"], "mail": ["dns"], "db": ["disk"]}),
    correlate_labels=["cluster"],
    most_tracked=12,
)
SERVICES = ["web", "api", "db", "dns", "mail", "disk", "unknown", "alien", None]

reports = st.builds(
    lambda rule, severity, service, cluster, seconds, resolved: alert(
        rule, severity, at=seconds, resolved=resolved,
        **{name: value for name, value in (("service", service), ("cluster", cluster)) if value},
    ),
    st.sampled_from(["latency", "errors", "queue", "down"]),
    st.sampled_from([each.value for each in Severity]),
    st.sampled_from(SERVICES),
    st.sampled_from(["east", "west", None]),
    st.integers(0, 900),
    st.booleans(),
)  # fmt: skip


def at(seconds: float) -> Micros:
    return Micros(int((START + seconds) * 1_000_000))


@given(st.lists(reports, min_size=1, max_size=30), st.lists(reports, min_size=1, max_size=5))
def test_the_same_composites_fit_as_in_a_look_at_every_one(
    found: Sequence[Alert], others: Sequence[Alert]
) -> None:
    book = Book(POLICY)
    for number, each in enumerate(found):
        book.take(each, at(900 + number))
        if number % 4 == 3:
            book.age(at(900 + number * 40))
            book.tell([], (), at(900 + number * 40))
        kept = Book(POLICY, book.tracked.values(), book.composites.values())
        for other in (*others, *found):
            for one in (book, kept):
                plain = [
                    composite
                    for composite in reversed(one.composites.values())
                    if joins(other, composite, POLICY)
                ]
                assert one.fitting(other) == plain


def comparisons(alerts: int) -> int:
    """Count how often `joins` is asked while so many unrelated alerts are taken."""
    book, asked = Book(Policy()), 0
    code: CodeType = joins.__code__

    def count(frame: object, event: str, _: object) -> None:
        nonlocal asked
        asked += event == "call" and getattr(frame, "f_code", None) is code

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for number in range(alerts):
            made = alert(f"rule-{number}", "low", service=f"s-{number}")
            book.take(replace(made, at=at(0)), at(0))
    finally:
        sys.setprofile(before)
    assert len(book.composites) == alerts
    return asked


def test_alerts_that_have_nothing_to_do_with_each_other_are_not_compared() -> None:
    assert comparisons(200) <= 200
