"""Alerts come in, notices go out; whatever happens between is in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import structlog
from sqlalchemy import Connection

from elders.alerts.book import Book, Changes
from elders.alerts.enriching import Enricher
from elders.alerts.history import Delivery, History, Told, close, trim
from elders.alerts.learning import Rate, Response
from elders.alerts.model import MICROS, Alert, Notice, check_alert
from elders.alerts.policy import Policy
from elders.alerts.silences import read_silences
from elders.alerts.sink import Sink
from elders.alerts.tables import load, put_notice, save
from foundation.clock import Clock, Micros, system_clock
from foundation.database.database import Database
from foundation.errors import GuildError, InvalidInput

_log = structlog.get_logger(__name__)

_TICK_SECONDS: Final = 1.0
_ENRICH_SECONDS: Final = 3.0
"""How long a notice waits for what may help; then it goes out without, whatever happened."""

_T = TypeVar("_T")
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where notices go.

    Attributes:
        default: for receivers that have no sink of their own.
        by_receiver: names of the sinks of each receiver.
    """

    all: Mapping[str, Sink]
    default: str
    by_receiver: Mapping[str, Sequence[str]]

    def targets(self, receivers: Iterable[str]) -> list[tuple[str, str]]:
        """Answer by which sinks receivers are told."""
        return [
            (receiver, sink)
            for receiver in receivers
            for sink in self.by_receiver.get(receiver) or (self.default,)
        ]


class Alerting:
    """The pipeline of one guild, in one process: two at once would each tell everything.

    Args:
        database: the guild's store, as `open_store` answers it once this module is imported.
        policy: by which rules.
        sinks: where notices go.
        enricher: adds what may help; without one notices go out as they are.
        clock: what time it is.
    """

    def __init__(
        self,
        database: Database,
        policy: Policy,
        sinks: Sinks,
        *,
        enricher: Enricher | None = None,
        clock: Clock = system_clock,
    ) -> None:
        _check(sinks)
        self._database = database
        self._policy = policy
        self._sinks = sinks
        self._enricher = enricher
        self._clock = clock
        self._history = History(database)
        self._book: Book | None = None
        self._turn = asyncio.Lock()

    async def take(self, alerts: Sequence[Alert]) -> None:
        """Count reports in; when this returns they are safe. Together they are faster.

        Raises:
            InvalidInput: one of them is too large; none is counted then.
            Unavailable: the store does not answer; none is counted, and they may come again.
        """
        for alert in alerts:
            check_alert(alert)
        await self._alone(lambda: self._take(alerts))

    async def tick(self) -> list[Notice]:
        """Find what is to be told now, and make it ready to be sent; answer it."""
        notices = await self._alone(self._decide)
        if self._enricher is not None:
            await asyncio.gather(*(self._enrich(self._enricher, each) for each in notices))
        return notices

    async def deliver(self, sink: str) -> int:
        """Send what is due by a sink; answer how much of it was taken."""
        waiting = await asyncio.to_thread(self._history.due, sink, self._clock())
        return sum([await self._send(self._sinks.all[sink], each) for each in waiting])

    async def run(self, *, sleep: Sleep = asyncio.sleep) -> None:
        """Do everything each second until cancelled; no sink waits for another one."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again(self.tick, sleep))
            for name in self._sinks.all:
                group.create_task(self._again(partial(self.deliver, name), sleep))

    async def respond(self, composite: str, response: Response, by: str) -> None:
        """Say what became of a matter, so that it is learned which alerts are worth telling.

        Raises:
            NotFound: nothing of it was told, or too long ago.
        """
        await asyncio.to_thread(self._history.respond, composite, response, by)

    async def history(self, limit: int = 100) -> list[Told]:
        """List what was told, the newest first; of the last 1,000 notices."""
        return await asyncio.to_thread(self._history.told, limit)

    async def given_up(self) -> list[tuple[Notice, str, str]]:
        """List what could not be sent for a day, each with its receiver and the reason."""
        return await asyncio.to_thread(self._history.given_up)

    async def rates(self) -> dict[str, Rate]:
        """Answer how often each rule's alerts were worth telling."""
        return await asyncio.to_thread(self._history.rates)

    async def close(self) -> None:
        """Let go of every connection but the store's."""
        for sink in self._sinks.all.values():
            await sink.close()
        if self._enricher is not None:
            await self._enricher.close()

    async def _alone(self, work: Callable[[], _T]) -> _T:
        """Work in a thread, one at a time. What failed half-way is read anew from the store."""
        async with self._turn:
            job = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(job)
            except asyncio.CancelledError:
                await asyncio.wait([job])  # a thread can't be stopped, and must not meet another
                raise

    async def _again(self, work: Callable[[], Awaitable[object]], sleep: Sleep) -> None:
        while True:
            try:
                await work()
            except GuildError as error:
                _log.error("alerts.unavailable", reason=str(error))
            await sleep(_TICK_SECONDS)

    def _take(self, alerts: Sequence[Alert]) -> None:
        with self._changing() as (book, _):
            now = self._clock()
            for alert in alerts:
                book.take(alert, now)

    def _decide(self) -> list[Notice]:
        quiet = frozenset(rule for rule, rate in self._history.rates().items() if rate.is_quiet)
        with self._changing() as (book, connection):
            now = self._clock()
            book.age(now)
            leaders = {each.id: each.leader for each in book.composites.values()}
            notices = book.tell(read_silences(connection, now), quiet, now)
            waits = _ENRICH_SECONDS if self._enricher is not None else 0.0
            for notice in notices:
                targets = self._sinks.targets(notice.receivers)
                next_at = Micros(now + int(waits * MICROS))
                put_notice(connection, notice, leaders[notice.composite], targets, next_at)
                close(connection, notice)
            if notices:
                trim(connection)
        return notices

    @contextmanager
    def _changing(self) -> Iterator[tuple[Book, Connection]]:
        """Change the book and the store together, or neither."""
        try:
            with self._database.write() as connection:
                if self._book is None:
                    self._book = load(connection, self._policy)
                yield self._book, connection
                save(connection, self._book)
        except BaseException:
            self._book = None
            raise
        self._book.changes = Changes()

    async def _enrich(self, enricher: Enricher, notice: Notice) -> None:
        """Add what may help. Where that fails the notice goes out as it is, a moment later."""
        try:
            async with asyncio.timeout(_ENRICH_SECONDS):
                found = await enricher.enrich(notice)
            await asyncio.to_thread(self._history.enrich, found, self._clock())
        except Exception as error:  # noqa: BLE001 - nothing may hold an alert back
            _log.warning("alerts.not_enriched", key=notice.key, error=type(error).__name__)

    async def _send(self, sink: Sink, delivery: Delivery) -> bool:
        try:
            await sink.send(delivery.notice, delivery.receiver)
        except Exception as error:  # noqa: BLE001 - a sink that fails must not stop the others
            reason = str(error) if isinstance(error, GuildError) else type(error).__name__
            over = await asyncio.to_thread(self._history.failed, delivery, reason, self._clock())
            tell = _log.error if over else _log.warning
            tell("alerts.not_sent", sink=sink.name, key=delivery.notice.key, reason=reason)
            return False
        await asyncio.to_thread(self._history.sent, delivery)
        return True


def _check(sinks: Sinks) -> None:
    named = {sinks.default, *(sink for each in sinks.by_receiver.values() for sink in each)}
    if missing := sorted(named - set(sinks.all)):
        raise InvalidInput(
            f"there is no sink {missing[0]!r}: name one of {', '.join(sorted(sinks.all))}"
        )
