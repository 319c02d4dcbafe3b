"""Put an Incident Sage together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from elders.incidents.acting import Acting
from elders.incidents.actions import all_actions
from elders.incidents.books import Books, Incidents
from elders.incidents.detect import Model
from elders.incidents.host import Host
from elders.incidents.learn import Learning
from elders.incidents.monitoring import INTERVAL_SECONDS, Monitoring
from elders.incidents.records import Taken
from elders.incidents.ring import Ring
from elders.incidents.sage import Desk, Handing, IncidentSage, nobody
from elders.incidents.watch import Watch
from elders.platform import Platform
from elders.transport import Transport
from foundation.clock import Clock, system_clock
from foundation.database.database import Database


def open_sage(
    store: Database,
    transport: Transport,
    platform: Platform,
    folder: Path,
    *,
    clock: Clock = system_clock,
    interval_seconds: float = INTERVAL_SECONDS,
    dry_run: bool = False,
    hand_over: Handing | None = None,
    pid: int | None = None,
    model: Callable[[], Model] | None = None,
) -> IncidentSage:
    """Make one; the caller closes what it gave, after the sage has ended.

    Args:
        store: as `open_store` answers it once this module is imported.
        transport: carries messages.
        platform: what is watched, with a key of the role admin for all collections and labels.
        folder: whose disk is watched, and where archives are put.
        clock: what time it is.
        interval_seconds: between two rounds.
        dry_run: whether actions are planned and reported, and none is taken.
        hand_over: takes findings, for alerts.
        pid: the process that is watched; this one by default.
        model: makes a streaming model for each series, such as `streaming.open_model()`; none by
            default: on the series that choose, the views alone did better.

    Raises:
        Unavailable, Conflict: the store does not answer.
    """
    ring, books, incidents = Ring(store), Books(store, clock), Incidents(store)
    sages: list[IncidentSage] = []

    async def report(taken: Taken) -> None:
        await sages[0].report(taken)

    acting = Acting(
        all_actions(platform, transport, ring, folder / "archive", clock),
        store, clock=clock, report=report, dry_run=dry_run,
    )  # fmt: skip
    monitoring = Monitoring(
        [Host(folder, pid=pid).read], platform, ring,
        clock=clock, interval_seconds=interval_seconds,
    )  # fmt: skip
    sages.append(
        IncidentSage(
            transport,
            monitoring,
            Watch(books.active().book, calibrations=incidents.calibrated(), model=model),
            acting,
            Learning(platform, ring, books, incidents, transport, clock=clock, model=model),
            Desk(ring, books, incidents),
            clock=clock,
            hand_over=hand_over or nobody,
        )
    )
    return sages[0]
