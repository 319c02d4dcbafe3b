"""Causes, proposals, replays, and rules that are adopted only where they do better."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.incidents.books import Books, Incident, Incidents
from elders.incidents.causes import suspects
from elders.incidents.model import Finding, Round, Series
from elders.incidents.proposals import proposed
from elders.incidents.replay import Replayed, Span, is_better, replay
from elders.incidents.rules import DEFAULTS, LEARNED, Kind, Rule, Rulebook, read_rules, write_rules
from elders.incidents.watch import ACTS, WARNS
from elders.incidents.watch import Watch as Looking
from elders.severity import Severity
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput, NotFound
from tests.elders.incidents.given import START, Watch, rounds

FOUND = st.lists(st.one_of(st.none(), st.integers(0, 100).map(Micros)), min_size=3, max_size=3)


def rule(**fields: object) -> Rule:
    base = Rule("slow", "app.latency_seconds", Kind.ABOVE, 1.0, Severity.HIGH, rounds=2)
    return replace(base, **fields)  # type: ignore[arg-type] # fields of a rule


def queue_before_latency() -> dict[str, list[float]]:
    """Make an incident: what waits rises half a minute before answers are slow."""
    rng = random.Random(1)
    queue = [rng.uniform(0, 3) for _ in range(100)] + [40 + 5.0 * n for n in range(12)]
    latency = [rng.uniform(0.1, 0.2) for _ in range(103)] + [1.5 + 0.2 * n for n in range(9)]
    return {"app.behind": queue, "app.latency_seconds": latency, "host.cpu": [50.0] * 112}


def test_what_moved_before_is_suspected_with_its_lead() -> None:
    seen = rounds(queue_before_latency())
    (found,) = suspects(seen, Series("app.latency_seconds"), until=seen[109].at)
    assert found.series == Series("app.behind")
    assert found.lead_seconds == pytest.approx(30, abs=10)
    assert found.correlation > 0.5


def test_what_never_moved_or_is_too_short_is_no_suspect() -> None:
    seen = rounds({"a": [1.0] * 50, "b": [float(n) for n in range(50)]})
    assert suspects(seen, Series("b"), until=seen[-1].at) == []
    assert suspects(seen[:5], Series("b"), until=seen[-1].at) == []


def test_a_book_is_read_as_it_is_written() -> None:
    assert read_rules(write_rules(DEFAULTS)).rules == DEFAULTS.rules
    with pytest.raises(InvalidInput, match="book"):
        read_rules([{"name": "x"}])
    with pytest.raises(InvalidInput, match="one name"):
        Rulebook((rule(), rule()))
    with pytest.raises(InvalidInput, match="bounds"):
        rule(threshold=float("nan"))


def test_on_replay_a_rule_is_told_by_when_it_finds_and_what_it_finds_for_nothing() -> None:
    values = queue_before_latency()
    values = {name: [each[0]] * 300 + each for name, each in values.items()}
    values["app.latency_seconds"][20] = values["app.latency_seconds"][21] = 3.0
    seen = rounds(values)
    span = Span(seen[403].at, seen[411].at)
    hasty = replay(Rulebook((rule(quiet_seconds=60),)), seen, [span])
    assert hasty == Replayed([seen[404].at], 1)
    late = replay(Rulebook((rule(rounds=5),)), seen, [span])
    assert late == Replayed([seen[407].at], 0)


@given(FOUND, FOUND, st.integers(0, 5), st.integers(0, 5))
def test_no_two_books_are_each_better_than_the_other(
    first: list[Micros | None], second: list[Micros | None], one: int, other: int
) -> None:
    a, b = Replayed(first, one), Replayed(second, other)
    assert not (is_better(a, b) and is_better(b, a))
    assert not is_better(a, a)


@pytest.mark.parametrize(
    ("new", "better"),
    [
        (Replayed([Micros(5)], 1), True),
        (Replayed([Micros(9)], 0), True),
        (Replayed([Micros(5)], 2), False),
        (Replayed([None], 0), False),
        (Replayed([Micros(10)], 0), False),
        (Replayed([Micros(9)], 1), False),
    ],
)
def test_earlier_or_with_fewer_false_alarms_and_at_no_price(new: Replayed, *, better: bool) -> None:
    assert is_better(new, Replayed([Micros(9)], 1)) is better


def test_versions_are_kept_and_an_earlier_one_holds_again(store: Database, watch: Watch) -> None:
    books = Books(store, watch)
    assert books.active().book.rules == DEFAULTS.rules
    second = books.adopt(Rulebook((rule(),)), "to see")
    assert books.active() == second
    third = books.revert(1)
    assert (third.version, books.active().book.rules) == (3, DEFAULTS.rules)
    assert [each.version for each in books.history()] == [1, 2, 3]
    with pytest.raises(NotFound):
        books.revert(9)


def test_incidents_are_kept_and_judged(store: Database) -> None:
    incidents = Incidents(store)
    finding = Finding(
        "anomaly",
        Severity.LOW,
        {"series": "a", "rule": "r"},
        Micros(START),
        1.0,
        0.0,
        3.0,
        0.7,
        "?",
    )
    one = Incident("incident-1", Micros(START), None, [finding], None, {})
    incidents.put(one)
    assert incidents.open() == one
    incidents.put(replace(one, ended=Micros(START + 9)))
    assert incidents.open() is None
    assert incidents.real_since(Micros(0)) == []
    incidents.judge("incident-1", real=True)
    assert incidents.real_since(Micros(0)) == [Span(Micros(START), Micros(START + 9))]
    with pytest.raises(NotFound):
        incidents.judge("incident-2", real=True)


def limit_crossed(name: str) -> Incident:
    labels = {"series": "a", "rule": name}
    at = Micros(START)
    finding = Finding("limit", Severity.HIGH, labels, at, 2.0, 1.0, 0.0, 1.0, "a is 2: above 1")
    return Incident("incident-1", at, at, [finding], None, {})


def test_what_a_learned_rule_finds_alone_is_no_proof() -> None:
    assert limit_crossed("slow").real is True
    learned = limit_crossed(f"{LEARNED}a rises first")
    assert learned.real is None
    assert replace(learned, judged=True).real is True
    both = [*learned.findings, *limit_crossed("slow").findings]
    assert replace(learned, findings=both).real is True


def test_learned_rules_have_no_action_and_what_they_find_is_told_but_not_acted_on() -> None:
    seen = rounds(queue_before_latency())
    held = Rulebook((rule(action="throttle"),))
    found = replay_findings(held, seen)
    suspect = suspects(seen, Series("app.latency_seconds"), until=seen[109].at)
    books = list(proposed(held, found, suspect, seen, begun=found[0].at))
    learned = [each for book in books for each in book.rules if each.is_learned]
    assert {each.kind for each in learned} == {Kind.ABOVE, Kind.FORECAST}
    assert {each.action for each in learned} == {""}
    above = next(each for each in learned if each.kind is Kind.ABOVE)
    assert {
        WARNS < each.confidence < ACTS for each in replay_findings(Rulebook((above,)), seen)
    } == {True}


def replay_findings(book: Rulebook, seen: Sequence[Round]) -> list[Finding]:
    watch = Looking(book)
    return [finding for each in seen for finding in watch.look(each)]


def test_series_with_a_label_that_a_rule_leaves_out_are_not_watched() -> None:
    (many,) = [each for each in DEFAULTS.rules if each.name == "many are refused"]
    assert many.covers(Series.of("security.refused", {"layer": "token"}))
    assert not many.covers(Series.of("security.refused", {"layer": "rate"}))
    (again,) = read_rules(json.loads(json.dumps(write_rules(Rulebook((many,)))))).rules
    assert again == many
