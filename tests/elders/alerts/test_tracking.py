from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from elders.alerts.book import Book
from elders.alerts.model import Kind, Tracked
from elders.alerts.policy import Policy, Timing
from elders.alerts.tracking import aged, observed
from foundation.clock import Micros
from tests.elders.alerts.conftest import alert
from tests.elders.conftest import START

TIMING = Timing()


def at(seconds: float) -> Micros:
    return Micros(int((START + seconds) * 1_000_000))


def seen(*reports: tuple[float, bool]) -> Tracked:
    tracked: Tracked | None = None
    for moment, resolved in reports:
        tracked = observed(tracked, alert(at=moment, resolved=resolved), "c", TIMING)
    assert tracked is not None
    return tracked


def test_reports_are_counted_and_their_fingerprint_ignores_the_order_of_labels() -> None:
    tracked = seen((0, False), (10, False), (20, False))
    assert (tracked.count, tracked.first_at, tracked.last_at) == (3, at(0), at(20))
    one, other = alert(a="1", b="2"), alert(b="2", a="1", severity="low", summary="else")
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != alert(a="1", b="3").fingerprint
    assert alert(a="1b", c="").fingerprint != alert(a="1", bc="").fingerprint


@given(st.permutations(range(5)))
def test_the_order_in_which_reports_arrive_does_not_matter(order: list[int]) -> None:
    tracked = seen(*((float(each), False) for each in order))
    assert (tracked.count, tracked.first_at, tracked.last_at) == (5, at(0), at(4))
    assert tracked.alert.at == at(4)


def test_an_end_that_comes_late_does_not_end_what_fires_again() -> None:
    assert seen((0, False), (20, False), (10, True)).fires
    assert not seen((0, False), (20, True)).fires
    assert seen((0, False), (20, True), (30, False)).fires


def test_what_is_unheard_of_is_well() -> None:
    tracked = seen((0, False))
    assert aged(tracked, at(299), TIMING).fires
    assert not aged(tracked, at(300), TIMING).fires


def test_flapping_begins_at_many_changes_and_ends_at_few() -> None:
    tracked = seen(*((60.0 * n, bool(n % 2)) for n in range(5)))
    assert not tracked.flapping
    tracked = observed(tracked, alert(at=300, resolved=True), "c", TIMING)
    assert tracked.flapping
    assert tracked.fires
    assert aged(tracked, at(300 + 700), TIMING).flapping
    calm = aged(tracked, at(300 + 800), TIMING)
    assert not calm.flapping
    assert not calm.fires


def test_a_flapping_alert_is_told_a_few_times_and_then_left_alone_until_it_is_calm() -> None:
    book, notices = Book(Policy()), []
    for number in range(60):
        moment = 70.0 * number
        book.take(alert(at=moment, service="db", resolved=bool(number % 2)), at(moment))
        for later in (10, 40, 69):
            book.age(at(moment + later))
            notices += book.tell([], (), at(moment + later))
    assert len(notices) <= 7
    assert [each.kind for each in notices[-1:]] == [Kind.FIRING]
    kept = Book(Policy(), [*book.tracked.values(), *book.past.values()], book.composites.values())
    for later in range(0, 2_000, 10):
        kept.age(at(4_200 + later))
        notices += kept.tell([], (), at(4_200 + later))
    assert [each.kind for each in notices[-1:]] == [Kind.RESOLVED]
    assert not kept.tracked
    assert not kept.composites
    assert not kept.past


def test_a_critical_alert_that_fires_again_is_news() -> None:
    told = replace(seen((0, False), (10, True)), told=True)
    assert not observed(told, alert(at=20), "c", TIMING).told
    assert observed(replace(told, resolved_at=None), alert(at=20), "c", TIMING).told
