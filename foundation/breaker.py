"""Circuit breakers: a dependency that keeps failing is left alone, then tried by one call."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import structlog

from foundation.errors import CircuitOpen, GuildError, Unavailable

_log = structlog.get_logger(__name__)


class Phase(StrEnum):
    """Whether calls are let through: all, none, or one to find out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Outcome(StrEnum):
    """What a call says of its dependency."""

    ANSWERED = "answered"
    FAILED = "failed"
    SILENT = "silent"
    """Nothing: it was cancelled, or went wrong on our side."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a circuit opens, and for how long.

    Attributes:
        failures: in a row.
        rest_seconds: until one call may try whether the dependency is back.
    """

    failures: int = 5
    rest_seconds: float = 60.0


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Circuit:
    """The state of a circuit; `asked` and `ended` answer the next one.

    Attributes:
        failures: in a row, while closed.
        since: when it last changed its phase, in seconds of the caller's clock.
        turn: how often it has changed its phase; what was let through in an earlier turn and
            ends late says nothing any more.
        probing: while half-open, whether the one call is under way.
    """

    phase: Phase = Phase.CLOSED
    failures: int = 0
    since: float = 0.0
    turn: int = 0
    probing: bool = False


def asked(circuit: Circuit, now: float, limits: Limits) -> tuple[Circuit, bool]:
    """Ask to make a call: answer the circuit thereafter, and whether it may be made."""
    if circuit.phase is Phase.CLOSED:
        return circuit, True
    if circuit.phase is Phase.OPEN and now >= circuit.since + limits.rest_seconds:
        circuit = _turned(circuit, Phase.HALF_OPEN, now)
    if circuit.phase is Phase.OPEN or circuit.probing:
        return circuit, False
    return replace(circuit, probing=True), True


def ended(circuit: Circuit, turn: int, outcome: Outcome, now: float, limits: Limits) -> Circuit:
    """Tell the end of a call that was let through in this turn."""
    if turn != circuit.turn:
        return circuit
    if outcome is Outcome.SILENT:
        return replace(circuit, probing=False)
    if circuit.phase is Phase.HALF_OPEN:
        back = outcome is Outcome.ANSWERED
        return _turned(circuit, Phase.CLOSED if back else Phase.OPEN, now)
    failures = circuit.failures + 1 if outcome is Outcome.FAILED else 0
    if failures >= limits.failures:
        return _turned(circuit, Phase.OPEN, now)
    return replace(circuit, failures=failures)


def _turned(circuit: Circuit, phase: Phase, now: float) -> Circuit:
    return Circuit(phase, since=now, turn=circuit.turn + 1)


Judge = Callable[[Exception], Outcome]
"""Says what an error of a call means for its dependency."""


def by_kind(error: Exception) -> Outcome:
    """Judge by the platform's own errors: `Unavailable` is a failure, any other an answer."""
    if isinstance(error, Unavailable):
        return Outcome.FAILED
    return Outcome.ANSWERED if isinstance(error, GuildError) else Outcome.SILENT


def failing_with(*kinds: type[Exception]) -> Judge:
    """Make a judge for a library's own errors: these are failures too, beside `by_kind`."""
    return lambda error: Outcome.FAILED if isinstance(error, kinds) else by_kind(error)


@dataclass(frozen=True, slots=True)
class Turned:
    """A circuit changed its phase; of one circuit, `turn` says which change was first."""

    name: str
    before: Phase
    after: Phase
    turn: int


Listener = Callable[[Turned], object]
"""Told of every change, by the thread whose call brought it about: it must not block."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the calls so far; `opened` counts how often the circuit opened."""

    answered: int = 0
    failed: int = 0
    silent: int = 0
    refused: int = 0
    opened: int = 0


class Breaker:
    """Guards the calls of one dependency, from threads and from tasks of an event loop alike.

    Args:
        name: of the dependency, for messages: no secret may be in it.
        limits: when it opens.
        judge: which errors count.
        listener: is told of every change; what it raises is logged.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        name: str,
        *,
        limits: Limits = DEFAULT_LIMITS,
        judge: Judge = by_kind,
        listener: Listener | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name: Final = name
        self._limits = limits
        self._judge = judge
        self._listener = listener
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._circuit = Circuit(since=monotonic())
        self._counts = Counts()

    @property
    def circuit(self) -> Circuit:
        """Answer the state as it is now."""
        return self._circuit

    @property
    def is_troubled(self) -> bool:
        """Tell whether its last call failed, or it is not closed."""
        return self._circuit.phase is not Phase.CLOSED or self._circuit.failures > 0

    @property
    def counts(self) -> Counts:
        """Count the calls so far."""
        return self._counts

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Make a call in this block: `with` serves functions and coroutines alike.

        Whatever is no `Exception`, such as the cancellation of a task, gives the permit back. A
        time limit belongs within the block: outside, it would look like a cancellation.

        Raises:
            CircuitOpen: the dependency is left alone.
        """
        turn = self._let_through()
        outcome = Outcome.SILENT
        try:
            yield
            outcome = Outcome.ANSWERED
        except Exception as error:
            outcome = self._judge(error)
            raise
        finally:
            self._took_back(turn, outcome)

    def _let_through(self) -> int:
        with self._lock:
            before, now = self._circuit, self._monotonic()
            after, allowed = asked(before, now, self._limits)
            self._circuit = after
            if not allowed:
                self._counts = replace(self._counts, refused=self._counts.refused + 1)
        self._tell(before, after)
        if not allowed:
            rest = max(0.0, after.since + self._limits.rest_seconds - now)
            seconds = 1 if after.phase is Phase.HALF_OPEN else max(1, math.ceil(rest))
            raise CircuitOpen(
                f"{self.name} has failed several times in a row and is left alone: try again in"
                f" {seconds} s",
                retry_seconds=seconds,
            )
        return after.turn

    def _took_back(self, turn: int, outcome: Outcome) -> None:
        with self._lock:
            before = self._circuit
            after = ended(before, turn, outcome, self._monotonic(), self._limits)
            self._circuit = after
            counted = {outcome.value: getattr(self._counts, outcome.value) + 1}
            if after.phase is Phase.OPEN and after.turn != before.turn:
                counted["opened"] = self._counts.opened + 1
            self._counts = replace(self._counts, **counted)
        self._tell(before, after)

    def _tell(self, before: Circuit, after: Circuit) -> None:
        if before.turn == after.turn:
            return
        _log.warning("breaker.turned", name=self.name, before=before.phase, after=after.phase)
        try:
            if self._listener:
                self._listener(Turned(self.name, before.phase, after.phase, after.turn))
        except Exception:  # noqa: BLE001 - a call must not fail for a listener's sake
            _log.exception("breaker.listener_failed", name=self.name)


class Breakers:
    """One breaker for each dependency, by name: whoever asks for a name shares it.

    Args:
        limits: of those made without limits of their own.
        monotonic: seconds that never go back.
        most: how many are kept; more have those forgotten that are closed and without failures.
    """

    def __init__(
        self,
        *,
        limits: Limits = DEFAULT_LIMITS,
        monotonic: Callable[[], float] = time.monotonic,
        most: int = 1_000,
    ) -> None:
        self._limits = limits
        self._listeners: tuple[Listener, ...] = ()
        self._monotonic = monotonic
        self._most = most
        self._lock = threading.Lock()
        self._all: dict[str, Breaker] = {}

    def of(self, name: str, *, limits: Limits | None = None, judge: Judge = by_kind) -> Breaker:
        """Answer a dependency's breaker, made if this is the first who asks for it."""
        with self._lock:
            if name not in self._all:
                if len(self._all) >= self._most:
                    self._all = {n: each for n, each in self._all.items() if each.is_troubled}
                self._all[name] = Breaker(
                    name,
                    limits=limits or self._limits,
                    judge=judge,
                    listener=self._tell,
                    monotonic=self._monotonic,
                )
            return self._all[name]

    def listen(self, listener: Listener) -> None:
        """Have every change told from now on, of breakers that are there already too."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def _tell(self, turned: Turned) -> None:
        for listener in self._listeners:
            listener(turned)

    def all(self) -> list[Breaker]:
        """List them, by name."""
        with self._lock:
            return [self._all[name] for name in sorted(self._all)]
