"""The round of improvement: judges what was tried, finds what is slow, turns or asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from elders.improving.deciding import compare, find_bottlenecks, may_apply, suggest
from elders.improving.knobs import Turnable
from elders.improving.model import Knob, Suggestion
from elders.improving.records import (
    APPROVED,
    HELPED,
    OPEN,
    REVERTED,
    UNKNOWN,
    Improvements,
    Trial,
)
from elders.transports.delivery import Sleep
from foundation.clock import Clock, Micros
from foundation.errors import Conflict, GuildError, InvalidInput

_log = structlog.get_logger(__name__)
_MICROS: Final = 1_000_000

Ask = Callable[[Suggestion], Awaitable[None]]
"""Puts a suggestion before an elder."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a round did.

    Attributes:
        judged: trials of earlier rounds, as they ended.
        applied: what was turned.
        asked: what an elder is to decide.
    """

    judged: Sequence[Trial] = ()
    applied: Sequence[Suggestion] = ()
    asked: Sequence[Suggestion] = field(default_factory=list)


class Improver:
    """Improves, round by round. A knob has one trial at a time.

    Args:
        improvements: the store.
        knobs: by name.
        ask: puts what may not be done before an elder.
        clock: what time it is.
        window_seconds: how long is measured before and after.
        acts: whether it may turn anything by itself; otherwise an elder is asked of everything, and
            what it turned before stays as it is.
    """

    def __init__(
        self,
        improvements: Improvements,
        knobs: Mapping[str, Turnable],
        ask: Ask,
        *,
        clock: Clock,
        window_seconds: float = 1_800.0,
        acts: bool = True,
    ) -> None:
        self._improvements = improvements
        self._knobs = knobs
        self._ask = ask
        self._clock = clock
        self._window = round(window_seconds * _MICROS)
        self._acts = acts
        self._turn = asyncio.Lock()

    async def improve(self) -> Done:
        """Do one round. What it turned back rests: first a window as it was must be measured.

        Raises:
            Unavailable: the store or a knob does not answer; the next round goes on.
        """
        async with self._turn:
            judged = await self._judge()
            rests = {each.knob for each in judged if each.outcome != HELPED}
            knobs = {name: each for name, each in (await self._free()).items() if name not in rests}
            applied, asked = [], []
            for suggestion in await self._suggested(knobs):
                if self._acts and may_apply(suggestion):
                    await self._try(suggestion, knobs[suggestion.knob].value, OPEN)
                    applied.append(suggestion)
                else:
                    await self._ask(suggestion)
                    asked.append(suggestion)
            return Done(judged, applied, asked)

    async def approve(self, suggestion: Suggestion) -> None:
        """Turn what an elder said yes to, within its bounds; it is judged as any other trial.

        Raises:
            Conflict: a trial of this knob goes on.
            InvalidInput: there is no such knob.
            Unavailable: the store or the knob does not answer.
        """
        if suggestion.knob not in self._knobs:
            raise InvalidInput(f"there is no knob {suggestion.knob[:80]!r}")
        async with self._turn:
            if suggestion.knob in await self._busy():
                raise Conflict(f"a trial of {suggestion.knob} goes on: wait until it is judged")
            knob = await self._knobs[suggestion.knob].read()
            value = min(knob.most, max(knob.least, suggestion.value))
            await self._try(replace(suggestion, value=value), knob.value, APPROVED)

    async def run(
        self,
        measure: Callable[[], Awaitable[Mapping[str, float]]],
        *,
        every_seconds: float,
        measure_seconds: float = 60.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Measure, and improve once in each period, until cancelled."""
        last = self._clock()
        while True:
            try:
                values = await measure()
                await asyncio.to_thread(self._improvements.measured, values)
                if self._clock() - last >= every_seconds * _MICROS:
                    last = self._clock()
                    await self.improve()
            except GuildError as error:
                _log.warning("improvement.failed", reason=str(error))
            await sleep(min(measure_seconds, every_seconds))

    async def _free(self) -> dict[str, Knob]:
        """Read the knobs of which no trial goes on; one that does not answer is left alone."""
        found = {}
        busy = await self._busy()
        for name in [each for each in self._knobs if each not in busy]:
            try:
                found[name] = await self._knobs[name].read()
            except GuildError as error:
                _log.warning("improvement.knob_away", knob=name, reason=str(error))
        return found

    async def _busy(self) -> set[str]:
        going = await asyncio.to_thread(self._improvements.trials, OPEN, APPROVED)
        return {each.knob for each in going}

    async def _suggested(self, knobs: Mapping[str, Knob]) -> list[Suggestion]:
        now = self._clock()
        window = await asyncio.to_thread(self._improvements.window, Micros(now - self._window), now)
        records = await asyncio.to_thread(self._improvements.records)
        return suggest(find_bottlenecks(window), knobs, records)

    async def _try(self, suggestion: Suggestion, before: float, outcome: str) -> None:
        """Begin a trial and turn the knob; a turn that failed says nothing of what it helps."""
        number = await asyncio.to_thread(self._improvements.begin, suggestion, before, outcome)
        try:
            await self._knobs[suggestion.knob].turn(suggestion.value)
        except GuildError:
            await asyncio.to_thread(self._improvements.end, number, UNKNOWN, None)
            raise
        _log.info("improvement.applied", knob=suggestion.knob, value=suggestion.value)

    async def _judge(self) -> list[Trial]:
        """Judge trials whose window after is full; what did not help is turned back.

        What was turned without an elder's yes is let alone where nothing may be turned now, and
        its trial ends without a judgement.
        """
        judged = []
        for trial in await asyncio.to_thread(self._improvements.trials, OPEN, APPROVED):
            if self._clock() - trial.at < self._window:
                continue
            if trial.outcome == OPEN and not self._acts:
                await asyncio.to_thread(self._improvements.end, trial.number, UNKNOWN, None)
                continue
            before, after = await asyncio.to_thread(self._around, trial)
            verdict = compare(before, after)
            outcome = UNKNOWN if not verdict.enough else HELPED if verdict.helped else REVERTED
            if outcome != HELPED and not await self._turned_back(trial):
                continue
            await asyncio.to_thread(self._improvements.end, trial.number, outcome, verdict.change)
            _log.info("improvement.judged", knob=trial.knob, outcome=outcome)
            judged.append(replace(trial, outcome=outcome, change=verdict.change))
        return judged

    async def _turned_back(self, trial: Trial) -> bool:
        """Turn a knob back; one that does not let it is tried again with the next round."""
        try:
            await self._knobs[trial.knob].turn_back(trial)
        except GuildError as error:
            _log.warning("improvement.not_turned_back", knob=trial.knob, reason=str(error))
            return False
        return True

    def _around(self, trial: Trial) -> tuple[Sequence[float], Sequence[float]]:
        start, end = Micros(trial.at - self._window), Micros(trial.at + self._window)
        before = self._improvements.window(start, trial.at)
        after = self._improvements.window(Micros(trial.at + 1), end)
        return before.get(trial.metric, ()), after.get(trial.metric, ())
