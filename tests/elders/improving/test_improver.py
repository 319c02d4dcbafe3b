"""Rounds of improvement by a clock that is set by hand, with real knobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from elders.improving.improver import Improver
from elders.improving.knobs import AnalyseKnob, WorkersKnob
from elders.improving.model import Knob, Risk, Suggestion
from elders.improving.records import (
    APPROVED,
    HALF_LIFE_SECONDS,
    HELPED,
    OPEN,
    REVERTED,
    UNKNOWN,
    Improvements,
    Trial,
)
from elders.messages import Message
from elders.store import open_store
from elders.tasks.assigning import Assigning
from elders.tasks.floors import Floors
from elders.tasks.model import Worker
from elders.tasks.wording import read_floor
from elders.transports.memory import MemoryTransport
from foundation.database.database import Database
from foundation.errors import Conflict, InvalidInput, Unavailable
from tests.elders.transports.buses import Inbox, Watch, eventually, run

WINDOW = 600.0


class Dial:
    """A knob that only remembers how it stands."""

    def __init__(self) -> None:
        self.value = 4.0
        self.stuck = self.away = False

    async def read(self) -> Knob:
        if self.away:
            raise Unavailable("nobody is there")
        return Knob("task.workers", self.value, 2, 50)

    async def turn(self, value: float) -> None:
        if self.stuck:
            raise Unavailable("nobody is there")
        self.value = value

    async def turn_back(self, trial: Trial) -> None:
        if self.stuck:
            raise Unavailable("nobody is there")
        self.value = trial.before


class Elder:
    """Is asked."""

    def __init__(self) -> None:
        self.asked: list[Suggestion] = []

    async def __call__(self, suggestion: Suggestion) -> None:
        self.asked.append(suggestion)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as found:
        yield found


class Guild:
    """An improver over a store, whose clock and measurements the test makes."""

    def __init__(self, store: Database, *, acts: bool = True) -> None:
        self.watch, self.dial, self.elder = Watch(), Dial(), Elder()
        self.store = Improvements(store, self.watch)
        self.improver = Improver(
            self.store, {"task.workers": self.dial}, self.elder, clock=self.watch,
            window_seconds=WINDOW, acts=acts,
        )  # fmt: skip

    def pass_window(self, waiting: float) -> None:
        for _ in range(10):
            self.watch.advance(WINDOW / 10)
            self.store.measured({"tasks.waiting": waiting})
        self.watch.advance(1)

    def improve(self) -> None:
        async def work() -> None:
            await self.improver.improve()

        run(work())

    def approve(self, suggestion: Suggestion) -> None:
        async def work() -> None:
            await self.improver.approve(suggestion)

        run(work())

    @property
    def outcomes(self) -> list[str]:
        return [each.outcome for each in self.store.trials()]


def test_what_helped_stays(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (6.0, [OPEN])
    guild.pass_window(2.0)
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (6.0, [HELPED])
    (record,) = guild.store.records().values()
    assert record.helped == record.tried == pytest.approx(1, abs=0.01)
    assert guild.elder.asked == []


def test_what_did_not_help_is_turned_back_and_in_the_end_asked_for(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    while not guild.elder.asked:
        guild.improve()
        guild.pass_window(40.0)
    assert set(guild.outcomes) == {REVERTED}
    assert guild.dial.value == 4.0
    assert guild.elder.asked[0].kind == "more workers"


def test_what_could_not_be_turned_counts_neither_way_and_is_tried_again(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    guild.dial.stuck = True
    with pytest.raises(Unavailable):
        guild.improve()
    assert (guild.outcomes, guild.store.records()) == ([UNKNOWN], {})
    guild.dial.stuck = False
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (6.0, [UNKNOWN, OPEN])


def test_what_could_not_be_turned_back_is_turned_back_with_the_next_round(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    guild.improve()
    guild.pass_window(40.0)
    guild.dial.stuck = True
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (6.0, [OPEN])
    guild.dial.stuck = False
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (4.0, [REVERTED])


def test_a_knob_that_does_not_answer_is_left_alone(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    guild.dial.away = True
    guild.improve()
    assert (guild.outcomes, guild.elder.asked) == ([], [])


def test_trials_fade_so_that_a_kind_that_did_not_help_is_tried_again(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    while not guild.elder.asked:
        guild.improve()
        guild.pass_window(40.0)
    assert guild.outcomes == [REVERTED, REVERTED]
    assert [each.before for each in guild.store.trials()] == [4.0, 4.0]
    tried = guild.store.records()["more workers"].tried
    guild.watch.advance(HALF_LIFE_SECONDS)
    assert guild.store.records()["more workers"].tried == pytest.approx(tried / 2)
    guild.pass_window(40.0)
    guild.improve()
    assert guild.outcomes == [REVERTED, REVERTED, OPEN]


def test_what_was_turned_back_is_measured_as_it_was_before_it_is_tried_again(
    store: Database,
) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    for turned, outcomes in [(6.0, [OPEN]), (4.0, [REVERTED]), (6.0, [REVERTED, OPEN])]:
        guild.improve()
        assert (guild.dial.value, guild.outcomes) == (turned, outcomes)
        guild.pass_window(40.0)


SUGGESTION = Suggestion(
    "more workers", "task.workers", 60.0, "tasks.waiting", 0.33, Risk.LOW, 0.5, "asked"
)


@pytest.mark.parametrize(("waiting", "value", "outcome"), [(2, 50, HELPED), (40, 4, REVERTED)])
@pytest.mark.parametrize("acts", [True, False])
def test_what_an_elder_approved_is_tried_within_bounds_and_judged_whoever_may_act(
    store: Database, *, waiting: float, value: float, outcome: str, acts: bool
) -> None:
    guild = Guild(store, acts=acts)
    guild.pass_window(40.0)
    guild.approve(SUGGESTION)
    assert (guild.dial.value, guild.outcomes) == (50.0, [APPROVED])
    with pytest.raises(Conflict, match=r"trial of task\.workers"):
        guild.approve(SUGGESTION)
    guild.improve()  # too early to judge, and the knob has its trial
    assert (guild.outcomes, guild.elder.asked) == ([APPROVED], [])
    guild.pass_window(waiting)
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (value, [outcome])


def test_an_approved_knob_that_there_is_not_is_refused(store: Database) -> None:
    with pytest.raises(InvalidInput, match="ef_search"):
        Guild(store).approve(replace(SUGGESTION, knob="ef_search"))


def test_a_knob_is_not_turned_again_while_its_trial_goes_on(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    guild.improve()
    guild.watch.advance(WINDOW / 2)
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (6.0, [OPEN])


def test_a_restart_between_turning_and_judging_loses_nothing(store: Database) -> None:
    guild = Guild(store)
    guild.pass_window(40.0)
    guild.improve()
    guild.pass_window(40.0)
    after = Guild(store)
    after.watch, after.dial.value = guild.watch, guild.dial.value
    after.improver._clock = guild.watch
    after.improve()
    assert after.dial.value == 4.0
    assert after.outcomes[0] == REVERTED


def test_without_leave_to_act_an_elder_is_asked_and_nothing_is_turned(store: Database) -> None:
    guild = Guild(store, acts=False)
    guild.pass_window(40.0)
    guild.improve()
    assert (guild.dial.value, guild.outcomes) == (4.0, [])
    assert [each.kind for each in guild.elder.asked] == ["more workers"]


def test_without_leave_to_act_nothing_is_turned_back_either(store: Database) -> None:
    before = Guild(store)
    before.pass_window(40.0)
    before.improve()
    before.pass_window(40.0)
    after = Guild(store, acts=False)
    after.watch, after.dial.value = before.watch, before.dial.value
    after.improver._clock = before.watch
    after.improve()
    assert (after.dial.value, after.outcomes) == (6.0, [UNKNOWN])
    after.pass_window(40.0)
    after.improve()
    assert after.elder.asked  # the knob is free again


def test_the_workers_knob_asks_the_task_sage(store: Database) -> None:
    watch, inbox = Watch(), Inbox()
    assigning = Assigning(store, clock=watch)
    assigning.join(Worker("servant.a"))
    assigning.join(Worker("servant.b", draining=True))
    read: list[Knob] = []

    async def work() -> None:
        bus = MemoryTransport(clock=watch)
        await bus.listen("task_sage", inbox)
        knob = WorkersKnob(bus, assigning, watch)
        read.append(await knob.read())
        await knob.turn(5.0)
        await eventually(lambda: bool(inbox.messages))
        await bus.close()

    run(work())
    assert read == [Knob("task.workers", 1.0, 2, 50)]
    (told,) = inbox.messages
    assert isinstance(told, Message)
    assert (told.topic, told.body["count"]) == ("workers.at_least", 5)
    assert told.body["source"] == "task.workers 5"


def test_a_trial_that_did_not_help_takes_back_its_own_workers_alone(store: Database) -> None:
    watch, inbox = Watch(), Inbox()
    floors = Floors(store, clock=watch)

    async def work() -> None:
        bus = MemoryTransport(clock=watch)
        await bus.listen("task_sage", inbox)
        knob = WorkersKnob(bus, Assigning(store, clock=watch), watch)
        for before, after in ((8, 12), (12, 18)):
            await knob.turn(after)
            trial = Trial(1, "", "", "", before, after, watch(), OPEN, None)
        await knob.turn_back(trial)
        await eventually(lambda: len(inbox.messages) == 3)
        await bus.close()

    run(work())
    found = []
    for each in inbox.messages:
        floors.ask(read_floor(each.body))
        found.append(floors.least())
    assert found == [12, 18, 12]


def test_the_stores_statistics_are_gathered_once_for_each_press(store: Database) -> None:
    knob = AnalyseKnob(store)

    async def work() -> None:
        await knob.turn(1.0)
        await asyncio.sleep(0)
        assert (await knob.read()).value == 1.0

    run(work())
