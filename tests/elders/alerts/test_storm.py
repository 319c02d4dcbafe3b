"""Ten thousand alerts of one cause, and critical ones that have nothing to do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from elders.alerts.alerting import Alerting, Sinks
from elders.alerts.book import Book
from elders.alerts.model import Alert, Kind, Notice
from elders.alerts.policy import Policy
from elders.alerts.topology import Topology
from elders.severity import Severity
from elders.store import open_store
from foundation.clock import Micros
from tests.elders.alerts.conftest import Box, alert
from tests.elders.conftest import START, Hands

SERVICES = 100
TOPOLOGY = Topology(
    {f"api-{n}": ["db", "dns"] for n in range(SERVICES)}
    | {f"web-{n}": [f"api-{n}"] for n in range(SERVICES)}
    | {"db": ["disk"], "mail": ["dns"], "billing": ["ledger"], "search": ["index"]}
)
RULES = [("latency", "high"), ("errors", "critical"), ("queue", "medium"), ("retries", "low")]
INDEPENDENT = [
    ("errors", "billing"), ("index.corrupt", "search"), ("mail.down", "mail"),
    ("certificate", "unknown-to-the-topology"), ("errors", "ledger-of-another-house"),
]  # fmt: skip

RESOLVED_MICROS = Policy().timing.resolve_seconds * 1_000_000


def storm(count: int, seconds: float, rng: Random) -> list[Alert]:
    """Alerts of every service that needs the database, shuffled; the database's own among them."""
    found = []
    for number in range(count):
        rule, severity = RULES[number % len(RULES)]
        kind = rng.choice(["api", "web"])
        service = f"{kind}-{rng.randrange(SERVICES)}"
        found.append(
            alert(
                rule, severity, at=rng.uniform(0, seconds), service=service,
                instance=str(rng.randrange(count)),
            )
        )  # fmt: skip
    found += [alert("db.down", "critical", at=n * seconds / 20, service="db") for n in range(20)]
    return sorted(found, key=lambda each: each.at)


async def played(
    alerts: Alerting, clock: Hands, found: Sequence[Alert], *, step: float, after: float
) -> None:
    """Report alerts at their times, and go on until all is over."""
    waiting, end = list(found), found[-1].at
    while clock() < end + after * 1_000_000:
        clock.move(step)
        batch = [each for each in waiting if each.at <= clock()]
        waiting = waiting[len(batch) :]
        if batch:
            await alerts.take(batch)
        await alerts.tick()
        await alerts.deliver("box")


def run(folder: Path, found: Sequence[Alert], policy: Policy, *, step: float) -> list[Notice]:
    box, clock = Box(), Hands()

    async def main() -> None:
        with closing(open_store(folder)) as database:
            alerts = Alerting(database, policy, Sinks({"box": box}, "box", {}), clock=clock)
            await played(alerts, clock, found, step=step, after=900)

    asyncio.run(main())
    return box.notices


def about(notices: Sequence[Notice], rule: str, service: str) -> list[Notice]:
    return [
        each
        for each in notices
        if any(named.startswith(f"{rule} ({service})") for named in each.critical)
    ]


def ends_once(notices: Sequence[Notice], found: Sequence[Alert]) -> None:
    """Check that each matter that was told ends once, not before its alerts, and for all."""
    firing = [each for each in notices if each.kind is Kind.FIRING]
    over = [each for each in notices if each.kind is Kind.RESOLVED]
    absorbed = {gone for each in notices for gone in each.absorbs}
    assert sorted(each.composite for each in over) == sorted(
        {each.composite for each in firing} - absorbed
    )
    for end in over:
        mine = [each for each in firing if each.composite in (end.composite, *end.absorbs)]
        assert all(each.at < end.at for each in mine)
        assert set(end.receivers) == {receiver for each in mine for receiver in each.receivers}
        rules = {line.rule for each in mine for line in each.lines}
        services = {name for each in mine for line in each.lines for name in line.services}
        heard = [each.at for each in found if each.rule in rules and each.service in services]
        assert all(end.at - at >= RESOLVED_MICROS for at in heard)


def test_a_storm_whose_cause_is_silent_is_told_three_times_at_most_too(tmp_path: Path) -> None:
    found = [each for each in storm(10_000, 1_800, Random(8)) if each.rule != "db.down"]
    notices = run(tmp_path, found, Policy(topology=TOPOLOGY), step=90)
    assert 1 <= len([each for each in notices if each.kind is Kind.FIRING]) <= 3
    ends_once(notices, found)


@pytest.mark.parametrize("seconds", [120, 1_800])
def test_a_storm_is_told_three_times_at_most_and_no_other_critical_alert_is_missed(
    tmp_path: Path, seconds: float
) -> None:
    rng = Random(6)
    found = storm(10_000, seconds, rng)
    others = [
        alert(rule, "critical", at=rng.uniform(0, seconds), service=service)
        for rule, service in INDEPENDENT
    ]
    found = sorted([*found, *others], key=lambda each: each.at)
    notices = run(tmp_path, found, Policy(topology=TOPOLOGY), step=seconds / 20)
    for rule, service in INDEPENDENT:
        assert about(notices, rule, service), (rule, service)
    (storms,) = {each.composite for each in notices if each.cause == "db"}
    told = [each for each in notices if each.composite == storms and each.kind is Kind.FIRING]
    assert 1 <= len(told) <= 3
    assert told[0].reports > 200
    assert len([each for each in notices if each.kind is Kind.FIRING]) <= 3 + len(INDEPENDENT)
    named = {name.split(":")[0].split(" x")[0] for each in told for name in each.critical}
    assert {f"{each.rule} ({each.service})" for each in found if each.service == "db"} <= named
    ends_once(notices, found)


def test_a_storm_beyond_what_is_kept_one_by_one_ends_once_and_not_early(tmp_path: Path) -> None:
    found = storm(3_000, 1_800, Random(9))
    last = found[-1].at
    found += [replace(each, at=Micros(last + 1), resolved=True) for each in found]
    policy = Policy(topology=TOPOLOGY, most_tracked=200)
    notices = run(tmp_path, found, policy, step=90)
    (first, *_) = [each for each in notices if each.cause == "db"]
    mine = [each for each in notices if each.composite == first.composite]
    assert [each.kind is Kind.RESOLVED for each in mine] == [False] * (len(mine) - 1) + [True]
    assert mine[-1].at >= last + RESOLVED_MICROS


def test_a_storm_in_a_house_of_which_nothing_is_known_is_told_once_for_each_rule(
    tmp_path: Path,
) -> None:
    found = storm(10_000, 60, Random(7))
    unknown = [replace(each, labels={"host": each.labels["service"]}) for each in found]
    notices = run(tmp_path, unknown, Policy(), step=10)
    assert len([each for each in notices if each.kind is Kind.FIRING]) <= len(RULES) + 1
    ends_once(notices, unknown)


def test_memory_is_bounded_and_a_critical_alert_always_has_room() -> None:
    policy = Policy(most_tracked=100)
    book = Book(policy)
    moment = Micros(START * 1_000_000)
    for number in range(5_000):
        book.take(alert("noise", "low", service=f"s{number}"), moment)
    for number in range(150):
        book.take(alert(f"grave-{number}", "critical", service=f"c{number}"), moment)
    assert len(book.tracked) == 100
    assert all(each.is_critical for each in book.tracked.values())
    assert len(book.composites) <= 101
    notices = book.tell([], (), Micros(moment + 60_000_000))
    critical = sum(len(each.critical) + each.unnamed for each in notices)
    assert critical == 150  # each rule is another's
    assert sum(each.reports for each in notices) == 5_150


def at(seconds: float) -> Micros:
    return Micros(int((START + seconds) * 1_000_000))


def aged(book: Book, first: float, last: float) -> list[Notice]:
    found = []
    for second in range(int(first), int(last), 10):
        book.age(at(second))
        found += book.tell([], (), at(second))
    return found


def test_in_a_full_book_the_mildest_alerts_give_way_and_a_graver_one_takes_their_place() -> None:
    book = Book(Policy(most_tracked=100))
    book.take(alert("disk", "high", service="db"), at(0))
    for number in range(99):
        book.take(alert("noise", "medium" if number < 50 else "low", service=f"s{number}"), at(0))
    notices = aged(book, 30, 60)
    for number in range(49):
        book.take(alert(f"grave-{number}", "critical", at=60, service=f"c{number}"), at(60))
    book.take(alert("errors", "medium", at=60, service="x"), at(60))
    kept = [each.alert.severity.value for each in book.tracked.values()]
    assert {name: kept.count(name) for name in kept} == {"high": 1, "medium": 50, "critical": 49}
    notices += aged(book, 60, 200)
    assert [each.kind for each in notices if each.lines[0].rule == "disk"] == [Kind.FIRING]
    assert {each.kind for each in notices} == {Kind.FIRING}


def test_an_alert_that_gave_way_is_not_told_as_over_before_it_is_taken_for_well() -> None:
    book = Book(Policy(most_tracked=2))
    book.take(alert("disk", "high", service="db"), at(0))
    notices = aged(book, 30, 60)
    for number in range(2):
        book.take(alert(f"grave-{number}", "critical", at=60, service=f"c{number}"), at(60))
    assert "disk" not in {each.alert.rule for each in book.tracked.values()}
    kept = Book(Policy(), book.tracked.values(), book.composites.values())
    notices += aged(kept, 60, 300)
    assert {each.kind for each in notices} == {Kind.FIRING}
    over = aged(kept, 300, 340)
    (disk,) = {each.composite for each in notices if each.severity is Severity.HIGH}
    assert [(each.composite, each.kind) for each in over] == [(disk, Kind.RESOLVED)]
