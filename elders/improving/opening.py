"""Put an improver together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog

from elders.improving.improver import Improver
from elders.improving.knobs import AnalyseKnob, CacheKnob, PressKnob, Turnable, WorkersKnob
from elders.improving.measuring import Measuring
from elders.improving.model import Suggestion
from elders.improving.records import Improvements
from elders.improving.wording import NOT_TRIED, SUGGESTED, read_suggestion, write_suggestion
from elders.incidents.host import Host
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.messages import Body, Message
from elders.platform import Platform
from elders.tasks.assigning import Assigning
from elders.tasks.submitting import Submitting
from elders.transport import Transport
from foundation.clock import Clock
from foundation.database.database import Database
from foundation.errors import Forbidden, GuildError, Unavailable

_log = structlog.get_logger(__name__)
_DAY_MICROS: Final = 86_400_000_000


class Improving:
    """What improves in the Incident Sage's name.

    Args:
        store: as `open_store` answers it once this module is imported.
        transport: carries messages.
        platform: whose metrics are read, and whose cache can be emptied.
        folder: whose disk is looked at.
        clock: what time it is.
        every_seconds: between rounds; half of it is measured before a change, and after it.
        acts: whether it may turn anything; otherwise it asks.
    """

    def __init__(
        self,
        store: Database,
        transport: Transport,
        platform: Platform,
        folder: Path,
        *,
        clock: Clock,
        every_seconds: float,
        acts: bool = True,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._every = every_seconds
        assigning = Assigning(store, clock=clock)
        knobs: dict[str, Turnable] = {
            "task.workers": WorkersKnob(transport, assigning, clock),
            "store.analyse": AnalyseKnob(store),
            "cache.bytes": CacheKnob(platform),
            "platform.cache": PressKnob("platform.cache", platform.clear_cache),
        }
        self._improver = Improver(
            Improvements(store, clock), knobs, self._ask,
            clock=clock, window_seconds=every_seconds / 2, acts=acts,
        )  # fmt: skip
        tasks = Submitting(store, clock=clock)
        self._measuring = Measuring(tasks, assigning, platform, Host(folder).read)

    async def run(self) -> None:
        """Improve round by round, until cancelled."""
        await self._improver.run(self._measuring.measure, every_seconds=self._every)

    async def approved(self, message: Message) -> Body:
        """Try what an elder said yes to.

        Raises:
            Forbidden: it is not from an elder, or the platform does not let the guild do it.
            Conflict, InvalidInput, Unavailable: as `Improver.approve` says.
        """
        if message.sender not in (CLAUDE_ELDER, GRAND_ELDER):
            raise Forbidden(f"{message.sender} may not approve an improvement: an elder may")
        try:
            await self._improver.approve(read_suggestion(message.body))
        except Unavailable:
            raise  # it comes again
        except GuildError as error:
            _log.warning("improvement.not_tried", reason=str(error))
            body = {"what": "improvement", "not_tried": str(error), **message.body}
            now, key = self._clock(), f"{message.key}:{NOT_TRIED}"
            told = Message(Sage.INCIDENT, CLAUDE_ELDER, NOT_TRIED, body, now, key=key)
            await self._transport.send(told)
            raise
        return {}

    async def _ask(self, suggestion: Suggestion) -> None:
        """Ask once a day for each kind."""
        now = self._clock()
        key = f"improve:{suggestion.kind.replace(' ', '-')}:{now // _DAY_MICROS}"
        body = write_suggestion(suggestion)
        message = Message(Sage.INCIDENT, CLAUDE_ELDER, SUGGESTED, body, now, key=key)
        await self._transport.send(message)
