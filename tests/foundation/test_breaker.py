from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from foundation.breaker import (
    Breaker,
    Breakers,
    Circuit,
    Limits,
    Outcome,
    Phase,
    Turned,
    asked,
    ended,
    failing_with,
)
from foundation.errors import CircuitOpen, Conflict, InvalidInput, Unavailable

CALLERS = 100


class Hands:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, times: int = 1, error: Exception | None = None) -> None:
    for _ in range(times):
        with pytest.raises(Exception), breaker.guarding():  # noqa: B017 - any of them
            raise error or Unavailable("gone")


def phase(breaker: Breaker) -> Phase:
    return breaker.circuit.phase


def call(breaker: Breaker) -> None:
    with breaker.guarding():
        pass


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def breaker(clock: Hands) -> Breaker:
    return Breaker("embedder", monotonic=clock)


@pytest.fixture
def half_open(breaker: Breaker, clock: Hands) -> Breaker:
    fail(breaker, 5)
    clock.now += 60.0
    return breaker


def test_five_failures_in_a_row_open_it_for_a_minute(breaker: Breaker, clock: Hands) -> None:
    fail(breaker, 4)
    call(breaker)
    fail(breaker, 4)
    assert phase(breaker) is Phase.CLOSED
    fail(breaker)
    assert phase(breaker) is Phase.OPEN
    clock.now += 59.5
    with pytest.raises(CircuitOpen, match=r"embedder has failed .* try again in 1 s"):
        call(breaker)
    clock.now += 0.5
    call(breaker)
    assert phase(breaker) is Phase.CLOSED


def test_a_probe_that_fails_opens_it_for_another_minute(half_open: Breaker, clock: Hands) -> None:
    fail(half_open)
    clock.now += 59.0
    with pytest.raises(CircuitOpen) as raised:
        call(half_open)
    assert raised.value.retry_seconds == 1
    clock.now += 1.0
    call(half_open)


def test_errors_that_are_answers_or_our_own_do_not_count(breaker: Breaker) -> None:
    fail(breaker, 20, InvalidInput("no such text"))
    fail(breaker, 20, ValueError("a mistake of ours"))
    fail(breaker, 4)
    fail(breaker, 1, ValueError("a mistake of ours"))
    assert breaker.circuit.failures == 4
    fail(breaker, 1, Conflict("it answered"))
    assert breaker.circuit.failures == 0


def test_a_library_may_name_its_own_failures(clock: Hands) -> None:
    breaker = Breaker("redis", judge=failing_with(OSError), monotonic=clock)
    fail(breaker, 4, ConnectionResetError("reset"))
    fail(breaker, 1, Unavailable("gone"))
    assert phase(breaker) is Phase.OPEN


def test_what_was_let_through_before_it_opened_does_not_close_it(breaker: Breaker) -> None:
    with breaker.guarding():
        fail(breaker, 5)
    assert phase(breaker) is Phase.OPEN


def test_of_100_threads_one_probes(half_open: Breaker) -> None:
    together, over = threading.Barrier(CALLERS), threading.Event()

    def one(_number: int) -> str:
        together.wait()
        try:
            with half_open.guarding():
                over.wait(10)
                return "probe"
        except CircuitOpen:
            if half_open.counts.refused == CALLERS - 1:
                over.set()
            return "refused"

    with ThreadPoolExecutor(CALLERS) as pool:
        assert Counter(pool.map(one, range(CALLERS))) == {"probe": 1, "refused": CALLERS - 1}
    assert phase(half_open) is Phase.CLOSED


def test_of_100_tasks_one_probes_and_none_blocks_the_loop(half_open: Breaker) -> None:
    async def one(over: asyncio.Event) -> str:
        try:
            with half_open.guarding():
                async with asyncio.timeout(10):
                    await over.wait()
                return "probe"
        except CircuitOpen:
            if half_open.counts.refused == CALLERS - 1:
                over.set()
            return "refused"

    async def main() -> list[str]:
        over = asyncio.Event()
        return await asyncio.gather(*(one(over) for _ in range(CALLERS)))

    with blockbuster_ctx():
        assert Counter(asyncio.run(main())) == {"probe": 1, "refused": CALLERS - 1}


def test_a_cancelled_probe_gives_its_permit_back(half_open: Breaker) -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def probe() -> None:
            with half_open.guarding():
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(probe())
        await begun.wait()
        with pytest.raises(CircuitOpen):
            call(half_open)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert phase(half_open) is Phase.HALF_OPEN
    call(half_open)
    assert phase(half_open) is Phase.CLOSED


def test_a_listener_is_told_of_every_change_and_can_not_hurt(clock: Hands) -> None:
    told: list[Turned] = []

    def listener(turned: Turned) -> None:
        told.append(turned)
        raise ValueError("a listener's mistake")

    breaker = Breaker("kb", listener=listener, monotonic=clock)
    fail(breaker, 5)
    clock.now += 60
    fail(breaker)
    clock.now += 60
    call(breaker)
    assert [each.after for each in told] == ["open", "half_open", "open", "half_open", "closed"]
    assert [each.turn for each in told] == [1, 2, 3, 4, 5]
    assert {each.name for each in told} == {"kb"}


def test_calls_are_counted(half_open: Breaker, clock: Hands) -> None:
    fail(half_open)
    with pytest.raises(CircuitOpen):
        call(half_open)
    clock.now += 60
    fail(half_open, 1, ValueError("ours"))
    call(half_open)
    counts = half_open.counts
    assert (counts.answered, counts.failed, counts.silent) == (1, 6, 1)
    assert (counts.refused, counts.opened) == (1, 2)


def test_each_dependency_has_one_breaker_of_its_own(clock: Hands) -> None:
    breakers = Breakers(limits=Limits(failures=1), monotonic=clock)
    fail(breakers.of("redis"))
    with pytest.raises(CircuitOpen):
        call(breakers.of("redis"))
    call(breakers.of("embedder"))
    assert [each.name for each in breakers.all()] == ["embedder", "redis"]


def test_who_listens_late_hears_of_breakers_that_are_there_already(clock: Hands) -> None:
    told: list[str] = []
    breakers = Breakers(limits=Limits(failures=1), monotonic=clock)
    fail(breakers.of("redis"))
    breakers.listen(lambda turned: told.append(f"{turned.name} {turned.after}"))
    clock.now += 60
    call(breakers.of("redis"))
    fail(breakers.of("embedder"))
    assert told == ["redis half_open", "redis closed", "embedder open"]


def test_of_too_many_those_without_trouble_are_forgotten(clock: Hands) -> None:
    breakers = Breakers(monotonic=clock, most=3)
    fail(breakers.of("a"))
    for name in ("b", "c"):
        call(breakers.of(name))
    call(breakers.of("d"))
    assert [each.name for each in breakers.all()] == ["a", "d"]


class CircuitModel(RuleBasedStateMachine):
    """The circuit against lists of what is under way and what became of calls."""

    permits: Bundle[tuple[int, bool]] = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.limits = Limits(failures=2, rest_seconds=10.0)
        self.circuit, self.now = Circuit(), 0.0
        self.row: list[str] = []
        self.opened_at: float | None = None
        self.probe: int | None = None

    @rule(seconds=st.sampled_from([0.0, 4.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=permits)
    def somebody_asks(self) -> tuple[int, bool]:
        self.circuit, allowed = asked(self.circuit, self.now, self.limits)
        rested = self.opened_at is not None and self.now >= self.opened_at + 10.0
        assert allowed == (self.opened_at is None or (rested and self.probe is None))
        if allowed and self.opened_at is not None:
            self.probe = self.circuit.turn
        return self.circuit.turn, allowed

    @rule(permit=consumes(permits), outcome=st.sampled_from(Outcome))
    def a_call_ends(self, permit: tuple[int, bool], outcome: Outcome) -> None:
        turn, allowed = permit
        if not allowed:
            return
        before = self.circuit
        self.circuit = ended(before, turn, outcome, self.now, self.limits)
        if turn != before.turn:
            assert self.circuit == before
        elif turn == self.probe:
            self.probe = None
            if outcome is not Outcome.SILENT:
                self.row = []
                self.opened_at = None if outcome is Outcome.ANSWERED else self.now
        elif outcome is not Outcome.SILENT:
            self.row = [*self.row, "x"] if outcome is Outcome.FAILED else []
            if len(self.row) == 2:
                self.row, self.opened_at = [], self.now

    @invariant()
    def both_agree(self) -> None:
        assert (self.circuit.phase is Phase.CLOSED) == (self.opened_at is None)
        assert self.circuit.probing == (self.probe is not None)
        assert self.circuit.failures == len(self.row)


def test_the_circuit_does_as_a_plain_model_says() -> None:
    run(CircuitModel, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_the_program_says_nothing_of_a_dependency(
    half_open: Breaker, error: Callable[[], BaseException]
) -> None:
    with pytest.raises(BaseException), half_open.guarding():  # noqa: B017 - any of them
        raise error()
    assert (half_open.circuit.phase, half_open.circuit.probing) == (Phase.HALF_OPEN, False)
