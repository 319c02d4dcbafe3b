"""Put an improver together."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from elders.improving.improver import Improver
from elders.improving.knobs import AnalyseKnob, PressKnob, Turnable, WorkersKnob
from elders.improving.measuring import Measuring
from elders.improving.model import Suggestion
from elders.improving.records import Improvements
from elders.incidents.host import Host
from elders.levels import CLAUDE_ELDER, Sage
from elders.messages import Message
from elders.platform import Platform
from elders.tasks.assigning import Assigning
from elders.tasks.submitting import Submitting
from elders.transport import Transport
from foundation.clock import Clock
from foundation.database.database import Database

SUGGESTED: Final = "improvement.suggested"
"""From the Incident Sage to the claude elder: a suggestion that is for an elder to decide."""

_DAY_MICROS: Final = 86_400_000_000


def improving(
    store: Database,
    transport: Transport,
    platform: Platform,
    folder: Path,
    *,
    clock: Clock,
    every_seconds: float,
    acts: bool = True,
) -> Coroutine[Any, Any, None]:
    """Answer what improves in the Incident Sage's name, round by round, until cancelled.

    Args:
        store: as `open_store` answers it once this module is imported.
        transport: carries messages.
        platform: whose metrics are read, and whose cache can be emptied.
        folder: whose disk is looked at.
        clock: what time it is.
        every_seconds: between rounds; half of it is measured before a change, and after it.
        acts: whether it may turn anything; otherwise it asks.
    """
    tasks, assigning = Submitting(store, clock=clock), Assigning(store, clock=clock)

    async def ask(suggestion: Suggestion) -> None:
        """Ask once a day for each kind."""
        told = {
            "kind": suggestion.kind,
            "knob": suggestion.knob,
            "value": suggestion.value,
            "gain": suggestion.gain,
            "confidence": suggestion.confidence,
            "risk": suggestion.risk.value,
            "reason": suggestion.reason,
        }
        now = clock()
        key = f"improve:{suggestion.kind}:{now // _DAY_MICROS}"
        await transport.send(Message(Sage.INCIDENT, CLAUDE_ELDER, SUGGESTED, told, now, key=key))

    knobs: dict[str, Turnable] = {
        "task.workers": WorkersKnob(transport, assigning, clock),
        "store.analyse": AnalyseKnob(store),
        "platform.cache": PressKnob("platform.cache", platform.clear_cache),
    }
    improver = Improver(
        Improvements(store, clock), knobs, ask,
        clock=clock, window_seconds=every_seconds / 2, acts=acts,
    )  # fmt: skip
    measuring = Measuring(tasks, assigning, platform, Host(folder).read)
    return improver.run(measuring.measure, every_seconds=every_seconds)
