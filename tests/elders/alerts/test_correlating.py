from __future__ import annotations

from collections.abc import Sequence

import pytest

from elders.alerts.book import Book
from elders.alerts.model import Alert, Kind, Notice
from elders.alerts.policy import Policy
from elders.alerts.topology import Topology
from foundation.clock import Micros
from tests.elders.alerts.conftest import alert
from tests.elders.conftest import START

POLICY = Policy(
    topology=Topology({"web": ["api"], "api": ["db"], "shop": ["db"], "mail": ["queue"]}),
    correlate_labels=("cluster",),
)
NOW = Micros(START * 1_000_000)


def groups(*alerts: Alert) -> list[set[str]]:
    book = Book(POLICY)
    for each in alerts:
        book.take(each, max(NOW, each.at))
    found = [
        {f"{each.alert.rule}@{each.alert.service}" for each in book.members(composite)}
        for composite in book.composites
    ]
    return sorted(found, key=sorted)


def told(alerts: Sequence[Alert]) -> list[Notice]:
    book = Book(POLICY)
    for each in alerts:
        book.take(each, NOW)
    return book.tell([], (), Micros(NOW + 60_000_000))


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        # of what needs one another
        ([alert("a", service="web"), alert("b", service="db")], [{"a@web", "b@db"}]),
        # of what needs the same
        ([alert("a", service="web"), alert("b", service="shop")], [{"a@web", "b@shop"}]),
        # of what has nothing to do with each other, even by the same rule
        ([alert("a", service="web"), alert("a", service="mail")], [{"a@mail"}, {"a@web"}]),
        # too late
        ([alert("a", service="web"), alert("b", service="db", at=400)], [{"a@web"}, {"b@db"}]),
        # by labels, where nothing else is known
        ([alert("a", cluster="x"), alert("b", cluster="x")], [{"a@None", "b@None"}]),
        ([alert("a", cluster="x"), alert("b", cluster="y")], [{"a@None"}, {"b@None"}]),
        # by the rule, where nothing else is known
        ([alert("a", host="1"), alert("a", host="2")], [{"a@None"}]),
        # a critical one: not by the rule, where one of both is known
        (
            [alert("a", "critical", service="else"), alert("a", "critical", service="web")],
            [{"a@else"}, {"a@web"}],
        ),
        # a critical one: to a cause that fires
        (
            [alert("a", service="db"), alert("b", "critical", service="web")],
            [{"a@db", "b@web"}],
        ),
        # a critical one: not to what merely needs the same
        (
            [alert("a", "critical", service="shop"), alert("b", "critical", service="web")],
            [{"a@shop"}, {"b@web"}],
        ),
        # a critical one: not by labels
        (
            [alert("a", "critical", cluster="x"), alert("b", "critical", cluster="x")],
            [{"a@None"}, {"b@None"}],
        ),
        # the first critical one makes a matter critical, so it is told at once
        (
            [alert("a", service="shop"), alert("b", "critical", service="web")],
            [{"a@shop", "b@web"}],
        ),
        # the cause comes last, and shows that all are one
        (
            [
                alert("a", "critical", service="shop"), alert("b", "critical", service="web"),
                alert("c", "critical", service="api"), alert("d", "critical", service="db"),
            ],
            [{"a@shop", "b@web", "c@api", "d@db"}],
        ),
    ],
)  # fmt: skip
def test_what_belongs_together_is_one_composite(
    alerts: list[Alert], expected: list[set[str]]
) -> None:
    assert groups(*alerts) == expected


def test_the_cause_is_named_where_it_is_known() -> None:
    (one,) = told([alert("a", service="web"), alert("b", service="db")])
    assert one.cause == "db"
    (two,) = told([alert("a", service="web"), alert("b", service="shop")])
    assert two.cause is None
    (three,) = told([alert("a", service="web")])
    assert three.cause == "web"


def test_what_a_critical_cause_explains_is_muted_but_nothing_critical() -> None:
    (one,) = told(
        [
            alert("down", "critical", service="db"),
            alert("slow", "high", service="web"),
            alert("errors", "critical", service="api"),
        ]
    )
    assert (one.members, one.muted, one.muted_rules) == (3, 1, ["slow x1"])
    assert [line.rule for line in one.lines] == ["down", "errors"]
    assert len(one.critical) == 2


def test_a_composite_ends_with_its_last_member() -> None:
    book = Book(POLICY)
    book.take(alert("a", service="web"), NOW)
    book.take(alert("b", service="db"), NOW)
    assert [each.kind for each in book.tell([], (), Micros(NOW + 60_000_000))] == [Kind.FIRING]
    book.take(alert("a", service="web", at=70, resolved=True), Micros(NOW + 70_000_000))
    book.age(Micros(NOW + 70_000_000))
    assert book.tell([], (), Micros(NOW + 200_000_000)) == []
    book.take(alert("b", service="db", at=210, resolved=True), Micros(NOW + 210_000_000))
    book.age(Micros(NOW + 210_000_000))
    (notice,) = book.tell([], (), Micros(NOW + 250_000_000))
    assert notice.kind is Kind.RESOLVED


def test_matters_that_turn_out_to_be_one_end_together() -> None:
    book = Book(POLICY)
    book.take(alert("a", "critical", service="shop"), NOW)
    book.take(alert("b", "critical", service="web"), NOW)
    first = book.tell([], (), Micros(NOW + 60_000_000))
    assert len({each.composite for each in first}) == 2
    book.take(alert("c", "critical", service="db", at=90), Micros(NOW + 90_000_000))
    book.age(Micros(NOW + 700_000_000))
    (news,) = book.tell([], (), Micros(NOW + 731_000_000))
    assert len(news.critical) == 1
    (end,) = book.tell([], (), Micros(NOW + 800_000_000))
    assert end.kind is Kind.RESOLVED
    assert {end.composite, *end.absorbs} == {each.composite for each in first}


def test_a_report_from_the_future_is_of_now() -> None:
    book = Book(POLICY)
    book.take(alert("a", service="web", at=10**6), NOW)
    book.age(Micros(NOW + 300_000_000))
    assert [each.fires for each in book.tracked.values()] == [False]


def test_dependence_may_go_round_and_is_followed_four_steps() -> None:
    ring = Topology({"a": ["b"], "b": ["a"]})
    assert ring.cone("a") == {"a", "b"}
    chain = Topology({f"n{n}": [f"n{n + 1}"] for n in range(9)})
    assert chain.cone("n0") == {f"n{n}" for n in range(5)}
    assert chain.knows("n9")
    assert not chain.knows("else")
