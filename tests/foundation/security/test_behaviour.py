from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable

import pytest

from foundation.clock import Micros
from foundation.errors import InvalidInput
from foundation.security.behaviour import Assessment, Behaviour
from foundation.security.profiles import Verdict

DAY = 86_400.0
MONDAY = 20_003 * DAY


class World:
    """A clock, and a behaviour that is learned by it."""

    def __init__(self, **given: int) -> None:
        self.seconds = MONDAY
        self.rng = random.Random(3)
        self.behaviour = Behaviour(
            lambda: Micros(round(self.seconds * 1e6)), random.Random(5), **given
        )

    def ask(
        self, who: str = "a", *, document: str = "d", sent: int = 3_000, failed: bool = False
    ) -> Assessment:
        found = self.behaviour.arrive(who, [document])
        if found.verdict is not Verdict.REFUSE:
            self.behaviour.leave(who, failed=failed, sent_bytes=sent)
        return found

    def work(self, days: int, who: str = "a") -> list[Assessment]:
        """Some thirty requests in each hour from nine to five, on working days."""
        found = []
        for day in range(days):
            start = MONDAY + (self.seconds - MONDAY) // DAY * DAY + DAY
            if (start - MONDAY) // DAY % 7 < 5:
                for hour in range(9, 17):
                    for minute in sorted(self.rng.uniform(0, 60) for _ in range(30)):
                        self.seconds = start + hour * 3_600 + minute * 60
                        document = f"{self.rng.randrange(40)}"
                        failed = self.rng.random() < 0.02
                        found.append(self.ask(who, document=document, failed=failed))
            self.seconds = start + DAY - 1
            assert day >= 0
        return found

    def until_refused(self, step: Callable[[int], Assessment], most: int = 600) -> Assessment:
        for number in range(most):
            found = step(number)
            if found.verdict is Verdict.REFUSE:
                return found
        raise AssertionError(f"{most} requests were let through, the last by {found}")

    def at(self, hour: int) -> None:
        """Go to the next working day."""
        day = (self.seconds - MONDAY) // DAY + 1
        while day % 7 > 4:
            day += 1
        self.seconds = MONDAY + day * DAY + hour * 3_600


@pytest.fixture(scope="module")
def months() -> str:
    world = World()
    verdicts = {each.verdict for each in world.work(60)}
    assert verdicts == {Verdict.USUAL}
    return json.dumps([world.seconds, world.behaviour.dump()])


@pytest.fixture
def world(months: str) -> World:
    world = World()
    world.seconds, learned = json.loads(months)
    world.behaviour.load(learned)
    return world


def test_ordinary_work_goes_on(world: World) -> None:
    assert {each.verdict for each in world.work(5)} == {Verdict.USUAL}


def test_scraping_is_refused_and_explained(world: World) -> None:
    world.at(10)

    def read(number: int) -> Assessment:
        world.seconds += 0.2
        return world.ask(document=f"new {number}")

    refused = world.until_refused(read)
    assert refused.score > 0.95
    assert {each.feature for each in refused.reasons} & {"breadth", "rate", "sustained"}
    assert "usually at most" in str(refused.reasons[0])
    assert sum(each.share for each in refused.reasons) <= 1.0


def test_failing_again_and_again_is_refused(world: World) -> None:
    world.at(11)

    def guess(_number: int) -> Assessment:
        world.seconds += 2
        return world.ask(failed=True)

    refused = world.until_refused(guess)
    assert refused.reasons[0].feature == "failures"


def test_a_large_export_at_night_is_refused(world: World) -> None:
    world.at(3)

    def take(_number: int) -> Assessment:
        world.seconds += 30
        return world.ask(sent=30_000_000)

    refused = world.until_refused(take, most=10)
    assert {"volume", "hour"} <= {each.feature for each in refused.reasons}
    assert any("of such days" in str(each) for each in refused.reasons)


def test_an_answer_that_grows_too_large_is_stopped_on_its_way(world: World) -> None:
    world.at(10)
    world.behaviour.arrive("a")
    found = [world.behaviour.progress("a", sent_bytes=10_000_000) for _ in range(20)]
    assert found[-1].verdict is Verdict.REFUSE


def test_insisting_does_not_make_it_usual(world: World) -> None:
    world.at(10)
    found = []
    for number in range(4 * 3_600):
        world.seconds += 1
        found.append(world.ask(document=f"new {number}"))
    assert found[-1].verdict is Verdict.REFUSE
    world.behaviour.forget("a", Micros(round(MONDAY * 1e6) - 1))
    assert world.ask().verdict is Verdict.REFUSE
    world.behaviour.forget("a", Micros(round(world.seconds * 1e6)))
    assert world.ask().verdict is Verdict.USUAL


def test_what_is_unusual_is_told_once_an_hour(world: World) -> None:
    world.at(10)
    told = []
    for number in range(300):
        world.seconds += 0.2
        found = world.ask(document=f"new {number}")
        told += [found.verdict] * found.fresh
    assert told == [Verdict.INVESTIGATE, Verdict.REFUSE]


def test_somebody_elses_habits_do_not_count(world: World) -> None:
    world.at(3)
    for number in range(300):
        world.seconds += 0.2
        assert world.ask("newcomer", document=f"{number}").verdict is Verdict.USUAL


def test_nobody_is_refused_before_enough_was_seen() -> None:
    world = World()
    world.work(8)
    world.at(10)
    for number in range(600):
        world.seconds += 0.1
        assert world.ask(document=f"{number}", failed=True).verdict is Verdict.USUAL


def test_what_was_learned_comes_back_as_it_was(world: World) -> None:
    again = World()
    again.seconds = world.seconds
    again.behaviour.load(world.behaviour.dump())
    assert again.behaviour.dump() == world.behaviour.dump()
    for each in (world, again):
        each.at(10)
    assert again.ask().score == pytest.approx(world.ask().score, abs=0.01)


class Lent:
    """A lock that counts how often it is taken."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.taken = 0

    def __enter__(self) -> None:
        self.lock.acquire()
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_writing_down_lets_others_in_between_two_principals() -> None:
    world, lent = World(), Lent()
    names = ['a "quoted" name', "ä\\", "名", "d"]
    for name in names:
        world.ask(name)
    world.behaviour._lock = lent  # type: ignore[assignment]  # a lock, which counts
    dump = world.behaviour.dump()
    assert lent.taken == 1 + len(names)
    assert list(json.loads(dump)["known"]) == names
    again = World()
    again.behaviour.load(dump)
    assert again.behaviour.dump() == dump
    assert json.loads(World().behaviour.dump()) == {"format": 1, "known": {}}


@pytest.mark.parametrize(
    "wrong", ["", "[]", "{}", '{"format":2,"known":{}}', '{"format":1,"known":{"a":{}}}', "7"]
)
def test_what_cannot_be_read_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        World().behaviour.load(wrong)


def test_memory_is_bounded_and_the_longest_silent_are_forgotten() -> None:
    world = World(most=10)
    for number in range(50):
        world.ask(f"{number}")
        world.ask("always")
    known = json.loads(world.behaviour.dump())["known"]
    assert list(known) == [*(f"{number}" for number in range(41, 50)), "always"]


def test_bounds_must_be_in_order() -> None:
    for low, high in ((0.9, 0.8), (0.0, 0.5), (0.9, 1.1)):
        with pytest.raises(InvalidInput):
            Behaviour(lambda: Micros(0), random.Random(1), investigate_above=low, refuse_above=high)
